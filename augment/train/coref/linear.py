"""Linker `linear`: a logistic regression on pairs of mentions, and for each its best antecedent.

>>> linker = Linker(guide)
>>> linker.fit(documents)
>>> [len(entity.mentions) for entity in linker.predict([document])[0]]
[6, 5, 1, 1]
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from augment.guide.model import Guide
from augment.schema import Document, Entity
from augment.train import files
from augment.train.coref.clusters import GRID, curve, linkable, linked
from augment.train.coref.mentions import Mentions, columns, places
from augment.train.coref.pairs import Pairs, pair_features, pairs
from augment.train.regression import Floats, Model, cross_fit, fold_of, nothing

NAME = "coref/linear"


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
        self.kinds = linkable(documents, self.guide)
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
        self.threshold = float(GRID[int(np.argmax(curve(m, p, odds[:, 0], len(documents))))])

    def predict(self, documents: Sequence[Document]) -> list[tuple[Entity, ...]]:
        """The mentions of each document in clusters; how they are clustered now is not looked at.

        Clusters are numbered, and their mentions sorted, in the order of the text.
        """
        return linked(documents, self.kinds, self._odds, self.threshold)

    def _odds(self, documents: Sequence[Document], m: Mentions, p: Pairs) -> Floats:
        if not len(self._model.columns):
            return np.full(len(p.i), -np.inf)
        return self._model.scores(pair_features(m, p, documents))[:, 0]

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
