"""What the commands share: consoles, reading with a count of what is bad, checks before any work.

Results go to standard output; progress, warnings and errors to standard error.

>>> fail("nope.csv: No such file or directory", "check the path")
error: nope.csv: No such file or directory
  → check the path
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from io import StringIO, TextIOWrapper
from pathlib import Path
from threading import current_thread, main_thread
from typing import TYPE_CHECKING, Any, TypeVar

from rich.console import Console

from augment.cli.place import path_or_url

if TYPE_CHECKING:
    from augment.schema import Document, Drop

T = TypeVar("T")
LONGEST = 500
"""Characters of an error that are shown."""
out = Console(highlight=False, emoji=False)
err = Console(stderr=True, highlight=False, emoji=False)


def emit(value: Any) -> None:
    """Write one JSON value to standard output, for machines."""
    plain = "utf" not in (sys.stdout.encoding or "").lower()
    sys.stdout.write(json.dumps(value, ensure_ascii=plain, indent=2) + "\n")


def fail(message: str, hint: str = "") -> None:
    """Say what is wrong and where in one line, and in a second one what to do."""
    shown = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in _line(message))
    err.print(f"error: {shown}", style="red", markup=False, soft_wrap=True)
    if hint:
        err.print(f"  → {_line(hint)}", markup=False, soft_wrap=True)


def _line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST else f"{line[:LONGEST]}…"


def warn(message: str) -> None:
    """Say on standard error, in one line, what the result does not hold."""
    err.print(_line(message), markup=False, soft_wrap=True)


def open_streams() -> None:
    """Let no character stop a command, whatever the locale, and no stream that is closed."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, StringIO())
        elif isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def note_interrupts() -> list[int]:
    """A list that gets an entry with each interrupt, which is a KeyboardInterrupt as before.

    It can come while a library loads or calls back, and leave that as an error of another kind.
    """
    noted: list[int] = []

    def note(number: int, frame: object) -> None:
        noted.append(number)
        raise KeyboardInterrupt

    usual = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if usual and current_thread() is main_thread():
        signal.signal(signal.SIGINT, note)
    return noted


def hush() -> None:
    """Let nothing more be written to standard output, not at exit either: nobody takes it."""
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def counted(number: int, thing: str) -> str:
    """``"1 document"``, ``"2 documents"``."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def track(items: Iterable[T], what: str, total: int | None = None) -> Iterator[T]:
    """Pass items on with a progress bar on standard error, on a terminal only."""
    from rich.progress import track as rich_track

    yield from rich_track(
        items, what, total=total, console=err, disable=not err.is_terminal, transient=True
    )


def read_documents(path: Path, *, blind: bool = False) -> list[Document]:
    """Documents of a file or folder; what could not be read is counted on standard error.

    Raises NoResult if nothing could be read, PathError if there is nothing there.
    """
    return read_both(path, blind=blind)[0]


def read_both(path: Path, *, blind: bool = False) -> tuple[list[Document], list[Drop]]:
    """As :func:`read_documents`, with the drops."""
    from augment.read import read_all

    documents, drops = read_all(path, blind=blind)
    say_left_out(path, drops[:1], len(documents), len(drops))
    return documents, drops


def say_left_out(path: Path, first: list[Drop], kept: int, dropped: int) -> None:
    """Say how many records could not be read, and why the first. Raises NoResult if none could."""
    from augment.errors import NoResult

    why = "".join(f", the first: {drop.reason}: {drop.detail}" for drop in first)
    if not kept:
        hint = f"all of them: augment convert {path} OUT --to jsonl"
        raise NoResult(f"{path}: no document could be read{why}", hint=hint if first else "")
    if dropped:
        warn(f"{path}: {counted(dropped, 'record')} left out{why}")


def check_target(target: Path, *inputs: Path, folder: bool = False) -> None:
    """Raise PathError, before any work, if ``target`` is one of the inputs or cannot be written."""
    from augment.errors import PathError
    from augment.files import stays_local

    place = stays_local(target).resolve()
    if place in {path.resolve() for path in inputs}:
        raise PathError(f"{target}: would overwrite the input", hint="give another name")
    if place.is_dir() and not folder:
        raise PathError(f"{target}: a folder", hint="give the name of a file")
    if place.is_file() and folder:
        raise PathError(f"{target}: a file", hint="give the name of a folder")
    above = next(path for path in place.parents if path.exists())
    if not above.is_dir():
        raise PathError(f"{target}: {above} is a file", hint="give another name")
    if not os.access(above, os.W_OK):
        raise PathError(f"{target}: no right to write in {above}", hint="give another place")


def sizes(written: str) -> tuple[int | str, ...]:
    """``"50,all"`` → ``(50, "all")``. Raises UsageError."""
    from augment.errors import UsageError

    parts = [part.strip() for part in written.split(",")]
    for part in parts:
        if part != "all" and not (part.isdecimal() and int(part)):
            raise UsageError(f"--gold-sizes {written}: {part!r} is no size", hint="as 50,100,all")
    return tuple(part if part == "all" else int(part) for part in parts)


def name_and_path(written: str) -> tuple[str, Path, bool]:
    """``NAME=PATH`` or ``PATH`` → name (of the file, if none is given), path, was it named."""
    name, named, path = written.rpartition("=")
    if not named or os.sep in name:
        place = path_or_url(written)
        return place.stem, place, False
    return name, path_or_url(path), True


def fields_set(written: list[str]) -> dict[str, Any]:
    """``write.examples=5`` → field and value, the value as in YAML. Raises UsageError."""
    import yaml

    from augment.errors import UsageError

    found = {}
    for assignment in written:
        name, given, value = assignment.partition("=")
        if not given or not name:
            raise UsageError(f"--set {assignment}: no FIELD=VALUE", hint="as write.examples=5")
        try:
            found[name] = yaml.safe_load(value)
        except yaml.YAMLError as error:
            raise UsageError(f"--set {assignment}: not a value in YAML") from error
    return found
