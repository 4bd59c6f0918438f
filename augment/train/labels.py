"""Which candidate pairs are positive, and which count at all, for each relation type.

>>> labels(documents, table).of("IS_LOCATED_IN", rows)
(array([ True,  True, False]), array([ True, False, False]))
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from augment.schema import Document
from augment.train.columns import Bools, Ints
from augment.train.table import Table


class Labels:
    """Rows of the table by relation type: positive, masked; documents that do not label a type."""

    def __init__(self, documents: Sequence[Document], table: Table) -> None:
        self._documents = documents
        self._table = table
        positive: dict[str | None, list[tuple[int, int, int]]] = defaultdict(list)
        masked: dict[str | None, list[tuple[int, int, int]]] = defaultdict(list)
        for n, document in enumerate(documents):
            place = {entity.id: i for i, entity in enumerate(document.entities)}
            for r in document.relations:
                positive[r.type].append((n, place[r.head], place[r.tail]))
            for head, kind, tail in document.masked:
                masked[kind].append((n, place[head], place[tail]))
        self._positive = {kind: self._rows(pairs) for kind, pairs in positive.items()}
        self._masked = {kind: self._rows(pairs) for kind, pairs in masked.items()}

    def _rows(self, pairs: list[tuple[int, int, int]]) -> Ints:
        rows = self._table.find(*np.array(pairs, np.int64).reshape(-1, 3).T)
        return np.unique(rows[rows >= 0])

    def of(self, kind: str, rows: Ints) -> tuple[Bools, Bools]:
        """Two columns over ``rows``: is the pair known for this type, and is it positive."""
        claims = np.array([document.claims(kind) for document in self._documents], bool)
        known = claims[self._table.document[rows]]
        for masked in (kind, None):
            if masked in self._masked:
                known &= ~np.isin(rows, self._masked[masked])
        return known, np.isin(rows, self._positive.get(kind, []))
