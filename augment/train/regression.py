"""Logistic regressions on hashed features: what the linear students of all tasks share.

>>> model, scores = cross_fit(hashed, targets, fold, weights, c=0.5)
>>> model.scores(hashed).shape == scores.shape == targets.shape
True
"""

from __future__ import annotations

import random
import warnings
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.sparse import csc_array, csr_array
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from augment.schema import Document
from augment.train.columns import Bools, Hashes, Ints
from augment.train.files import Arrays

Floats = npt.NDArray[np.float64]
BITS = 20
"""Features are hashed into 2^BITS columns."""
MIN_ROWS = 2
"""Rows that must have a feature for it to be kept."""


class Model(NamedTuple):
    """Regressions on the same features: ``columns`` that are kept, sorted, their weights, biases.

    ``weights`` is (columns, regressions).
    """

    columns: Ints
    weights: npt.NDArray[np.float32]
    bias: Floats

    def scores(self, hashed: Hashes) -> Floats:
        """Log-odds: (rows, regressions)."""
        found: Floats = (select(hashed, self.columns) @ self.weights) + self.bias
        return found

    def arrays(self, name: str) -> Arrays:
        """What :func:`augment.train.files.write` takes; names begin with ``name``."""
        sparse = csc_array(self.weights)
        parts = (self.columns, self.bias, sparse.data, sparse.indices, sparse.indptr)
        return {f"{name}_{part}": array for part, array in zip(PARTS, parts, strict=True)}

    @classmethod
    def read(cls, arrays: Arrays, name: str) -> Model:
        """The way back from :meth:`arrays`."""
        columns, bias, *sparse = (arrays[f"{name}_{part}"] for part in PARTS)
        weights = csc_array(tuple(sparse), shape=(len(columns), len(bias)))
        return cls(columns, weights.toarray(order="C"), bias)


PARTS = ("columns", "bias", "data", "rows", "starts")
"""Arrays of a model on disk."""


def nothing(regressions: int = 0) -> Model:
    """The model of who has learnt nothing."""
    none = np.zeros((0, regressions), np.float32)
    return Model(np.zeros(0, np.int64), none, np.zeros(regressions))


def select(hashed: Hashes, columns: Ints) -> csr_array:
    """Binary features of each row among these columns: (rows, columns)."""
    place = np.full(1 << BITS, -1, np.int32)
    place[columns] = np.arange(len(columns), dtype=np.int32)
    found = np.where(hashed != 0, place[hashed >> np.uint32(32 - BITS)], -1)
    there = found >= 0
    starts = np.concatenate([[0], np.cumsum(there.sum(axis=1))]).astype(np.int32)
    indices = found[there]
    shape = (len(hashed), len(columns))
    return csr_array((np.ones(len(indices), np.float32), indices, starts), shape=shape)


def frequent(hashed: Hashes) -> Ints:
    """Columns that at least :data:`MIN_ROWS` features fall in, sorted."""
    counts = np.bincount(hashed[hashed != 0] >> np.uint32(32 - BITS), minlength=1 << BITS)
    return np.flatnonzero(counts >= MIN_ROWS)


def cross_fit(
    hashed: Hashes,
    targets: Bools,
    fold: Ints,
    weights: Floats,
    *,
    c: float,
    rows: Bools | None = None,
) -> tuple[Model, Floats]:
    """A regression for each column of ``targets`` (rows, regressions), and out-of-fold scores.

    For each fold one is fitted without it; the mean is the model. Only ``rows`` are fitted (all,
    if None); all rows are scored. Of a single fold all is fitted.
    """
    fitted = np.ones(len(hashed), bool) if rows is None else rows
    columns = frequent(hashed[fitted])
    features = select(hashed, columns).astype(np.float64)
    features.sum_duplicates()
    scores = np.zeros(targets.shape)
    models = []
    last = int(fold.max(initial=0))
    for number in range(last + 1):
        out = fold == number
        used = np.flatnonzero(~out & fitted if last else fitted)
        part = features[used]
        models.append([regression(part, y, weights[used], c) for y in targets[used].T])
        w = np.stack([w for w, _ in models[-1]], axis=1)
        scores[out] = features[out] @ w + np.array([b for _, b in models[-1]])
    w = np.mean([[w for w, _ in one] for one in models], axis=0).T
    bias = np.mean([[b for _, b in one] for one in models], axis=0)
    return Model(columns, np.ascontiguousarray(w, np.float32), bias), scores


def regression(
    features: csr_array, positive: Bools, weights: Floats, c: float, tol: float = 0.5
) -> tuple[Floats, float]:
    """Weights and bias; without features, the prior log-odds, where there is one class only."""
    if positive.all() or not positive.any():
        odds = (positive.sum() + 0.5) / ((~positive).sum() + 0.5)
        return np.zeros(features.shape[1]), float(np.log(odds))
    model = LogisticRegression(C=c, solver="liblinear", dual=True, tol=tol, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(features, positive, weights)
    return model.coef_[0], float(model.intercept_[0])


def fold_of(documents: Sequence[Document], number: int, seed: int) -> Ints:
    """Fold of each document; equal texts, and documents with the same parent, stay together."""
    texts = {document.id: document.text for document in documents}
    roots = [texts.get((*d.meta.parents, d.id)[0], (*d.meta.parents, d.id)[0]) for d in documents]
    groups = list(dict.fromkeys(roots))
    random.Random(f"{seed}/folds").shuffle(groups)
    of = {group: i % number for i, group in enumerate(groups)}
    return np.array([of[root] for root in roots], np.int64)
