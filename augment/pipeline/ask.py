"""Requests of a stage to LLMs and their replies as the next stage: paid once, within the caps.

>>> ask(job, requests, "04_generate")
{"stage": "04_generate", "kept": 49, "dropped": {"no_reply": 1}, …}
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from augment.config import RunConfig
from augment.errors import UsageError
from augment.generate import UNANSWERED, Progress, estimate, generate
from augment.generate.batch.store import JobStore
from augment.generate.estimate import Estimate
from augment.ledger import Ledger
from augment.pipeline.job import Run
from augment.pipeline.llms import call_settings, named, opened
from augment.protocols import Backend
from augment.reasons import Reason
from augment.schema import Drop, Request, Response

Served = Mapping[str, Mapping[str, int]]
Watch = Callable[[Progress, Mapping[str, int]], None]
"""Told how far the calls are, and how many replies so far are sound or dropped, by reason."""

DIRECT = "08_direct"
ASKED = ("04_generate", "05_relations", "07_opinions", "07_objections", DIRECT)
"""Stages that hold replies of LLMs."""
STOPS = (Reason.OVER_BUDGET, Reason.PAST_DEADLINE, Reason.CIRCUIT_OPEN)
"""Reasons that end all asking; the next call of the run goes on from there."""


def ask(
    job: Run,
    requests: Sequence[Request],
    stage: str,
    *,
    verdict: Callable[[Response], str] = lambda reply: "replies",
    watch: Watch | None = None,
) -> dict[str, Any]:
    """A stage of replies; requests without one are asked again when the run goes on.

    ``verdict`` says in a word what becomes of a reply, for ``watch``. What comes after depends on
    the replies.
    """
    unanswered = {reason.value for reason in UNANSWERED}
    done = job.folder.manifest(stage)
    if done and unanswered & set(done["dropped"]):
        job.folder.forget(stage)
    done = job.stage(stage, _replies(job, requests, stage, verdict, watch))
    job.follow(stage)
    return done


def _replies(
    job: Run,
    requests: Sequence[Request],
    stage: str,
    verdict: Callable[[Response], str],
    watch: Watch | None,
) -> Iterator[Response | Drop]:
    _check_batches(job, requests)
    spent = _spent(job, stage, requests)
    yield from answers(
        job.config,
        requests,
        spent=spent,
        verdict=verdict,
        watch=watch,
        around=job.around,
        served=job.serve,
    )


def answers(
    config: RunConfig,
    requests: Sequence[Request],
    *,
    spent: tuple[int, float] = (0, 0.0),
    verdict: Callable[[Response], str] = lambda reply: "replies",
    watch: Watch | None = None,
    around: Callable[[Backend], Backend] = lambda backend: backend,
    served: Callable[[Served], None] = lambda served: None,
) -> Iterator[Response | Drop]:
    """Replies and drops in the requests' order, within what the caps leave after ``spent``.

    ``served`` is told at the end what each address answered.
    """
    llms = named(config)
    seen: Counter[str] = Counter()
    tell = (lambda progress: watch(progress, seen)) if watch else (lambda progress: None)
    settings = call_settings(config, llms, spent=spent)
    with opened(config, llms) as (backend, ledger):
        for outcome in generate(
            requests, backend=around(backend), ledger=ledger, settings=settings, on_progress=tell
        ):
            if watch and isinstance(outcome, Response):
                seen[verdict(outcome)] += 1
            yield outcome
        served(backend.served())


def _check_batches(job: Run, requests: Sequence[Request]) -> None:
    """Raise UsageError if some of the requests are in batches that were not collected yet."""
    under_way = JobStore(job.folder.path).under_way() & {request.key for request in requests}
    if under_way:
        raise UsageError(
            f"{len(under_way)} of the requests are in batches under way",
            hint=f"`augment batch collect {job.folder.path}` brings their replies",
        )


def _spent(job: Run, stage: str, requests: Sequence[Request]) -> tuple[int, float]:
    """Tokens and cost of the stages before this one and of ``job.elsewhere``, where known.

    Replies to these requests are counted by `generate`.
    """
    before = ASKED[: ASKED.index(stage)]
    found = {r.key: r for name in before for r in job.folder.read(name, Response)}
    asked = {request.key for request in requests}
    replies = [reply for key, reply in (job.elsewhere | found).items() if key not in asked]
    tokens = sum((r.prompt_tokens or 0) + (r.completion_tokens or 0) for r in replies)
    return tokens, sum(r.cost or 0.0 for r in replies)


def at_most(config: RunConfig, requests: Sequence[Request]) -> Estimate:
    """What the requests would take at most; nothing is sent."""
    settings = call_settings(config, named(config))
    if not config.call.ledger.exists():
        return estimate(requests, ledger=None, settings=settings)
    with Ledger(config.call.ledger, read_only=True) as ledger:
        return estimate(requests, ledger=ledger, settings=settings)


def stop(job: Run) -> str | None:
    """Why not everything was asked, or nothing answered; None if the calls went well."""
    for stage in ASKED:
        done = job.folder.manifest(stage)
        silent = done is not None and not done["kept"]
        for drop in job.folder.drops(stage):
            if drop.reason in STOPS or (silent and drop.reason in UNANSWERED):
                return drop.detail
    return None
