"""Prefect on this machine: server, worker, and the deployments of prefect.yaml, until Ctrl-C.

python -m flows.serve --port 4300 --file mine.yaml

All of it listens on loopback and sends nothing elsewhere. The database is SQLite below
`data/prefect`, or what PREFECT_API_DATABASE_CONNECTION_URL names, as
postgresql+asyncpg://user:password@host/database.
"""

from __future__ import annotations

import argparse
import errno
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

from augment.errors import InUse, PathError
from augment.hold import hold

ROOT = Path(__file__).resolve().parents[1]
HOST = "127.0.0.1"
POOL = "augment"
QUIET = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_CLOUD_ENABLE_ORCHESTRATION_TELEMETRY": "false",
    "PREFECT_TELEMETRY_ENABLE_RESOURCE_METRICS": "false",
    "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
    "PREFECT_SERVER_UI_V2_ENABLED": "false",
}
"""What keeps Prefect from asking or telling anybody anything, its UI V2 in the browser too."""
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
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
    given.reports = given.reports or given.port + 1
    for port in (given.port, given.reports):
        if not 0 < port < 65536:
            sys.stderr.write(f"{port} is no port: PORT and the next are from 1 to 65535\n")
            return 2
    settings(given.port, given.reports)
    home = Path(os.environ["PREFECT_HOME"])
    for number in SIGNALS:
        signal.signal(number, _interrupted)
    try:
        with hold(home):
            run(given, home)
    except KeyboardInterrupt:
        return 0
    except InUse:
        said = f"another `make flows` has {home}; end it, or set PREFECT_HOME for a second one"
    except (Stop, PathError, OSError) as error:
        said = str(error)
    sys.stderr.write(f"{said}\n")
    return 1


def run(given: argparse.Namespace, home: Path) -> None:
    """Everything, and in the end its end."""
    children: list[Child] = []
    try:
        serve(given, home, children)
    finally:
        for number in SIGNALS:
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
    return found


def serve(given: argparse.Namespace, home: Path, children: list[Child]) -> NoReturn:
    """Start everything and keep it running; children are added as they start. Raises Stop."""
    free(given.port, "", "make flows PORT=4300")
    own = f"python -m flows.serve --port {given.port} --file {given.file} --reports 4400"
    free(given.reports, " of the reports (PORT + 1, or --reports)", own)
    runs = checked(given.file)
    runs.mkdir(parents=True, exist_ok=True)
    say("starting")
    address = ["--host", HOST, "--port", str(given.port)]
    server = Child("server", ["prefect", "server", "start", *address], home / "server.log")
    children.append(server)
    wait(server)
    if subprocess.run([sys.executable, "-m", "flows.deploy", "--file", given.file]).returncode:
        raise Stop(f"the deployments of {given.file} were refused")
    pages = ["http.server", str(given.reports), "--bind", HOST, "--directory", str(runs)]
    children.append(Child("server of reports", pages, home / "reports.log"))
    work = ["prefect", "worker", "start", "--pool", POOL, "--name", socket.gethostname()]
    children.append(Child("worker", work, home / "worker.log", first="flows.lost"))
    say(f"UI       http://{HOST}:{given.port}")
    say(f"reports  http://{HOST}:{given.reports}")
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


def free(port: int, whose: str, another: str) -> None:
    """Raise Stop if nobody can listen there."""
    with socket.socket() as attempt:
        attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            attempt.bind((HOST, port))
        except OSError as error:
            taken = error.errno == errno.EADDRINUSE
            why = "is taken" if taken else f"cannot be had: {error.strerror}"
            raise Stop(f"port {port}{whose} {why}; another one: {another}") from error


def checked(file: Path) -> Path:
    """The folder of the runs, by the deployments of the file. Raises Stop, saying what is wrong."""
    command = [sys.executable, "-m", "flows.plan", "--file", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Stop(done.stderr.strip())
    return Path(done.stdout.splitlines()[-1])


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
