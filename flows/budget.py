"""What a night may pay: caps of its runs that count only what the night itself pays.

>>> with budget.of(config, folder) as capped:   # max_tokens: 60 000, of which 45 000 are spent
...     run_pipeline(capped, folder)            # may pay 15 000 beside what earlier nights paid
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from math import inf
from pathlib import Path

from augment.config import RunConfig


class Budget:
    """Of one night; ``tokens`` and ``cost`` that it took so far, infinite if not known."""

    def __init__(self) -> None:
        self.tokens: float = 0
        self.cost = 0.0

    @contextmanager
    def of(self, config: RunConfig, folder: Path) -> Iterator[RunConfig]:
        """The configuration with what is left tonight; counts what the run in that folder took.

        Replies of a run that was killed count for the night that goes on with it.
        """
        tokens, cost = (found or 0 for found in _paid(folder))
        call = config.call
        caps: dict[str, float | None] = {"max_tokens": None, "max_cost": None}
        if call.max_tokens is not None:
            caps["max_tokens"] = int(max(0, call.max_tokens - self.tokens) + tokens)
        if call.max_cost is not None:
            caps["max_cost"] = max(0.0, call.max_cost - self.cost) + cost
        yield config.model_copy(update={"call": call.model_copy(update=caps)})
        after = [inf if found is None else found for found in _paid(folder)]
        self.tokens += after[0] - tokens
        self.cost += after[1] - cost


def _paid(folder: Path) -> tuple[float | None, float | None]:
    """Tokens and cost of all replies of a run; none before it has a manifest."""
    manifest = folder / "manifest.json"
    found = json.loads(manifest.read_text(encoding="utf-8")) if manifest.is_file() else {}
    return (found["tokens"], found["cost"]) if found.get("replies") else (0, 0.0)
