"""Student `linear`: a logistic regression a relation type on sparse features of entity pairs.

>>> student = Linear(guide)
>>> student.fit(documents)
>>> student.predict([document])
[frozenset({(3, "IS_LOCATED_IN", 0)})]
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.sparse import csc_array, csr_array, hstack
from scipy.special import entr, expit

from augment.guide.model import Guide
from augment.schema import Document, Triple
from augment.train import files
from augment.train.cache import candidates
from augment.train.columns import Bools, Ints
from augment.train.decode import Floats, decoded, threshold
from augment.train.labels import Labels
from augment.train.regression import fold_of, regression
from augment.train.schema import Schema, schema
from augment.train.table import BITS, Table, frequent, matrix, pair_codes

BLOCK = 64
"""Documents that are predicted at once: bounds the memory."""
RARE = 50
"""A type with fewer positive pairs is fitted on all documents; the folds' means lose too much."""
DOUBTFUL = 20
"""Pairs of a document, the most doubtful, that say how unsure the student is of it."""


class Fitted(NamedTuple):
    """One relation type's regression and threshold."""

    weights: Floats
    bias: float
    threshold: float


class Linear:
    """One-vs-rest L2 logistic regression on hashed pair features, averaged over folds.

    For each relation type ``folds`` regressions are fitted, each without one fold of the documents
    (documents made from one another share a fold). Their scores of the fold left out set the
    threshold, their mean is the model. The features are those of :mod:`augment.train.features`.
    """

    name = "linear"

    def __init__(
        self, guide: Guide | None = None, seed: int = 0, *, c: float = 0.1, folds: int = 4
    ) -> None:
        self.guide = guide
        self.seed = seed
        self.c = c
        self.folds = folds
        self.schema = Schema({}, {})
        self.thresholds: dict[str, float] = {}
        self._weights: npt.NDArray[np.float32] = np.zeros((1 << BITS, 0), np.float32)
        self._bias: Floats = np.zeros(0)

    def fit(self, documents: Sequence[Document], weights: Sequence[float] | None = None) -> None:
        """Learn from documents; pairs that are not labelled, or masked, are left out."""
        self._learn(documents, weights, schema(documents, self.guide))

    def go_on(self, documents: Sequence[Document], weights: Sequence[float] | None = None) -> None:
        """Learn from these documents, with the log-odds learnt so far as one more feature.

        (PRED of Daumé III 2007, "Frustratingly easy domain adaptation".) It is linear in the other
        features, so the model stays one vector a type. Types that these documents do not hold
        stay as they were.
        """
        before = copy(self)
        known = schema(documents, self.guide).joined(before.schema)
        shares = self._learn(documents, weights, known, before)
        self._join(before, shares)
        self.schema = known.only(self.thresholds)

    def _learn(
        self,
        documents: Sequence[Document],
        weights: Sequence[float] | None,
        known: Schema,
        before: Linear | None = None,
    ) -> dict[str, float]:
        """Fit the types the documents hold; by type the factor of the log-odds of ``before``."""
        self.schema = known.only({r.type for document in documents for r in document.relations})
        table = candidates(documents, self.schema.kinds, self.schema.gate)
        features = matrix(table)
        earlier = before._odds(features) if before else {}
        kept = frequent(features)
        features = features[:, kept]
        features.sum_duplicates()
        labels = Labels(documents, table)
        fold = fold_of(documents, self.folds, self.seed)[table.document]
        weight = np.ones(len(documents)) if weights is None else np.asarray(weights, float)
        fitted: dict[str, Fitted] = {}
        for kind, relation in self.schema.relations.items():
            rows = np.flatnonzero(np.isin(table.kinds, pair_codes(relation.pairs)))
            labelled, positive = labels.of(kind, rows)
            rows, positive = rows[labelled], positive[labelled]
            if not positive.any():
                continue
            weights_of_rows = weight[table.document[rows]]
            part = features[rows].astype(np.float64)
            if kind in earlier:
                part = hstack([part, earlier[kind][rows, None]], format="csr")
            w, b, scores = _cross_fit(part, positive, weights_of_rows, fold[rows], self.c)
            scores = decoded(table, rows, scores, relation.symmetric, relation.one_head)
            fitted[kind] = Fitted(w, b, threshold(scores, positive, weights_of_rows))
        self._keep(fitted, kept)
        return {kind: float(fitted[kind].weights[-1]) for kind in fitted if kind in earlier}

    def _keep(self, fitted: dict[str, Fitted], columns: Ints) -> None:
        self.schema = self.schema.only(fitted)
        self.thresholds = {kind: f.threshold for kind, f in fitted.items()}
        self._weights = np.zeros((1 << BITS, len(fitted)), np.float32)
        for i, f in enumerate(fitted.values()):
            self._weights[columns, i] = f.weights[: len(columns)]
        self._bias = np.array([f.bias for f in fitted.values()])

    def _odds(self, features: csr_array) -> dict[str, Floats]:
        """Log-odds of each row by relation type, before decoding."""
        return dict(zip(self.thresholds, (features @ self._weights + self._bias).T, strict=True))

    def _join(self, before: Linear, shares: dict[str, float]) -> None:
        """Add an earlier model, each of its types by its share; those without one as they are."""
        thresholds = before.thresholds | self.thresholds
        place = {kind: i for i, kind in enumerate(sorted(thresholds))}
        weights = np.zeros((1 << BITS, len(place)), np.float32)
        bias = np.zeros(len(place))
        for student, factors in ((before, shares), (self, {})):
            at = [place[kind] for kind in student.thresholds]
            factor = np.array([factors.get(kind, 1.0) for kind in student.thresholds])
            weights[:, at] += student._weights * factor.astype(np.float32)
            bias[at] += student._bias * factor
        self.thresholds = {kind: thresholds[kind] for kind in place}
        self._weights, self._bias = weights, bias

    def predict(self, documents: Sequence[Document]) -> list[frozenset[Triple]]:
        """Triples of each document; types that training has not seen take part in none."""
        return [frozenset(found) for found in self._found(documents, 0.0)]

    def margins(self, documents: Sequence[Document]) -> list[dict[Triple, float]]:
        """Log-odds of each candidate triple above the threshold at which it is found."""
        return self._found(documents, float(np.finfo(float).min))

    def _found(self, documents: Sequence[Document], least: float) -> list[dict[Triple, float]]:
        """By document the triples that are at least this far above their threshold."""
        triples: list[dict[Triple, float]] = [{} for _ in documents]
        for start in range(0, len(documents), BLOCK):
            block = documents[start : start + BLOCK]
            table, scores = self.scores(block)
            for kind, values in scores.items():
                margins = values - self.thresholds[kind]
                for row in np.flatnonzero(margins >= least).tolist():
                    number = int(table.document[row])
                    entities = block[number].entities
                    ends = entities[table.head[row]].id, entities[table.tail[row]].id
                    triples[start + number][ends[0], kind, ends[1]] = float(margins[row])
        return triples

    def scores(self, documents: Sequence[Document]) -> tuple[Table, dict[str, Floats]]:
        """Candidate pairs, and by relation type their log-odds after decoding.

        −inf for the pairs that are no candidates of the type, or lost to a better head.
        """
        table = candidates(documents, self.schema.kinds, self.schema.gate)
        odds = matrix(table) @ self._weights + self._bias
        found: dict[str, Floats] = {}
        for i, (kind, relation) in enumerate(self.schema.relations.items()):
            rows = np.flatnonzero(np.isin(table.kinds, pair_codes(relation.pairs)))
            found[kind] = np.full(len(odds), -np.inf)
            found[kind][rows] = decoded(
                table, rows, odds[rows, i], relation.symmetric, relation.one_head
            )
        return table, found

    def doubts(self, documents: Sequence[Document]) -> list[float]:
        """How unsure it is of each document, 0–1: mean entropy of its 20 most doubtful pairs.

        Of a pair, the entropy (in bits) of the decision that is least sure, before any threshold.
        The mean over all pairs says little, nearly all of them being plainly negative.
        """
        found: list[float] = []
        for start in range(0, len(documents), BLOCK):
            block = documents[start : start + BLOCK]
            table, scores = self.scores(block)
            entropy = np.zeros(len(table.document))
            for odds in scores.values():
                p = expit(odds)
                entropy = np.maximum(entropy, (entr(p) + entr(1 - p)) / np.log(2))
            for number in range(len(block)):
                own = np.sort(entropy[table.document == number])[-DOUBTFUL:]
                found.append(float(own.sum()) / DOUBTFUL)
        return found

    def save(self, path: Path) -> None:
        """Write the model to a folder."""
        sparse = csc_array(self._weights)
        header = {
            "seed": self.seed,
            "c": self.c,
            "folds": self.folds,
            "thresholds": self.thresholds,
            "schema": self.schema.written(),
        }
        arrays = {"data": sparse.data, "rows": sparse.indices, "starts": sparse.indptr}
        files.write(path, self.name, header, {**arrays, "bias": self._bias})

    @classmethod
    def load(cls, path: Path) -> Linear:
        """Read a model. Raises PathError, ConfigError: none there, damaged, another version."""
        model, arrays = files.read(path, cls.name)
        student = cls(seed=model["seed"], c=model["c"], folds=model["folds"])
        student.schema = Schema.read(model["schema"])
        student.thresholds = model["thresholds"]
        shape = (1 << BITS, len(arrays["bias"]))
        sparse = csc_array((arrays["data"], arrays["rows"], arrays["starts"]), shape=shape)
        student._weights = sparse.toarray(order="C")
        student._bias = arrays["bias"]
        return student


def _cross_fit(
    features: csr_array, positive: Bools, weights: Floats, fold: Ints, c: float
) -> tuple[Floats, float, Floats]:
    """Mean weights and bias of the regressions without each fold, and the folds' scores."""
    scores = np.zeros(len(positive))
    models = []
    for number in range(int(fold.max()) + 1):
        out = fold == number
        models.append(regression(features[~out], positive[~out], weights[~out], c))
        scores[out] = features[out] @ models[-1][0] + models[-1][1]
    if (weights * positive).sum() < RARE:
        models = [regression(features, positive, weights, c)]
    return (
        np.mean([w for w, _ in models], axis=0),
        float(np.mean([b for _, b in models])),
        scores,
    )
