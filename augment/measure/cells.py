"""Fit and predict once: every finished cell is a file, so that a killed experiment goes on.

work/3f2a….json    {"triples": [[[0, "IS_LOCATED_IN", 3], …], …]}    one list a test document
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Protocol

from augment.protocols import Addition, View
from augment.schema import Document, Triple
from augment.store import write_json

Predictions = list[frozenset[Triple]]


class Learner(Protocol):
    """What of a student is used here."""

    name: str

    def fit(self, documents: Sequence[Document], weights: Sequence[float] | None = None) -> None:
        """Learn from documents; one weight a document."""

    def predict(self, documents: Sequence[Document]) -> list[frozenset[Triple]]:
        """Triples of each document, given text and entities."""


class Cells:
    """Predictions of a student by the contents of what it was trained and tested on.

    ``student`` makes an untrained one; ``fingerprint`` names it, its settings and its version.
    Cells are shared by processes and by later experiments with the same ``folder``.
    """

    def __init__(self, student: Callable[[], Learner], folder: Path, fingerprint: str) -> None:
        self.student, self.folder, self.fingerprint = student, folder, fingerprint

    def predict(
        self,
        documents: Sequence[Document],
        test: Sequence[Document],
        weights: Sequence[float] | None = None,
    ) -> Predictions:
        """Triples of each test document by a student trained on ``documents``."""
        path = self.folder / f"{self._key(documents, test, weights)}.json"
        if path.is_file():
            found = json.loads(path.read_text(encoding="utf-8"))["triples"]
            return [frozenset((h, r, t) for h, r, t in triples) for triples in found]
        student = self.student()
        student.fit(documents, weights)
        predicted = student.predict([bare(document) for document in test])
        rows = [sorted(map(list, triples), key=str) for triples in predicted]
        own = path.with_suffix(f".{os.getpid()}")  # two processes may be at the same cell
        write_json(own, {"triples": rows})
        own.replace(path)
        return predicted

    def added(self, view: View, addition: Addition, test: Sequence[Document]) -> Predictions:
        """The same for a training subset with what an arm adds to it.

        Documents that are added to re-weighted ones have weight 1.
        """
        weights = addition.weights
        if weights is not None:
            weights = [*weights, *(1.0 for _ in addition.documents)]
        return self.predict([*view.train, *addition.documents], test, weights)

    def _key(
        self,
        documents: Sequence[Document],
        test: Sequence[Document],
        weights: Sequence[float] | None,
    ) -> str:
        total = blake2b(self.fingerprint.encode(), digest_size=16)
        for document in documents:
            total.update(document.model_dump_json().encode())
        total.update(repr(weights and [float(w) for w in weights]).encode())
        for document in test:
            total.update(bare(document).model_dump_json().encode())
        return total.hexdigest()


def bare(document: Document) -> Document:
    """Text and entities only: what a student may see of a test document."""
    return Document(id=document.id, text=document.text, entities=document.entities)
