"""`augment compare` against a scripted server: two models of different quality on gold texts."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from augment.cli import main
from augment.codec import encode, escape, relation_rows
from augment.config import load
from augment.guide import load as load_guide
from augment.pipeline.choice import Entry, choose
from augment.pipeline.gauge import joules
from augment.read import read_all
from augment.scores import wilson
from augment.store import write_lines
from tests.generate.server import Fault, completion, error, serve
from tests.helpers import ROOT

SAMPLE = ROOT / "data" / "sample" / "train.txt"
GOLD, _ = read_all(SAMPLE)
BY_TEXT = {escape(document.text): document for document in GOLD}
GUIDE = load_guide("ukraine_live")
PRICES = """models:
  good: {prompt: 1.0, completion: 2.0, currency: EUR, date: 2026-11-22, source: a test}
  twin: {prompt: 1.0, completion: 2.0, currency: EUR, date: 2026-11-22, source: a test}
  cheap: {prompt: 0.1, completion: 0.2, currency: EUR, date: 2026-11-22, source: a test}
  bad: {prompt: 0.1, completion: 0.2, currency: EUR, date: 2026-11-22, source: a test}
"""


def asked_about(last):
    """The gold document that a prompt is about, and whether its entities are given."""
    tagged = last.partition("<texte>\n")[2].partition("\n</texte>")[0]
    given = last.startswith("Relevez")
    if not given:
        return BY_TEXT[tagged], given
    return next(d for d in GOLD if encode(d).startswith(tagged)), given


def perfect(body, attempt):
    """What gold says."""
    document, given = asked_about(body["messages"][-1]["content"])
    rows = relation_rows(document.relations)
    return completion(json.dumps({"relations": rows}) if given else encode(document))


def worse(body, attempt):
    """Every third reply is cut short, of all others half of the relations are missing."""
    document, given = asked_about(body["messages"][-1]["content"])
    whole = document.relations[::2]
    if given:
        return completion(json.dumps({"relations": relation_rows(whole)}))
    said = encode(document.model_copy(update={"relations": whole}))
    cut = GOLD.index(document) % 3 == 0
    return completion(said[: len(said) // 3] if cut else said)


def by_model(**scripts):
    def script(body, attempt):
        return scripts.get(body["model"], perfect)(body, attempt)

    return script


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "prices.yaml").write_text(PRICES)
    return tmp_path


def options(server, *llms, out="out", sample=8, steps=1):
    given = ["compare", "--corpus", SAMPLE, "--guide", "ukraine_live", "--sample", sample]
    given += ["--base-url", server.url, "--prices", "prices.yaml", "--ledger", "ledger.sqlite"]
    given += [word for llm in llms for word in ("--llm", f"openai:{llm}")]
    given += ["--steps", steps] if steps else []
    return [str(word) for word in [*given, "--out", out]]


def run(arguments):
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    return caught.value.code or 0


def compared(server, *llms, more=(), **given):
    assert run([*options(server, *llms, **given), *more]) == 0
    out = given.get("out", "out")
    return json.loads(Path(out, "compare.json").read_text(encoding="utf-8"))


def test_the_better_of_two_is_recommended_with_its_figures(here, capsys):
    with serve(by_model(bad=worse)) as server:
        result = compared(server, "bad", "good", more=["--examples", "2"])
        calls = sum(server.asked.values())
    assert calls == 2 * 8 * 2  # the text, and the relations of gold's entities
    bad, good = result["combinations"]
    said = result["recommendation"]
    assert (said["chosen"], said["shown"], said["tied"]) == ("openai:good", True, [])
    assert result["criterion"] == "relation macro-F1" and "above openai:bad" in said["text"]
    for what in ("mentions", "relations", "given"):
        assert good[what]["micro"] == {"value": 1.0, "low": 1.0, "high": 1.0}
        assert good[what]["macro"] == {"value": 1.0, "low": 1.0, "high": 1.0}
    assert good["valid"]["value"] == 1.0 and good["valid"]["low"] == pytest.approx(0.676, abs=1e-3)
    assert good["spans"] | {"mentions": 0} == {
        "exact": 1.0, "normalised": 0.0, "repaired": 0.0, "missing": 0.0, "mentions": 0,
    }  # fmt: skip
    assert good["violations"]["per_100"] == 0
    assert good["diversity"] is None
    assert good["cost"] == pytest.approx(8 * 20 / 1e6)
    assert good["cost_per_valid"] == pytest.approx(20 / 1e6)
    assert good["tokens"] == 8 * 15
    assert good["seconds"]["measured"] == 8 and good["seconds"]["median"] > 0
    assert 0 < bad["relations"]["macro"]["value"] < 1
    low, value, high = (bad["relations"]["macro"][name] for name in ("low", "value", "high"))
    assert low < value < high
    assert bad["given"]["micro"]["value"] > bad["relations"]["micro"]["value"]
    ends = bad["accepted"] + sum(bad["dropped"].values()) + bad["unanswered"]
    assert ends == bad["requests"] == 8 and bad["accepted"] < 8
    page = (here / "out" / "compare.html").read_text()
    assert "difference shown" in page and "openai:good" in page and "http" not in page
    assert "openai:good" in capsys.readouterr().out


def test_texts_are_training_texts_that_are_quoted_nowhere(here):
    with serve(perfect) as server:
        compared(server, "good", sample=10, more=["--examples", "3"])
        bodies = [body["messages"] for body in server.bodies]
    asked = {asked_about(messages[-1]["content"])[0].id for messages in bodies}
    quoted = {
        asked_about(message["content"])[0].id
        for messages in bodies
        for message in messages[1:-1]
        if message["role"] == "user"
    }
    assert len(asked) == 10 and quoted and not asked & quoted
    assert len(asked | quoted) <= 30  # a quarter is held out for the test of a run


def test_no_difference_is_an_answer_and_the_cheaper_is_taken(here):
    with serve(perfect) as server:
        result = compared(server, "good", "cheap", "twin")
    said = result["recommendation"]
    assert (said["chosen"], said["shown"]) == ("openai:cheap", False)
    assert said["tied"] == ["openai:good", "openai:twin"]
    assert "no difference shown" in said["text"] and "costs less" in said["text"]


def test_equal_in_all_is_said(here):
    with serve(perfect) as server:
        said = compared(server, "twin", "good")["recommendation"]
    assert (said["chosen"], said["shown"]) == ("openai:twin", False)
    assert "no difference shown to openai:good" in said["text"] and "the same" in said["text"]


def test_relations_in_a_second_step_are_compared_with_one(here):
    def hasty(body, attempt):
        last = body["messages"][-1]["content"]
        return perfect(body, attempt) if last.startswith("Relevez") else worse_relations(last)

    def worse_relations(last):
        document, _ = asked_about(last)
        return completion(encode(document.model_copy(update={"relations": document.relations[:1]})))

    with serve(hasty) as server:
        result = compared(server, "good", steps=None)
        assert sum(server.asked.values()) == 8 * 2  # gold's entities are those of the first reply
    one, two = result["combinations"]
    assert (one["steps"], two["steps"]) == (1, 2)
    assert one["mentions"] == two["mentions"]
    assert one["relations"]["micro"]["value"] < 0.2
    assert two["relations"]["micro"]["value"] == 1.0
    assert result["recommendation"]["chosen"] == "openai:good, 2 steps"
    assert two["tokens"] == 2 * one["tokens"] == 2 * 8 * 15


def test_nothing_is_asked_twice(here):
    with serve(by_model(bad=worse)) as server:
        first = compared(server, "good", "bad", out="first")
        calls = sum(server.asked.values())
        assert compared(server, "good", "bad", out="first") == first
        again = compared(server, "good", "bad", out="second")
        assert sum(server.asked.values()) == calls
    for row, old in zip(again["combinations"], first["combinations"], strict=True):
        assert row["seconds"] == {"median": None, "p90": None, "measured": 0}
        assert row["relations"] == old["relations"] and row["cost"] == old["cost"]
    assert again["recommendation"] == first["recommendation"]


def test_killed_it_goes_on_and_pays_nothing_twice(here):
    def slow(body, attempt):
        time.sleep(0.05)
        return perfect(body, attempt)

    with serve(slow) as server:
        command = [sys.executable, "-m", "augment", *options(server, "good", "cheap")]
        command += ["--concurrency", "2"]
        for least in (5, 20):
            process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
            while sum(server.asked.values()) < least and process.poll() is None:
                time.sleep(0.005)
            process.send_signal(signal.SIGKILL)
            process.wait()
        result = compared(server, "good", "cheap", more=["--concurrency", "2"])
        assert 32 <= sum(server.asked.values()) <= 32 + 2 * 2
    assert [row["accepted"] for row in result["combinations"]] == [8, 8]
    assert result["combinations"][0]["seconds"]["measured"] >= 6  # those before the kill too


def test_the_caps_are_for_all_combinations_together(here, capsys):
    with serve(perfect) as server:
        dear = {"prompt_tokens": 10_000, "completion_tokens": 1_000}  # 0.012 euros
        server.script = lambda body, attempt: perfect(body, attempt) | {"usage": dear}
        arguments = options(server, "good", "twin")
        assert run([*arguments, "--max-cost", "0.3"]) == 1
        assert "stopped" in capsys.readouterr().err
        assert 16 < sum(server.asked.values()) < 26
        assert run([*arguments, "--max-cost", "9"]) == 0
        assert sum(server.asked.values()) == 32


def test_a_second_step_without_reply_is_unanswered_and_asked_again(here):
    def silent(body, attempt):
        last = body["messages"][-1]["content"]
        return Fault(401, error("no")) if last.startswith("Relevez") else perfect(body, attempt)

    bare = [d.model_copy(update={"id": f"raw-{d.id}"}) for d in GOLD[:6]]
    write_lines(here / "raw.jsonl", bare)
    write_lines(here / "train.jsonl", GOLD[20:])
    arguments = ["run", "--corpus", "train.jsonl", "--guide", "ukraine_live", "--no-measure"]
    arguments += ["--strategy", "annotate", "--raw", "raw.jsonl", "--samples", "4", "--llm"]
    arguments += ["openai:good", "--set", "write.steps=2", "--ledger", "ledger.sqlite"]
    arguments += ["--student", "rules", "--jobs", "1", "--out", "run"]
    with serve(silent) as server:
        arguments += ["--base-url", server.url]
        assert run(arguments) == 1
        made = json.loads((here / "run/manifest.json").read_text())
        assert (made["requests"], made["accepted"], made["unanswered"]) == (4, 0, 4)
        server.script = perfect
        assert run(arguments) == 0
    made = json.loads((here / "run/manifest.json").read_text())
    ends = made["accepted"] + sum(made["dropped"].values()) + made["unanswered"]
    assert (made["requests"], ends, made["unanswered"]) == (4, 4, 0)
    assert made["accepted"] > 0 and made["tokens"] == 2 * 4 * 15


def test_what_is_promoted_is_run(here):
    config = {"corpus": str(SAMPLE), "guide": "ukraine_live", "strategies": ["compose"]}
    config |= {"samples": 3, "measure": False, "student": "rules", "jobs": 1}
    config |= {"write": {"examples": 1, "temperature": 0.5, "prompt": ["judge/objections.v1"]}}
    (here / "run.yaml").write_text(yaml.safe_dump(config))
    with serve(perfect) as server:
        command = options(server, "good", "bad")
        command.remove("--steps"), command.remove("1")
        command += ["--strategy", "compose", "--examples", "2", "--promote", "run.yaml"]
        with_replies = completion("[[1:PLACE|Kiev]] est en [[2:PLACE|Ukraine]] ce soir.\n{}")
        server.script = by_model(bad=lambda *_: with_replies, good=answers_compose)
        assert run(command) == 0
        written = yaml.safe_load((here / "run.yaml").read_text())
        assert written["write"] == {
            "examples": 2,
            "temperature": 0.5,
            "prompt": ["judge/objections.v1", "compose.v1"],
            "llm": ["openai:good"],
        }
        assert written["call"] == {"base_url": [server.url]}
        assert {k: v for k, v in written.items() if k not in ("write", "call")} == {
            k: v for k, v in config.items() if k != "write"
        }
        out = ["--out", "run", "--ledger", "other.sqlite"]
        assert run(["run", "run.yaml", *out]) == 0
    made = json.loads((here / "run/manifest.json").read_text())
    assert made["requests"] == made["replies"] == 3


def answers_compose(body, attempt):
    """A gold text with a relation of the first type that was ordered, told from a list."""
    last = body["messages"][-1]["content"]
    kinds = [kind for kind in GUIDE.relations if kind in last]
    held = max(GOLD, key=lambda d: sum(r.type in kinds for r in d.relations))
    return completion(encode(held))


def test_a_new_configuration_is_written_with_what_a_run_needs(here):
    with serve(perfect) as server:
        compared(server, "good", steps=None, more=["--promote", "new.yaml"])
    made = load(here / "new.yaml", {"write.raw": SAMPLE})
    assert made.corpus.resolve() == SAMPLE and made.strategies == ("annotate",)
    assert made.write.llm == ("openai:good",) and made.write.steps in (1, 2)
    assert set(made.write.prompt) == {"annotate.v1", "annotate/relations.v1"}


def test_what_cannot_be_recommended_is_not_promoted(here, capsys):
    with serve(lambda body, attempt: completion("Bonjour.")) as server:
        assert run([*options(server, "good"), "--promote", "new.yaml"]) == 1
    assert "No recommendation" in capsys.readouterr().err
    assert not (here / "new.yaml").exists()


def test_memory_is_probed_and_told(here):
    """One model says the texts by heart, the other goes on with something else."""
    rest = {" ".join(d.text.split()[:30]): " ".join(d.text.split()[30:]) for d in GOLD}

    def reciting(body, attempt):
        last = body["messages"][-1]["content"]
        known = rest.get(" ".join(last.split()))
        return perfect(body, attempt) if known is None else completion(known)

    def honest(body, attempt):
        last = body["messages"][-1]["content"]
        known = " ".join(last.split()) in rest
        return completion("Rien de sûr.") if known else perfect(body, attempt)

    with serve(by_model(good=reciting, twin=honest)) as server:
        result = compared(server, "good", "twin", more=["--memorised", str(SAMPLE)])
        probes = [b for b in server.bodies if len(b["messages"]) == 2 and b["temperature"] == 0]
    assert len(probes) == 2 * len(GOLD)
    assert result["memorised"]["openai:good"]["verdict"] == "known by heart"
    assert result["memorised"]["openai:twin"]["verdict"] == "no sign"
    assert any("openai:good knows this corpus by heart" in note for note in result["notes"])


def test_texts_are_not_begun_for_a_machine_that_may_not_see_them(here, capsys):
    (here / "policy.yaml").write_text("hosts: [api.example.org]\nallow: []\n")
    command = ["compare", "--corpus", str(SAMPLE), "--guide", "ukraine_live", "--llm", "openai:m"]
    command += ["--base-url", "https://api.example.org/v1", "--policy", "policy.yaml"]
    assert run([*command, "--memorised", str(SAMPLE), "--out", "out"]) == 2
    assert "policy does not" in capsys.readouterr().err


def test_the_gain_of_a_student_is_measured_on_the_training_side(here):
    write_lines(here / "few.jsonl", GOLD[:14])
    with serve(perfect) as server:
        more = [
            "--corpus",
            "few.jsonl",
            "--gain",
            "--set",
            "student=rules",
            "--set",
            "seeds=1",
            "--set",
            "jobs=1",
        ]
        result = compared(server, "good", sample=3, more=more)
    found = result["combinations"][0]["gain"]
    assert found["low"] <= found["mean"] <= found["high"]
    assert found["verdict"] in {"gain", "no gain", "harm"}


def test_recorded_replies_to_given_orders_are_compared_offline(here):
    sample = ROOT / "data" / "sample"
    command = ["compare", "--corpus", str(SAMPLE), "--guide", "ukraine_live", "--llm", "replay:x"]
    command += ["--strategy", "compose", "--replies", str(sample / "replies.jsonl")]
    command += ["--set", f"write.orders={sample / 'orders.jsonl'}", "--sample", "5", "--out", "out"]
    assert run([*command, "--promote", "chosen.yaml"]) == 0
    assert load(here / "chosen.yaml", {}).write.replies.samefile(sample / "replies.jsonl")
    result = json.loads((here / "out/compare.json").read_text())
    (row,) = result["combinations"]
    assert row["requests"] == 5 and row["accepted"] > 0 and row["unanswered"] == 0
    assert 0 < row["diversity"]["distinct-2"] <= 1
    assert row["seconds"]["median"] is None


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--llm", "gpt"], "no NAME:MODEL"),
        (["--prompt", "nope.v1"], "no prompt 'nope.v1'"),
        (["--prompt", "compose.v1"], "not a prompt of annotate"),
        (["--steps", "3"], "--steps"),
        (["--strategy", "mentions"], "one strategy with an LLM"),
        (["--strategy", "compose", "--steps", "2"], "compose has one step"),
        (["--sample", "29"], "at most 15"),
        (["--memorised", "nope.csv"], "nope.csv: no such file"),
        (["--promote", "bad.yaml"], "bad.yaml: no configuration"),
        (["--set", "write.steps=3"], "write.steps: 3"),
        (["--set", "write.raw=nope"], "nope: no such file"),
        (["--llm", "openai:n", *2 * ["--base-url", "http://127.0.0.1:1/v1"]], "3 addresses for"),
    ],
)
def test_wrong_options_are_told_in_one_line(here, capsys, more, said):
    (here / "bad.yaml").write_text("[1, 2]")
    with serve(perfect) as server:
        assert run([*options(server, "good"), *more]) == 2
        assert not server.asked
    err = capsys.readouterr().err
    assert err.startswith("error: ") and said in err and len(err.splitlines()) <= 2


def test_without_llms_and_in_another_folder(here, capsys):
    assert run(["compare", "--corpus", str(SAMPLE), "--guide", "ukraine_live"]) == 2
    assert "compare needs LLMs" in capsys.readouterr().err
    with serve(perfect) as server:
        assert run([*options(server, "good"), "--dry-run"]) == 0
        assert "16 requests" in capsys.readouterr().out
        assert run([*options(server, "cheap")]) == 2
        assert not server.asked
    assert "another configuration" in capsys.readouterr().err


def test_wilson():
    assert wilson(0, 0) == (0.0, 1.0)
    assert wilson(8, 10) == pytest.approx((0.4902, 0.9433), abs=1e-4)  # R: prop.test, no correction
    low, high = wilson(0, 20)
    assert low == 0.0 and high == pytest.approx(0.1611, abs=1e-4)


def test_few_orders_show_no_difference():
    import numpy as np

    entries = [
        Entry("a", 0.9, np.full(100, 0.9), 2.0, 10.0),
        Entry("b", 0.5, np.full(100, 0.5), None, 5.0),
    ]
    assert choose(entries, "valid rate", orders=5)["chosen"] == "a"
    few = choose(entries, "valid rate", orders=4)
    assert (few["chosen"], few["shown"]) == ("b", False) and "fewer tokens" in few["text"]
    equal = [entries[1], entries[0]._replace(tokens=5.0)]
    assert choose(equal, "valid rate", orders=4)["chosen"] == "a"


def test_energy_is_read_where_there_are_counters(tmp_path):
    assert joules(tmp_path) is None
    for name, used in (
        ("intel-rapl:0", 1_500_000),
        ("intel-rapl:0:0", 9),
        ("intel-rapl:1", 500_000),
    ):
        (tmp_path / name).mkdir()
        (tmp_path / name / "energy_uj").write_text(f"{used}\n")
    assert joules(tmp_path) == 2.0
    (tmp_path / "intel-rapl:1" / "energy_uj").write_text("")
    assert joules(tmp_path) is None
