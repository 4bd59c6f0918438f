"""What `make flows` starts, as a process of the test, with a file of its own made of prefect.yaml.

with serving(folder, file) as served:
    prefect("deployment", "run", "nightly/live")
"""

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import yaml

from tests.flows.prefect_server import QUIET
from tests.helpers import ROOT
from tests.processes import free_port

SECONDS = 600
OWN = ("PREFECT_API_URL", "PREFECT_SERVER_UI_API_URL", "PREFECT_HOME")


def plan():
    """What prefect.yaml says."""
    return yaml.safe_load((ROOT / "prefect.yaml").read_text())


class Served:
    """The process, its ports and what it said."""

    def __init__(self, folder, file, **more):
        self.home, self.said = folder / "prefect", folder / "said.log"
        self.port, self.reports = free_port(), free_port()
        self.environment = {k: v for k, v in os.environ.items() if k not in OWN} | more
        self.environment["PREFECT_HOME"] = str(self.home)
        ports = ["--port", str(self.port), "--reports", str(self.reports)]
        self.command = [sys.executable, "-m", "flows.serve", *ports, "--file", str(file)]
        with self.said.open("wb") as said:
            self.process = subprocess.Popen(
                self.command, env=self.environment, stdout=said, stderr=said, cwd=ROOT
            )

    @property
    def ui(self):
        return f"http://127.0.0.1:{self.port}"

    def wait(self):
        """Until everything runs."""
        self.until(lambda: "Ctrl-C" in self.said.read_text())

    def until(self, what):
        """Until something is so; the logs, if that takes too long."""
        end = time.monotonic() + SECONDS
        while not (found := what()):
            assert self.process.poll() is None, self.logs()
            assert time.monotonic() < end, self.logs()
            time.sleep(0.3)
        return found

    def logs(self):
        """The end of all that was written."""
        files = [self.said, *self.home.glob("*.log")]
        return "\n".join(f"== {path}\n{path.read_text(errors='replace')[-3000:]}" for path in files)

    def end(self, number=signal.SIGINT):
        """Its exit status after Ctrl-C."""
        self.process.send_signal(number)
        return self.process.wait(SECONDS)

    def run(self, *command):
        """A module of Python with its settings, finished."""
        own = {
            "PREFECT_API_URL": f"{self.ui}/api",
            "AUGMENT_RUNS_URL": f"http://127.0.0.1:{self.reports}",
        }
        return subprocess.run(
            [sys.executable, "-m", *command],
            env={**self.environment, **QUIET, **own},
            cwd=ROOT,
            capture_output=True,
            text=True,
        )

    def processes(self):
        """All processes with its home in their environment."""
        wanted = f"PREFECT_HOME={self.home}\0".encode()
        return [
            path.parent.name for path in Path("/proc").glob("[0-9]*/environ") if has(path, wanted)
        ]


def refused(home, *options, status=1, **how):
    """The line that `make flows` ends with at once, in a home of its own."""
    environment = {k: v for k, v in os.environ.items() if k not in OWN} | {
        "PREFECT_HOME": str(home)
    }
    command = [sys.executable, "-m", "flows.serve", *options]
    done = subprocess.run(
        list(map(str, command)), env=environment, cwd=ROOT, capture_output=True, text=True, **how
    )
    assert (done.returncode, done.stdout) == (status, ""), done.stdout + done.stderr
    return done.stderr.removesuffix("\n")


def has(path, wanted):
    try:
        return wanted in path.read_bytes()
    except OSError:
        return False


@contextmanager
def serving(folder, file, **more):
    """All that `make flows` starts, until the end of the block."""
    served = Served(folder, file, **more)
    try:
        served.wait()
        yield served
    finally:
        if served.process.poll() is None:
            served.end(signal.SIGTERM)
