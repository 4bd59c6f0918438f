"""An LLM that extracts by itself: behind the wall, within policy and caps, in pairs."""

import json
import re

import pytest
import yaml

from augment.cli import main
from augment.config import load as load_config
from augment.errors import ConfigError
from augment.guide import load
from augment.measure.splits import fixed
from augment.pipeline.direct import Direct
from augment.pipeline.extract import matched, read, stopped, told
from augment.policy import load_policy
from augment.read import read_all
from augment.schema import Drop, Response
from augment.store import write_lines
from tests.generate.server import completion, serve
from tests.helpers import ROOT, corpora, doc

GUIDE = load("textmine")
WORDS = "kilo lima mike oscar papa romeo tango victor xray zulu bravo delta echo golf hotel".split()


def person(i, name, side):
    """An item about somebody, with a word that no other item has."""
    word = f"{side}{WORDS[i % len(WORDS)]}{i}"
    return doc(
        f"[[1:CIVILIAN|[[2:FIRSTNAME|{name}]] [[3:LASTNAME|Duval{side}{i:02}]]]], {word}, "
        f"habite à [[4:PLACE|{'Brest' if i % 2 else 'Lille'}]] ou à [[5:PLACE|Lyon]].",
        *((1, "RESIDES_IN", 4 + i % 2), (1, "IS_LOCATED_IN", 4)),
        id=f"{side}{i}",
    )


TRAIN = [person(i, name, "a") for i, name in enumerate(["Anna", "Oleg", "Lina", "Marc"] * 4)]
TEST = [person(i, name, "t") for i, name in enumerate(["Rosa", "Karl"] * 5)]
PRICES = {
    "m": {"prompt": 1.0, "completion": 2.0, "currency": "EUR", "date": "2026-11-22", "source": "-"}
}


@pytest.fixture
def files(tmp_path):
    write_lines(tmp_path / "train.jsonl", TRAIN)
    write_lines(tmp_path / "test.jsonl", TEST)
    (tmp_path / "prices.yaml").write_text(yaml.safe_dump({"models": PRICES}))
    return tmp_path


def made(files, **more):
    given = {"corpus": files / "train.jsonl", "test": files / "test.jsonl", "guide": "textmine"}
    given |= {"write.llm": ("fake:m",), "write.direct": True, "gold_sizes": (4, "all")}
    config = load_config(None, given | {name.replace("__", "."): v for name, v in more.items()})
    return Direct(config, GUIDE, TRAIN, TEST, files / "work")


def relations(*triples):
    return json.dumps({"relations": list(triples)})


def replied(question, text, **more):
    request = question.request
    return Response(id=request.id, key=request.key, text=text, **more)


RIGHT = relations((1, "RESIDES_IN", 4), (1, "IS_LOCATED_IN", 4))


def right(body, attempt):
    """What is in the gold of the text that is asked about."""
    number = int(re.search(r"Duvalt(\d\d)", body["messages"][-1]["content"])[1])
    return completion(relations(*(r.triple for r in TEST[number].relations)))


def measure(files, *more):
    out = files / "out.json"
    options = ["--train", files / "train.jsonl", "--test", files / "test.jsonl", "--json", out]
    options += ["--guide", "textmine", "--student", "rules", "--gold-sizes", "4", "--seeds", 1]
    options += ["--jobs", 1]
    if "--llm" in more:
        options += ["--ledger", files / "ledger.sqlite", "--prices", files / "prices.yaml"]
    with pytest.raises(SystemExit) as exit:
        main(["measure", *map(str, [*options, *more])])
    arms = json.loads(out.read_text())["arms"] if out.exists() else {}
    return exit.value.code or 0, arms


def test_prompts_hold_the_subset_and_one_test_text(files):
    gold = [read_all(ROOT / "data" / "sample" / f"{side}.txt")[0][:8] for side in ("train", "test")]
    more = {"write.examples": 6, "write.prompt_tokens": 30_000, "write.direct": True}
    given = {"corpus": files / "train.jsonl", "guide": "ukraine_live", "gold_sizes": (4, "all")}
    config = load_config(None, given | more | {"write.llm": ("fake:m",)})
    direct = Direct(config, load("ukraine_live"), *gold, files / "work")
    splits = fixed(*gold, seeds=2)
    asked = direct.questions(splits)
    assert {q.cell[:2] for q in asked} == {("llm", "4"), ("llm", "8")}
    assert {q.cell[2] for q in asked} == {0}  # one seed is asked for
    for question in asked:
        *before, last = (decoded(message.content) for message in question.request.messages)
        subset = splits[0].train[: int(question.cell[1])]
        quoted = {d.id for d in [*gold[0], *gold[1]] if any(d.text in said for said in before)}
        assert quoted and quoted <= {d.id for d in subset}
        assert question.document.text in last and question.request.id == question.document.id
        assert "relations" not in last.partition("<texte>")[2]
    assert len({q.request.key for q in asked}) == 16  # the subsets differ


