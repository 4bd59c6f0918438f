"""New items of a watched folder or object store: each taken once, as a batch that cannot be lost.

>>> look = next_batch(Incoming(place="live", work=Path("data/nightly")))
>>> look.batch
Batch(name='3f2a9c11d0e4', items=PosixPath('data/nightly/batches/3f2a9c11d0e4/items.jsonl'), …)
>>> finish(Incoming(place="live", work=Path("data/nightly")), look.batch)

A batch is on disk before its items count as seen, and is given again until it is finished: a
process killed between any two steps neither loses an item nor has it worked on twice.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from pydantic import Field

from augment.errors import PathError
from augment.files import Listed, fetch, here, is_url, listing
from augment.pipeline.fresh import sorted_out, still_new, texts, versions_in
from augment.pipeline.quarantine import File, Refused, put_aside
from augment.pipeline.seen import Look as LookedAt
from augment.pipeline.seen import Seen
from augment.read.base import legible
from augment.read.page.versions import Version
from augment.schema import Document, Record
from augment.store import digest, read_lines, replacing, write_json, write_lines

UNFINISHED = (".part", ".tmp", ".partial", ".crdownload", ".download", ".filepart", "~")
"""How names end of files that are still being written."""
BESIDE = ("_files", "_fichiers")
"""How the folders end that browsers put beside a saved page."""


class Incoming(Record):
    """What is watched, and where it is noted what was seen.

    ``place``: a folder, or a URL prefix. ``quiet``: seconds a local file has to be untouched;
    objects of a store appear whole. ``most``: no further file once a batch has so many items.
    """

    place: str
    work: Path
    quiet: float = Field(default=60.0, ge=0)
    most: int = Field(default=10_000, ge=1)


class Batch(Record):
    """New items as JSONL, the files they are from, and how many of their records are no new items.

    Those are in ``dropped.jsonl`` beside, each with a reason: ``documents`` and ``dropped`` make
    all that was read. ``name`` is a hash of both: the same records are the same batch.
    """

    name: str
    items: Path
    documents: int
    files: tuple[str, ...]
    dropped: int


class Look(NamedTuple):
    """What one look found: a batch or None, files that wait, files refused now, and files known.

    A file waits while it seems to be written to, if it cannot be opened, or was changed or moved
    while it was read. An object that is gone again, or has no name for a file here, is refused and
    tried again at the next look.
    """

    batch: Batch | None
    waiting: tuple[str, ...]
    refused: tuple[Refused, ...]
    known: int


class _File(NamedTuple):
    """A file that was read: content hash, and its records."""

    listed: Listed
    digest: str
    versions: list[Version]


class _Files(NamedTuple):
    """Files read for a batch, refused, not to be opened, and how many are copies of known ones."""

    read: list[_File]
    refused: list[Refused]
    closed: list[str]
    copies: int


def next_batch(
    incoming: Incoming,
    *,
    known: Iterable[Document] = (),
    skip: Collection[str] = (),
    now: Callable[[], float] = time.time,
) -> Look:
    """A batch that was not finished, else one of what is new; files that cannot be read go aside.

    ``skip``: unfinished batches that are not to be given now.
    ``known``: documents whose texts are not new, as those of the gold corpus; read only if
    something seems new, or was not finished: what is gold by now is left out of it. Raises
    PathError if the place or a batch is not there or the place holds the notes itself, StoreError
    if it does not answer.
    """
    place = here(incoming.place)
    if place is not None and incoming.work.resolve().is_relative_to(place.resolve()):
        raise PathError(f"{incoming.work}: lies in the watched folder", hint="choose another one")
    with Seen(incoming.work / "seen.sqlite") as seen:
        for name in (name for name in seen.unfinished() if name not in skip):
            known = list(known)
            if (left := _without(load(incoming, name), known)).documents:
                return Look(left, (), (), 0)
            seen.finish(name)
        fresh, waiting, old = _ready(incoming, seen, now())
        files = _read(incoming, seen, fresh)
        batch = _batch(incoming, seen, files.read, known) if files.read else None
        shutil.rmtree(incoming.work / "remote", ignore_errors=True)
        return Look(batch, (*waiting, *files.closed), tuple(files.refused), old + files.copies)


def finish(incoming: Incoming, batch: Batch) -> None:
    """Note that all was done with a batch; it is not given again."""
    with Seen(incoming.work / "seen.sqlite") as seen:
        seen.finish(batch.name)


def load(incoming: Incoming, name: str) -> Batch:
    """A batch that was made before. Raises PathError if it is not there any more."""
    folder = incoming.work / "batches" / name
    try:
        values = json.loads((folder / "batch.json").read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        hint = f"put it back, or delete {incoming.work / 'seen.sqlite'}: then all items are new"
        raise PathError(f"{folder}: was not finished, and is gone", hint=hint) from error
    return Batch(**values, items=folder / "items.jsonl")


def _without(batch: Batch, known: Iterable[Document]) -> Batch:
    """The batch with the items that are still new; the batch itself if all are."""
    items = list(read_lines(batch.items, Document))
    left = still_new(items, known)
    if left == items:
        return batch
    path = batch.items.with_name("left.jsonl")
    write_lines(path, left)
    return batch.model_copy(update={"items": path, "documents": len(left)})


def _ready(incoming: Incoming, seen: Seen, now: float) -> tuple[list[Listed], list[str], int]:
    """Files to be read, the oldest first; names of those still being written; how many known."""
    fresh, waiting, old = [], [], 0
    for file in listing(incoming.place):
        parts = file.name.split("/")
        file = file._replace(name=legible(file.name))
        if any(p.startswith(".") for p in parts) or any(p.endswith(BESIDE) for p in parts[:-1]):
            continue
        look = seen.look(file, now)
        if look.read:
            old += 1
        elif file.name.lower().endswith(UNFINISHED) or not _still(incoming, file, look, now):
            waiting.append(file.name)
        else:
            fresh.append(file)
    return sorted(fresh, key=lambda file: (_changed(file), file.name)), waiting, old


def _changed(file: Listed) -> float:
    """When a local file was changed, in seconds; 0 of any other."""
    return 0.0 if is_url(file.url) else int(file.stamp) / 1e9


def _still(incoming: Incoming, file: Listed, look: LookedAt, now: float) -> bool:
    """True if nobody seems to write to the file: untouched, or the same as at an earlier look."""
    untouched = now - _changed(file) >= incoming.quiet
    return untouched or (now > look.since and now - look.since >= incoming.quiet)


def _read(incoming: Incoming, seen: Seen, fresh: Sequence[Listed]) -> _Files:
    """Files as many as a batch takes, those put aside, and names of those that do not open."""
    found = _Files([], [], [], 0)
    total = 0
    for file in fresh:
        if total >= incoming.most:
            break
        try:
            path = fetch(file.url, incoming.work / "remote")
            hash = digest(path)
        except OSError:
            found.closed.append(file.name)
            continue
        except PathError as error:
            if isinstance(error.__cause__, PermissionError):
                raise
            found.refused.append(Refused(name=file.name, reason=str(error)))
            continue
        if seen.knows(hash):
            seen.note(file, hash)
            found = found._replace(copies=found.copies + 1)
            continue
        versions, why = versions_in(path)
        if why is not None and digest(path) != hash:
            found.closed.append(file.name)
            continue
        if why is not None:
            found.refused.append(put_aside(incoming.work, seen, File(file, hash), why))
            continue
        found.read.append(_File(file, hash, versions))
        total += sum(isinstance(version.row.record, Document) for version in versions)
    return found


def _batch(
    incoming: Incoming, seen: Seen, files: Sequence[_File], known: Iterable[Document]
) -> Batch | None:
    """The new items of these files, and what is not new, on disk and noted; None without items."""
    versions = [version for file in files for version in file.versions]
    items, drops = sorted_out(seen, versions, known)
    for file in files:
        seen.note(file.listed, file.digest)
    if not items and not drops:
        return None
    lines = [record.model_dump_json() for record in (*items, *drops)]
    name = sha256("\n".join([*lines, *(file.digest for file in files)]).encode()).hexdigest()[:12]
    folder = incoming.work / "batches" / name
    if not folder.is_dir():
        with replacing(folder) as scratch:
            scratch.mkdir()
            write_lines(scratch / "items.jsonl", items)
            write_lines(scratch / "dropped.jsonl", drops)
            about = {
                "name": name,
                "documents": len(items),
                "files": [file.listed.name for file in files],
                "dropped": len(drops),
            }
            write_json(scratch / "batch.json", about)
    seen.begin(name, texts(versions))
    if items:
        return load(incoming, name)
    seen.finish(name)
    return None
