"""make-corpus and experiment against a real Prefect: states, artifacts, logs, the same folder."""

import json
from pathlib import Path

import pytest
from prefect.blocks.system import Secret
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import (
    ArtifactFilter,
    ArtifactFilterFlowRunId,
    LogFilter,
    LogFilterFlowRunId,
)
from prefect.utilities.callables import parameter_schema

from augment.run_folder import open_run
from augment.store import digest
from flows.experiment import experiment
from flows.make_corpus import make_corpus
from flows.nightly import nightly
from flows.review_round import review_round
from flows.settings import Corpus, Llms, Samples
from tests.generate.server import Fault, completion, serve
from tests.helpers import ROOT

SAMPLE = ROOT / "data" / "sample"
KEY = "sk-never-to-be-seen-0123456789"
pytestmark = pytest.mark.usefixtures("prefect")


def corpus(runs: Path, **more) -> Corpus:
    config = runs / "quick.yaml"
    config.write_text("student: rules\nseeds: 1\njobs: 1\n")
    gold = {"corpus": SAMPLE / "train.txt", "test": SAMPLE / "test.txt", "guide": "ukraine_live"}
    return Corpus(**{**gold, "config": config, "runs": runs, **more})


def llm(server, folder, **more) -> Llms:
    ledger = folder / "ledger.sqlite"
    return Llms(llm=("openai:m",), base_url=(server.url,), ledger=ledger, **more)


def run_of(state):
    return state.state_details.flow_run_id


def artifacts_of(state):
    with get_client(sync_client=True) as client:
        found = client.read_artifacts(
            artifact_filter=ArtifactFilter(
                flow_run_id=ArtifactFilterFlowRunId(any_=[run_of(state)])
            )
        )
    return {artifact.key: artifact.data for artifact in found}


def logs_of(state):
    with get_client(sync_client=True) as client:
        run = LogFilter(flow_run_id=LogFilterFlowRunId(any_=[run_of(state)]))
        return [log.message for log in client.read_logs(log_filter=run)]


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="module")
def made(prefect, runs):
    free = Samples(strategies=("typos", "mentions"), samples=12)
    return make_corpus(corpus(runs), free, return_state=True)


def test_make_corpus_ends_green_with_yield_cost_and_a_link(made, runs):
    assert (made.type.value, made.name) == ("COMPLETED", "Completed")
    assert "12 accepted samples" in made.message
    (folder,) = runs.glob("quick-*")
    assert len((folder / "accepted.jsonl").read_text().splitlines()) == 12
    shown = artifacts_of(made)
    rows = {row["stage"]: row for row in json.loads(shown["make-corpus-yield"])}
    assert (rows["04_rewrite"]["kept"], rows["01_read"]["kept"]) == (12, 40)
    cost = {row["what"]: row["value"] for row in json.loads(shown["make-corpus-cost"])}
    assert (cost["requests"], cost["cost"]) == (0, "not known")
    assert str(folder / "report.html") in shown["make-corpus-report"]
    assert "make-corpus-gain" not in shown


def test_the_same_again_is_the_same_folder_and_the_same_bytes(made, runs):
    (folder,) = runs.glob("quick-*")
    before = digest(folder / "accepted.jsonl"), digest(folder / "manifest.json")
    again = make_corpus(
        corpus(runs), Samples(strategies=("typos", "mentions"), samples=12), return_state=True
    )
    assert again.name == "Completed"
    assert list(runs.glob("quick-*")) == [folder]
    assert (digest(folder / "accepted.jsonl"), digest(folder / "manifest.json")) == before


def test_an_experiment_shows_the_gain_with_its_interval(made, runs, tmp_path):
    (folder,) = runs.glob("quick-*")
    sent = f"file://{tmp_path}/sent"
    gold = f"file://{SAMPLE / 'train.txt'}"
    place = corpus(tmp_path, corpus=gold, runs_url="http://127.0.0.1:8000/", publish=sent)
    state = experiment(place, {"slips": folder / "accepted.jsonl"}, return_state=True)
    assert state.name == "Completed"
    shown = artifacts_of(state)
    (row,) = json.loads(shown["experiment-gain"])
    assert (row["arm"], row["gold documents"]) == ("slips", "40")
    assert row["low"] <= row["gain"] <= row["high"]
    assert row["verdict"] in {"gain", "no gain", "harm"}
    (measured,) = tmp_path.glob("quick-*")
    assert f"http://127.0.0.1:8000/{measured.name}/report.html" in shown["experiment-report"]
    assert (measured / "model").is_dir()
    assert digest(tmp_path / "sent" / measured.name / "model") == digest(measured / "model")


