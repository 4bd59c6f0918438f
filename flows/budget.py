"""What a night may pay: caps of its runs that count only what the night itself pays.

>>> with budget.of(config, folder) as capped:   # max_tokens: 60 000, of which 45 000 are spent
...     run_pipeline(capped, folder)            # may pay 15 000 beside what earlier nights paid
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from augment.config import RunConfig
from augment.pipeline.cost import paid


class Budget:
    """Of one night; ``tokens`` and ``cost`` that it took so far."""

    def __init__(self) -> None:
        self.tokens, self.cost = 0, 0.0

    @contextmanager
    def of(self, config: RunConfig, folder: Path) -> Iterator[RunConfig]:
        """The configuration with what is left tonight; counts what the run in that folder took.

        Replies of a run that was killed count for the night that goes on with it; where a server
        does not say what a reply took, the most that it can have taken counts.
        """
        before, call = paid(config, folder), config.call
        caps: dict[str, float | None] = {"max_tokens": None, "max_cost": None}
        if call.max_tokens is not None:
            caps["max_tokens"] = max(0, call.max_tokens - self.tokens) + before.tokens
        if call.max_cost is not None:
            caps["max_cost"] = max(0.0, call.max_cost - self.cost) + before.cost
        try:
            yield config.model_copy(update={"call": call.model_copy(update=caps)})
        finally:
            after = paid(config, folder)
            self.tokens += after.tokens - before.tokens
            self.cost += after.cost - before.cost
