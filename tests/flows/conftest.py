"""One Prefect server for all tests of the flows; what it keeps goes when they end.

The environment is set before anything imports prefect, which reads it then.
"""

import os
import tempfile
from pathlib import Path

import pytest

from tests.flows.prefect_server import PrefectServer, running
from tests.processes import free_port

HOME = tempfile.TemporaryDirectory(prefix="prefect-")
SERVER = PrefectServer(Path(HOME.name), free_port())
os.environ |= SERVER.settings


@pytest.fixture(scope="session")
def prefect():
    """The server that flows talk to, those called in this process too.

    What they have not sent yet is sent before it ends: later nobody would take it.
    """
    from prefect.events.worker import EventsWorker
    from prefect.logging.handlers import APILogWorker

    with running(SERVER):
        yield SERVER
        EventsWorker.drain_all()
        APILogWorker.drain_all()
