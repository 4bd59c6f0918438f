"""A bundle's documents: those inside, and the others by their hash among the files given.

>>> gather(opened(path), [Path("corpora")])
[(Part(role='train', …), [Document(…), …]), …]
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from augment.errors import AugmentError, PathError, StoreError
from augment.guide import Guide, load
from augment.pipeline.replicate.records import Part, documents_hash
from augment.pipeline.replicate.zipped import AGAIN, GUIDE, Opened
from augment.read import read_all
from augment.schema import Document
from augment.store import digest

LISTED = 8
"""Files that a message names."""


def gather(found: Opened, paths: Sequence[Path]) -> list[tuple[Part, list[Document]]]:
    """The documents of every part, in the order of the parts.

    Files may be in any format that is read; a folder is searched with all below it, and also taken
    as a corpus itself. Raises PathError if a part is in none of them, StoreError if one inside the
    bundle is not what it was.
    """
    documents = {part.sha256: _inside(found, part) for part in found.bundle.parts if part.inside}
    wanted = {part.sha256 for part in found.bundle.parts} - documents.keys()
    looked: list[str] = []
    for path in _candidates(paths):
        if not wanted:
            break
        try:
            read = read_all(path)[0]
        except AugmentError:
            continue
        looked.append(f"{path} ({len(read)})")
        if (key := documents_hash(read)) in wanted:
            documents[key] = read
            wanted.discard(key)
    for part in found.bundle.parts:
        if part.sha256 in wanted:
            raise _missing(part, looked)
    return [(part, documents[part.sha256]) for part in found.bundle.parts]


def guide_of(found: Opened) -> Guide | None:
    """The bundle's guide. Raises StoreError, GuideError."""
    if found.bundle.guide is None:
        return None
    with TemporaryDirectory() as scratch:
        path = Path(scratch, Path(GUIDE).name)
        path.write_bytes(found.files[GUIDE])
        if digest(path) != found.bundle.guide:
            raise StoreError(f"{GUIDE}: changed after the bundle was made", hint=AGAIN)
        return load(scratch)


def _inside(found: Opened, part: Part) -> list[Document]:
    with TemporaryDirectory() as scratch:
        path = Path(scratch, "part.jsonl")
        path.write_bytes(found.files[part.file])
        documents, _ = read_all(path, format="jsonl")
    if documents_hash(documents) != part.sha256:
        raise StoreError(f"{part.file}: changed after the bundle was made", hint=AGAIN)
    return documents


def _candidates(paths: Sequence[Path]) -> Iterator[Path]:
    """Files first, then folders."""
    folders: list[Path] = []
    for path in paths:
        if not path.exists():
            raise PathError(f"{path}: no such file or folder")
        if path.is_dir():
            below = sorted(path.rglob("*"))
            folders += [path, *(p for p in below if p.is_dir())]
            yield from (p for p in below if p.is_file() and not p.name.startswith("."))
        else:
            yield path
    yield from folders


def _missing(part: Part, looked: list[str]) -> PathError:
    files = ", ".join(looked[:LISTED]) + (", …" if len(looked) > LISTED else "")
    where = f"; looked at (documents): {files}" if looked else ""
    return PathError(
        f"{part}: no file has its {part.documents} documents, {part.sha256[:12]}…{where}",
        hint="give its file or folder with --corpora: the same documents in the same order",
    )
