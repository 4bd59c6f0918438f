"""What the language model is asked: every type-valid candidate, or a sample of them to learn from.

>>> asked = known(documents, schema)
>>> asked.sample(negatives=4.0, chance="0/epoch/0")[0]
Question(row=12, kind="IS_BORN_IN", yes=True)
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from augment.schema import Document
from augment.train.columns import Bools, Ints
from augment.train.schema import Schema
from augment.train.table import Table, empty, pair_codes
from augment.train.transformer.data import known_labels, pairs


class Question(NamedTuple):
    """Of a row of the table: does it have this relation type."""

    row: int
    kind: str
    yes: bool


class Asked(NamedTuple):
    """Candidate pairs, and which are known and positive: (pairs, relation types)."""

    table: Table
    kinds: list[str]
    known: Bools
    positive: Bools

    def all(self) -> list[Question]:
        """A question about each that is known, pair by pair."""
        rows, columns = np.nonzero(self.known)
        return [self._question(row, n) for row, n in zip(rows, columns, strict=True)]

    def sample(self, negatives: float, chance: str) -> list[Question]:
        """All positives, and so many negatives for each; drawn by chance, the hard ones first.

        Hard ones have entity types that a positive of the relation type has. Without a positive,
        a type has no question.
        """
        chosen = []
        for n, kind in enumerate(self.kinds):
            yes, hard, easy = self._rows(n)
            wanted = math.ceil(negatives * len(yes))
            draw = random.Random(f"{chance}/{kind}")
            drawn = [draw.sample(list(rows), len(rows)) for rows in (hard, easy)]
            rows = [*yes, *[*drawn[0], *drawn[1]][:wanted]]
            chosen += [self._question(row, n) for row in rows]
        return chosen

    def shifts(self, negatives: float) -> dict[str, float]:
        """By type, how far the sample raises the log-odds of « oui ».

        (The prior correction of King & Zeng 2001, "Logistic regression in rare events data".)
        """
        found = {}
        for n, kind in enumerate(self.kinds):
            yes, hard, _ = self._rows(n)
            drawn = math.ceil(negatives * len(yes))
            found[kind] = math.log(len(hard) / drawn) if 0 < drawn < len(hard) else 0.0
        return found

    def _rows(self, n: int) -> tuple[Ints, Ints, Ints]:
        """Positives, hard negatives, other negatives of a relation type."""
        yes = np.flatnonzero(self.known[:, n] & self.positive[:, n])
        no = np.flatnonzero(self.known[:, n] & ~self.positive[:, n])
        alike = np.isin(self.table.kinds[no], self.table.kinds[yes])
        return yes, no[alike], no[~alike]

    def _question(self, row: int, n: int) -> Question:
        return Question(int(row), self.kinds[n], bool(self.positive[row, n]))


def known(documents: Sequence[Document], schema: Schema) -> Asked:
    """Candidates of the types that documents label, and that are not masked."""
    table = pairs(documents, schema) if documents else empty()
    return Asked(table, list(schema.relations), *known_labels(documents, schema, table))


def admitted(documents: Sequence[Document], schema: Schema) -> Asked:
    """All candidates, none of them positive: what is asked of documents whose relations are new."""
    table = pairs(documents, schema) if documents else empty()
    found = np.zeros((len(table.head), len(schema.relations)), bool)
    for n, relation in enumerate(schema.relations.values()):
        found[:, n] = np.isin(table.kinds, pair_codes(relation.pairs))
    return Asked(table, list(schema.relations), found, np.zeros_like(found))
