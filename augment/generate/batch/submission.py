"""Send what is missing of a run as batch jobs, so that no request is ever sent twice.

>>> submit(Path("data/runs/sample-1a2b3c4d"), llm, ledger=ledger, settings=SubmitSettings())
Submission(jobs=[Job(tag='1a2b3c4d…', id='batch_1', requests=200, …)], known=0, under_way=0, …)

Before a file is uploaded, a job without an id is on disk; its tag (run, content of the file, how
often that was sent before) is in the job's metadata on the server. After a crash at any point the
server's list of jobs says whether the job was made.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from augment.errors import ConfigError, NoResult
from augment.generate.batch.files import missing, split, write
from augment.generate.batch.store import Job, JobStore, fingerprint, requests_of
from augment.generate.batch.vendor import BatchApi, patiently
from augment.generate.estimate import Estimate, estimate
from augment.generate.gate import CallSettings
from augment.generate.prices import Price
from augment.ledger import Ledger
from augment.schema import Record, Request
from augment.store import write_lines


class SubmitSettings(Record):
    """What to send where: a model's requests to a vendor's server (None: the vendor's own).

    ``without``: parts of the requests that the model does not take. ``max_cost``: nothing is sent
    if what is missing could cost more, by ``price``, without the discount on batches.
    """

    vendor: str
    model: str
    base_url: str | None = None
    without: tuple[str, ...] = ()
    max_cost: float | None = None
    price: Price | None = None


class Submission(NamedTuple):
    """The jobs made or found again; how many requests have a reply or are in a batch already.

    ``estimate``: the most that the requests in the new jobs can take.
    """

    jobs: list[Job]
    known: int
    under_way: int
    equal: int
    estimate: Estimate


def submit(
    run: Path, api: BatchApi, *, ledger: Ledger | None, settings: SubmitSettings
) -> Submission:
    """Upload the missing requests and create their jobs; return once the ids are on disk.

    Jobs that were made before a fault stay known, and the next call goes on where this one stopped.
    Raises PathError, ConfigError, StoreError, BackendError, and NoResult over the cap on cost.
    """
    if settings.max_cost is not None and settings.price is None:
        raise ConfigError(
            f"--max-cost needs the price of {settings.model}, and it is not known",
            hint="give it in a file with --prices",
        )
    requests = of_model(requests_of(run), settings.model)
    store = JobStore(run)
    with store.lock():
        on_server = patiently(api.tags)
        found = recover(store, on_server, settings)
        left = missing(requests, ledger, store.under_way())
        most = within_cost(left.requests, settings)
        for chosen, lines in split(left.requests, settings.vendor, settings.without):
            job = new_job(store, fingerprint(run), lines, settings)
            write(store.file(job), job.model, lines)
            write_lines(store.file(job, "requests"), chosen)
            store.save(job)
            found.append(send(store, api, job, on_server.get(job.tag)))
    return Submission(found, left.known, left.under_way, left.equal, most)


def of_model(requests: Sequence[Request], model: str) -> list[Request]:
    """The requests to one model. Raises ConfigError with the models there are."""
    found = [request for request in requests if request.model == model]
    if not found:
        models = ", ".join(dict.fromkeys(request.model for request in requests))
        raise ConfigError(f"the run asks nothing of {model!r}", hint=f"it asks: {models}")
    return found


def recover(store: JobStore, on_server: dict[str, str], settings: SubmitSettings) -> list[Job]:
    """Jobs that were about to be made when a process died: those that the server has.

    The others were never made: they are forgotten, and their requests are missing again.
    """
    found = []
    for job in store.jobs():
        if job.id is None and (job.vendor, job.base_url) == (settings.vendor, settings.base_url):
            if job.tag in on_server:
                found.append(named(store, job, on_server[job.tag]))
            else:
                store.forget(job)
    return found


def within_cost(requests: Sequence[Request], settings: SubmitSettings) -> Estimate:
    """The most that the requests can take. Raises NoResult if that is over the cap."""
    prices = {settings.model: settings.price} if settings.price else {}
    most = estimate(requests, ledger=None, settings=CallSettings(prices=prices))
    cap = settings.max_cost
    if cap is not None and most.cost is not None and most.cost > cap:
        raise NoResult(
            f"nothing is sent: {len(requests)} requests could cost up to {most.cost:.2f}",
            hint="raise --max-cost, or plan fewer samples",
        )
    return most


def new_job(store: JobStore, run: str, lines: Sequence[str], settings: SubmitSettings) -> Job:
    """A job for these lines, with a tag that no earlier job has."""
    content = hashlib.sha256("".join(lines).encode()).hexdigest()[:32]
    before = sum(job.tag.startswith(f"{run}-{content}-") for job in store.jobs())
    return Job(
        tag=f"{run}-{content}-{before}",
        vendor=settings.vendor,
        base_url=settings.base_url,
        model=settings.model,
        requests=len(lines),
        without=settings.without,
    )


def send(store: JobStore, api: BatchApi, job: Job, known: str | None) -> Job:
    """Upload the file and create the job, unless the server has it; with its id, stored."""
    if known is None:
        file = patiently(lambda: api.upload(store.file(job)))
        known = patiently(
            lambda: api.create(file, job.model, job.tag),
            recover=lambda: patiently(api.tags).get(job.tag),
        )
    return named(store, job, known)


def named(store: JobStore, job: Job, id: str) -> Job:
    """The job with its id, on disk."""
    job = job.model_copy(update={"id": id, "status": "submitted"})
    store.save(job)
    return job
