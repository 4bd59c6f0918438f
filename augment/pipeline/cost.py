"""What the replies of a run took: tokens and money, by accepted sample and by relation type.

{"tokens": 81200, "cost": 0.42, "costs": {"currency": "EUR", "per_accepted": 0.01, "types": […]}}
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import chain
from pathlib import Path
from typing import Any

from augment.config import RunConfig
from augment.generate.gate import Clock, Gate, Spend, spend_of
from augment.ledger import Ledger
from augment.pipeline.ask import ASKED, DIRECT
from augment.pipeline.job import Run
from augment.pipeline.llms import FREE, call_settings, named
from augment.pipeline.verify import last
from augment.plan.quotas import LLM_FREE
from augment.reasons import Reason
from augment.run_folder import RunFolder
from augment.schema import Candidate, Order, Request, Response


def costs(job: Run) -> dict[str, Any]:
    """Tokens and cost of all replies, those of verifiers and judges too; None if one is not known.

    ``per_accepted`` is without what LLMs took that extracted by themselves, to be compared with.
    ``types`` shares the cost of a reply among the types of its order, evenly.
    """
    planned = job.folder.read("02_plan", Order)
    orders = {order.id: order for order in planned if order.strategy not in LLM_FREE}
    found = job.folder.read(last(job), Candidate)
    accepted = {c.id: c for c in found if c.id in orders and c.order == c.id}
    replies = answered(job)
    paid = [*replies, *_looks(job), *job.folder.read(DIRECT, Response)]
    prompt = total(reply.prompt_tokens for reply in paid)
    completion = total(reply.completion_tokens for reply in paid)
    samples = cost_of_samples(job)
    prices = call_settings(job.config, named(job.config)).prices
    return {
        "tokens": None if prompt is None or completion is None else int(prompt + completion),
        "cost": total(reply.cost for reply in paid),
        "costs": {
            "prompt_tokens": prompt,
            "completion_tokens": completion,
            "currency": next((price.currency for price in prices.values()), None),
            "per_accepted": None if samples is None or not accepted else samples / len(accepted),
            "types": by_type(orders, replies, accepted),
            "refusals": refusals(job, orders),
        },
    }


def cost_of_samples(job: Run) -> float | None:
    """What writing and checking samples took; None if it is not known, or no LLM was asked."""
    return total(reply.cost for reply in [*answered(job), *_looks(job)])


def _looks(job: Run) -> list[Response]:
    """Replies of verifiers and judges."""
    return [r for s in ASKED[1:] if s != DIRECT for r in job.folder.read(s, Response)]


def answered(job: Run) -> list[Response]:
    """All replies to the orders, refusals too, where the ledger has them."""
    replies = list(job.folder.read("04_generate", Response))
    refused = {d.id for d in job.folder.drops("04_generate") if d.reason == Reason.REFUSAL}
    if not refused or all(llm.backend in FREE for llm in named(job.config)):
        return replies
    keys = {r.key: r.id for r in job.folder.read("03_prompt", Request) if r.id in refused}
    with Ledger(job.config.call.ledger, read_only=True) as ledger:
        found = ledger.find(list(keys))
    return replies + [r.model_copy(update={"id": keys[key]}) for key, r in found.items()]


def paid(config: RunConfig, path: Path) -> Spend:
    """What the replies took that the finished stages of a run had, as caps count it."""
    folder, llms = RunFolder(path), named(config)
    kept = config.call.ledger.is_file() and not all(llm.backend in FREE for llm in llms)
    if not kept or folder.manifest("04_generate") is None:
        return Spend(0, 0.0)
    gate = Gate(call_settings(config, llms), Clock())
    at_most = {r.key: gate.at_most(r) for r in folder.read("03_prompt", Request)}
    with Ledger(config.call.ledger, read_only=True) as ledger:
        found = ledger.find(list(at_most))
    took = [spend_of(reply, at_most[key]) for key, reply in found.items()]
    unknown = Spend(0, 0.0)
    looks = {r.key: r for s in ASKED[1:] for r in folder.read(s, Response) if r.key not in found}
    took += [spend_of(reply, unknown) for reply in looks.values()]
    return Spend(sum(t.tokens for t in took), sum(t.cost for t in took))


def total(values: Iterable[float | None]) -> float | None:
    """The sum, None if one is not known or there are none."""
    known = list(values)
    return sum(v for v in known if v is not None) if known and None not in known else None


def by_type(
    orders: Mapping[str, Order], replies: Iterable[Response], accepted: Mapping[str, Candidate]
) -> list[dict[str, Any]]:
    """A row for each relation type that was ordered, the dearest relation first."""
    shares: dict[str, list[float | None]] = {}
    for reply in replies:
        types = orders[reply.id].types
        for kind in types:
            share = None if reply.cost is None else reply.cost / len(types)
            shares.setdefault(kind, []).append(share)
    relations = Counter(
        r.type for c in accepted.values() for r in c.document.relations if c.document.claims(r.type)
    )
    rows: list[dict[str, Any]] = []
    for kind, paid in shares.items():
        cost, number = total(paid), relations[kind]
        row = {"type": kind, "replies": len(paid), "relations": number, "cost": cost}
        rows.append(row | {"per_relation": None if cost is None or not number else cost / number})
    return sorted(rows, key=lambda row: (-(row["per_relation"] or 0), row["type"]))


def refusals(job: Run, orders: Mapping[str, Order]) -> dict[str, int]:
    """How often the model refused, by the event that was ordered."""
    drops = chain(job.folder.drops("04_generate"), job.folder.drops("05_align"))
    events = (orders[d.id].event or "no event" for d in drops if d.reason == Reason.REFUSAL)
    return dict(sorted(Counter(events).items()))
