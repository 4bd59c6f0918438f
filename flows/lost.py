"""Runs whose process is gone become "Interrupted", instead of running forever.

PREFECT_API_URL=http://127.0.0.1:4200/api python -m flows.lost

Only for a server all of whose workers are on this machine, as that of `make flows`: a run is known
by the number of its process.
"""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

from prefect import State
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterState
from prefect.client.schemas.filters import FlowRunFilterStateType as Types
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.states import Crashed

OPEN = [StateType.PENDING, StateType.RUNNING, StateType.CANCELLING]
STARTING = timedelta(minutes=2)
"""A run that was handed to a worker so long ago has a process."""


def main() -> int:
    """Name every such run on stdout."""
    with get_client(sync_client=True) as client:
        wanted = FlowRunFilter(state=FlowRunFilterState(type=Types(any_=OPEN)))
        for run in client.read_flow_runs(flow_run_filter=wanted):
            if lost(run):
                why = "its process is gone; run it again, it goes on where it was"
                state: State[Any] = Crashed(name="Interrupted", message=why)
                client.set_flow_run_state(run.id, state, force=True)
                sys.stdout.write(f"{run.name}: {why}\n")
    return 0


def lost(run: FlowRun) -> bool:
    """True if a worker of this machine had started it, and nothing of that is left."""
    if run.deployment_id is None or run.state is None:
        return False
    if run.infrastructure_pid is None:
        waiting = datetime.now(UTC) - run.state.timestamp
        return run.state.type is StateType.PENDING and waiting > STARTING
    return not alive(int(run.infrastructure_pid.rpartition(":")[2]))


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
