"""Shares of a batch, worked out from documents that were drawn with unequal probabilities.

>>> rate([(1.0, 1, 10), (4.0, 0, 5)])  # weight, wrong, looked at: of each document
Rate(share=0.033, low=0.002, high=0.371, wrong=1, seen=15, effective=9.…)

``part`` is the part of the batch's documents that was reviewed, 0 of a batch far larger than what
was reviewed. Where it is known, bounds are exact for a batch of that size: those of the
hypergeometric distribution (Buonaccorsi 1987, Wright 1991), for ``size`` items looked at of
``size / part``. All reviewed, nothing is left to guess.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from scipy.stats import beta, hypergeom

from augment.schema import Record
from augment.scores import wilson

_EACH_SIDE = 0.975
"""Confidence of each bound of a 95 % interval."""
_SMALL = 1e-9
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


def rate(parts: Sequence[Part], part: float = 0.0) -> Rate:
    """The share of wrong ones in the whole batch, with its interval.

    The share is Hájek's estimator (1971), the weighted wrong over the weighted seen; the interval
    takes the effective sample size for the number seen (as Korn & Graubard 1998 do). It is Wilson's
    (1927), or exact where ``part`` is known.
    """
    wrong = sum(w * x for w, x, _ in parts)
    seen = sum(w * n for w, _, n in parts)
    size = effective(parts)
    share = wrong / seen if seen else None
    if share is None or not part:
        low, high = wilson((share or 0.0) * size, size)
    else:
        low, high = lower(share, size, _EACH_SIDE, part), upper(share, size, _EACH_SIDE, part)
    counted = sum(x for _, x, _ in parts), sum(n for _, _, n in parts)
    return Rate(share=share, low=low, high=high, wrong=counted[0], seen=counted[1], effective=size)


def total(parts: Sequence[Part]) -> float:
    """How many are wrong in the whole batch (Horvitz & Thompson 1952)."""
    return sum(w * x for w, x, _ in parts)


def effective(parts: Sequence[Part]) -> float:
    """The size of the simple random sample that would tell as much.

    Kish's (1965) for the weights, ``(Σw)² / Σw²``; where documents hold several items, also what
    the linearised variance of the ratio (Särndal et al. 1992, 5.6) leaves, if that is less: items
    of one document are often wrong together, all of them where it is rejected. One more document
    that is all wrong goes into the variance, or a few documents without one would promise what they
    cannot know: with no error seen, the size is about the number of documents.
    """
    held = [part for part in parts if part[2]]
    if not held:
        return 0.0
    seen = sum(w * n for w, _, n in held)
    kish = seen**2 / sum(w * w * n for w, _, n in held)
    if all(n <= 1 for _, _, n in held):
        return kish
    mean = sum(n for _, _, n in held) / len(held)
    more = [*held, (seen / len(held) / mean, mean, mean)]
    whole = sum(w * n for w, _, n in more)
    share = sum(w * x for w, x, _ in more) / whole
    spread = sum((w * (x - share * n)) ** 2 for w, x, n in more)
    variance = len(more) / len(held) * spread / whole**2
    return min(kish, share * (1 - share) / variance) if variance > 1e-12 else kish


def upper(share: float, size: float, confidence: float, part: float = 0.0) -> float:
    """The one-sided upper bound of a share; ``size`` may be effective.

    Of a large batch Clopper & Pearson's (1934). Of a batch whose size is known the largest share
    with which so few wrong ones are not yet less likely than one minus the confidence.
    """
    if part >= 1:
        return share
    if not part:
        wrong = share * size
        return 1.0 if wrong >= size else float(beta.ppf(confidence, wrong + 1, size - wrong))
    seen = max(1, math.floor(size + _SMALL))
    whole = max(seen, round(seen / part))
    wrong = min(seen, math.ceil(share * seen - _SMALL))
    least, most = wrong, whole - seen + wrong  # the first is possible, more than the last is not
    while least < most:
        middle = (least + most + 1) // 2
        possible = hypergeom.cdf(wrong, whole, middle, seen) > 1 - confidence
        least, most = (middle, most) if possible else (least, middle - 1)
    return max(share, least / whole)


def lower(share: float, size: float, confidence: float, part: float = 0.0) -> float:
    """The one-sided lower bound, likewise."""
    return share if part >= 1 else 1 - upper(1 - share, size, confidence, part)


def needed(share: float, target: float, confidence: float, whole: int | None = None) -> int | None:
    """A sample just large enough for an upper bound of ``target`` if ``share`` stays as it is.

    ``whole``: how many there are in the batch, None of a large one; all of them are enough. None
    where no sample will do: the share is not below the target.
    """
    if share >= target:
        return None

    def enough(size: int) -> bool:
        return upper(share, size, confidence, size / whole if whole else 0.0) <= target

    least, size = 0, 1
    while not enough(size):
        least, size = size, min(2 * size, whole or 2 * size)
    while size - least > 1:
        middle = (size + least) // 2
        least, size = (least, middle) if enough(middle) else (middle, size)
    return size


def zero_failures(target: float, confidence: float, whole: int | None = None) -> int:
    """How many have to be looked at, and all found right, to hold the share under ``target``."""
    if whole is not None:
        return needed(0.0, target, confidence, whole) or whole
    return math.ceil(math.log(1 - confidence) / math.log(1 - target) - 1e-9)
