"""Agreement beyond chance as sums over units, so that documents can be drawn again and again.

>>> alpha(disagreement([(2, 0), (1, 1), (0, 3)]))  # how many annotators gave each value
0.5
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from augment.scores import Floats


def disagreement(units: Iterable[Sequence[int]]) -> Floats:
    """The sums that :func:`alpha` is made of: observed disagreement, then how often each value.

    ``units``: how many annotators gave each of the values to each unit; who gave none is not
    counted, and a unit with fewer than two annotators says nothing.
    """
    counts = np.asarray([unit for unit in units if sum(unit) > 1], float)
    if not len(counts):
        return np.zeros(1)
    told = counts.sum(axis=1)
    apart = (counts * (told[:, None] - counts)).sum(axis=1) / (told - 1)
    return np.concatenate([[apart.sum()], counts.sum(axis=0)])


def alpha(sums: NDArray[Any]) -> Any:
    """Krippendorff's alpha, nominal (Krippendorff 2011), of (…, 1 + values) sums.

    1: all agree; 0: as by chance. NaN where only one value was ever given.
    """
    observed, values = sums[..., 0], sums[..., 1:]
    whole = values.sum(axis=-1)
    expected = whole**2 - (values**2).sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        found = 1 - observed * (whole - 1) / expected
    return np.where(expected > 0, found, np.nan)[()]


def kappa(table: NDArray[Any]) -> Any:
    """Cohen's kappa (1960) of (…, values, values) tables, what one says by what the other says.

    NaN where both give only one value, and of nothing.
    """
    whole = table.sum(axis=(-2, -1))
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = table / np.asarray(whole)[..., None, None]
        agreed = np.trace(shares, axis1=-2, axis2=-1)
        chance = (shares.sum(axis=-1) * shares.sum(axis=-2)).sum(axis=-1)
        found = (agreed - chance) / (1 - chance)
    return np.where(chance < 1 - 1e-12, found, np.nan)[()]
