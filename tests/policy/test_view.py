import json
from pathlib import Path

import pytest

from augment.config import RunConfig
from augment.errors import ConfigError
from augment.pipeline.job import Run
from augment.pipeline.llms import Llm
from augment.pipeline.privacy import Shown, stamped
from augment.reasons import Reason
from augment.release import gather, refusals
from augment.rights import load_rights
from augment.run_folder import open_run
from augment.schema import Candidate, Order
from augment.store import digest, write_lines
from tests.helpers import doc

REMOTE = Llm("mistral", "m")
LOCAL = Llm("openai", "m2", ("http://127.0.0.1:1/v1",))
NAMED = "[[1:CIVILIAN|[[2:LASTNAME|Kirov]]]] part de [[3:PLACE|Kiev]]."
GOLD = [doc(NAMED, id="a"), doc(NAMED, id="b"), doc("Il pleut.", id="bare")]
RAW = [doc("Kirov revient.", id="r", labelled="none")]


@pytest.fixture
def view(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_lines(Path("gold.jsonl"), GOLD)
    write_lines(Path("raw.jsonl"), RAW)

    def made(*llms, **levels):
        rules = [{"guide": "*", "level": levels.pop("guide", "guide")}]
        for name, level in levels.items():
            rules.append({"guide": "*", "corpus": digest(Path(f"{name}.jsonl")), "level": level})
        policy = {"hosts": ["api.mistral.ai"], "allow": rules}
        Path("policy.yaml").write_text(json.dumps(policy))
        write = {"raw": "raw.jsonl", "policy": "policy.yaml"}
        config = RunConfig(corpus="gold.jsonl", guide="ukraine_live", write=write)
        with open_run(Path("run"), fingerprint="f", samples=1) as folder:
            return Shown(Run(config, folder), llms, GOLD, RAW)

    return made


def order(source):
    return Order(id="o1", strategy="restyle", source=source)


def test_a_local_llm_sees_everything_and_leaves_no_trace(view):
    shown = view(LOCAL, Llm("fake", "f"))
    assert shown.examples == GOLD
    assert shown.source(order("r"), RAW[0]) is RAW[0]
    assert shown.key == "" and not Path("run/vault.jsonl").exists()


def test_rights_are_about_other_machines(view):
    meta = RAW[0].meta.model_copy(update={"rights": {"remote_llm": False}})
    kept = RAW[0].model_copy(update={"meta": meta})
    assert view(LOCAL, Llm("vllm", "m")).source(order("r"), kept) is kept
    for llms in ((REMOTE,), (LOCAL, REMOTE), (Llm("replay", "replies.jsonl"),)):
        refused = view(*llms, gold="examples", raw="examples").source(order("r"), kept)
        assert (refused.reason, "rights" in refused.detail) == (Reason.NOT_ALLOWED, True)


def test_a_remote_one_sees_what_the_policy_says_of_each_corpus(view):
    shown = view(REMOTE, raw="examples")
    assert shown.examples == []
    refused = shown.source(order("a"), GOLD[0])
    assert (refused.id, refused.parent, refused.reason) == ("o1", "a", Reason.NOT_ALLOWED)
    assert shown.source(order("r"), RAW[0]) is RAW[0]
    assert shown.source(order(None), None) is None
    assert shown.key == "guide/examples"


def test_surrogates_go_out_and_real_names_come_back(view):
    shown = view(REMOTE, LOCAL, gold="pseudonymised", raw="pseudonymised")
    assert [d.id for d in shown.examples] == ["a", "b"]
    assert not any("Kirov" in d.text for d in shown.examples)
    source = shown.source(order("a"), GOLD[0])
    assert source == shown.examples[0]
    reply = Candidate(id="s", order="o1", strategy="restyle", document=source)
    assert shown.back(reply, order("a")).document.text == GOLD[0].text
    assert shown.back(reply, order(None)) is reply
    assert "not annotated" in shown.source(order("r"), RAW[0]).detail


def test_a_sample_made_from_gold_is_hidden_from_a_remote_verifier(view):
    shown = view(REMOTE, gold="pseudonymised")
    meta = GOLD[0].meta.model_copy(update={"parents": ("a",)})
    document = GOLD[0].model_copy(update={"id": "s", "meta": meta})
    candidate = Candidate(id="s", order="o1", strategy="restyle", document=document)
    hidden = shown.sample(candidate)
    assert "Kirov" not in hidden.text
    assert shown.opinion(hidden, candidate) == document
    invented = candidate.model_copy(update={"document": doc(NAMED, id="t")})
    assert shown.sample(invented) is invented.document


def test_a_sample_made_from_a_raw_item_is_shown_as_the_item_may_be(view):
    shown = view(REMOTE, gold="examples", raw="pseudonymised")
    document = doc(NAMED, id="s")
    meta = document.meta.model_copy(update={"parents": ("r",)})
    document = document.model_copy(update={"meta": meta})
    candidate = Candidate(id="s", order="o1", strategy="annotate", document=document)
    assert "Kirov" not in shown.sample(candidate).text


def test_a_policy_that_lets_nothing_out_stops_the_run(view):
    with pytest.raises(ConfigError, match="does not let anything"):
        view(REMOTE, guide="nothing")
    with pytest.raises(ConfigError, match="does not let anything"):
        view(Llm("openai", "m", ("https://example.org/v1",)), gold="examples")


def test_a_candidate_carries_the_rights_of_source_examples_and_llm(view):
    llm = Llm("vllm", "Qwen/Qwen3-8B")
    meta = GOLD[1].meta.model_copy(update={"rights": {"release": False}})
    example = GOLD[1].model_copy(update={"meta": meta})
    candidate = Candidate(id="s", order="o1", strategy="compose", document=doc(NAMED, id="s"))
    made = stamped(candidate, llm, None, [example]).document
    assert made.meta.rights["release"] is False
    assert made.meta.rights["examples"] == ["b"]
    assert made.meta.rights["generator"]["licence"] == "Apache-2.0"
    table = load_rights()
    reasons = refusals(made, gather([("", [example])], table), table)
    assert reasons == ["its rights forbid it", "example b: its rights forbid it"]
