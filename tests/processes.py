"""Servers of the tests as processes of their own: a free port, a log, an end for all of them.

with started([sys.executable, "-m", "moto.server"], log) as process:
    until_it_answers(f"http://127.0.0.1:{port}/health", process, log)
"""

import os
import signal
import socket
import subprocess
import time
import urllib.request
from contextlib import contextmanager, suppress

SECONDS_TO_START = 300
GRACE = 10


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def launch(command, log, **options):
    """A process, the first of a group of its own, which writes to a log."""
    with log.open("ab") as file:
        return subprocess.Popen(
            list(map(str, command)),
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            **options,
        )


@contextmanager
def started(command, log, **options):
    """A process, until the end of the block; asked to end, and then killed with its group."""
    process = launch(command, log, **options)
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(GRACE)
        kill(process)


def kill(process):
    """End a process and its group at once."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def until_it_answers(url, process, log):
    """Wait for a server; what it said, if it ends or takes too long."""
    end = time.monotonic() + SECONDS_TO_START
    while not answers(url):
        said = log.read_text(errors="replace")[-5000:]
        assert process.poll() is None, f"the server ended:\n{said}"
        assert time.monotonic() < end, f"the server does not start:\n{said}"
        time.sleep(0.3)


def answers(url):
    """True if something healthy is there."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status == 200
    except OSError:
        return False
