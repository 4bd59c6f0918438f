"""Linker `linear`: a logistic regression on pairs of mentions, and for each its best antecedent.

>>> linker = Linker(guide)
>>> linker.fit(documents)
>>> [len(entity.mentions) for entity in linker.predict([document])[0]]
[6, 5, 1, 1]
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from augment.clusters import conll, scores
from augment.guide.model import Guide
from augment.schema import Document, Entity, Mention
from augment.train import files
from augment.train.columns import Ints
from augment.train.coref.mentions import columns, places
from augment.train.coref.pairs import Pairs, pair_features, pairs
from augment.train.regression import Floats, Model, cross_fit, fold_of, nothing

BLOCK = 64
"""Documents that are linked at once: bounds the memory."""
GRID = np.linspace(-1.5, 1.0, 11)
"""Thresholds that are tried, as log-odds."""
NAME = "coref/linear"
Span = tuple[int, int, str]


class Linker:
    """Best-first clustering over a mention-pair model (Ng & Cardie 2002).

    Pairs of one type are scored; each mention joins the cluster of the best scored mention before
    it, if that is over a threshold: the one with the best mean of MUC, B³ and CEAF-e on training
    documents left out in turn. Types that never had two mentions stay single.
    """

    name = "linear"

    def __init__(
        self, guide: Guide | None = None, seed: int = 0, *, c: float = 0.2, folds: int = 4
    ) -> None:
        self.guide = guide
        self.seed = seed
        self.c = c
        self.folds = folds
        self.threshold = 0.0
        self.kinds: dict[str, str] = {}
        self._model = nothing(1)

    def fit(self, documents: Sequence[Document], weights: Sequence[float] | None = None) -> None:
        """Learn from the entities of documents; ``labelled`` and ``masked`` are about relations."""
        weight = np.ones(len(documents)) if weights is None else np.asarray(weights, float)
        self.kinds = self._linkable(documents)
        found = places(documents, self.kinds)
        m = columns(documents, found)
        p = pairs(m)
        self._model, self.threshold = nothing(1), 0.0
        if not len(p.i):
            return
        together = (m.entity[p.i] == m.entity[p.j])[:, None]
        number = m.document[p.i]
        fold = fold_of(documents, self.folds, self.seed)
        hashed = pair_features(m, p, documents)
        self._model, odds = cross_fit(hashed, together, fold[number], weight[number], c=self.c)
        gold = _clusters(m.document, m.entity, len(documents))
        got = []
        for low in GRID:
            linked = _clusters(m.document, best_first(p, odds[:, 0], low, len(found)), len(gold))
            got.append(conll(scores(list(zip(gold, linked, strict=True)))))
        self.threshold = float(GRID[int(np.argmax(got))])

    def _linkable(self, documents: Sequence[Document]) -> dict[str, str]:
        """Spelling → canonical name of the types that have an entity of several mentions."""
        entities = [e for d in documents for e in d.entities]
        several = {self._canonical(e.type) for e in entities if len(e.mentions) > 1}
        spelled = {e.type for e in entities} | set(self.guide.aliases if self.guide else ())
        named = {kind: self._canonical(kind) for kind in sorted(spelled)}
        return {kind: name for kind, name in named.items() if name in several}

    def _canonical(self, kind: str) -> str:
        return self.guide.canonical(kind) if self.guide else kind

    def predict(self, documents: Sequence[Document]) -> list[tuple[Entity, ...]]:
        """The mentions of each document in clusters; how they are clustered now is not looked at.

        Clusters are numbered, and their mentions sorted, in the order of the text.
        """
        found: list[tuple[Entity, ...]] = []
        for start in range(0, len(documents), BLOCK):
            found += self._linked(documents[start : start + BLOCK])
        return found

    def _linked(self, documents: Sequence[Document]) -> list[tuple[Entity, ...]]:
        found = places(documents, self.kinds)
        m = columns(documents, found)
        p = pairs(m)
        root: Ints = np.arange(len(found))
        if len(p.i) and len(self._model.columns):
            odds = self._model.scores(pair_features(m, p, documents))[:, 0]
            root = best_first(p, odds, self.threshold, len(found))
        together: list[dict[int, list[tuple[str, Mention]]]] = [{} for _ in documents]
        for place, first in zip(found, root.tolist(), strict=True):
            kind = documents[place.document].entities[place.entity].type
            together[place.document].setdefault(first, []).append((kind, place.mention))
        return [
            _entities(d, t.values(), self.kinds) for d, t in zip(documents, together, strict=True)
        ]

    def save(self, path: Path) -> None:
        """Write the model to a folder."""
        header = {
            "seed": self.seed,
            "c": self.c,
            "folds": self.folds,
            "threshold": self.threshold,
            "kinds": self.kinds,
        }
        files.write(path, NAME, header, self._model.arrays("pairs"))

    @classmethod
    def load(cls, path: Path) -> Linker:
        """Read a model. Raises PathError, ConfigError: none there, damaged, another version."""
        model, arrays = files.read(path, NAME)
        made = cls(seed=model["seed"], c=model["c"], folds=model["folds"])
        made.threshold = model["threshold"]
        made.kinds = model["kinds"]
        made._model = Model.read(arrays, "pairs")
        return made


def best_first(p: Pairs, odds: Floats, threshold: float, mentions: int) -> Ints:
    """The first mention of each mention's cluster: shape (mentions,)."""
    root = np.arange(mentions)
    good = np.flatnonzero(odds >= threshold)
    order = np.lexsort((p.rank[good], -odds[good], p.j[good]))  # the nearest of equals
    second, which = np.unique(p.j[good][order], return_index=True)
    for j, i in zip(second.tolist(), p.i[good][order][which].tolist(), strict=True):
        root[j] = root[i]
    return root


def _clusters(document: Ints, label: Ints, documents: int) -> list[list[set[int]]]:
    """Clusters of mention numbers, document by document."""
    found: list[dict[int, set[int]]] = [{} for _ in range(documents)]
    for n, (d, key) in enumerate(zip(document.tolist(), label.tolist(), strict=True)):
        found[d].setdefault(key, set()).add(n)
    return [list(clusters.values()) for clusters in found]


def _entities(
    document: Document, clusters: Iterable[list[tuple[str, Mention]]], kinds: dict[str, str]
) -> tuple[Entity, ...]:
    """Clusters, and the mentions of all other types each alone, numbered in the text's order."""
    alone = [[(e.type, m)] for e, m in document.mentions() if e.type not in kinds]
    ordered = sorted([*clusters, *alone], key=lambda c: (c[0][1].start, -c[0][1].end, c[0][0]))
    return tuple(
        Entity(id=n, type=cluster[0][0], mentions=tuple(m for _, m in cluster))
        for n, cluster in enumerate(ordered)
    )
