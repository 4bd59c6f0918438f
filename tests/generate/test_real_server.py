"""The real clients against real servers: vLLM, and `transformers serve`, which has no forms."""

import json
import subprocess
import sys
import time
from contextlib import closing

import pytest

from augment.errors import ContextTooLong, ModelNotFound
from augment.generate import CallSettings, Connection, connect, generate
from augment.ledger import Ledger
from augment.schema import Drop, Response
from tests.helpers import ROOT
from tests.llm import servers
from tests.llm.common import FORM, NOT_A_FORM, ask, check_form


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    servers.needed()
    folder = tmp_path_factory.mktemp("tiny")
    servers.run("-m", "tests.llm.tiny", folder)
    return str(folder)


@pytest.fixture(scope="module")
def server(model, tmp_path_factory):
    with servers.vllm(model, tmp_path_factory.mktemp("vllm") / "log") as running:
        yield running


@pytest.fixture(params=["openai", "mistral"])
def backend(request, server):
    with closing(connect(request.param, Connection(base_url=server.url))) as made:
        yield made


def answers(requests, backend, ledger, **settings):
    made = CallSettings(first_wait=0.01, **settings)
    return list(generate(requests, backend=backend, ledger=ledger, settings=made))


def test_a_reply_is_cut_at_max_tokens_and_says_so(backend):
    reply = backend.complete(ask("Bonjour", seed=1))
    assert (reply.prompt_tokens, reply.completion_tokens, reply.finish) == (10, 24, "length")
    assert reply.text and reply.downgrades == ()


def test_a_seed_repeats_and_another_does_not(server):
    with closing(connect("openai", Connection(base_url=server.url))) as backend:
        texts = [backend.complete(ask(seed=seed)).text for seed in (1, 1, 2)]
    assert texts[0] == texts[1] != texts[2]


def test_forms_hold_for_many_at_once_and_no_reply_is_asked_for_twice(backend, server, tmp_path):
    requests = [ask(f"{i}", id=f"r{i}", form=FORM, max_tokens=300) for i in range(40)]
    before = server.asked()
    with Ledger(tmp_path / "l.sqlite") as ledger:
        replies = answers(requests, backend, ledger, concurrency=16)
        for reply in replies:
            check_form(reply.text)
            assert (reply.finish, reply.downgrades) == ("stop", ())
        assert answers(requests, backend, ledger) == replies
    assert server.asked() - before == len(requests)


def test_a_form_that_the_server_cannot_do_is_left_out_and_recorded(backend):
    assert backend.complete(ask(form=NOT_A_FORM)).downgrades == ("form",)


def test_a_prompt_that_is_too_long_is_dropped_and_the_others_are_answered(backend, tmp_path):
    requests = [ask("é" * 600 if i == 1 else f"{i}", id=f"r{i}") for i in range(4)]
    with pytest.raises(ContextTooLong):
        backend.complete(requests[1])
    with Ledger(tmp_path / "l.sqlite") as ledger:
        dropped = [o for o in answers(requests, backend, ledger) if isinstance(o, Drop)]
    assert [(drop.id, drop.reason) for drop in dropped] == [("r1", "context_too_long")]


def test_an_unknown_model_ends_the_run_at_once(backend, server, tmp_path):
    requests = [ask(f"{i}", id=f"r{i}", model="petit") for i in range(9)]
    with pytest.raises(ModelNotFound, match="petit"):
        backend.complete(requests[0])
    before = server.asked()
    with Ledger(tmp_path / "l.sqlite") as ledger:
        outcomes = answers(requests, backend, ledger, concurrency=1)
    assert [o.reason.value for o in outcomes] == ["no_reply"] + ["circuit_open"] * 8
    assert server.asked() - before == 1


def test_a_server_that_is_killed_opens_the_circuit_and_the_run_goes_on_later(model, tmp_path):
    requests = [ask(f"{i}", id=f"r{i}", model=model) for i in range(20)]
    with Ledger(tmp_path / "l.sqlite") as ledger:
        with servers.transformers_serve(tmp_path / "first") as server:
            port = server.port
            with closing(connect("openai", Connection(base_url=server.url))) as backend:
                first = list(
                    generate(
                        requests,
                        backend=backend,
                        ledger=ledger,
                        settings=CallSettings(concurrency=2, retries=2, first_wait=0.01),
                        on_progress=lambda now: server.kill() if now.done == 6 else None,
                    )
                )
        kept = [o for o in first if isinstance(o, Response)]
        lost = [o.reason.value for o in first if isinstance(o, Drop)]
        assert len(kept) >= 6 and "circuit_open" in lost
        assert set(lost) <= {"no_reply", "circuit_open"}
        with (
            servers.transformers_serve(tmp_path / "second", port) as server,
            closing(connect("openai", Connection(base_url=server.url))) as backend,
        ):
            second = answers(requests, backend, ledger)
            assert server.asked() == len(lost), "paid twice"
    assert [o.id for o in second if isinstance(o, Response)] == [r.id for r in requests]
    assert [o for o in second if o.id in {k.id for k in kept}] == kept


def test_a_server_that_takes_no_notice_of_forms_does_no_harm(model, tmp_path):
    request = ask(model=model, form=FORM, seed=1)
    with servers.transformers_serve(tmp_path / "log") as server:
        for vendor in ("openai", "mistral"):
            with closing(connect(vendor, Connection(base_url=server.url))) as backend:
                reply = backend.complete(request)
            assert reply.key == request.key and reply.completion_tokens == 24
            with pytest.raises(json.JSONDecodeError):
                json.loads(reply.text)


PROMPT = """{% block system %}Réponds en JSON.{% endblock %}{% block shared %}{% endblock %}
{% block example %}{% endblock %}
{% block order %}Un texte avec {{ types|join(", ") }} ?{% endblock %}
"""


@pytest.mark.parametrize("form", ["inline", "json"])
def test_a_run_killed_in_the_middle_makes_of_each_reply_a_sample_or_a_named_drop(
    server, tmp_path, form
):
    (tmp_path / "prompts" / "compose").mkdir(parents=True)
    (tmp_path / "prompts" / "compose" / "write.v1.jinja").write_text(PROMPT)
    sample = ROOT / "data" / "sample"
    options = ["--corpus", sample / "train.txt", "--test", sample / "test.txt", "--no-measure"]
    options += ["--guide", "ukraine_live", "--student", "rules", "--strategy", "compose"]
    options += ["--llm", "openai:tiny", "--base-url", server.url, "--samples", "24"]
    options += ["--set", f"write.prompts={tmp_path / 'prompts'}", "--set", f"write.form={form}"]
    options += ["--set", "write.examples=0", "--set", "write.reply_tokens=300"]
    options += ["--ledger", tmp_path / "ledger.sqlite", "--concurrency", "4"]
    command = [sys.executable, "-m", "augment", "run", *map(str, options)]
    command += ["--out", str(tmp_path / "run")]
    before = server.asked()
    killed = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while server.asked() < before + 8 and killed.poll() is None:
        time.sleep(0.05)
    killed.kill()
    killed.wait()
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    made = json.loads((tmp_path / "run" / "manifest.json").read_text())
    assert (made["requests"], made["replies"], made["unanswered"]) == (24, 24, 0)
    drops = [json.loads(line) for line in (tmp_path / "run" / "dropped.jsonl").open()]
    assert made["accepted"] + len(drops) == 24
    assert all(drop["reason"] and drop["raw"] is not None for drop in drops)
    assert 24 <= server.asked() - before <= 24 + 4
