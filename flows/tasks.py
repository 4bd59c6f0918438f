"""Steps of the flows: calls of `augment.pipeline` with their progress in Prefect's log.

>>> done(run_pipeline(config, folder))["accepted"]
42

Prefect caches nothing: the ledger and the manifests say what is done. It retries nothing, but for a
Label Studio that is away.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, NamedTuple, TypeVar
from urllib.parse import urlsplit

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.logging import get_run_logger

from augment.config import RunConfig
from augment.errors import MissingExtra
from augment.generate import Progress
from augment.pipeline import review
from augment.pipeline.incoming import Incoming, Look, next_batch
from augment.pipeline.nights import merge
from augment.pipeline.review import Sending, Sent
from augment.pipeline.run import run
from augment.policy import is_local, load_policy
from augment.protocols import Spread
from augment.read import read
from augment.schema import Document
from flows.states import stated

T = TypeVar("T")
EVERY = 10.0
"""Seconds between two lines of progress."""
PAYING = "llm"
"""Tag of tasks that ask LLMs; a concurrency limit on it holds for all flows."""
HEAVY = "compute"
"""Tag of tasks that keep the processors busy."""

OURS: dict[str, Any] = {"retries": 0, "cache_policy": NO_CACHE, "persist_result": False}
"""Of Prefect a task has its log and its states, nothing else."""


def _away(task: Any, run: Any, state: Any) -> bool:
    return bool(state.name == "Label Studio away")


PATIENT = OURS | {"retries": 2, "retry_delay_seconds": [2, 5], "retry_condition_fn": _away}
"""A Label Studio that is away is asked again."""


@task(name="run", task_run_name="{folder.name}", tags=[PAYING, HEAVY], **OURS)
@stated
def run_pipeline(
    config: RunConfig, folder: Path, workers: int | None = None, scheduler: str | None = None
) -> dict[str, Any]:
    """Run the pipeline in its folder, or go on with it there; gives the manifest.

    The work goes to dask workers if that is wanted (see :func:`flows.cluster.cluster`); to those of
    another machine, and the texts with it, if the policy has the scheduler under `publish`.
    """
    logger = get_run_logger()
    logger.info("run folder: %s", folder)
    line = Line(logger.info)
    if scheduler is not None:
        check_scheduler(scheduler, config.write.policy)
    with _workers(workers, scheduler) as spread:
        manifest = run(config, folder, track=line.track, watch=line.watch, spread=spread)
    for name, stage in manifest["stages"].items():
        reasons = ", ".join(f"{reason} {n}" for reason, n in stage["dropped"].items())
        logger.info("%s: kept %s, dropped %s", name, stage["kept"], reasons or "none")
    for gain in manifest["gains"]:
        logger.info("%s", gain)
    return manifest


def check_scheduler(address: str, policy: Path | None) -> None:
    """Raise ConfigError unless texts may go to that dask scheduler; on this machine they may."""
    if not is_local(f"http://{urlsplit(address).netloc}"):
        load_policy(policy).check_publishing(address, None)


def _workers(workers: int | None, scheduler: str | None) -> AbstractContextManager[Spread | None]:
    if workers is None and scheduler is None:
        return nullcontext()
    try:
        from flows.cluster import cluster
    except ModuleNotFoundError as error:
        hint = 'pip install "augment[dask]"'
        raise MissingExtra(f"workers need the package {error.name}", hint=hint) from error
    return cluster(workers, scheduler)


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


class Answers(NamedTuple):
    """A project of a Label Studio, and where its reviews go; ``enough``: share of tasks done."""

    url: str
    project: int
    documents: Path
    folder: Path
    guide: str
    policy: Path | None = None
    enough: float = 0.0


@task(name="push", **PATIENT)
@stated
def push(sending: Sending) -> Sent:
    """Documents into a Label Studio; those that are there stay as they are."""
    found = list(read(sending.corpus, blind=True))
    documents = [record for record in found if isinstance(record, Document)]
    if broken := len(found) - len(documents):
        get_run_logger().warning("%s: %s records cannot be read", sending.corpus, broken)
    sent = review.push(documents, sending)
    arrived, left = sent.arrived, len(sent.kept_back)
    get_run_logger().info(
        "project %s (%s): %s tasks, %s new; %s documents may not go there",
        sent.project,
        sent.title,
        arrived.tasks,
        arrived.new,
        left,
    )
    return sent


@task(name="pull", **PATIENT)
@stated
def pull(answers: Answers) -> dict[str, int]:
    """Reviews into files, if enough of the tasks are done; counts of tasks and verdicts."""
    found = review.pull(
        answers.url, str(answers.project), guide=answers.guide, policy=answers.policy
    )
    counts = {"tasks": found.tasks, "done": found.done, **found.counts()}
    get_run_logger().info("project %s: %s", answers.project, counts)
    if plenty(counts, answers.enough):
        merge(answers.documents, found, answers.folder)
    return counts


def plenty(counts: Mapping[str, int], share: float) -> bool:
    """True if that share of the tasks is done, and one at least."""
    return counts["done"] > 0 and counts["done"] / counts["tasks"] >= share


@task(name="look", **OURS)
@stated
def look(incoming: Incoming, gold: Sequence[Path], skip: Sequence[str] = ()) -> Look:
    """New items of the watched place; those that are gold are not new. Some batches wait."""
    documents = (d for path in gold for d in read(path) if isinstance(d, Document))
    found = next_batch(incoming, known=documents, skip=skip)
    say = get_run_logger().info
    say("%s files known, %s waiting", found.known, len(found.waiting))
    for file in found.refused:
        say("%s cannot be read: %s", file.name, file.reason)
    if found.batch:
        say("batch %s: %s new items", found.batch.name, found.batch.documents)
    return found
