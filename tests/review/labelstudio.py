"""A real Label Studio on loopback, from the environment that `make label-studio` makes.

with running(folder) as studio: Server(studio.url, studio.token)
"""

import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.helpers import ROOT

HOME = ROOT / ".venv-labelstudio"
SECONDS_TO_START = 300
PERSON, PASSWORD = "claire@example.org", "Relire-avec-soin-1"
TOKEN = "0123456789abcdef0123456789abcdef01234567"
ENVIRONMENT = {
    "DJANGO_DB": "sqlite",
    "LATEST_VERSION_CHECK": "false",
    "COLLECT_ANALYTICS": "false",
    "SENTRY_DSN": "",
    "FRONTEND_SENTRY_DSN": "",
    "LABEL_STUDIO_USERNAME": PERSON,
    "LABEL_STUDIO_PASSWORD": PASSWORD,
    "LABEL_STUDIO_USER_TOKEN": TOKEN,
    "LABEL_STUDIO_ENABLE_LEGACY_API_TOKEN": "true",
}


def needed():
    """The test is "not run" without the environment (or fails, when all are required)."""
    if (HOME / "installed").exists():
        return
    if os.environ.get("AUGMENT_REQUIRE_ALL"):
        pytest.fail("a Label Studio is required here: make label-studio")
    pytest.skip("not run: make label-studio")


@dataclass
class Studio:
    """A server in a folder: its address and the token of its one reviewer."""

    folder: Path
    port: int
    token: str = TOKEN
    process: subprocess.Popen | None = None

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def start(self):
        """Start it; again after :meth:`stop`, at the same address with the same database."""
        data, log = self.folder / "data", self.folder / "log"
        address = ["--internal-host", "127.0.0.1", "--port", str(self.port)]
        with log.open("wb") as file:
            self.process = subprocess.Popen(
                [HOME / "bin" / "label-studio", "start", "--no-browser", *address],
                cwd=self.folder,
                env=os.environ | ENVIRONMENT | {"LABEL_STUDIO_BASE_DATA_DIR": str(data)},
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        _wait(self.port, self.process, log)

    def stop(self):
        """Kill it, and all its processes."""
        if self.process:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


@contextmanager
def running(folder: Path):
    """A server on a free port, with a database of its own; all its processes end with the block."""
    needed()
    shutil.copytree(HOME / "database", folder / "data")
    studio = Studio(folder, _free_port())
    try:
        studio.start()
        yield studio
    finally:
        studio.stop()


def _wait(port, process, log):
    end = time.monotonic() + SECONDS_TO_START
    while not _healthy(port):
        said = log.read_text(errors="replace")[-5000:]
        assert process.poll() is None, f"the server ended:\n{said}"
        assert time.monotonic() < end, f"the server does not start:\n{said}"
        time.sleep(0.3)


def _healthy(port):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False


def _free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]
