"""The backend `transformers` with a real model; needs torch (tests/generate/test_in_process.py)."""

import json
import shutil
import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
import torch

from augment.errors import BackendError, BadRequest, ContextTooLong, ModelNotFound
from augment.generate import Connection, connect, generate
from augment.generate.transformers import failed
from augment.ledger import Ledger
from augment.protocols import Backend
from augment.schema import Drop
from tests.llm.common import FORM, NOT_A_FORM, ask, check_form
from tests.llm.tiny import CONTEXT, make


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tiny")
    make(folder)
    return str(folder)


@pytest.fixture(scope="module")
def backend():
    with closing(connect("transformers", Connection())) as made:
        assert isinstance(made, Backend)
        yield made


def test_a_reply_comes_with_its_tokens_and_why_it_ended(backend, model):
    reply = backend.complete(ask("Bonjour", model=model, seed=1))
    assert (reply.prompt_tokens, reply.completion_tokens, reply.finish) == (10, 24, "length")
    assert reply.text and reply.downgrades == () and "<|" not in reply.text


def test_a_seed_repeats_and_another_does_not(backend, model):
    texts = [backend.complete(ask(model=model, seed=s)).text for s in (1, 1, 2)]
    assert texts[0] == texts[1] != texts[2]


def test_temperature_and_top_p_are_those_of_the_request(backend, model):
    greedy = backend.complete(ask(model=model, temperature=0.0)).text
    assert backend.complete(ask(model=model, top_p=1e-6, seed=5)).text == greedy
    assert backend.complete(ask(model=model, seed=5)).text != greedy


def test_a_form_always_holds(backend, model):
    for seed in range(8):
        reply = backend.complete(ask(model=model, seed=seed, form=FORM, max_tokens=100))
        check_form(reply.text)
        assert (reply.finish, reply.downgrades) == ("stop", ())


def test_a_form_cut_short_says_so(backend, model):
    assert backend.complete(ask(model=model, form=FORM, max_tokens=4)).finish == "length"


def test_threads_share_a_model_and_get_what_each_asked_for(backend, model):
    requests = [ask(f"{i}", model=model, id=f"r{i}", seed=i) for i in range(8)]
    alone = [backend.complete(request) for request in requests]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(backend.complete, requests)) == alone


def test_a_prompt_that_does_not_fit_is_dropped_and_one_that_does_is_answered(backend, model):
    room = CONTEXT - 3 - 5
    requests = [ask("é" * 600, model=model, id="long"), ask("x" * room, model=model, id="full")]
    with pytest.raises(ContextTooLong, match=f"the model takes {CONTEXT}"):
        backend.complete(requests[0])
    dropped, answered = generate(requests, backend=backend, ledger=None)
    assert isinstance(dropped, Drop) and dropped.reason == "context_too_long"
    assert answered.completion_tokens <= 5


def test_what_was_answered_is_not_asked_again(backend, model, tmp_path):
    requests = [ask(f"{i}", model=model, id=f"r{i}") for i in range(6)]
    with Ledger(tmp_path / "l.sqlite") as ledger:
        first = list(generate(requests, backend=backend, ledger=ledger))
        assert list(generate(requests, backend=backend, ledger=ledger)) == first


def test_a_model_that_is_not_here_is_not_looked_for_elsewhere(backend, monkeypatch):
    def opened(*arguments, **options):
        raise AssertionError("something was asked of the network")

    monkeypatch.setattr(socket, "socket", opened)
    for name in ("some/model", "/no/such/folder", "a b"):
        with pytest.raises(ModelNotFound, match="no model of that name") as caught:
            backend.complete(ask(model=name))
        assert "hf download" in caught.value.hint


def test_a_damaged_model_is_said_in_one_line(backend, model, tmp_path):
    copy = shutil.copytree(model, tmp_path / "copy")
    weights = copy / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    for folder in (copy, tmp_path):
        with pytest.raises(ModelNotFound, match="cannot be loaded") as caught:
            backend.complete(ask(model=str(folder)))
        assert "\n" not in str(caught.value)


def test_a_template_that_refuses_the_messages_is_a_bad_request(backend, model, tmp_path):
    copy = Path(shutil.copytree(model, tmp_path / "copy"))
    (copy / "chat_template.jinja").write_text("{{ raise_exception('one turn only') }}")
    with pytest.raises(BadRequest, match="one turn only"):
        backend.complete(ask(model=str(copy)))


def test_out_of_memory_is_about_the_request():
    with pytest.raises(RuntimeError) as caught:
        torch.empty(10**15)
    assert isinstance(failed(caught.value, ask(), 10), ContextTooLong)
    assert isinstance(failed(MemoryError(), ask(), 10), ContextTooLong)
    assert type(failed(RuntimeError("shape '[2]' is invalid"), ask(), 10)) is BackendError


def test_a_form_that_cannot_be_is_left_out_and_recorded(model):
    with closing(connect("transformers", Connection())) as backend:
        reply = backend.complete(ask(model=model, form=NOT_A_FORM))
    assert reply.downgrades == ("form",)
    with pytest.raises(json.JSONDecodeError):
        json.loads(reply.text)
