"""Where a run's batch jobs are, and the replies of those that are finished into the ledger.

>>> [(job.id, state.status) for job, state in status(run, connections)]
[('batch_1', 'completed')]
>>> collect(run, connections, ledger).imported.stored
198
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import NamedTuple

from augment.errors import ModelNotFound
from augment.generate.batch.replies import Imported, import_
from augment.generate.batch.store import Job, JobStore
from augment.generate.batch.vendor import BatchApi, State, patiently
from augment.generate.prices import Price
from augment.ledger import Ledger
from augment.store import replacing

Open = Callable[[Job], BatchApi]
"""Makes the batch API of a job's server."""


class Collected(NamedTuple):
    """Jobs collected by this call, with what came of their lines, and those to wait for."""

    done: list[tuple[Job, State, Imported]]
    waiting: list[tuple[Job, State | None]]


def status(run: Path, connect: Open) -> Iterator[tuple[Job, State | None]]:
    """Each job of a run with its state; None for one that `submit` did not finish to make.

    Jobs that are collected are not asked for: their state is None too. Raises BackendError.
    """
    for job in JobStore(run).jobs():
        if job.id is None or job.collected:
            yield job, None
            continue
        with closing(connect(job)) as api:
            yield job, _state(api, job.id)


def collect(
    run: Path, connect: Open, ledger: Ledger, *, prices: Mapping[str, Price] | None = None
) -> Collected:
    """Download the output and error files of finished jobs and import them.

    A job counts as collected when its replies are in the ledger; until then, started again, this
    does it again. Raises PathError, StoreError, BackendError.
    """
    store = JobStore(run)
    done: list[tuple[Job, State, Imported]] = []
    waiting: list[tuple[Job, State | None]] = []
    with store.lock():
        for job in store.jobs():
            if job.collected:
                continue
            state = _fetched(store, job, connect)
            if state is None or not state.finished:
                waiting.append((job, state))
                continue
            imported = import_(
                [path for kind in state.files if (path := store.file(job, kind)).is_file()],
                store.requests(job),
                ledger,
                backend=f"{job.vendor}-batch",
                without=job.without,
                prices=prices,
            )
            job = job.model_copy(update={"status": state.status, "collected": True})
            store.save(job)
            done.append((job, state, imported))
    return Collected(done, waiting)


def _fetched(store: JobStore, job: Job, connect: Open) -> State | None:
    """The state of a job, its files downloaded if it is finished; None if it has no id."""
    if job.id is None:
        return None
    with closing(connect(job)) as api:
        state = _state(api, job.id)
        gone = _download(store, api, job, state) if state.finished else []
    return state._replace(said="; ".join(filter(None, [state.said, *gone])))


def _state(api: BatchApi, id: str) -> State:
    return patiently(lambda: api.state(id))


def _download(store: JobStore, api: BatchApi, job: Job, state: State) -> list[str]:
    """Fetch the files of a finished job, complete and on disk; say which the server has no more."""
    gone = []
    for kind, file in state.files.items():
        try:
            with replacing(store.file(job, kind)) as scratch:
                patiently(partial(_fetch, api, file, scratch))
        except ModelNotFound as error:
            gone.append(f"the server has no {kind} file any more ({error})")
    return gone


def _fetch(api: BatchApi, file: str, path: Path) -> None:
    with path.open("wb") as out:
        for piece in api.download(file):
            out.write(piece)
        out.flush()
        os.fsync(out.fileno())
