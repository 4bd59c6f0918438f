"""Real LLM servers on loopback, from the environment that `make llm` makes.

with vllm(model, log) as server: connect("openai", Connection(base_url=server.url))
"""

import os
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.helpers import ROOT, require
from tests.processes import free_port, kill, launch, until_it_answers

PYTHON = ROOT / ".venv-llm" / "bin" / "python"
ENVIRONMENT = {
    "HF_HUB_OFFLINE": "1",
    "OMP_NUM_THREADS": "1",
    "VLLM_CPU_KVCACHE_SPACE": "1",
    "VLLM_HOST_IP": "127.0.0.1",
    "VLLM_NO_USAGE_STATS": "1",
}


def needed():
    require((PYTHON.parent.parent / "installed").exists(), "make llm")


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
        kill(self.process)


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
    port = port or free_port()
    address = ["--host", "127.0.0.1", "--port", port]
    process = launch([*command, *address], log, env=os.environ | ENVIRONMENT)
    try:
        until_it_answers(f"http://127.0.0.1:{port}/health", process, log)
        yield Server(port, process, log)
    finally:
        kill(process)
