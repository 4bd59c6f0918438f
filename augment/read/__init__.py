"""Files ↔ documents: one module a format, and the checks that every record has to pass.

>>> documents, drops = read_all("corpus.csv")
>>> write(documents, "corpus.jsonl", format="jsonl")
"""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from augment.errors import ConfigError, RecordError
from augment.files import local
from augment.read.base import Format, Row, dropped
from augment.read.detect import TABLES, sources
from augment.reasons import Reason
from augment.registry import resolve
from augment.schema import Document, Drop
from augment.spans import check, unshift
from augment.store import replacing

__all__ = ["losses", "read", "read_all", "repaired", "write"]


def read(
    path: str | Path,
    *,
    format: str | None = None,
    repair: bool = False,
    columns: Mapping[str, str] | None = None,
    blind: bool = False,
    questions: bool = False,
) -> Iterator[Document | Drop]:
    """Sound documents and drops of a file, or of all recognised files of a folder, in order.

    ``format`` is a name of the registry, detected if None; ``columns`` maps our fields to the
    columns of a table; ``repair`` mends offsets that a known shift explains. The drop of a record
    that was readable but not sound holds it as JSON in ``raw``. Document ids are unique. Documents
    of a blind batch (``meta.blind``) are drops unless ``blind``: nothing learns from traps. Live
    pages come last and are read together; with readers' questions only if ``questions``.

    A URL is fetched. Raises PathError: nothing there, or nothing recognised; UnknownName;
    ConfigError: columns named for what is no table, or questions where there is no live page.
    """
    files = sources(local(path), format, tables=bool(columns))
    for file, name in files if columns else ():
        if name not in TABLES:
            raise ConfigError(
                f"{file}: columns named, but {name} is no table", hint="leave them out"
            )
    if questions and not any(name == "page" for _, name in files):
        raise ConfigError(f"{path}: questions asked for, but no live page", hint="leave them out")
    return _records(_rows(files, columns or {}, questions), repair, blind)


def read_all(
    path: str | Path,
    *,
    format: str | None = None,
    repair: bool = False,
    columns: Mapping[str, str] | None = None,
    blind: bool = False,
    questions: bool = False,
) -> tuple[list[Document], list[Drop]]:
    """What :func:`read` gives, documents and drops apart."""
    with _collector_paused():
        found = read(
            path, format=format, repair=repair, columns=columns, blind=blind, questions=questions
        )
        records = list(found)
    documents = [record for record in records if isinstance(record, Document)]
    return documents, [record for record in records if isinstance(record, Drop)]


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Records hold no cycles; the garbage collector would walk them all, again and again."""
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()


def write(documents: Iterable[Document], path: str | Path, *, format: str) -> None:
    """Write documents; an earlier file at ``path`` is replaced at the end, or not at all.

    Raises PathError if the system refuses; UnknownName.
    """
    target = plug(format)
    with replacing(Path(path)) as scratch:
        target.write(documents, scratch)


def losses(document: Document, format: str) -> list[str]:
    """What a file of this format cannot hold of this document, such as ``meta.rights``."""
    return plug(format).losses(document)


def plug(format: str) -> Format:
    """The format of this name. Raises UnknownName."""
    made: Format = resolve("format", format)()
    return made


def repaired(drop: Drop) -> Document | None:
    """The document of an ``offset_shift`` drop with its offsets mended, None for another drop."""
    if drop.reason is not Reason.OFFSET_SHIFT:
        return None
    found = unshift(Document.model_validate_json(drop.raw))
    return found[1] if found else None


def another_review(drop: Drop) -> Document | None:
    """The document of a ``duplicate_id`` drop that is a review; None for another drop.

    `augment review pull --all` writes each person's review of a document, under its id.
    """
    if drop.reason is not Reason.DUPLICATE_ID or not drop.raw:
        return None
    try:
        document = Document.model_validate_json(drop.raw)
        check(document)
    except (ValueError, RecordError):
        return None
    return document if document.meta.review else None


def _rows(
    files: list[tuple[Path, str]], columns: Mapping[str, str], questions: bool
) -> Iterator[Row]:
    for path, format in files:
        if format != "page":
            yield from plug(format).read(path, columns)
    if pages := [path for path, format in files if format == "page"]:
        yield from resolve("format", "page")(questions=questions).read_all(pages)


def _records(rows: Iterable[Row], repair: bool, blind: bool) -> Iterator[Document | Drop]:
    seen: set[str] = set()
    for place, record in rows:
        if isinstance(record, Document) and record.meta.blind and not blind:
            raw = record.model_dump_json()
            yield dropped(place, Reason.BLIND, Reason.BLIND.doc, id=record.id, raw=raw)
        elif isinstance(record, Document):
            yield _sound(place, record, seen, repair)
        else:
            yield record


def _sound(place: str, document: Document, seen: set[str], repair: bool) -> Document | Drop:
    """The document if it passes :func:`augment.spans.check` and its id is new, else a drop.

    One with shifted offsets takes its id, mended or not, so that ``repair`` changes no other fate.
    """
    reason, detail = Reason.DUPLICATE_ID, f"document id {document.id!r} occurs a second time"
    if document.id not in seen:
        try:
            check(document)
            seen.add(document.id)
            return document
        except RecordError as error:
            reason, detail = Reason(error.code), str(error)
    if reason is Reason.OFFSET_MISMATCH and (shift := unshift(document)):
        seen.add(document.id)
        if repair:
            return shift[1]
        reason, detail = Reason.OFFSET_SHIFT, f"{shift[0]}; {detail}"
    raw = document.model_dump_json()
    return dropped(place, reason, detail, id=document.id, raw=raw)
