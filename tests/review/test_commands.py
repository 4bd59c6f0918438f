"""The commands that need no server, on the sample corpus, with a reviewer who is simulated."""

import json

import pytest

from augment.cli import main
from augment.cli.common import read_documents
from augment.errors import UsageError
from augment.guide import load
from augment.labelstudio import diff
from augment.pipeline.picked import Picking, picked
from augment.schema import Review
from augment.store import write_lines
from augment.train import save
from augment.train.linear import Linear
from tests.helpers import ROOT, doc

SAMPLE = ROOT / "data/sample"
BATCH, GOLD = SAMPLE / "train.txt", SAMPLE / "test.txt"
GUIDE = load("ukraine_live")
G = ("--guide", "ukraine_live")


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def documents(path):
    return read_documents(path)


def run(*arguments) -> None:
    with pytest.raises(SystemExit) as end:
        main(["review", *map(str, arguments)])
    assert end.value.code == 0


def reviewed(path, target, *, right=None, ids=None):
    """As if a person had looked at each: one relation of every fourth is taken out."""
    said = []
    for i, before in enumerate(read_documents(path, blind=True)):
        after = (right or {}).get((ids or {}).get(before.id), before)
        after = after.model_copy(update={"id": before.id, "meta": before.meta})
        if i % 4 == 0:
            after = after.model_copy(update={"relations": after.relations[1:]})
        changes = diff(before, after)
        review = Review(
            verdict="corrected" if changes else "accept",
            changes=changes,
            seconds=60 + len(before.text) / 10,
            weight=2.0,
        )
        meta = after.meta.model_copy(
            update={"origin": "reviewed", "review": review, "strategy": "compose"}
        )
        said.append(after.model_copy(update={"meta": meta}))
    write_lines(target, said)
    return said


def test_a_batch_that_passes_and_one_that_does_not(tmp_path, capsys):
    reviewed(BATCH, tmp_path / "r.jsonl")
    run("accept", "r.jsonl", "--target-error", "15%", "--json")
    told = json.loads(capsys.readouterr().out)
    assert (told["decision"], told["reviewed"]) == ("pass", 40)
    assert told["cost"]["reviewed"] == 40
    run("accept", "r.jsonl", "--target-error", "5%", "--unit", "sample")
    assert capsys.readouterr().out.startswith("fail: target 5 % at 95 %, by sample\n")
    run("accept", "r.jsonl", "--target-error", "5%", "--of", "40", "--json")
    told = json.loads(capsys.readouterr().out)["relations"]
    assert told["low"] == told["share"] == told["high"] > 0
    run("accept", "r.jsonl", "--target-error", "5%", "--of", "41")
    assert "by relation, 40 of 41 documents reviewed\n" in capsys.readouterr().out


def test_all_reviews_of_a_document_are_read(tmp_path, capsys):
    said = reviewed(BATCH, tmp_path / "r.jsonl")
    other = [d.meta.review.model_copy(update={"reviewer": "b", "changes": ()}) for d in said]
    more = [
        d.model_copy(update={"meta": d.meta.model_copy(update={"review": review})})
        for d, review in zip(said, other, strict=True)
    ]
    write_lines(tmp_path / "all.jsonl", [*said, *more])  # as `pull --all` does
    run("accept", "all.jsonl", "--target-error", "5%", "--json")
    told = json.loads(capsys.readouterr().out)
    assert (told["reviewed"], told["cost"]["reviewed"]) == (40, 80)
    run("feedback", "all.jsonl", *G, "--json")
    sections = json.loads(capsys.readouterr().out)
    assert sum(s["disputed"] for s in sections) > 0 == sum(s["llm"] for s in sections)


def test_what_is_wrong_in_a_rejected_document_is_not_the_reviewers(tmp_path, capsys):
    wrong = doc("[[1:PLACE|Lviv]], [[2:PLACE|Kyiv]]", (1, "HAS_CATEGORY", 2))
    for verdict, people in (("reject", []), ("accept", [1])):
        meta = wrong.meta.model_copy(update={"review": Review(verdict=verdict)})
        write_lines(tmp_path / "one.jsonl", [wrong.model_copy(update={"meta": meta})])
        run("feedback", "one.jsonl", *G, "--json")
        sections = json.loads(capsys.readouterr().out)
        assert [section["people"] for section in sections] == people