def test_without_an_accepted_sample_the_run_is_not_green(tmp_path):
    """Here all of the addition is in the test set."""
    state = experiment(corpus(tmp_path), {"copies": SAMPLE / "test.txt"}, return_state=True)
    assert (state.type.value, state.name) == ("FAILED", "No samples")
    assert "dropped.jsonl" in state.message
    assert "experiment-yield" in artifacts_of(state)


def test_training_texts_in_the_test_set_are_dirty(tmp_path, made, runs):
    (folder,) = runs.glob("quick-*")
    state = experiment(
        corpus(tmp_path, test=SAMPLE / "train.txt"),
        {"slips": folder / "accepted.jsonl"},
        return_state=True,
    )
    assert (state.type.value, state.name) == ("FAILED", "Dirty")


def test_the_budget_is_a_state_and_no_key_is_in_any_log(tmp_path, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "another")
    Secret(value=KEY).save("llm-key")
    dear = completion("Non.") | {"usage": {"prompt_tokens": 9000, "completion_tokens": 3000}}
    with serve(lambda body, attempt: Fault(body=dear)) as server:
        llms = llm(server, tmp_path, max_tokens=30_000, concurrency=1)
        llms = llms.model_copy(update={"secrets": {"OPENAI_API_KEY": "llm-key"}})
        samples = Samples(strategies=("restyle",), samples=6)
        state = make_corpus(corpus(tmp_path), samples, llms, return_state=True)
        assert server.authorization[0] == f"Bearer {KEY}"
        paid = len(server.bodies)
    assert (state.type.value, state.name) == ("FAILED", "Out of budget")
    assert "raise max_cost or max_tokens" in state.message
    assert 0 < paid < 6
    assert KEY not in "\n".join([*logs_of(state), state.message, str(artifacts_of(state))])


def test_what_was_paid_is_not_paid_again_and_an_llm_that_is_away_is_a_state(tmp_path):
    samples = Samples(strategies=("restyle",), samples=3)
    with serve(lambda body, attempt: Fault(401, {"error": {"message": "no"}})) as server:
        llms = llm(server, tmp_path, concurrency=1)
        state = make_corpus(corpus(tmp_path), samples, llms, return_state=True)
    assert (state.type.value, state.name) == ("FAILED", "LLM away")
    with serve(lambda body, attempt: Fault(body=completion("Non."))) as server:
        llms = llm(server, tmp_path)
        first = make_corpus(corpus(tmp_path), samples, llms, return_state=True)
        asked = len(server.bodies)
        second = make_corpus(corpus(tmp_path), samples, llms, return_state=True)
        assert (asked, len(server.bodies)) == (3, 3)
    assert first.name == second.name == "No samples"


def test_a_second_run_of_the_same_is_refused_by_name(made, runs):
    (folder,) = runs.glob("quick-*")
    made_by = json.loads((folder / "run.json").read_text())
    with open_run(folder, **made_by):
        state = make_corpus(
            corpus(runs), Samples(strategies=("typos", "mentions"), samples=12), return_state=True
        )
    assert (state.type.value, state.name) == ("FAILED", "Already running")


@pytest.mark.parametrize(
    ("given", "name", "says"),
    [
        ({"corpus": "none.txt"}, "Bad path", "none.txt"),
        ({"guide": "none"}, "Bad settings", "none"),
    ],
)
def test_wrong_values_are_one_line(tmp_path, given, name, says):
    state = make_corpus(corpus(tmp_path, **given), return_state=True)
    assert (state.type.value, state.name) == ("FAILED", name)
    assert says in state.message
    assert not any("Traceback" in line for line in logs_of(state))


@pytest.mark.parametrize("flow", [make_corpus, experiment, review_round, nightly])
def test_every_parameter_of_a_form_has_a_text(flow):
    schema = parameter_schema(flow).model_dump()
    groups = [schema, *schema["definitions"].values()]
    fields = [(n, f) for group in groups for n, f in group.get("properties", {}).items()]
    assert fields
    assert [name for name, field in fields if not field.get("description")] == []
    assert flow.description
    assert flow.retries == 0