def decoded(tagged):
    """Without the tags."""
    return re.sub(r"\[\[\w+:\w+\||\]\]", "", tagged).replace("\\", "")


def test_of_the_test_documents_some_are_drawn_always_the_same(files):
    few = made(files, write__direct_documents=3)
    assert len(few.test) == 3 and list(few.test) == list(
        made(files, write__direct_documents=3).test
    )
    asked = few.questions(fixed(TRAIN, TEST, seeds=1))
    assert [q.document.id for q in asked if q.cell[1] == "4"] == list(few.test)


def test_what_cannot_be_read_counts_as_nothing_found(files):
    direct = made(files, gold_sizes=("all",))
    asked = direct.questions(fixed(TRAIN, TEST, seeds=1))[:5]
    said = [RIGHT, "Rien à relever.", relations((1, "RESIDES_IN", 99)), None, RIGHT]
    outcomes = [
        replied(q, text, prompt_tokens=7, completion_tokens=3)
        if text
        else Drop(id=q.request.id, stage="generate", reason="no_reply")
        for q, text in zip(asked, said, strict=True)
    ]
    found = [read(q, o, GUIDE) for q, o in zip(asked, matched(asked, outcomes[::-1]), strict=True)]
    assert [len(r.triples) for r in found] == [2, 0, 0, 0, 2]
    assert told(found)["failed"] == {"no_reply": 1, "no_text": 1, "unknown_entity": 1}
    assert told(found)["tokens"] == 40 and told(found)["cost"] is None
    assert not stopped(found) and stopped(found[3:4])


def test_beside_the_student_with_its_cost(files, capsys):
    with serve(right) as server:
        options = ("--llm", "openai:m", "--base-url", server.url)
        code, arms = measure(files, *options)
        assert sum(server.asked.values()) == 10
        measure(files, *options)
        assert sum(server.asked.values()) == 10  # the ledger has them
    entry = arms["llm"]["4"]
    assert code == 0
    assert (entry["macro_f1"], entry["micro_f1"], entry["test_documents"]) == (1, 1, 10)
    assert entry["gain"]["macro_f1"]["mean"] == pytest.approx(1 - entry["student"]["macro_f1"])
    assert entry["student"]["macro_f1"] == pytest.approx(arms["base"]["4"]["macro_f1"])
    assert (entry["tokens"], entry["currency"], entry["failed"]) == (150, "EUR", {})
    assert entry["cost"] == pytest.approx(10 * (10 * 1.0 + 5 * 2.0) / 1e6)
    assert {arms[name]["4"].get("best_llm_free") for name in arms} & {"llm"} == set()
    shown = capsys.readouterr().out
    assert "the LLM alone (m) extracts better than the student of 4 gold documents" in shown
    assert "15 tokens, cost 2e-05 EUR" in shown


def test_two_llms_have_a_row_each(files):
    with serve(right) as server:
        llms = ("--llm", "openai:m", "--llm", "openai:n", "--base-url", server.url)
        _, arms = measure(files, *llms)
        assert sum(server.asked.values()) == 20
    assert {name for name in arms if name.startswith("llm")} == {"llm_free", "llm:m", "llm:n"}
    assert arms["llm:m"]["4"]["model"] == "m" and arms["llm:n"]["4"]["cost"] is None


def test_stopped_by_a_cap_there_is_no_row_until_it_goes_on(files, capsys):
    with serve(right) as server:
        options = ("--llm", "openai:m", "--base-url", server.url)
        code, arms = measure(files, *options, "--max-cost", "0.01")
        assert code == 1 and "llm" not in arms and arms["base"]
        assert "not all was asked" in capsys.readouterr().err
        code, arms = measure(files, *options)
    assert code == 0 and arms["llm"]["4"]["macro_f1"] == 1


def test_a_dry_run_sends_nothing(files, capsys):
    with serve(right) as server:
        code, arms = measure(files, "--llm", "openai:m", "--base-url", server.url, "--dry-run")
        assert not server.asked
    assert (code, arms) == (0, {})
    assert "10 requests, 0 of them in the ledger" in capsys.readouterr().out


def test_an_llm_needs_a_guide(files, capsys):
    with pytest.raises(SystemExit):
        main(["measure", "--train", str(files / "train.jsonl"), "--llm", "replay:m"])
    assert "an LLM needs a guide" in capsys.readouterr().err


def test_an_addition_may_have_its_name_only_where_it_is_not(files, capsys):
    code, arms = measure(files, "--add", f"llm={files / 'train.jsonl'}", "--mask", "none")
    assert code == 0 and arms["llm"]["4"]["documents"] == len(TRAIN)
    code, _ = measure(files, "--add", f"llm={files / 'train.jsonl'}", "--llm", "replay:m")
    assert code == 2 and "--add llm: the LLM's row is called so" in capsys.readouterr().err


