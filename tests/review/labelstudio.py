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
    """A running server: its address and the token of its one reviewer."""

    url: str
    token: str = TOKEN


@contextmanager
def running(folder: Path):
    """A server on a free port, with a database of its own; all its processes end with the block."""
    needed()
    data, log = folder / "data", folder / "log"
    shutil.copytree(HOME / "database", data)
    port = _free_port()
    address = ["--internal-host", "127.0.0.1", "--port", str(port)]
    with log.open("wb") as file:
        process = subprocess.Popen(
            [HOME / "bin" / "label-studio", "start", "--no-browser", *address],
            cwd=folder,
            env=os.environ | ENVIRONMENT | {"LABEL_STUDIO_BASE_DATA_DIR": str(data)},
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _wait(port, process, log)
        yield Studio(f"http://127.0.0.1:{port}")
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


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
