"""Quotas by expected gain: each next order goes to the type it should help most.

type        gold  F1    orders  share  why
IS_BORN_ON     7  0.22      15   0.15  rare: 7 examples; F1 0.22; at the cap of 15 %
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from math import ceil
from random import Random

from pydantic import Field

from augment.guide.model import Guide, RelationType
from augment.schema import Document, Order, Record

LLM_FREE = frozenset(("mentions", "tokens", "shuffle", "recombine", "typos", "templates"))
OFFSET = 20
"""Examples a type is taken to have beside its own, for what it learns from others."""
EXPONENT = 0.2
"""How fast 1 − F1 falls with the number of examples n: as n ** −0.2 (macro-F1 of the linear student
from 25 to 400 texts of TextMine: 1 − F1 goes from 0.64 to 0.37)."""


class Settings(Record):
    """Caps and amounts; shares are of all types ordered.

    ``cap``: no type takes more. Without an LLM a type takes at most ``per_source`` orders for each
    of its gold examples and written patterns, for more would say the same again. A type with at
    least ``hopeless_gold`` examples and an F1 under ``hopeless_f1`` takes at most
    ``hopeless_cap``: more of the same has not helped it.
    """

    cap: float = Field(default=0.15, gt=0, le=1)
    per_source: int = Field(default=5, ge=1)
    hopeless_f1: float = 0.05
    hopeless_gold: int = 100
    hopeless_cap: float = Field(default=0.02, gt=0, le=1)
    types_per_order: int = Field(default=1, ge=1)
    negatives: int = Field(default=1, ge=0)
    distractors: int = Field(default=2, ge=0)


class Row(Record):
    """One line of the table: a relation type and what the plan gives it."""

    type: str
    gold: int
    f1: float | None
    orders: int
    share: float
    why: str


class Plan(Record):
    """Orders in the order to make them, and the table; a larger plan begins with a smaller one."""

    orders: tuple[Order, ...]
    rows: tuple[Row, ...]


def plan(
    documents: Iterable[Document],
    *,
    guide: Guide,
    samples: int,
    strategies: Sequence[str],
    scores: Mapping[str, float] | None = None,
    settings: Settings | None = None,
    seed: int = 0,
) -> Plan:
    """``samples`` orders for the relation types of the guide; none if no type can be made.

    ``scores`` holds out-of-fold F1 by type (0–1); where one is missing the learning curve stands
    in. The gain of one more example of a type is the fall of its expected error, an inverse power
    of the number of examples (Hestness et al., "Deep Learning Scaling is Predictable, Empirically",
    2017): rare and low-F1 types come first and become less urgent with each order. Types take the
    strategies in turn; look-alikes of the guide are ordered as negatives.
    """
    settings = settings or Settings()
    gold = Counter(r.type for d in documents for r in d.relations)
    able = {t: _able(r, gold[t], strategies) for t, r in guide.relations.items()}
    usable = [t for t in able if able[t]]
    quotas = _Quotas(usable, gold, scores or {}, settings)
    quotas.limits = {
        t: settings.per_source * (gold[t] + len(guide.relations[t].patterns))
        for t in usable
        if LLM_FREE.issuperset(able[t])
    }
    made: Counter[str] = Counter()
    orders = []
    for i in range(samples if usable else 0):
        types = quotas.next()
        turns = able[types[0]]
        strategy = turns[(made[types[0]] + usable.index(types[0])) % len(turns)]
        made[types[0]] += 1
        why = quotas.reason(types[0])
        draft = Order(id=f"{i:06d}", strategy=strategy, types=types, why=why)
        orders.append(_order(draft, guide, settings, Random(f"{seed}/plan/{i}")))
    rows = [quotas.row(t) for t in sorted(usable, key=lambda t: (-quotas.given[t], gold[t], t))]
    missing = [t for t in guide.relations if t not in set(usable)]
    why = "no example in the corpus and no pattern in the guide"
    rows += [Row(type=t, gold=0, f1=None, orders=0, share=0.0, why=why) for t in missing]
    return Plan(orders=tuple(orders), rows=tuple(rows))


def _able(relation: RelationType, gold: int, strategies: Sequence[str]) -> list[str]:
    """The strategies that can make a type: without gold, an LLM, or `templates` with patterns."""
    return [
        s
        for s in strategies
        if gold or s not in LLM_FREE or (s == "templates" and relation.patterns)
    ]


class _Quotas:
    """The types given so far, and which comes next."""

    def __init__(
        self,
        types: Sequence[str],
        gold: Counter[str],
        scores: Mapping[str, float],
        settings: Settings,
    ) -> None:
        self.types, self.gold, self.scores, self.settings = types, gold, scores, settings
        self.given: Counter[str] = Counter()
        self.limits: dict[str, int] = {}
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

    def next(self) -> tuple[str, ...]:
        """The types of the next order, the most urgent first."""
        chosen: list[str] = []
        for _ in range(min(self.settings.types_per_order, len(self.types))):
            rest = [t for t in self.types if t not in chosen]
            open_types = [t for t in rest if self.given[t] < self.cap(t)]
            if open_types:
                best = max(open_types, key=self.gain)
            else:  # fewer types than the caps need: share evenly
                best = min(rest, key=lambda t: (self.given[t], -self.gain(t)))
            self.given[best] += 1
            self.slots += 1
            chosen.append(best)
        return tuple(chosen)

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
        if given and given >= self.cap(kind) and not self.hopeless(kind):
            limit = self.limits.get(kind, given + 1)
            why += (
                f"; at the cap of {limit if given >= limit else format(self.settings.cap, '.0%')}"
            )
        elif not given:
            why += "; more examples would add little"
        share = given / self.slots if self.slots else 0.0
        known = self.scores.get(kind)
        return Row(type=kind, gold=self.gold[kind], f1=known, orders=given, share=share, why=why)


def _order(draft: Order, guide: Guide, settings: Settings, rng: Random) -> Order:
    """An order with a seed of its own, look-alike negatives and a number of distractors."""
    alike = dict.fromkeys(
        other
        for kind in draft.types
        for other in guide.relations[kind].lookalikes
        if other in guide.relations and other not in draft.types
    )
    update = {
        "negatives": tuple(rng.sample(list(alike), min(settings.negatives, len(alike)))),
        "distractors": rng.randint(0, settings.distractors),
        "seed": rng.getrandbits(32),
    }
    return draft.model_copy(update=update)
