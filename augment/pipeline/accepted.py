"""The accepted documents of a run, arm by arm: a file, and sequences that read it when wanted.

>>> arms = accepted(job)
>>> arms["samples"][0].id, len(arms["samples"])
('mentions-000000', 38)
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import overload

from augment.pipeline.job import SAMPLES, Run
from augment.pipeline.verify import last
from augment.schema import Candidate, Document
from augment.store import writing


class Stored(Sequence[Document]):
    """Documents of a JSONL file by their places in it: 8 bytes a document, however long it is."""

    def __init__(self, path: Path, places: Sequence[int]) -> None:
        self._path, self._places = path, places

    def __len__(self) -> int:
        return len(self._places)

    @overload
    def __getitem__(self, at: int) -> Document: ...
    @overload
    def __getitem__(self, at: slice) -> Stored: ...
    def __getitem__(self, at: int | slice) -> Document | Stored:
        if isinstance(at, slice):
            return Stored(self._path, self._places[at])
        return next(iter(Stored(self._path, [self._places[at]])))

    def __iter__(self) -> Iterator[Document]:
        with self._path.open("rb") as file:
            for place in self._places:
                file.seek(place)
                yield Document.model_validate_json(file.readline())


def accepted(job: Run) -> dict[str, Stored]:
    """Accepted documents by the arm that is measured: the run's own samples, each addition.

    They are in ``accepted.jsonl``, one arm after the other.
    """
    path, arms, place = job.folder.path / "accepted.jsonl", dict[str, Stored](), 0
    with writing(path) as file:
        for name in (SAMPLES, *job.config.add):
            places = array("Q")
            for candidate in job.folder.read(last(job), Candidate):
                if (
                    candidate.strategy if candidate.strategy in job.config.add else SAMPLES
                ) == name:
                    text = candidate.document.model_dump_json() + "\n"
                    file.write(text)
                    places.append(place)
                    place += len(text.encode())
            if places:
                arms[name] = Stored(path, places)
    return arms
