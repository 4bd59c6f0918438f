"""A `Spread` over the workers of a dask cluster: one on this machine, or one by its address.

>>> with cluster(scheduler="tcp://10.0.0.1:8786") as spread:
...     manifest = run(config, folder, spread=spread)

The flow stays on its machine and sends parts of records, each a future of the cluster: no task run
of Prefect, of which a night would have to keep books. Workers need `augment` in the same version,
and no disk in common.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any, TypeVar

from distributed import Client, KilledWorker, LocalCluster
from distributed.comm.core import CommClosedError
from prefect_dask.client import PrefectDaskClient

from augment.errors import UsageError, WorkersLost
from augment.pipeline.spread import AHEAD, call, in_order, pack
from augment.protocols import Spread

log = logging.getLogger("augment.spread")
PATIENCE = 10
"""Seconds until a scheduler has answered."""
P = TypeVar("P")
R = TypeVar("R")


@contextmanager
def cluster(workers: int | None = None, scheduler: str | None = None) -> Iterator[Spread]:
    """So many workers on this machine, which end with the block, or those of a scheduler.

    Raises UsageError if no scheduler answers at the address, or it has no worker; workers with
    another version of `augment` are refused when they get work.
    """
    with ExitStack() as stack:
        at: Any = scheduler
        if scheduler is None:
            at = stack.enter_context(_local(workers))
        try:
            connect = partial(PrefectDaskClient, timeout=PATIENCE, set_as_default=False)
            client = stack.enter_context(connect(at))
        except OSError as error:
            raise UsageError(
                f"{scheduler}: no dask scheduler answers",
                hint="start one with `dask scheduler`, and `dask worker ADDRESS` on each machine",
            ) from error
        try:
            client.wait_for_workers(1, timeout=PATIENCE)
        except TimeoutError as error:
            hint = "start one with `dask worker ADDRESS`"
            place = scheduler or "this machine"
            raise UsageError(f"{place}: the scheduler has no worker", hint=hint) from error
        client.subscribe_topic("all", _report)
        stack.callback(client.unsubscribe_topic, "all")
        yield partial(_spread, client)


def _local(workers: int | None) -> LocalCluster:
    make = partial(LocalCluster, threads_per_worker=1, dashboard_address="127.0.0.1:0")
    return make(n_workers=workers)


def _spread(client: Client, function: Callable[[P], R], parts: Iterable[P]) -> Iterator[R]:
    """The function goes to the cluster once; a part whose worker dies goes to another one.

    Raises WorkersLost if workers die of a part again and again, or the scheduler is gone.
    """
    packed = client.submit(bytes, pack(function), pure=False)
    submit = partial(client.submit, call, packed, pure=False)
    threads = client.nthreads()
    ahead = AHEAD * max(sum(threads.values()), 1)
    try:
        yield from in_order(submit, parts, ahead=ahead)
    except (KilledWorker, CommClosedError, CancelledError) as error:
        raise WorkersLost(
            f"the cluster gave up: {error}",
            hint="run it again, it goes on where it was; the logs of the workers say why",
        ) from error


def _report(event: tuple[float, Any]) -> None:
    said = event[1]
    if isinstance(said, dict) and said.get("action") == "remove-worker" and not said["expected"]:
        lost = len(said["processing-tasks"]) + len(said["lost-computed-tasks"])
        log.warning("worker %s is gone: %s parts are done again", said["worker"], lost)
