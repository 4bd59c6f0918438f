"""The student `transformer`: what can be said without torch, and its own tests where that is."""

from __future__ import annotations

import sys
from functools import partial

import pytest

from augment.errors import ConfigError, MissingExtra, UnknownName
from augment.guide import load
from augment.pipeline.fingerprint import fingerprint
from augment.registry import resolve
from augment.train import make
from augment.train.linear import Linear
from tests.llm import servers


@pytest.mark.parametrize("name", ["torch", "transformers"])
def test_without_its_packages_it_says_what_to_install(name, monkeypatch):
    for module in [m for m in sys.modules if m.startswith("augment.train.transformer")]:
        monkeypatch.delitem(sys.modules, module)
    for missing in ("torch", "transformers", "safetensors", "huggingface_hub")[name != "torch" :]:
        monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(MissingExtra) as caught:
        make("transformer:camembert-base", None, 0, {})
    assert caught.value.hint == "pip install 'augment[transformers]'"


def test_students_without_a_model_or_settings_say_so():
    with pytest.raises(UnknownName, match="'linear' takes no model: camembert"):
        resolve("student", "linear:camembert")
    with pytest.raises(ConfigError, match="'linear' has no settings: epochs"):
        make("linear", None, 0, {"epochs": 3})
    assert isinstance(make("linear", load("ukraine_live"), 3, {}), Linear)


def test_predictions_are_remembered_by_encoder():
    named = [fingerprint(partial(Linear, model=name), None) for name in ("a", "b", "a")]
    assert named[0] == named[2] != named[1]
    assert fingerprint(Linear, None) not in named


def test_with_a_real_encoder():
    servers.needed()
    files = [f"tests/llm/{name}.py" for name in ("student_transformer", "transformer_network")]
    said = servers.run("-m", "pytest", "-p", "no:cacheprovider", *files)
    assert " passed" in said


@pytest.mark.parametrize("kind", ["recogniser", "linker"])
def test_parts_of_a_chain_without_its_packages_say_what_to_install(kind, monkeypatch):
    for missing in ("torch", "transformers"):
        monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(MissingExtra) as caught:
        make("transformer:camembert-base", None, 0, {}, kind)
    assert caught.value.hint == "pip install 'augment[transformers]'"


def test_mentions_and_clusters_with_a_real_encoder():
    servers.needed()
    file = "tests/llm/parts_transformer.py"
    assert " passed" in servers.run("-m", "pytest", "-p", "no:cacheprovider", file)
