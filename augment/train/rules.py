"""Student `rules`: a cue of the guide and the nearest entity of a fitting type, for each relation.

The rule ("sentence", "near", "head") of IS_BORN_IN says yes to (Paul, Lyon) in « Paul est né à
Lyon »: one sentence, the cue « né à » near, and Paul is the nearest person to Lyon.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from pathlib import Path

import numpy as np

from augment.guide.infer import infer
from augment.guide.model import Guide
from augment.schema import Document, Triple
from augment.train import files
from augment.train.columns import Bools, Ints
from augment.train.cues import tests
from augment.train.decode import Floats
from augment.train.labels import Labels
from augment.train.layout import layout
from augment.train.schema import Schema, schema
from augment.train.table import pair_codes, pairs_only

Rule = tuple[str, ...]
RULES: list[Rule] = [
    (*reach, *cue, *nearest)
    for cue, reach, nearest in product(
        (("near",), ("cue",), ()),
        (("sentence",), ()),
        (("tail", "head"), ("head",), ("tail",), ()),
    )
]
"""Which of the tests of :mod:`augment.train.cues` a pair has to pass; the strictest first."""
PRECISION = 0.3
"""A type for which no rule is right that often in the training documents is never predicted."""
BATCH = 100
"""Documents that are read at once."""


class Rules:
    """For each relation type the rule that does best on the training documents.

    Without an example of a type, its rule is the strictest, which asks for a cue of the guide.
    Without a guide, one is inferred from the training documents.
    """

    name = "rules"

    def __init__(self, guide: Guide | None = None, seed: int = 0) -> None:
        self.guide = guide
        self.seed = seed
        self.schema = Schema({}, {})
        self.cues: dict[str, tuple[str, ...]] = {}
        self.rules: dict[str, Rule] = {}

    def fit(self, documents: Sequence[Document], weights: Sequence[float] | None = None) -> None:
        """Choose the rules; without documents, take the strictest for every type of the guide."""
        guide = self.guide or infer(documents, name="inferred")
        self.schema = schema(documents, guide)
        self.cues = {
            kind: guide.relations[kind].cues if kind in guide.relations else ()
            for kind in self.schema.relations
        }
        weight = np.ones(len(documents)) if weights is None else np.asarray(weights, float)
        counts = {kind: np.zeros((len(RULES), 3)) for kind in self.schema.relations}
        for start in range(0, len(documents), BATCH):
            part = slice(start, start + BATCH)
            self._count(documents[part], weight[part], counts)
        self.rules = {
            kind: chosen
            for kind, count in counts.items()
            if (chosen := _best(count, bool(self.cues[kind]))) is not None
        }

    def _count(
        self, documents: Sequence[Document], weight: Floats, counts: Mapping[str, Floats]
    ) -> None:
        """Add to each type's (rules, 3): right, chosen and positive pairs of the documents."""
        read = Read(documents, self.schema)
        labels = Labels(documents, read.table)
        for kind, count in counts.items():
            rows, holds = read.tests(kind, self.cues[kind])
            known, positive = labels.of(kind, rows)
            weights = weight[read.table.document[rows]] * known
            for n, rule in enumerate(RULES):
                chosen = _passes(rule, holds, len(rows))
                pairs = (chosen & positive, chosen, positive)
                count[n] += [(weights * column).sum() for column in pairs]

    def predict(self, documents: Sequence[Document]) -> list[frozenset[Triple]]:
        """Triples of each document; entity types that are not known take part in none."""
        found: list[set[Triple]] = [set() for _ in documents]
        for start in range(0, len(documents), BATCH):
            read = Read(documents[start : start + BATCH], self.schema.only(self.rules))
            for kind, rule in self.rules.items():
                rows, holds = read.tests(kind, self.cues[kind])
                for row in rows[_passes(rule, holds, len(rows))]:
                    number, head, tail = (int(column[row]) for column in read.table[:3])
                    entities = documents[start + number].entities
                    ends = entities[head].id, entities[tail].id
                    found[start + number].add((ends[0], kind, ends[1]))
                    if self.schema.relations[kind].symmetric:
                        found[start + number].add((ends[1], kind, ends[0]))
        return [frozenset(triples) for triples in found]

    def save(self, path: Path) -> None:
        """Write the rules to a folder."""
        header = {
            "seed": self.seed,
            "rules": self.rules,
            "cues": {kind: self.cues[kind] for kind in self.rules},
            "schema": self.schema.only(self.rules).written(),
        }
        files.write(path, self.name, header, {})

    @classmethod
    def load(cls, path: Path) -> Rules:
        """Read rules. Raises PathError, ConfigError: none there, damaged, another version."""
        model, _ = files.read(path, cls.name)
        student = cls(seed=model["seed"])
        student.schema = Schema.read(model["schema"])
        student.cues = {kind: tuple(cues) for kind, cues in model["cues"].items()}
        student.rules = {kind: tuple(rule) for kind, rule in model["rules"].items()}
        return student


class Read:
    """A batch of documents as arrays, with the pairs that some relation type admits."""

    def __init__(self, documents: Sequence[Document], schema: Schema) -> None:
        self.schema = schema
        self.arrays = layout(documents, schema.kinds, schema.gate)
        self.table = pairs_only(self.arrays)

    def tests(self, kind: str, cues: Sequence[str]) -> tuple[Ints, Mapping[str, Bools]]:
        """Rows of the pairs that a relation type admits, and which tests each of them passes."""
        pairs = self.schema.relations[kind].pairs
        rows = np.flatnonzero(np.isin(self.table.kinds, pair_codes(pairs)))
        return rows, tests(self.arrays, cues, rows)


def _passes(rule: Rule, holds: Mapping[str, Bools], size: int) -> Bools:
    tests = [np.ones(size, bool), *(holds[test] for test in rule)]
    return np.asarray(np.logical_and.reduce(tests))


def _best(count: Floats, cued: bool) -> Rule | None:
    """The rule with the best F1 (the strictest of equals); None if it is hopeless.

    ``count``: right, chosen and positive pairs of each of :data:`RULES`.
    """
    right, chosen, positive = count.T
    if not positive[0]:
        return RULES[0] if cued else None
    best = int(np.argmax(2 * right / np.maximum(chosen + positive, 1e-9)))
    return RULES[best] if right[best] > 0 and right[best] >= PRECISION * chosen[best] else None
