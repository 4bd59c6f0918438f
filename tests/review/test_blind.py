"""What is hidden among documents to review: nobody sees it, and nothing learns from it."""

import json

import pytest

from augment.cli import main
from augment.errors import UsageError
from augment.guide import load
from augment.pipeline.blind import Key, hide, unhide
from augment.read import read_all
from augment.schema import Review
from augment.store import write_lines
from tests.helpers import doc

GUIDE = load("ukraine_live")
TEXT = "[[1:CIVILIAN|Olha]] est à [[2:PLACE|Lviv]], en [[3:PLACE|Ukraine]]."
FULL = [(1, "IS_LOCATED_IN", 2), (1, "IS_LOCATED_IN", 3), (2, "IS_LOCATED_IN", 3)]


def marked(document, **meta):
    return document.model_copy(update={"meta": document.meta.model_copy(update=meta)})


def given(number=10):
    made = {"generator": {"model": "m"}, "remote_llm": True}
    batch = [
        marked(doc(TEXT, *FULL, id=f"s{i}"), origin="synthetic", strategy="compose", rights=made)
        for i in range(number)
    ]
    rights = {"holder": "x", "remote_llm": False}
    gold = [marked(doc(TEXT, *FULL[:2], id=f"g{i}"), title="Fil", rights=rights) for i in range(4)]
    return batch, gold


def hidden():
    batch, gold = given()
    shown, key = hide(batch, guide=GUIDE, traps=0.3, gold=gold, number=2, seed=1)
    return batch, gold, shown, key


def said(document, verdict="accept"):
    return marked(document, origin="reviewed", review=Review(verdict=verdict, model_version="m"))


def test_gold_looks_like_the_batch_and_keeps_its_rights():
    _, _, shown, key = hidden()
    golds = [d for d in shown if key.ids[d.id] in key.gold]
    assert len(golds) == 2 and len(key.traps) == 3 and len(shown) == 12
    assert {d.meta.blind for d in shown} == {key.name}
    assert {(d.meta.origin, d.meta.strategy, d.meta.title) for d in shown} == {
        ("synthetic", "compose", None)
    }
    assert {d.meta.rights["generator"]["model"] for d in shown} == {"m"}
    assert all(d.meta.rights["remote_llm"] is False for d in golds)
    assert [d.id for d in shown] == [f"{key.name}-{n:04d}" for n in range(1, 13)]


def test_what_was_hidden_comes_out_as_it_was():
    batch, gold, shown, key = hidden()
    key = Key.model_validate_json(key.model_dump_json())
    found = unhide([said(d) for d in shown], key, batch=batch, guide=GUIDE)
    bare = {d.id: marked(d, origin="synthetic", review=None) for d in found.documents}
    assert bare == {d.id: d for d in batch}
    assert (found.caught.found.wrong, found.caught.found.seen) == (0, 3)
    own = {d.id: d for d in gold}
    for one in found.gold:
        assert (one.meta.origin, one.meta.review.verdict) == ("reviewed", "accept")
        assert marked(one, origin="gold", review=None) == own[one.id]


def test_a_rejected_document_is_not_among_those_to_learn_from():
    batch, _, shown, key = hidden()
    back = [said(d, "reject" if d is shown[0] else "accept") for d in shown]
    found = unhide(back, key, batch=batch, guide=GUIDE)
    parts = [*found.documents, *found.rejected, *found.gold]
    assert sorted(d.id for d in parts) == sorted(key.ids.values())
    trapped = {t.document for t in key.traps}
    assert found.caught.found.wrong == (key.ids[shown[0].id] in trapped)
    if key.ids[shown[0].id] not in key.gold:
        assert [d.id for d in found.rejected] == [key.ids[shown[0].id]]


def test_a_document_of_another_batch_is_refused():
    batch, _, shown, key = hidden()
    with pytest.raises(UsageError, match="not of the batch of this key"):
        unhide([*shown, batch[0]], key, batch=batch, guide=GUIDE)
    other, wrong = hide(batch, guide=GUIDE, traps=0.3, seed=2)
    with pytest.raises(UsageError, match="not of the batch of this key"):
        unhide(other, key, batch=batch, guide=GUIDE)
    assert key.name != wrong.name


@pytest.mark.parametrize(
    "command",
    [
        "train --train hidden.jsonl --guide ukraine_live --out model",
        "convert hidden.jsonl plain.csv --to textmine",
        "stats hidden.jsonl",
        "measure --train hidden.jsonl --test hidden.jsonl --guide ukraine_live",
        "review accept hidden.jsonl --target-error 5%",
        "review feedback hidden.jsonl --guide ukraine_live",
        "review html hidden.jsonl --guide ukraine_live --out page.html",
    ],
)
def test_no_command_takes_what_is_still_hidden(command, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    write_lines(tmp_path / "hidden.jsonl", [said(d) for d in hidden()[2]])
    with pytest.raises(SystemExit) as end:
        main(command.split())
    assert end.value.code in (1, 2)
    assert "blind" in capsys.readouterr().err


def test_in_an_addition_what_is_hidden_is_left_out_and_counted(tmp_path):
    batch, _, shown, _ = hidden()
    write_lines(tmp_path / "mixed.jsonl", [batch[0], *shown])
    documents, drops = read_all(tmp_path / "mixed.jsonl")
    assert documents == batch[:1]
    assert {drop.reason for drop in drops} == {"blind"} and len(drops) == len(shown)
    assert len(read_all(tmp_path / "mixed.jsonl", blind=True)[0]) == 1 + len(shown)
    text = (tmp_path / "mixed.jsonl").read_text(encoding="utf-8").splitlines()
    assert "blind" not in json.loads(text[0])["meta"]
