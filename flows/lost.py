"""Runs that nothing works at any more become "Interrupted", instead of running forever.

PREFECT_API_URL=http://127.0.0.1:4200/api python -m flows.lost
PREFECT_API_URL=http://127.0.0.1:4200/api python -m flows.lost --stop

Only for a server all of whose workers are on this machine, as that of `make flows`: a run is known
by the number of its process.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from prefect import State
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterState
from prefect.client.schemas.filters import FlowRunFilterStateType as Types
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.states import Crashed

OPEN = [StateType.PENDING, StateType.RUNNING, StateType.CANCELLING]
STARTING = timedelta(minutes=2)
"""A run that was handed to a worker so long ago has a process."""
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
            stop([pid for run in found if (pid := process(run))])
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


def stop(pids: list[int]) -> None:
    """Ask processes to end, which frees what they hold, and wait for that."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
    end = time.monotonic() + GRACE
    while time.monotonic() < end and any(alive(pid) for pid in pids):
        time.sleep(0.2)


def lost(run: FlowRun) -> bool:
    """True if a worker of this machine had taken it, and nothing of that is left."""
    if pid := process(run):
        return not alive(pid)
    since = datetime.now(UTC) - run.state.timestamp if run.state else timedelta()
    return run.state_type is StateType.PENDING and since > STARTING


def process(run: FlowRun) -> int | None:
    """The number of its process."""
    return int(run.infrastructure_pid.rpartition(":")[2]) if run.infrastructure_pid else None


def alive(pid: int) -> bool:
    """True if there is a process of that number."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


if __name__ == "__main__":
    sys.exit(main())
