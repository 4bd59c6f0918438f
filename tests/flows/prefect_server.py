"""A real Prefect server on loopback, with a home of its own, quiet; the flows run against it.

with running(PrefectServer(folder, free_port())) as server:
    subprocess.run([...], env=server.environment)
"""

import os
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.helpers import ROOT
from tests.processes import started, until_it_answers

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
    command, log = ["server", "start", "--host", "127.0.0.1"], server.home / "server.log"
    with prefect([*command, "--port", server.port], server, log) as process:
        until_it_answers(f"{server.api}/health", process, log)
        yield server


def prefect(command, server, log):
    """A `prefect` command, and all its processes, until the end of the block."""
    command = [sys.executable, "-m", "prefect", *command]
    return started(command, log, env=server.environment, cwd=server.home)
