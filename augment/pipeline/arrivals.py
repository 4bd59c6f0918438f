"""What came back from reviewers: into files, once or as it comes.

>>> for batch in watch(lambda: pull(url, "lot 1"), Waiting(every=30)):
...     write(batch.pulled, Files(out=Path("reviewed.jsonl")))
...     print(f"{batch.new} new, {batch.left} left")

Every file is replaced as a whole, and depends on nothing but what the server holds: whoever was
killed and begins again ends with the same files.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from augment.errors import ReviewAway
from augment.read.detect import DROPPED
from augment.review.pull import Pulled
from augment.schema import Record
from augment.store import write_lines

BLIND = ".blind.jsonl"
"""How the name of a file of documents with hidden traps ends."""


class Files(Record):
    """Where documents go; ``rejected`` and ``all`` (every annotation) are written if given."""

    out: Path
    rejected: Path | None = None
    all: Path | None = None

    @property
    def drops(self) -> Path:
        """What was skipped or cannot be read."""
        return Path(f"{self.out}{DROPPED}")

    @property
    def blind(self) -> Path:
        """Documents of a blind batch, whatever their verdict: for `augment review unhide`."""
        return Path(f"{self.out}{BLIND}")


class Written(Record):
    """How many documents went to ``out``, were rejected, and were set aside as blind."""

    kept: int
    rejected: int
    blind: int


class Waiting(Record):
    """How to wait: seconds between two looks, seconds without an answer after which it ends.

    ``until``: how many tasks have to be done, None for all.
    """

    every: float = 30.0
    give_up: float = 3600.0
    until: int | None = None


class Batch(NamedTuple):
    """All that there is now; of it new or changed annotations, and tasks not done."""

    pulled: Pulled
    new: int
    left: int


def write(pulled: Pulled, files: Files, annotator: str | None = None) -> Written:
    """Write one document a task, of several annotations the latest, or that annotator's.

    Documents of a blind batch go neither to ``out`` nor to ``rejected``. Raises PathError.
    """
    chosen = pulled.chosen(annotator)
    plain = [said for said in chosen if not said.document.meta.blind]
    kept = [said.document for said in plain if said.review.verdict != "reject"]
    refused = [said.document for said in plain if said.review.verdict == "reject"]
    blind = [said.document for said in chosen if said.document.meta.blind]
    write_lines(files.out, kept)
    _write_some(files.drops, pulled.drops)
    _write_some(files.blind, blind)
    if files.rejected:
        write_lines(files.rejected, refused)
    if files.all:
        write_lines(files.all, [said.document for said in pulled.said])
    return Written(kept=len(kept), rejected=len(refused), blind=len(blind))


def _write_some(path: Path, records: Sequence[Record]) -> None:
    """A file where there is something to write, none where there is nothing."""
    if records:
        write_lines(path, records)
    else:
        path.unlink(missing_ok=True)


def watch(
    fetch: Callable[[], Pulled], waiting: Waiting, tell: Callable[[str], object]
) -> Iterator[Batch]:
    """A batch at once, and one whenever something changed, until enough tasks are done.

    A server that goes away after the first look is waited for; ``tell`` gets one line when it goes
    and one when it is back. Raises what ``fetch`` raises: at the first look whatever it is, later
    ReviewAway only after ``give_up`` seconds.
    """
    pulled, seen = fetch(), frozenset[str]()
    before = None
    while True:
        heard = pulled.model_copy(update={"drafts": 0})  # work begun is no news
        if heard != before:
            now = frozenset(one.model_dump_json() for one in (*pulled.said, *pulled.drops))
            yield Batch(pulled, new=len(now - seen), left=pulled.tasks - pulled.done)
            before, seen = heard, now
        if pulled.done >= min(pulled.tasks, waiting.until or pulled.tasks):
            return
        time.sleep(waiting.every)
        pulled = _patiently(fetch, waiting, tell)


def _patiently(
    fetch: Callable[[], Pulled], waiting: Waiting, tell: Callable[[str], object]
) -> Pulled:
    gone: float | None = None
    while True:
        try:
            pulled = fetch()
        except ReviewAway as error:
            if gone is None:
                gone = time.monotonic()
                tell(f"{error}; waiting for it, at most {waiting.give_up:g} s")
            elif time.monotonic() - gone >= waiting.give_up:
                hint = "what came is in the file; the same call goes on from there"
                raise ReviewAway(f"{error}, for {waiting.give_up:g} s", hint=hint) from error
            time.sleep(waiting.every)
        else:
            if gone is not None:
                tell("the server answers again")
            return pulled
