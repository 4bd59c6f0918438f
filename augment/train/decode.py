"""Scores → decisions: partners averaged, one head a tail, a threshold for each relation type.

>>> threshold(np.array([2.0, 1.0, -1.0]), np.array([True, True, False]), np.ones(3))
-0.94
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from augment.train.columns import Bools, Ints
from augment.train.table import Table

Floats = npt.NDArray[np.float64]
GRID = np.linspace(-9.0, 4.0, 261)
"""Thresholds that are tried, as log-odds."""
SMOOTH = 7
"""Width of the moving average over the F1 curve."""
SHRINK = 60
"""Positives at which the best threshold and the one of equal numbers weigh the same."""


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


def threshold(scores: Floats, positive: Bools, weights: Floats) -> float:
    """The threshold with the best F1 on out-of-fold scores, within :data:`GRID`.

    The fewer positives there are, the nearer it is drawn to the one at which as many pairs are
    chosen as are positive.
    """
    order = np.argsort(-scores, kind="stable")
    reached = np.searchsorted(-scores[order], -GRID, "right")
    true = np.concatenate([[0.0], np.cumsum((weights * positive)[order])])[reached]
    chosen = np.concatenate([[0.0], np.cumsum(weights[order])])[reached]
    total = float((weights * positive).sum())
    f1 = 2 * true / np.maximum(chosen + total, 1e-9)
    f1 = np.convolve(np.pad(f1, SMOOTH // 2, "edge"), np.ones(SMOOTH) / SMOOTH, "valid")
    equal = float(GRID[np.argmin(np.abs(chosen - total))])
    best = float(GRID[np.argmax(f1)]) if true.any() else equal
    return (total * best + SHRINK * equal) / (total + SHRINK)
