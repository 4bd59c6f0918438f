"""Shares of a batch, worked out from documents that were drawn with unequal probabilities.

>>> rate([(1.0, 1, 10), (4.0, 0, 5)])  # weight, wrong, looked at: of each document
Rate(share=0.033, low=0.002, high=0.371, wrong=1, seen=15, effective=9.…)
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from scipy.stats import beta

from augment.schema import Record
from augment.scores import wilson

Part = tuple[float, float, float]
"""Of one document: its weight (one over the probability that it was drawn), wrong, looked at."""


class Rate(Record):
    """A share (0–1) with its 95 % interval; None of nothing.

    ``wrong`` of ``seen`` is what was counted, ``effective`` the size of the simple random sample
    that would tell as much.
    """

    share: float | None
    low: float
    high: float
    wrong: float
    seen: float
    effective: float


def rate(parts: Sequence[Part]) -> Rate:
    """The share of wrong ones in the whole batch, with a Wilson (1927) interval.

    The share is Hájek's estimator (1971), the weighted wrong over the weighted seen; the interval
    takes the effective sample size for the number seen (as Korn & Graubard 1998 do).
    """
    wrong = sum(w * x for w, x, _ in parts)
    seen = sum(w * n for w, _, n in parts)
    size = effective(parts)
    share = wrong / seen if seen else None
    low, high = wilson((share or 0.0) * size, size)
    counted = sum(x for _, x, _ in parts), sum(n for _, _, n in parts)
    return Rate(share=share, low=low, high=high, wrong=counted[0], seen=counted[1], effective=size)


def total(parts: Sequence[Part]) -> float:
    """How many are wrong in the whole batch (Horvitz & Thompson 1952)."""
    return sum(w * x for w, x, _ in parts)


def effective(parts: Sequence[Part]) -> float:
    """The size of the simple random sample that would tell as much.

    Kish's (1965) for the weights, ``(Σw)² / Σw²``; where documents hold several items, also what
    the linearised variance of the ratio (Särndal et al. 1992, 5.6) leaves, if that is less: items
    of one document are often wrong together.
    """
    seen = sum(w * n for w, _, n in parts)
    if not seen:
        return 0.0
    kish = seen**2 / sum(w * w * n for w, _, n in parts)
    share = sum(w * x for w, x, _ in parts) / seen
    if len(parts) < 2 or all(n <= 1 for _, _, n in parts):
        return kish
    spread = sum((w * (x - share * n)) ** 2 for w, x, n in parts)
    variance = len(parts) / (len(parts) - 1) * spread / seen**2
    return min(kish, share * (1 - share) / variance) if variance > 1e-12 else kish


def upper(share: float, size: float, confidence: float) -> float:
    """The one-sided upper bound of a share (Clopper & Pearson 1934); ``size`` may be effective."""
    wrong = share * size
    return 1.0 if wrong >= size else float(beta.ppf(confidence, wrong + 1, size - wrong))


def lower(share: float, size: float, confidence: float) -> float:
    """The one-sided lower bound, likewise."""
    return 1 - upper(1 - share, size, confidence)


def needed(share: float, target: float, confidence: float) -> int | None:
    """The smallest sample whose upper bound is not above ``target`` if ``share`` stays as it is.

    None where no sample will do: the share is not below the target.
    """
    if share >= target:
        return None
    size = zero_failures(target, confidence)
    while upper(share, size, confidence) > target:
        size *= 2
    least = size // 2
    while size - least > 1:
        middle = (size + least) // 2
        least, size = (
            (least, middle) if upper(share, middle, confidence) <= target else (middle, size)
        )
    return size


def zero_failures(target: float, confidence: float) -> int:
    """How many have to be looked at, and all found right, to hold the share under ``target``."""
    return math.ceil(math.log(1 - confidence) / math.log(1 - target) - 1e-9)
