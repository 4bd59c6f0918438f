"""The backends that run a model in this process: their own tests, where their packages are."""

import sys

import pytest

from augment.errors import MissingExtra
from augment.generate import Connection, connect
from tests.llm import servers

BACKENDS = {"transformers": "torch", "vllm": "vllm"}


@pytest.mark.parametrize("name", BACKENDS)
def test_without_its_package_it_says_what_to_install(name, monkeypatch):
    monkeypatch.setitem(sys.modules, BACKENDS[name], None)
    monkeypatch.setitem(sys.modules, "llguidance", None)
    with pytest.raises(MissingExtra) as caught:
        connect(name, Connection())
    assert caught.value.hint == f"pip install 'augment[{name}]'"


@pytest.mark.parametrize("name", BACKENDS)
def test_it_runs_a_real_model(name):
    servers.needed()
    said = servers.run("-m", "pytest", "-p", "no:cacheprovider", f"tests/llm/in_process_{name}.py")
    assert " passed" in said and "skipped" not in said
