"""A real Prefect server on loopback, with a home of its own, quiet; the flows run against it.

with running(PrefectServer(folder, free_port())) as server:
    subprocess.run([...], env=server.environment)
"""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.helpers import ROOT

SECONDS_TO_START = 180
QUIET = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_CLOUD_ENABLE_ORCHESTRATION_TELEMETRY": "false",
    "PREFECT_TELEMETRY_ENABLE_RESOURCE_METRICS": "false",
    "PREFECT_LOGGING_LEVEL": "INFO",
    "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
}


@dataclass
class PrefectServer:
    """Address, home, and the environment in which everything talks to it."""

    home: Path
    port: int

    @property
    def api(self):
        return f"http://127.0.0.1:{self.port}/api"

    @property
    def settings(self):
        own = {"PREFECT_HOME": str(self.home), "PREFECT_API_URL": self.api}
        return {**QUIET, **own, "PREFECT_SERVER_UI_API_URL": self.api}

    @property
    def environment(self):
        path = f"{ROOT}{os.pathsep}{os.environ.get('PYTHONPATH', '')}".rstrip(os.pathsep)
        return {**os.environ, **self.settings, "PYTHONPATH": path}


@contextmanager
def running(server: PrefectServer):
    """The server, until the end of the block; all its processes end with it."""
    address = ["--host", "127.0.0.1", "--port", str(server.port)]
    with started(["server", "start", *address], server, server.home / "server.log") as process:
        _wait(server, process)
        yield server


@contextmanager
def started(command, server, log, cwd=None):
    """A `prefect` command, and all its processes, until the end of the block."""
    with log.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "prefect", *command],
            env=server.environment,
            cwd=cwd or server.home,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(10)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _wait(server, process):
    end = time.monotonic() + SECONDS_TO_START
    while not _healthy(server):
        said = (server.home / "server.log").read_text(errors="replace")[-5000:]
        assert process.poll() is None, f"the server ended:\n{said}"
        assert time.monotonic() < end, f"the server does not start:\n{said}"
        time.sleep(0.3)


def _healthy(server):
    try:
        with urllib.request.urlopen(f"{server.api}/health", timeout=5) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]
