"""What a gain is worth: the gold documents that would give as much, and what these would cost.

>>> curve = Curve({50: base_at_50, 100: base_at_100, 200: base_at_200})
>>> curve.worth(100, arm).documents
Interval(mean=41.3, low=12.0, high=95.6)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from augment.measure.records import Compared, Entry, Interval, Result, Worth
from augment.scores import Floats, Metrics, interval

FAR = 3.0
"""Doublings beyond the largest size, up to which the curve is drawn out."""


class Arm(NamedTuple):
    """One arm at one size: scores of every seed (first axis), and of every bootstrap draw."""

    seeds: Metrics
    draws: Metrics
    added: float

    def minus(self, other: Arm) -> Arm:
        """Paired difference."""
        return Arm(self.seeds.minus(other.seeds), self.draws.minus(other.draws), self.added)

    def macro(self) -> Floats:
        """Macro-F1: first the mean over seeds, then every draw."""
        return np.concatenate([[self.seeds.macro_f1.mean()], self.draws.macro_f1])


class Curve:
    """The learning curve of gold alone: macro-F1 by gold documents.

    Straight between the sizes on a logarithmic axis, never falling, and drawn out beyond the
    largest with its mean slope.
    """

    def __init__(self, base: Mapping[int, Arm]) -> None:
        self.base, self.sizes = base, sorted(base)
        self.x = np.log2(np.array(self.sizes, float))
        self.y = np.maximum.accumulate([base[n].macro() for n in self.sizes], axis=0)

    def slope(self) -> Interval | None:
        """Macro-F1 (0–1) a doubling of the gold, from the smallest size to the largest.

        As it was measured, where it falls too; None of a single size.
        """
        if len(self.sizes) < 2:
            return None
        first, last = (self.base[n].macro() for n in (self.sizes[0], self.sizes[-1]))
        return _told((last - first) / (self.x[-1] - self.x[0]))

    def worth(self, size: int, arm: Arm) -> Worth | None:
        """Gold documents beyond ``size`` that give the macro-F1 of ``arm``; None of a single size.

        Negative where fewer would do. Each draw has a curve of its own, paired with the arm. Where
        it is flat, a gain counts from ``size``, a loss from where the curve came so far.
        """
        if len(self.sizes) < 2:
            return None
        own = self.y[self.sizes.index(size)]
        gain = arm.macro() - self.base[size].macro()
        start = np.where(gain > 0, size, 2 ** self._at(own))
        documents = _told(2 ** self._at(own + gain) - start)
        return Worth(documents=documents, extrapolated=size + documents.mean > self.sizes[-1])

    def _at(self, macro: Floats) -> Floats:
        """Logarithm of the size at which each draw's curve reaches its ``macro``."""
        x = np.full(macro.shape, self.x[0])
        for i, step in enumerate(np.diff(self.x)):
            x += step * _share(macro - self.y[i], self.y[i + 1] - self.y[i])
        slope = (self.y[-1] - self.y[0]) / (self.x[-1] - self.x[0])
        return x + FAR * _share(macro - self.y[-1], FAR * slope)


def _share(part: Floats, whole: Floats) -> Floats:
    """``part / whole`` between 0 and 1; of nothing, whether there is a part."""
    there = whole > 0
    return np.where(there, np.clip(part / np.where(there, whole, 1), 0, 1), part > 0)


def _told(values: Floats) -> Interval:
    low, high = interval(values[1:])
    return Interval(mean=float(values[0]), low=low, high=high)


def priced(result: Result, costs: dict[str, float], gold_cost: float | None) -> Result:
    """The same with what every addition's gain is worth in money.

    ``costs``: what each addition took; ``gold_cost``: what a gold document takes to annotate; in
    one currency.
    """
    arms = {
        name: {size: _priced(entry, costs.get(name), gold_cost) for size, entry in by_size.items()}
        for name, by_size in result.arms.items()
    }
    return result.model_copy(update={"arms": arms})


def _priced(entry: Entry, cost: float | None, gold_cost: float | None) -> Entry:
    if not isinstance(entry, Compared) or entry.worth is None:
        return entry
    number = entry.worth.documents.mean
    gold = number * gold_cost if gold_cost is not None and number > 0 else None
    even = cost / number if cost is not None and number > 0 else None
    worth = entry.worth.model_copy(update={"cost": cost, "gold": gold, "break_even": even})
    return entry.model_copy(update={"worth": worth})
