"""Feedback → the next version of a guide → a run that says so → `compare`, before and after."""

import json
import shutil
from pathlib import Path

import pytest

from augment.cli import main
from augment.codec import encode, tag
from augment.guide import Example, load
from augment.guide.write import write
from augment.labelstudio import diff
from augment.schema import Order, Review
from augment.store import read_lines, write_lines
from tests.generate.server import completion, serve
from tests.helpers import ROOT
from tests.pipeline.test_compare import GOLD, GUIDE, SAMPLE, asked_about, perfect

SHIPPED = ROOT / "guidelines" / "ukraine_live"
RIGHT, WRONG = "OPERATES_IN", "HAS_CONTROL_OVER"
WARNED = f"({RIGHT})\u00a0: c’est la correction la plus fréquente à la relecture."


def erring(document):
    """The document with one relation type taken for another, wherever the guide admits that."""
    types = {entity.id: entity.type for entity in document.entities}

    def said(relation):
        ends = types[relation.head], types[relation.tail]
        turned = relation.type == RIGHT and GUIDE.allows(WRONG, *ends, same=False)
        return relation.model_copy(update={"type": WRONG}) if turned else relation

    made = {relation.triple: relation for relation in map(said, document.relations)}
    return document.model_copy(update={"relations": tuple(made.values())})


def corrected(path, documents):
    """What a reviewer makes of samples with that error."""
    found = []
    for document in documents:
        changes = diff(erring(document), document)
        review = Review(verdict="corrected" if changes else "accept", changes=changes)
        update = {"origin": "reviewed", "strategy": "annotate", "review": review}
        meta = document.meta.model_copy(update=update)
        found.append(document.model_copy(update={"meta": meta}))
    write_lines(path, found)
    return found


def heeding(body, attempt):
    """Errs unless the guide in its prompt warns of it; knows what gold's entities have."""
    document, given = asked_about(body["messages"][-1]["content"])
    if given or WARNED in body["messages"][0]["content"]:
        return perfect(body, attempt)
    return completion(encode(erring(document)))


def run(*arguments):
    with pytest.raises(SystemExit) as caught:
        main([str(argument) for argument in arguments])
    return caught.value.code or 0


def compared(server, *guides, out="out", more=()):
    options = ["--corpus", SAMPLE, "--sample", 12, "--steps", 1, "--examples", 0]
    options += [word for guide in guides for word in ("--guide", guide)]
    options += ["--llm", "openai:m", "--base-url", server.url, "--ledger", "ledger.sqlite"]
    assert run("compare", *options, "--out", out, *more) == 0
    return json.loads(Path(out, "compare.json").read_text(encoding="utf-8"))


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def mine(here, capsys):
    """The shipped guide with the warning that corrections gave rise to."""
    corrected(here / "reviewed.jsonl", GOLD)
    guide = ("--guide", "ukraine_live")
    assert run("review", "feedback", "reviewed.jsonl", *guide, "--out", "p.yaml") == 0
    told = capsys.readouterr().out
    assert f"relations.{WRONG}: " in told and "guide: La tête possède" in told
    text = (here / "p.yaml").read_text(encoding="utf-8")
    take, at = "take: false", f"at: relations.{WRONG}.rule"
    before, _, after = text.partition(at)
    start = before.rindex(take)
    text = before[:start] + "take: true" + before[start + len(take) :] + at + after
    (here / "p.yaml").write_text(text, encoding="utf-8")
    assert run("review", "apply", "p.yaml", *guide, "--out", "mine") == 0
    capsys.readouterr()
    return "mine"


def test_the_next_version_records_what_it_took(here, mine, capsys):
    guide = load(mine)
    (feedback,) = guide.feedback
    (edit,) = feedback.taken
    assert (guide.version, feedback.version) == (GUIDE.version + 1, GUIDE.version + 1)
    assert edit.at == f"relations.{WRONG}.rule" and edit.text.endswith(WARNED) and edit.count > 1
    (source,) = feedback.reviewed
    assert (source.name, source.documents) == ("reviewed.jsonl", len(GOLD))
    assert len(source.sha256) == 64 and source.corrections >= edit.count
    assert run("guide", "show", mine, "--markdown") == 0
    shown = capsys.readouterr().out
    assert f"### Version {guide.version}, le " in shown and source.sha256[:12] in shown
    assert f"`relations.{WRONG}.rule` (corrections\u00a0: {edit.count})" in shown


