"""Which runs are lost: those whose process is gone, whatever has its number now."""

import os
import subprocess
from datetime import UTC, datetime
from uuid import uuid4

from prefect.client.schemas.objects import FlowRun
from prefect.states import Running

from flows.lost import lost


def running(number, since=None):
    """A run as the server knows it."""
    state = Running(timestamp=since or datetime.now(UTC))
    return FlowRun(flow_id=uuid4(), state=state, infrastructure_pid=f"host:{number}")


def test_a_process_that_nobody_took_note_of_works_at_no_run():
    ended = subprocess.Popen(["sleep", "60"])
    assert not lost(running(ended.pid))
    ended.kill()
    os.waitid(os.P_PID, ended.pid, os.WEXITED | os.WNOWAIT)
    assert lost(running(ended.pid))
    ended.wait()


def test_another_process_of_the_same_number_works_at_no_run():
    assert not lost(running(os.getpid()))
    assert lost(running(os.getpid(), since=datetime(2022, 3, 1, tzinfo=UTC)))
