"""Prefect on this machine: server, worker, and the deployments of prefect.yaml, until Ctrl-C.

python -m flows.serve --port 4300 --file mine.yaml

All of it listens on loopback and sends nothing elsewhere. The database is SQLite below
`data/prefect`, or what PREFECT_API_DATABASE_CONNECTION_URL names, as
postgresql+asyncpg://user:password@host/database.
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parents[1]
HOST = "127.0.0.1"
POOL = "augment"
QUIET = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_CLOUD_ENABLE_ORCHESTRATION_TELEMETRY": "false",
    "PREFECT_TELEMETRY_ENABLE_RESOURCE_METRICS": "false",
    "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
}
"""What keeps Prefect from asking or telling anybody anything."""
LEASES = "prefect.server.concurrency.lease_storage.filesystem"
"""Who holds a place under a limit is kept over a restart; in memory it would be held for ever."""
PATIENCE = 300
"""Seconds a server has to start; the first time it makes its database."""
GRACE = 20
"""Seconds a process has to end before it is killed."""
SHORT = 60
"""A process that ends by itself before so many seconds is not started again."""


class Stop(Exception):
    """Why it all ends; a line for the terminal."""


class Child:
    """A process with its log; it is a group of its own, so that Ctrl-C reaches it through us."""

    def __init__(self, name: str, command: Sequence[str], log: Path, first: str = "") -> None:
        self.name, self.command, self.log = name, [sys.executable, "-m", *command], log
        self.first = first
        log.write_bytes(b"")
        self.start()

    def start(self) -> None:
        """Start it, or start it again; the log goes on. The module `first` is run before."""
        if self.first:
            subprocess.run([sys.executable, "-m", self.first], check=False)
        self.since = time.monotonic()
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )

    def check(self) -> None:
        """Start it again if it ended. Raises Stop if it had only just started."""
        if self.process.poll() is None:
            return
        if time.monotonic() - self.since < SHORT:
            said = self.log.read_text(errors="replace").strip().splitlines()
            raise Stop(f"the {self.name} ended: {said[-1] if said else ''} ({self.log})")
        say(f"the {self.name} ended, and is started again ({self.log})")
        self.start()

    def end(self) -> None:
        """Ask it to end, then kill what is left of it."""
        with suppress(ProcessLookupError):
            self.process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(GRACE)
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def main() -> int:
    """0 after Ctrl-C, 1 if something does not start or does not stay, 2 if the call is wrong."""
    given = parser().parse_args()
    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    for number in signals:
        signal.signal(number, _interrupted)
    children: list[Child] = []
    try:
        serve(given, children)
    except KeyboardInterrupt:
        return 0
    except Stop as stop:
        sys.stderr.write(f"{stop}\n")
        return 1
    finally:
        for number in signals:
            signal.signal(number, signal.SIG_IGN)
        if children and answers(os.environ["PREFECT_API_URL"] + "/health"):
            subprocess.run([sys.executable, "-m", "flows.lost", "--stop"], check=False)
        for child in reversed(children):
            child.end()


def parser() -> argparse.ArgumentParser:
    """The options."""
    found = argparse.ArgumentParser(
        prog="python -m flows.serve",
        description="A Prefect server, a worker and the deployments on this machine, until Ctrl-C.",
        epilog="Called again it updates the deployments; what was paused in the UI stays paused. "
        "Keys of LLMs and of Label Studio are read from the environment of this command, and so "
        "is PREFECT_API_DATABASE_CONNECTION_URL, if the database is not to be SQLite.",
    )
    found.add_argument("--port", type=int, default=4200, help="of the server and its UI (4200)")
    found.add_argument(
        "--reports", type=int, metavar="PORT", help="where reports of runs are shown (port + 1)"
    )
    found.add_argument(
        "--file", type=Path, default=Path("prefect.yaml"), help="the deployments (prefect.yaml)"
    )
    found.add_argument(
        "--runs", type=Path, default=Path("data/runs"), help="folder of the runs (data/runs)"
    )
    return found


def serve(given: argparse.Namespace, children: list[Child]) -> NoReturn:
    """Start everything and keep it running; children are added as they start. Raises Stop."""
    reports = given.reports or given.port + 1
    for port in (given.port, reports):
        free(port)
    if not given.file.is_file():
        raise Stop(f"{given.file}: no such file")
    settings(given.port, reports)
    home = Path(os.environ["PREFECT_HOME"])
    for folder in (home, given.runs):
        folder.mkdir(parents=True, exist_ok=True)
    say("starting")
    address = ["--host", HOST, "--port", str(given.port)]
    server = Child("server", ["prefect", "server", "start", *address], home / "server.log")
    children.append(server)
    wait(server)
    if subprocess.run([sys.executable, "-m", "flows.deploy", "--file", given.file]).returncode:
        raise Stop(f"the deployments of {given.file} were refused")
    pages = ["http.server", str(reports), "--bind", HOST, "--directory", str(given.runs)]
    children.append(Child("server of reports", pages, home / "reports.log"))
    work = ["prefect", "worker", "start", "--pool", POOL, "--name", socket.gethostname()]
    children.append(Child("worker", work, home / "worker.log", first="flows.lost"))
    say(f"UI       http://{HOST}:{given.port}")
    say(f"reports  http://{HOST}:{reports}")
    say(f"logs     {home}/*.log")
    say(f"CLI      export PREFECT_API_URL=http://{HOST}:{given.port}/api")
    say("Ctrl-C ends it; runs go on where they were when they are run again.")
    while True:
        time.sleep(0.5)
        for child in children:
            child.check()


def settings(port: int, reports: int) -> None:
    """Put what all processes need into the environment."""
    here = {
        "PREFECT_API_URL": f"http://{HOST}:{port}/api",
        "PREFECT_SERVER_UI_API_URL": f"http://{HOST}:{port}/api",
        "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": LEASES,
        "AUGMENT_RUNS_URL": f"http://{HOST}:{reports}",
        "PYTHONPATH": f"{ROOT}{os.pathsep}{os.environ.get('PYTHONPATH', '')}".rstrip(os.pathsep),
    }
    os.environ.setdefault("PREFECT_HOME", str(ROOT / "data" / "prefect"))
    os.environ.update(QUIET | here)


def free(port: int) -> None:
    """Raise Stop if somebody listens there."""
    with socket.socket() as attempt:
        attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            attempt.bind((HOST, port))
        except OSError as error:
            raise Stop(
                f"port {port} is taken, perhaps by another `make flows`; "
                "another one: make flows PORT=4300"
            ) from error


def wait(server: Child) -> None:
    """Until the server answers. Raises Stop if it ends, or takes too long."""
    end = time.monotonic() + PATIENCE
    while not answers(f"{os.environ['PREFECT_API_URL']}/health"):
        server.check()
        if time.monotonic() > end:
            raise Stop(f"the server does not answer ({server.log})")
        time.sleep(0.3)


def answers(url: str) -> bool:
    """True if something healthy is there."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def say(line: str) -> None:
    """A line on the terminal, at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _interrupted(number: int, frame: object) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
