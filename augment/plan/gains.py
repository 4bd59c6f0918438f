"""What the next example of each relation type should be worth, and what has been given so far.

>>> quotas = Quotas(["IS_BORN_ON", "OPERATES_IN"], Counter(OPERATES_IN=900), {}, Settings())
>>> quotas.best()
'IS_BORN_ON'
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from math import ceil

from augment.plan.records import Row, Settings

OFFSET = 20
"""Examples a type is taken to have beside its own, for what it learns from others."""
EXPONENT = 0.2
"""How fast 1 − F1 falls with the number of examples n: as n ** −0.2 (macro-F1 of the linear student
from 25 to 400 texts of TextMine: 1 − F1 goes from 0.64 to 0.37)."""


class Quotas:
    """The types given so far, and which comes next. ``limits``: most orders of a type."""

    def __init__(
        self,
        types: Sequence[str],
        gold: Counter[str],
        scores: Mapping[str, float],
        settings: Settings,
        limits: Mapping[str, int] | None = None,
    ) -> None:
        self.types, self.gold, self.scores, self.settings = list(types), gold, scores, settings
        self.given: Counter[str] = Counter()
        self.limits = limits or {}
        self.slots = 0

    def error(self, kind: str) -> float:
        """1 − F1 now: measured, or as the learning curve expects."""
        known = self.scores.get(kind)
        return 1 - known if known is not None else float((self.gold[kind] + 1) ** -EXPONENT)

    def gain(self, kind: str) -> float:
        """Expected rise of the type's F1 by one more example, after those already given."""
        start = self.gold[kind] + OFFSET
        now = start + self.given[kind]
        fall = (now / start) ** -EXPONENT - ((now + 1) / start) ** -EXPONENT
        return float(self.error(kind) * fall)

    def hopeless(self, kind: str) -> bool:
        """Many examples, and still not learnt."""
        known, s = self.scores.get(kind), self.settings
        return known is not None and known < s.hopeless_f1 and self.gold[kind] >= s.hopeless_gold

    def cap(self, kind: str) -> int:
        """How many of the slots up to the next the type may take."""
        share = self.settings.hopeless_cap if self.hopeless(kind) else self.settings.cap
        return max(1, min(ceil(share * (self.slots + 1)), self.limits.get(kind, self.slots + 1)))

    def open(self, chosen: Collection[str] = ()) -> list[str]:
        """The types below their cap, those ``chosen`` for the same order aside."""
        return [t for t in self.types if t not in chosen and self.given[t] < self.cap(t)]

    def best(self, chosen: Collection[str] = ()) -> str:
        """The most urgent type that is not ``chosen`` yet."""
        open_types = self.open(chosen)
        if open_types:
            return max(open_types, key=self.gain)
        # fewer types than the caps need: share evenly
        rest = (t for t in self.types if t not in chosen)
        return min(rest, key=lambda t: (self.given[t], -self.gain(t)))

    def take(self, kind: str) -> str:
        """Give a slot to a type."""
        self.given[kind] += 1
        self.slots += 1
        return kind

    def reason(self, kind: str) -> str:
        """Why the type is ordered, in a few words."""
        n, known = self.gold[kind], self.scores.get(kind)
        parts = [f"rare: {n} examples" if n < 50 else f"{n} examples"]
        parts.append(f"F1 {known:.2f}" if known is not None else "F1 not measured")
        if self.hopeless(kind):
            parts.append(f"not learnt in spite of that: {self.settings.hopeless_cap:.0%} at most")
        return "; ".join(parts)

    def row(self, kind: str) -> Row:
        """The line of the table once all orders are given."""
        given, why = self.given[kind], self.reason(kind)
        if kind not in self.types:
            why += "; no more of it can be made from what there is"
        elif given and given >= self.cap(kind) and not self.hopeless(kind):
            limit = self.limits.get(kind, given + 1)
            why += (
                f"; at the cap of {limit if given >= limit else format(self.settings.cap, '.0%')}"
            )
        elif not given:
            why += "; more examples would add little"
        share = given / self.slots if self.slots else 0.0
        known = self.scores.get(kind)
        return Row(type=kind, gold=self.gold[kind], f1=known, orders=given, share=share, why=why)
