"""Quotas by expected gain: each next order goes to the type it should help most.

type        gold  F1    orders  share  why
IS_BORN_ON     7  0.22      15   0.15  rare: 7 examples; F1 0.22; at the cap of 15 %
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from random import Random
from typing import Any

from augment.errors import UsageError
from augment.guide.model import Guide
from augment.plan.gains import Quotas
from augment.plan.llm import FROM_GOLD, LLM, Writer
from augment.plan.raw import Uncertainty
from augment.plan.records import Plan, Row, Settings
from augment.schema import Document, Order

LLM_FREE = frozenset(("mentions", "tokens", "shuffle", "recombine", "typos", "templates"))


def plan(documents: Iterable[Document], **given: Any) -> Plan:
    """All orders of a :class:`Planning`, which takes and raises the same, with the rows."""
    planning = Planning(documents, **given)
    orders = tuple(planning)
    return Plan(orders=orders, rows=planning.rows)


class Planning:
    """``samples`` orders for the relation types of the guide; fewer if no more can be made.

    Iterating makes them one after the other: their number takes no memory. ``rows``: the table of
    what was ordered so far.

    ``scores`` holds out-of-fold F1 by type (0–1); where one is missing the learning curve stands
    in. The gain of one more example of a type is the fall of its expected error, an inverse power
    of the number of examples (Hestness et al., "Deep Learning Scaling is Predictable, Empirically",
    2017): rare and low-F1 types come first and become less urgent with each order. Types take the
    strategies in turn; look-alikes of the guide are ordered as negatives. ``raw``: items without
    annotation, of which `annotate` takes each once at most; ``uncertainty``: how unsure a student
    is of them, 0–1, by id or as a function. Raises UsageError for `annotate` without items, and for
    an item with the id of a document or another item.
    """

    def __init__(
        self,
        documents: Iterable[Document],
        *,
        guide: Guide,
        samples: int,
        strategies: Sequence[str],
        scores: Mapping[str, float] | None = None,
        settings: Settings | None = None,
        seed: int = 0,
        raw: Iterable[Document] = (),
        uncertainty: Uncertainty | None = None,
    ) -> None:
        settings = settings or Settings()
        documents, raw = list(documents), list(raw)
        if "annotate" in strategies and samples and not raw:
            raise UsageError("annotate: no raw items to annotate", hint="give them with --raw FILE")
        self._gold = Counter(r.type for d in documents for r in d.relations)
        self._writer = Writer(documents, raw, guide, settings, seed, uncertainty)
        self._guide, self._samples, self._seed = guide, samples, seed
        self._able = {t: _able(t, self._gold[t], strategies, self._writer) for t in guide.relations}
        self._usable = [t for t in self._able if self._able[t]]
        limits = {
            t: settings.per_source * (self._gold[t] + len(guide.relations[t].patterns))
            for t in self._usable
            if (LLM_FREE | FROM_GOLD).issuperset(self._able[t])
        }
        self._quotas = Quotas(self._usable, self._gold, scores or {}, settings, limits)

    def __iter__(self) -> Iterator[Order]:
        quotas, made, number = self._quotas, Counter[str](), 0
        while quotas.types and number < self._samples:
            first = quotas.best()
            able = self._able[first]
            turn = made[first] + self._usable.index(first)
            turns = [able[(turn + i) % len(able)] for i in range(len(able))]
            draft = Order(id=f"{number:06d}", strategy=turns[0], types=(first,))
            draft = draft.model_copy(update={"why": quotas.reason(first)})
            rng = Random(f"{self._seed}/plan/{number}")
            order = _first_made(draft, turns, quotas, self._writer, rng)
            if order is None:
                quotas.types.remove(first)
                continue
            made[first] += 1
            number += 1
            yield order

    @property
    def rows(self) -> tuple[Row, ...]:
        """A row a relation type; those that can be ordered first, the most ordered before."""
        quotas, gold = self._quotas, self._gold
        sorted_types = sorted(self._usable, key=lambda t: (-quotas.given[t], gold[t], t))
        rows = [quotas.row(t) for t in sorted_types]
        missing = [t for t in self._guide.relations if t not in set(self._usable)]
        why = "no example in the corpus and no pattern in the guide"
        rows += [Row(type=t, gold=0, f1=None, orders=0, share=0.0, why=why) for t in missing]
        return tuple(rows)


def _able(kind: str, gold: int, strategies: Sequence[str], writer: Writer) -> list[str]:
    """The strategies that can make a type: without gold, an LLM, or `templates` with patterns."""
    patterns = writer.guide.relations[kind].patterns
    return [
        s
        for s in strategies
        if (gold or s not in LLM_FREE | FROM_GOLD or (s == "templates" and patterns))
        and (s not in LLM or writer.able(s, kind))
    ]


def _first_made(
    draft: Order, strategies: Sequence[str], quotas: Quotas, writer: Writer, rng: Random
) -> Order | None:
    """The order by the first of the strategies that can make it; its types are taken."""
    (first,) = draft.types
    for strategy in strategies:
        if strategy in LLM:
            order = writer.order(draft.model_copy(update={"strategy": strategy}), quotas, rng)
            if order is not None:
                return order
            continue
        types = [quotas.take(first)]
        while len(types) < min(writer.settings.types_per_order, len(quotas.types)):
            types.append(quotas.take(quotas.best(types)))
        update = {"strategy": strategy, "types": tuple(types)}
        return _order(draft.model_copy(update=update), writer.guide, writer.settings, rng)
    return None


def _order(draft: Order, guide: Guide, settings: Settings, rng: Random) -> Order:
    """An order with a seed of its own, look-alike negatives and a number of distractors."""
    alike = guide.lookalikes(draft.types)
    update = {
        "negatives": tuple(rng.sample(alike, min(settings.negatives, len(alike)))),
        "distractors": rng.randint(0, settings.distractors),
        "seed": rng.getrandbits(32),
    }
    return draft.model_copy(update=update)
