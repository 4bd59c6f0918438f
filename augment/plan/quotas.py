"""Quotas by expected gain: each next order goes to the type it should help most.

type        gold  F1    orders  share  why
IS_BORN_ON     7  0.22      15   0.15  rare: 7 examples; F1 0.22; at the cap of 15 %
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from random import Random

from augment.errors import UsageError
from augment.guide.model import Guide
from augment.plan.gains import Quotas
from augment.plan.llm import FROM_GOLD, LLM, Writer
from augment.plan.raw import Uncertainty
from augment.plan.records import Plan, Row, Settings
from augment.schema import Document, Order

LLM_FREE = frozenset(("mentions", "tokens", "shuffle", "recombine", "typos", "templates"))


def plan(
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
) -> Plan:
    """``samples`` orders for the relation types of the guide; fewer if no more can be made.

    ``scores`` holds out-of-fold F1 by type (0–1); where one is missing the learning curve stands
    in. The gain of one more example of a type is the fall of its expected error, an inverse power
    of the number of examples (Hestness et al., "Deep Learning Scaling is Predictable, Empirically",
    2017): rare and low-F1 types come first and become less urgent with each order. Types take the
    strategies in turn; look-alikes of the guide are ordered as negatives. ``raw``: items without
    annotation, of which `annotate` takes each once at most; ``uncertainty``: how unsure a student
    is of them, 0–1, by id or as a function. Raises UsageError for `annotate` without items, and for
    an item with the id of a document or another item.
    """
    settings = settings or Settings()
    documents, raw = list(documents), list(raw)
    if "annotate" in strategies and samples and not raw:
        raise UsageError("annotate: no raw items to annotate", hint="give them with --raw FILE")
    gold = Counter(r.type for d in documents for r in d.relations)
    writer = Writer(documents, raw, guide, settings, seed, uncertainty)
    able = {t: _able(t, gold[t], strategies, writer) for t in guide.relations}
    usable = [t for t in able if able[t]]
    limits = {
        t: settings.per_source * (gold[t] + len(guide.relations[t].patterns))
        for t in usable
        if (LLM_FREE | FROM_GOLD).issuperset(able[t])
    }
    quotas = Quotas(usable, gold, scores or {}, settings, limits)
    made: Counter[str] = Counter()
    orders: list[Order] = []
    while quotas.types and len(orders) < samples:
        first = quotas.best()
        turn = made[first] + usable.index(first)
        turns = [able[first][(turn + i) % len(able[first])] for i in range(len(able[first]))]
        draft = Order(id=f"{len(orders):06d}", strategy=turns[0], types=(first,))
        draft = draft.model_copy(update={"why": quotas.reason(first)})
        order = _first_made(draft, turns, quotas, writer, Random(f"{seed}/plan/{len(orders)}"))
        if order is None:
            quotas.types.remove(first)
            continue
        made[first] += 1
        orders.append(order)
    rows = [quotas.row(t) for t in sorted(usable, key=lambda t: (-quotas.given[t], gold[t], t))]
    missing = [t for t in guide.relations if t not in set(usable)]
    why = "no example in the corpus and no pattern in the guide"
    rows += [Row(type=t, gold=0, f1=None, orders=0, share=0.0, why=why) for t in missing]
    return Plan(orders=tuple(orders), rows=tuple(rows))


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
