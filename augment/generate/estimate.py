"""What a run would ask and cost at most, before anything is sent.

>>> estimate(requests, ledger=ledger, settings=settings)
Estimate(requests=200, in_ledger=40, prompt_tokens=812000, completion_tokens=327680, cost=0.98)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from augment.generate.gate import DEFAULT, CallSettings
from augment.generate.prices import prompt_tokens_at_most
from augment.ledger import Ledger
from augment.schema import Request


class Estimate(NamedTuple):
    """What a run would ask: upper bounds; ``cost`` is None if a price is not known."""

    requests: int
    in_ledger: int
    prompt_tokens: int
    completion_tokens: int
    cost: float | None


def estimate(
    requests: Sequence[Request], *, ledger: Ledger | None, settings: CallSettings = DEFAULT
) -> Estimate:
    """What `generate` would send and cost at most; replies in the ledger are free."""
    different = {request.key: request for request in requests}
    known = ledger.find(list(different)) if ledger else {}
    asked = [request for key, request in different.items() if key not in known]
    prompts = [prompt_tokens_at_most(request) for request in asked]
    prices = [settings.prices.get(request.model) for request in asked]
    costs = [
        price.cost(prompt, request.max_tokens)
        for request, prompt, price in zip(asked, prompts, prices, strict=True)
        if price
    ]
    completion = sum(request.max_tokens for request in asked)
    cost = sum(costs) if len(costs) == len(asked) else None
    return Estimate(len(requests), len(known), sum(prompts), completion, cost)
