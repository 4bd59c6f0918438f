"""Runs that nothing works at any more become "Interrupted", instead of running forever.

PREFECT_API_URL=http://127.0.0.1:4200/api python -m flows.lost
PREFECT_API_URL=http://127.0.0.1:4200/api python -m flows.lost --stop

Only for a server all of whose workers are on this machine, as that of `make flows`: a run is known
by the number of its process.
"""

from __future__ import annotations

import argparse
import sys
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import psutil
from prefect import State
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterState
from prefect.client.schemas.filters import FlowRunFilterStateType as Types
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.states import Crashed

OPEN = [StateType.PENDING, StateType.RUNNING, StateType.CANCELLING]
STARTING = timedelta(minutes=2)
"""A run that was handed to a worker so long ago has a process."""
CLOCKS = timedelta(minutes=1)
"""How far the clocks of server and system may be apart."""
GRACE = 15
"""Seconds that processes have to end."""
WHY = "it was stopped; run it again, it goes on where it was"


def main() -> int:
    """Name every such run on stdout."""
    parser = argparse.ArgumentParser(prog="python -m flows.lost", description=__doc__)
    parser.add_argument("--stop", action="store_true", help="end the processes of all runs first")
    stopping = parser.parse_args().stop
    with get_client(sync_client=True) as client:
        found = unfinished(client)
        if stopping:
            stop([process for run in found if (process := working(run))])
        for run in found:
            if lost(run):
                state: State[Any] = Crashed(name="Interrupted", message=WHY)
                client.set_flow_run_state(run.id, state, force=True)
                sys.stdout.write(f"{run.name}: {WHY}\n")
    return 0


def unfinished(client: SyncPrefectClient) -> list[FlowRun]:
    """Runs of deployments that a worker took and that have not ended."""
    wanted = FlowRunFilter(state=FlowRunFilterState(type=Types(any_=OPEN)))
    return [run for run in client.read_flow_runs(flow_run_filter=wanted) if run.deployment_id]


def stop(processes: list[psutil.Process]) -> None:
    """Ask processes to end, which frees what they hold, and wait for that."""
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.terminate()
    psutil.wait_procs(processes, GRACE)


def lost(run: FlowRun) -> bool:
    """True if a worker of this machine had taken it, and nothing of that is left."""
    if run.infrastructure_pid:
        return working(run) is None
    since = datetime.now(UTC) - run.state.timestamp if run.state else timedelta()
    return run.state_type is StateType.PENDING and since > STARTING


def working(run: FlowRun) -> psutil.Process | None:
    """Its process, if it works.

    A zombie does not, and one that is younger than the state of the run only has the same number.
    """
    if not run.infrastructure_pid:
        return None
    with suppress(psutil.Error):
        process = psutil.Process(int(run.infrastructure_pid.rpartition(":")[2]))
        if process.status() == psutil.STATUS_ZOMBIE:
            return None
        if run.state is None or run.state_type is StateType.PENDING:
            return process
        if process.create_time() < (run.state.timestamp + CLOCKS).timestamp():
            return process
    return None


if __name__ == "__main__":
    sys.exit(main())
