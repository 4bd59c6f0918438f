"""What came of many nights and of their reviews, as two files to learn from.

>>> keep(Path("data/runs/night-1a2b3c4d/accepted.jsonl"), "3f2a9c11d0e4", Path("data/nightly"))
PosixPath('data/nightly/samples/3f2a9c11d0e4.jsonl')
>>> pool(Path("data/nightly"))
{'reviewed': PosixPath('data/nightly/pool/reviewed.jsonl'), 'nights': …}

Both files depend on nothing but the files of the nights and of the reviews: made again, they are
the same bytes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from augment.pipeline.arrivals import Files, write
from augment.pipeline.incoming import Batch
from augment.read import read
from augment.review.pull import Pulled
from augment.schema import Document, Drop
from augment.store import read_lines, write_lines

SAMPLES, REVIEWED = "nights", "reviewed"
"""Names of the two additions."""


def keep(accepted: Path, batch: str, work: Path) -> Path:
    """The samples of a night under ids that no other night has."""
    target = samples_of(batch, work)
    documents = read_lines(accepted, Document)
    write_lines(target, (d.model_copy(update={"id": f"{batch}/{d.id}"}) for d in documents))
    return target


def samples_of(batch: str, work: Path) -> Path:
    """Where they are kept."""
    return work / "samples" / f"{batch}.jsonl"


def files(folder: Path) -> Files:
    """Where the reviews of one round go."""
    return Files(out=folder / "reviewed.jsonl", rejected=folder / "rejected.jsonl")


def merge(documents: Path, pulled: Pulled, folder: Path) -> Path:
    """Reviews into ``folder``, and ``merged.jsonl``: all documents, as they are after the review.

    What was reviewed takes the place of what was pushed, and what was rejected is left out.
    """
    places = files(folder)
    write(pulled, places)
    target = folder / "merged.jsonl"
    found = (d for d in read(documents, blind=True) if isinstance(d, Document))
    write_lines(target, merged(found, places))
    return target


def merged(documents: Iterable[Document], places: Files) -> Iterator[Document]:
    """The documents as they are after a review."""
    reviewed = {d.id: d for d in _lines(places.out)}
    rejected = {d.id for d in _lines(places.rejected)}
    for document in documents:
        if document.id not in rejected:
            yield reviewed.get(document.id, document)


def pool(work: Path) -> dict[str, Path]:
    """Samples of all nights that were reviewed, and those that nobody looked at; by name.

    Those come first that are to be kept of two that are alike; of equal ones the first is there.
    What has no document is left out.
    """
    samples: list[Document] = []
    reviewed: list[Document] = []
    for path in sorted((work / "samples").glob("*.jsonl")):
        round = files(work / "reviews" / path.stem)
        for document in merged(read_lines(path, Document), round):
            (reviewed if document.meta.origin == "reviewed" else samples).append(document)
    found = {}
    for name, documents in ((REVIEWED, reviewed), (SAMPLES, samples)):
        if documents:
            found[name] = work / "pool" / f"{name}.jsonl"
            write_lines(found[name], _distinct(documents))
    return found


def left_out(batch: Batch) -> dict[str, int]:
    """Why records of a batch are no new items: reason → how many."""
    drops = read_lines(batch.items.with_name("dropped.jsonl"), Drop)
    return dict(sorted(Counter(drop.reason.value for drop in drops).items()))


def _distinct(documents: Iterable[Document]) -> Iterator[Document]:
    """The first of each text and annotation: without an LLM gold gives the same every night."""
    seen = set()
    for document in documents:
        content = document.model_dump_json(exclude={"id", "meta"})
        if content not in seen:
            seen.add(content)
            yield document


def _lines(path: Path | None) -> Iterator[Document]:
    return read_lines(path, Document) if path and path.is_file() else iter(())