def test_a_run_says_which_version_it_followed(here, mine):
    sample = ROOT / "data" / "sample"
    orders = [*read_lines(sample / "orders.jsonl", Order)]
    write_lines(here / "orders.jsonl", [o for o in orders if o.strategy == "compose"][:4])
    made = {}
    for guide in ("ukraine_live", mine):
        options = ["--corpus", SAMPLE, "--guide", guide, "--samples", 0, "--strategy", "compose"]
        options += ["--llm", "replay:x", "--replies", sample / "replies.jsonl", "--no-measure"]
        options += ["--set", "write.orders=orders.jsonl", "--student", "rules"]
        assert run("run", *options, "--out", f"run-{guide}") == 0
        made[guide] = json.loads((here / f"run-{guide}/manifest.json").read_text())
        lines = (here / f"run-{guide}/accepted.jsonl").read_text(encoding="utf-8").splitlines()
        version = GUIDE.version + (guide == mine)
        prompts = {json.loads(line)["meta"]["prompt"] for line in lines}
        assert prompts == {f"compose/write.v1+ukraine_live.v{version}"}
    before, after = made.values()
    assert before["fingerprint"] != after["fingerprint"]
    assert before["guide"] == {"name": "ukraine_live", "version": GUIDE.version, "feedback": []}
    (feedback,) = after["guide"]["feedback"]
    assert feedback["taken"][0]["at"] == f"relations.{WRONG}.rule"
    page = (here / f"run-{mine}/report.html").read_text(encoding="utf-8")
    assert f"taken from reviews into version {GUIDE.version + 1}" in page
    assert "reviewed.jsonl" in page


def test_feedback_that_changes_replies_is_a_gain(here, mine, capsys):
    with serve(heeding) as server:
        result = compared(server, "ukraine_live", mine, more=["--promote", "chosen.yaml"])
    (revision,) = result["revisions"]
    assert revision["verdict"] == "gain"
    assert revision["prompts"] == {"changed": 12, "of": 12}
    assert revision["changed"] == [f"relations.{WRONG}.rule"]
    assert revision["taken"][0]["taken"][0]["text"].endswith(WARNED)
    macro = revision["relations"]["macro"]
    assert 0 < macro["low"] < macro["difference"] < macro["high"] < 1
    assert macro["after"] == 1 and macro["before"] == pytest.approx(1 - macro["difference"])
    old, new = result["combinations"]
    assert old["relations"]["macro"]["value"] == macro["before"]
    assert new["relations"]["macro"]["value"] == macro["after"]
    assert revision["relations"]["types"][RIGHT]["low"] > 0
    assert revision["valid"]["difference"] == revision["valid"]["low"] == 0
    told = capsys.readouterr().out
    assert "ukraine_live.v2 → ukraine_live.v3 (openai:m, guide mine): gain; 12 of 12" in told
    assert f"relations.{WRONG}.rule (corrections: " in told
    assert "Before and after" in (here / "out/compare.html").read_text(encoding="utf-8")
    assert "guide: mine" in (here / "chosen.yaml").read_text(encoding="utf-8")


def test_identical_guides_differ_by_nothing(here):
    shutil.copytree(SHIPPED, "copy")
    with serve(heeding) as server:
        result = compared(server, "ukraine_live", "copy")
        assert sum(server.asked.values()) == 2 * 12  # what is equal is asked once
    (revision,) = result["revisions"]
    assert revision["verdict"] == "no difference shown"
    assert revision["changed"] == revision["taken"] == []
    assert revision["prompts"] == {"changed": 0, "of": 12}
    for row in (revision["valid"], revision["relations"]["macro"], revision["relations"]["micro"]):
        assert row["difference"] == row["low"] == row["high"] == 0
    assert 0 < revision["relations"]["macro"]["before"] < 1


def test_a_change_that_reaches_no_prompt_is_told(here, mine):
    guide = Path(mine, "guide.yaml")
    text = (SHIPPED / "guide.yaml").read_text(encoding="utf-8")
    guide.write_text(text.replace("cues: [", "cues: [sentinelle, ", 1), encoding="utf-8")
    with serve(heeding) as server:
        result = compared(server, "ukraine_live", mine)
    assert any("reached no prompt" in note for note in result["notes"])
    (place,) = result["revisions"][0]["changed"]
    assert place.endswith(".cues")


def test_texts_that_a_guide_quotes_are_not_asked_about(here):
    told = GOLD[:20]
    kind = GUIDE.relations[WRONG]
    cases = tuple(Example(text=tag(document)) for document in told)
    relations = GUIDE.relations | {WRONG: kind.model_copy(update={"hard_cases": cases})}
    write(GUIDE.model_copy(update={"relations": relations}), here / "quoting")
    with serve(heeding) as server:
        compared(server, "ukraine_live", "quoting")
        asked = {asked_about(body["messages"][-1]["content"])[0].id for body in server.bodies}
    assert len(asked) == 12 and not asked & {document.id for document in told}


def test_guides_of_other_types_are_not_compared(here, capsys):
    with serve(heeding) as server:
        options = ["--corpus", SAMPLE, "--guide", "ukraine_live", "--guide", "textmine"]
        options += ["--llm", "openai:m", "--base-url", server.url, "--out", "out"]
        assert run("compare", *options) == 2
        assert not server.asked
    assert "is in one of them only" in " ".join(capsys.readouterr().err.split())
