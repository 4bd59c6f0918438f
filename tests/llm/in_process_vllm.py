"""The backend `vllm` with a real engine; needs vllm (tests/generate/test_in_process.py)."""

import multiprocessing
from contextlib import closing

import pytest

from augment.errors import ContextTooLong, ModelNotFound, ServerError
from augment.generate import CallSettings, Connection, connect, generate
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
    with closing(connect("vllm", Connection())) as made:
        assert isinstance(made, Backend)
        yield made
    for engine in multiprocessing.active_children():
        engine.join(30)
    assert not multiprocessing.active_children(), "an engine goes on after close()"


def test_a_reply_comes_with_its_tokens_and_a_seed_repeats(backend, model):
    first, again, other = (backend.complete(ask(model=model, seed=s)) for s in (1, 1, 2))
    assert (first.prompt_tokens, first.completion_tokens, first.finish) == (10, 24, "length")
    assert first.text == again.text != other.text
    assert "<|" not in first.text and first.downgrades == ()


def test_temperature_and_top_p_are_those_of_the_request(backend, model):
    greedy = backend.complete(ask(model=model, temperature=0.0)).text
    assert backend.complete(ask(model=model, top_p=1e-6, seed=5)).text == greedy


def test_many_at_once_through_the_ledger_and_every_form_holds(backend, model, tmp_path):
    form = {"form": FORM, "max_tokens": 100}
    requests = [ask(f"{i}", model=model, id=f"r{i}", **form) for i in range(32)]
    requests.append(ask("é" * 600, model=model, id="long"))
    settings = CallSettings(concurrency=16)
    with Ledger(tmp_path / "l.sqlite") as ledger:
        *replies, long = generate(requests, backend=backend, ledger=ledger, settings=settings)
        for reply in replies:
            check_form(reply.text)
            assert (reply.finish, reply.downgrades) == ("stop", ())
        assert isinstance(long, Drop) and long.reason == "context_too_long"
        assert [*replies, long] == list(generate(requests, backend=backend, ledger=ledger))


def test_the_context_is_filled_and_not_passed(backend, model):
    assert backend.complete(ask("x" * (CONTEXT - 8), model=model)).completion_tokens <= 5
    with pytest.raises(ContextTooLong, match=f"the model takes {CONTEXT}"):
        backend.complete(ask("x" * CONTEXT, model=model))


def test_a_model_that_is_not_here(backend, tmp_path):
    for name in ("some/model", "/no/such/folder"):
        with pytest.raises(ModelNotFound, match="no model of that name"):
            backend.complete(ask(model=name))
    with pytest.raises(ModelNotFound, match="cannot be loaded"):
        backend.complete(ask(model=str(tmp_path)))


def test_a_form_that_cannot_be_is_left_out_and_recorded(backend, model):
    assert backend.complete(ask(model=model, form=NOT_A_FORM)).downgrades == ("form",)


def test_an_engine_that_dies_is_started_again(backend, model):
    (engine,) = multiprocessing.active_children()
    engine.kill()
    with pytest.raises(ServerError):
        backend.complete(ask(model=model, max_tokens=500))
    assert backend.complete(ask(model=model)).completion_tokens == 24
