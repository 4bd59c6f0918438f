"""Scores → decisions: partners averaged, one head a tail, a threshold for each relation type.

>>> threshold(np.array([2.0, 1.0, -1.0]), np.array([True, True, False]), np.ones(3))
0.0
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from augment.train.columns import Bools, Ints
from augment.train.table import Table

Floats = npt.NDArray[np.float64]
GRID = np.linspace(-4.0, 4.0, 161)
"""Thresholds that are tried, as log-odds."""
SMOOTH = 7
"""Width of the moving average over the F1 curve."""
SHRINK = 10
"""Positives at which a type's own threshold and the common one weigh the same."""


def decoded(table: Table, rows: Ints, scores: Floats, symmetric: bool, one_head: bool) -> Floats:
    """Scores of one relation type's rows after decoding; −inf for what another head has won."""
    document, head, tail = (column[rows] for column in table[:3])
    if symmetric:
        own = (document << 40) + (head << 20) + tail
        partner = np.searchsorted(own, (document << 40) + (tail << 20) + head)
        partner = np.minimum(partner, len(own) - 1)
        found = own[partner] == (document << 40) + (tail << 20) + head
        scores = np.where(found, (scores + scores[partner]) / 2, scores)
    if one_head:
        owner = (document << 20) + tail
        order = np.lexsort((-scores, owner))
        best = np.ones(len(order), bool)
        best[1:] = owner[order][1:] != owner[order][:-1]
        scores = scores.copy()
        scores[order[~best]] = -np.inf
    return scores


def f1_curve(scores: Floats, positive: Bools, weights: Floats) -> Floats:
    """F1 at each threshold of :data:`GRID`, smoothed: a threshold should sit on a plateau."""
    order = np.argsort(-scores, kind="stable")
    reached = np.searchsorted(-scores[order], -GRID, "right")
    true = np.concatenate([[0.0], np.cumsum((weights * positive)[order])])[reached]
    chosen = np.concatenate([[0.0], np.cumsum(weights[order])])[reached]
    curve = 2 * true / np.maximum(chosen + (weights * positive).sum(), 1e-9)
    padded = np.pad(curve, SMOOTH // 2, "edge")
    return np.convolve(padded, np.ones(SMOOTH) / SMOOTH, "valid")


def thresholds(curves: dict[str, Floats], support: dict[str, float]) -> dict[str, float]:
    """The threshold of each type: that of its best F1, drawn to the best common one if rare."""
    if not curves:
        return {}
    common = float(GRID[np.argmax(np.mean(list(curves.values()), axis=0))])
    found = {}
    for kind, curve in curves.items():
        own = float(GRID[np.argmax(curve)]) if curve.any() else common
        found[kind] = (support[kind] * own + SHRINK * common) / (support[kind] + SHRINK)
    return found
