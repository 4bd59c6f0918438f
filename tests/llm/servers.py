"""Real LLM servers on loopback, from the environment that `make llm` makes.

with vllm(model, log) as server: connect("openai", Connection(base_url=server.url))
"""

import os
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

PYTHON = ROOT / ".venv-llm" / "bin" / "python"
SECONDS_TO_START = 300
ENVIRONMENT = {
    "HF_HUB_OFFLINE": "1",
    "OMP_NUM_THREADS": "1",
    "VLLM_CPU_KVCACHE_SPACE": "1",
    "VLLM_HOST_IP": "127.0.0.1",
    "VLLM_NO_USAGE_STATS": "1",
}


def needed():
    """The test is "not run" without the environment (or fails, when all are required)."""
    if (PYTHON.parent.parent / "installed").exists():
        return
    if os.environ.get("AUGMENT_REQUIRE_ALL"):
        pytest.fail("the LLM servers are required here: make llm")
    pytest.skip("not run: make llm")


def run(*arguments):
    """A command of that environment, from the root of the repository; its output."""
    done = subprocess.run(
        [PYTHON, *map(str, arguments)],
        cwd=ROOT,
        env=os.environ | ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-20_000:]
    return done.stdout


@dataclass
class Server:
    """A running server: its address, its process group and what it has logged."""

    port: int
    process: subprocess.Popen
    log: Path

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/v1"

    def asked(self):
        """How many completions it was asked for."""
        return self.log.read_text(errors="replace").count('"POST /v1/chat/completions')

    def kill(self):
        """End all its processes at once."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@contextmanager
def vllm(model, log):
    """A server with structured output; its model is called `tiny`."""
    module = ["-m", "vllm.entrypoints.openai.api_server", "--model", model]
    options = ["--served-model-name", "tiny", "--enforce-eager", "--dtype", "float32"]
    forms = ["--structured-outputs-config", '{"backend": "guidance"}']
    with _serving([PYTHON, *module, *options, *forms], log) as server:
        yield server


@contextmanager
def transformers_serve(log, port=None):
    """A server without structured output; a model is called by its folder."""
    with _serving([PYTHON.with_name("transformers"), "serve"], log, port) as server:
        yield server


@contextmanager
def _serving(command, log, port=None):
    port = port or _free_port()
    address = ["--host", "127.0.0.1", "--port", str(port)]
    with log.open("wb") as file:
        process = subprocess.Popen(
            [*map(str, command), *address],
            env=os.environ | ENVIRONMENT,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    server = Server(port, process, log)
    try:
        _wait(server)
        yield server
    finally:
        server.kill()


def _wait(server):
    end = time.monotonic() + SECONDS_TO_START
    while not _healthy(server.port):
        said = server.log.read_text(errors="replace")[-5000:]
        assert server.process.poll() is None, f"the server ended:\n{said}"
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
