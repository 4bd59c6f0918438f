"""Steps of the flows: calls of `augment.pipeline` with their progress in Prefect's log.

>>> done(run_pipeline(config, folder))["accepted"]
42

Nothing here is retried or cached by Prefect: the ledger and the manifests say what is done.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.logging import get_run_logger

from augment.config import RunConfig
from augment.generate import Progress
from augment.pipeline.run import run
from flows.states import stated

T = TypeVar("T")
EVERY = 10.0
"""Seconds between two lines of progress."""
PAYING = "llm"
"""Tag of tasks that ask LLMs; a concurrency limit on it holds for all flows."""
HEAVY = "compute"
"""Tag of tasks that keep the processors busy."""


@task(
    name="run",
    task_run_name="{folder.name}",
    retries=0,
    cache_policy=NO_CACHE,
    persist_result=False,
    tags=[PAYING, HEAVY],
)
@stated
def run_pipeline(config: RunConfig, folder: Path) -> dict[str, Any]:
    """Run the pipeline in its folder, or go on with it there; gives the manifest."""
    logger = get_run_logger()
    logger.info("run folder: %s", folder)
    line = Line(logger.info)
    manifest = run(config, folder, track=line.track, watch=line.watch)
    for name, stage in manifest["stages"].items():
        reasons = ", ".join(f"{reason} {n}" for reason, n in stage["dropped"].items())
        logger.info("%s: kept %s, dropped %s", name, stage["kept"], reasons or "none")
    for gain in manifest["gains"]:
        logger.info("%s", gain)
    return manifest


class Line:
    """Progress of the library as a line of the log now and then."""

    def __init__(self, say: Callable[..., None], every: float = EVERY) -> None:
        self.say, self.every = say, every
        self.last = time.monotonic()

    def due(self) -> bool:
        """True once in a while."""
        now = time.monotonic()
        if now - self.last < self.every:
            return False
        self.last = now
        return True

    def track(self, items: Iterable[T], what: str, total: int | None = None) -> Iterator[T]:
        """The items, with a line on how far they are."""
        self.say("%s: %s", what, total if total is not None else "…")
        for number, item in enumerate(items, 1):
            yield item
            if self.due():
                self.say("%s: %s of %s", what, number, total)

    def watch(self, progress: Progress, seen: Mapping[str, int]) -> None:
        """A line on how the calls to LLMs go."""
        if self.due() or progress.done == progress.total:
            counts = dict(seen) | progress.unanswered
            told = ", ".join(f"{name} {n}" for name, n in sorted(counts.items()))
            cost = "not known" if progress.cost is None else f"{progress.cost:.4f}"
            self.say(
                "LLM: %s of %s requests (%s), %s tokens, cost %s",
                progress.done,
                progress.total,
                told,
                progress.tokens,
                cost,
            )