def policy(files, level):
    rule = {"guide": "*", "level": level}
    if level != "guide":
        rule["corpus"] = "*"
    host = "llm.example"
    path = files / f"{level}.yaml"
    path.write_text(yaml.safe_dump({"hosts": [host], "allow": [rule | {"host": host}]}))
    return path


@pytest.fixture
def remote(files, monkeypatch):
    """Direct for an address on another machine; no request is made."""
    nowhere = files / "nowhere.yaml"

    def under(level):
        monkeypatch.setattr(
            "augment.pipeline.direct.load_policy", lambda path: load_policy(path, machine=nowhere)
        )
        llm = {"write__llm": ("openai:m",), "call__base_url": ("https://llm.example/v1",)}
        return made(files, write__policy=policy(files, level), **llm)

    return under


def test_test_texts_stay_here_unless_the_policy_lets_them_go(remote):
    with pytest.raises(ConfigError, match="does not let the test texts go there"):
        remote("guide")
    assert remote("examples").questions(fixed(TRAIN, TEST, seeds=1))


def test_names_are_hidden_and_what_is_said_of_them_is_read(remote):
    asked = remote("pseudonymised").questions(fixed(TRAIN, TEST, seeds=1))
    for question in asked:
        said = "\n".join(message.content for message in question.request.messages)
        assert not any(d.entities[2].mentions[0].value in said for d in [*TRAIN, *TEST])
        gold = {relation.triple for relation in question.document.relations}
        assert read(question, replied(question, relations(*gold)), GUIDE).triples == gold


def test_a_text_that_its_rights_keep_here_is_not_drawn(remote, files, monkeypatch):
    kept = TEST[0].meta.model_copy(update={"rights": {"remote_llm": False}})
    monkeypatch.setitem(globals(), "TEST", [TEST[0].model_copy(update={"meta": kept}), *TEST[1:]])
    assert list(remote("examples").test) == [d.id for d in TEST[1:]]


def test_in_a_run(files, capsys):
    out = files / "run"
    command = ["run", "--corpus", files / "train.jsonl", "--test", files / "test.jsonl"]
    command += ["--guide", "textmine", "--student", "rules", "--strategy", "typos", "--samples", 3]
    command += ["--seeds", 1, "--jobs", 1, "--set", "write.direct=true", "--llm", "openai:m"]
    command += [
        "--prices",
        files / "prices.yaml",
        "--ledger",
        files / "ledger.sqlite",
        "--out",
        out,
    ]
    with serve(right) as server:
        command = [*map(str, command), "--base-url", server.url]
        with pytest.raises(SystemExit):
            main([*command, "--dry-run"])
        assert "10 requests, 0 of them" in capsys.readouterr().out and not server.asked
        with pytest.raises(SystemExit):
            main([*command, "--max-cost", "0.01"])
        assert "llm" not in json.loads((out / "measure.json").read_text())["arms"]
        assert json.loads((out / "manifest.json").read_text())["stopped"] and not server.asked
        with pytest.raises(SystemExit) as exit:
            main(command)
        asked = sum(server.asked.values())
    assert (exit.value.code or 0, asked) == (0, 10)
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["stages"]["08_direct"] == {"kept": 10, "dropped": {}}
    assert (manifest["tokens"], manifest["requests"]) == (150, 0)
    arm = json.loads((out / "measure.json").read_text())["arms"]["llm"]["16"]
    assert (arm["macro_f1"], arm["tokens"]) == (1, 150)
    assert any("the LLM alone (m)" in line for line in manifest["gains"])
    page = (out / "report.html").read_text()
    assert "Prompt a large model, or train a small one?" in page
    assert "the LLM alone (m)" in capsys.readouterr().out


@pytest.mark.corpora
def test_the_published_figures_through_this_path(tmp_path):
    rows = corpora().parent / "replies" / "annotate" / "relations.jsonl"
    said = [json.loads(line) for line in rows.read_text(encoding="utf-8").splitlines()]
    (tmp_path / "replies.jsonl").write_text(
        "\n".join(
            json.dumps({"id": row["id"], "text": relations(*row["relations"])}) for row in said
        )
    )
    documents, _ = read_all(corpora("textmine", "train.csv"))
    known = {row["id"] for row in said}
    write_lines(tmp_path / "test.jsonl", [d for d in documents if d.id in known])
    write_lines(tmp_path / "train.jsonl", [d for d in documents if d.id not in known][:12])
    (tmp_path / "prices.yaml").write_text("models: {}")
    code, arms = measure(tmp_path, "--llm", "replay:large", "--replies", tmp_path / "replies.jsonl")
    entry = arms["llm"]["4"]
    assert (code, entry["test_documents"], entry["failed"]) == (0, 60, {})
    assert [round(100 * entry[name], 1) for name in ("macro_f1", "micro_f1")] == [73.4, 73.5]
    assert entry["gain"]["macro_f1"]["low"] > 0
