"""What it costs to have a part of the work done elsewhere: parts without work, by each way.

    python -m tests.benchmarks.bench_orchestration [PARTS]

Task runs of Prefect are not used for parts; their row says why.
"""

import sys
import tempfile
import time
from pathlib import Path

from prefect import flow, task
from prefect.settings import (
    PREFECT_API_URL,
    PREFECT_HOME,
    PREFECT_LOGGING_TO_API_ENABLED,
    temporary_settings,
)
from prefect_dask import DaskTaskRunner
from rich.console import Console
from rich.table import Table

from augment.pipeline.spread import processes
from flows.cluster import cluster
from tests.flows.prefect_server import PrefectServer, running
from tests.processes import free_port

HEAVY = 7_000_000
"""Bytes of a part of 1,000 documents."""


def nothing(part):
    return None


def timed(spread, parts):
    """Milliseconds a part; what is slow only once comes before."""
    list(spread(nothing, parts[:4]))
    start = time.perf_counter()
    list(spread(nothing, parts))
    return 1000 * (time.perf_counter() - start) / len(parts)


def main(number):
    empty, heavy = [b""] * number, [bytes(HEAVY)] * number
    rows = {"processes of this machine": (timed(processes(2), empty), timed(processes(2), heavy))}
    with cluster(2) as spread:
        rows["futures of dask"] = (timed(spread, empty), timed(spread, heavy))
    with tempfile.TemporaryDirectory() as home:
        server = PrefectServer(Path(home), free_port())
        there = {
            PREFECT_API_URL: server.api,
            PREFECT_HOME: home,
            PREFECT_LOGGING_TO_API_ENABLED: False,
        }
        with running(server), temporary_settings(there):
            step = task(nothing, persist_result=False)
            workers = {"n_workers": 2, "threads_per_worker": 1}

            @flow(task_runner=DaskTaskRunner(cluster_kwargs=workers))
            def parts():
                def spread(function, parts):
                    return [future.result() for future in [step.submit(part) for part in parts]]

                return timed(spread, empty), None

            rows["task runs of Prefect on dask"] = parts()
    table = Table(f"{number} parts", "empty, ms a part", f"{HEAVY / 1e6:.0f} MB, ms a part")
    for name, found in rows.items():
        table.add_row(name, *("" if ms is None else f"{ms:.1f}" for ms in found))
    Console().print(table)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
