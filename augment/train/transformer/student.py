"""The plug: documents → a fine-tuned encoder → triples; on the GPU if there is one.

>>> student = Transformer(guide, model="almanach/camembert-base")
>>> student.fit(documents)
>>> student.predict([document])
[frozenset({(3, "IS_LOCATED_IN", 0)})]
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.special import entr, expit
from torch import nn

from augment.errors import NoResult
from augment.schema import Document, Triple
from augment.train.decode import Floats, decoded
from augment.train.schema import Schema, schema
from augment.train.table import Table, pair_codes
from augment.train.transformer.data import Item, items, pairs, types
from augment.train.transformer.model import Extractor
from augment.train.transformer.tuned import BLOCK, Tuned

DOUBTFUL = 20
"""Pairs of a document, the most doubtful, that say how unsure the student is of it."""


class Transformer(Tuned):
    """An encoder with ATLOP's head (see :mod:`augment.train.transformer.model`), fine-tuned.

    Candidates, symmetric relations and relations with one head are those of `linear`.
    """

    schema = Schema({}, {})

    def fit(self, documents: Sequence[Document], weights: Sequence[float] | None = None) -> None:
        """Fine-tune; types that are not labelled and masked pairs give no gradient.

        Raises ConfigError or PathError (the encoder), NoResult (no pair to learn from).
        """
        seen = {r.type for document in documents for r in document.relations}
        self.schema = schema(documents, self.guide).only(seen)
        self._tune(documents, weights)
        if self._network is None:
            raise NoResult("transformer: no candidate pair", hint="are there relations?")

    def _head(self, read: Any) -> nn.Module:
        return Extractor(read, len(types(self.schema)), len(self.schema.relations))

    def _items(
        self, documents: Sequence[Document], weights: Sequence[float] | None = None
    ) -> list[Item]:
        return items(documents, self._tokenizer, self.schema, self.settings, weights)

    def _known(self) -> dict[str, Any]:
        return {"schema": self.schema.written()}

    def _recall(self, known: dict[str, Any]) -> None:
        self.schema = Schema.read(known["schema"])

    def predict(self, documents: Sequence[Document]) -> list[frozenset[Triple]]:
        """Triples of each document; types that training has not seen take part in none."""
        found: list[set[Triple]] = [set() for _ in documents]
        for start in range(0, len(documents) if self.schema.relations else 0, BLOCK):
            block = documents[start : start + BLOCK]
            table, over = self._over(block)
            kinds = list(self.schema.relations)
            for row, n in zip(*map(np.ndarray.tolist, np.nonzero(over > 0)), strict=True):
                number = int(table.document[row])
                entities = block[number].entities
                ends = entities[table.head[row]].id, entities[table.tail[row]].id
                found[start + number].add((ends[0], kinds[n], ends[1]))
        return [frozenset(triples) for triples in found]

    def doubts(self, documents: Sequence[Document]) -> list[float]:
        """How unsure it is of each document, 0–1: mean entropy of its 20 most doubtful pairs.

        As of the student `linear`; the odds of a decision are those against the pair's own
        threshold, which is what they are learnt as.
        """
        found: list[float] = []
        for start in range(0, len(documents) if self.schema.relations else 0, BLOCK):
            block = documents[start : start + BLOCK]
            table, over = self._over(block)
            p = expit(over)
            entropy = (entr(p) + entr(1 - p)).max(axis=1) / np.log(2)
            for number in range(len(block)):
                own = np.sort(entropy[table.document == number])[-DOUBTFUL:]
                found.append(float(own.sum()) / DOUBTFUL)
        return found or [0.0] * len(documents)

    def _over(self, documents: Sequence[Document]) -> tuple[Table, Floats]:
        """Candidate pairs, and how far each relation type is above the pair's threshold.

        −inf for the pairs that are no candidates of the type, or lost to a better head.
        """
        table = pairs(documents, self.schema)
        made = [item for item in self._items(documents) if len(item.head)]
        scores = np.concatenate([np.zeros((0, len(self.schema.relations))), *self._scored(made)])
        over = np.full(scores.shape, -np.inf)
        for n, relation in enumerate(self.schema.relations.values()):
            rows = np.flatnonzero(np.isin(table.kinds, pair_codes(relation.pairs)))
            own = decoded(table, rows, scores[rows, n], relation.symmetric, relation.one_head)
            over[rows, n] = own
        return table, over