def test_traps_and_gold_go_in_and_come_out(tmp_path, capsys):
    put = ("--out", "shown.jsonl", "--key", "key.json", "--traps", "50%")
    run("hide", BATCH, *G, *put, "--gold", GOLD, "--number", "3")
    right = {d.id: d for d in documents(BATCH)}
    ids = json.loads((tmp_path / "key.json").read_text())["ids"]
    reviewed(tmp_path / "shown.jsonl", tmp_path / "back.jsonl", right=right, ids=ids)
    outs = ("--out", "clean.jsonl", "--gold", "gold.jsonl")
    capsys.readouterr()
    run("unhide", "back.jsonl", *G, "--key", "key.json", "--batch", BATCH, *outs, "--json")
    told = json.loads(capsys.readouterr().out)
    assert (told["documents"], told["gold"]) == (40, 3)
    assert told["traps"]["found"]["share"] == 1
    removed = 0
    for said in documents(tmp_path / "clean.jsonl"):
        before = right[said.id]
        assert said.meta.review.changes == diff(before, said)
        removed += len(said.meta.review.changes)
    assert 0 < removed <= 11
    run("noise", "gold.jsonl", "--gold", GOLD, "--predicted", GOLD, "--json")
    assert json.loads(capsys.readouterr().out)["documents"] == 3


def test_agreement_lists_what_is_to_be_decided(tmp_path, capsys):
    said = reviewed(BATCH, tmp_path / "r.jsonl")
    run("agree", f"llm={BATCH}", "ana=r.jsonl", *G, "--out", "decide.jsonl", "--json")
    told = json.loads(capsys.readouterr().out)
    assert told["annotators"] == ["llm", "ana"]
    assert 0.9 < told["whole"]["alpha"]["value"] < 1
    lines = (tmp_path / "decide.jsonl").read_text(encoding="utf-8").splitlines()
    changes = [change for d in said for change in d.meta.review.changes]
    assert len(lines) == sum(not GUIDE.relations[c.type].symmetric for c in changes)
    assert {json.loads(line)["said"]["ana"] for line in lines} == {"no"}


def test_order_keeps_every_document(tmp_path, capsys):
    reviewed(BATCH, tmp_path / "r.jsonl")
    run("order", BATCH, "--reviewed", "r.jsonl", "--out", "order.jsonl")
    assert {d.id for d in documents(tmp_path / "order.jsonl")} == {d.id for d in documents(BATCH)}


def test_feedback_becomes_a_guide(tmp_path, capsys):
    reviewed(BATCH, tmp_path / "r.jsonl")
    run("feedback", "r.jsonl", *G, "--out", "p.yaml")
    assert "by the LLM" in capsys.readouterr().out
    path = tmp_path / "p.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("take: false", "take: true", 1), encoding="utf-8")
    run("apply", "p.yaml", *G, "--out", "new")
    assert "+version: 3" in capsys.readouterr().out
    assert load(str(tmp_path / "new")).version == GUIDE.version + 1


def test_documents_are_drawn_by_what_the_rules_find():
    batch = documents(BATCH)
    picking = Picking(by="violations", number=10)
    assert len({s.document.id for s in picked(batch, picking, GUIDE)}) == 10
    whole = picking.model_copy(update={"by": None})
    assert [s.document for s in picked(batch, whole, GUIDE)] == batch


def test_documents_are_drawn_by_the_doubts_of_a_student(tmp_path):
    batch = documents(BATCH)
    student = Linear(GUIDE)
    student.fit(batch[:10])
    save(student, tmp_path / "model")
    picking = Picking(by="uncertain", number=5, student=tmp_path / "model")
    drawn = picked(batch, picking, GUIDE)
    assert all(s.why.startswith("doute du modèle\u00a0: 0,") for s in drawn)
    with pytest.raises(UsageError, match="how unsure"):
        picked(batch, picking.model_copy(update={"student": None}), GUIDE)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("accept", BATCH, "--target-error", "5%"), "no reviewed document"),
        (("accept", BATCH, "--target-error", "much"), "not a share"),
        (("hide", BATCH, *G, "--out", "o", "--key", "k", "--traps=-10%"), "no share from 0 to 1"),
        (("hide", BATCH, *G, "--out", "o", "--key", "k", "--traps", "nan"), "no share from 0 to 1"),
        (("agree", f"a={BATCH}", *G), "two or more annotators"),
        (("accept", "no.jsonl", "--target-error", "5%", "--of", "0"), "--of"),
        (("push", BATCH, *G, "--decide", BATCH), "not a list of what is to be decided"),
        (("push", BATCH, *G, "--decide", "no.jsonl"), "no.jsonl: cannot read"),
        (("unhide", BATCH, *G, "--key", BATCH, "--batch", BATCH, "--out", "o.jsonl"), "not a key"),
        (("hide", BATCH, *G, "--out", "a.jsonl", "--key", "k", "--gold", BATCH), "in the gold"),
    ],
)
def test_faults_are_one_line(arguments, said, capsys):
    with pytest.raises(SystemExit) as end:
        main(["review", *map(str, arguments)])
    assert end.value.code in (1, 2)
    assert said in " ".join(capsys.readouterr().err.split())
