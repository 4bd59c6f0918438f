"""``answer(task, its prediction) == document``, before and after an editor had it."""

import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from augment.guide.model import load
from augment.labelstudio import answer, config, task
from augment.read import read_all
from tests.helpers import ROOT, corpora, doc
from tests.labelstudio.imitated import submitted
from tests.properties.strategies import documents

GUIDE = load("textmine")
LIVE = load("ukraine_live")
XML = {
    (guide.name, kind): config(guide, task=kind)
    for guide in (GUIDE, LIVE)
    for kind in ("correct", "triage")
}
SEVERAL = doc(
    "[[1:CIVILIAN|Paul]] et [[2:CIVILIAN|Léa]]",
    (1, "IS_IN_CONTACT_WITH", 2),
    (1, "IS_AT_ODDS_WITH", 2),
    (2, "IS_IN_CONTACT_WITH", 1),
    (1, "HAS_CONTROL_OVER", 2, {"factuality": "denied"}),
    (2, "WAS_CREATED_IN", 1),
    (2, "IS_AT_ODDS_WITH", 1),
    (2, "IS_COOPERATING_WITH", 1),
    (1, "GENDER_MALE", 1),
)


def pairs(results):
    return [(r["from_id"], r["to_id"]) for r in results if r["type"] == "relation"]


def through(document, kind, guide=GUIDE):
    """The document as it comes back from an editor that nobody touched anything in."""
    pushed = json.loads(json.dumps(task(document, guide=guide, task=kind)))
    results = pushed["predictions"][0]["result"]
    assert len(set(pairs(results))) == len(pairs(results))
    assert submitted(XML[guide.name, kind], results) == results
    return answer(pushed, {"result": results}, guide=guide)


@pytest.mark.parametrize("kind", ["correct", "triage"])
@given(documents(crossing=True))
@example(SEVERAL)
@settings(max_examples=150)
def test_generated_documents_come_back(kind, document):
    assert through(document, kind) == document


@given(documents(wild=True, crossing=True))
def test_without_a_guide_any_document_comes_back(document):
    pushed = task(document)
    assert answer(pushed, pushed["predictions"][0]) == document


@given(documents(), st.sets(st.sampled_from(["IS_LOCATED_IN", "HAS_CONTROL_OVER"])))
def test_types_not_asked_for_come_back_unseen(document, types):
    pushed = task(document, guide=GUIDE, types=types)
    results = pushed["predictions"][0]["result"]
    assert {n for r in results for n in r.get("labels", [])} <= types | {"même_entité"}
    assert answer(pushed, {"result": results}) == document


@pytest.mark.parametrize("kind", ["correct", "triage"])
def test_the_sample_comes_back(kind):
    paths = sorted((ROOT / "data" / "sample").glob("**/*.txt"))
    assert len(paths) > 2
    for path in paths:
        found, drops = read_all(path)
        assert found and not drops
        for document in found:
            assert through(document, kind, LIVE) == document


@pytest.mark.corpora
@pytest.mark.parametrize("kind", ["correct", "triage"])
def test_the_corpus_comes_back(kind):
    found, _ = read_all(corpora("textmine", "train.csv"))
    assert found
    for document in found:
        assert through(document, kind) == document


def test_several_relations_of_a_pair_are_one_arrow():
    results = task(SEVERAL, guide=GUIDE)["predictions"][0]["result"]
    arrows = {(r["from_id"], r["to_id"]): r for r in results if r["type"] == "relation"}
    assert sorted(arrows) == [("e0-m0", "e1-m0"), ("e1-m0", "e0-m0")]
    there = ["HAS_CONTROL_OVER", "IS_IN_CONTACT_WITH", "IS_AT_ODDS_WITH"]
    assert arrows["e0-m0", "e1-m0"]["labels"] == there
    assert arrows["e1-m0", "e0-m0"]["labels"] == ["WAS_CREATED_IN", "IS_COOPERATING_WITH"]
    loops = [r["value"]["choices"] for r in results if r["type"] == "choices"]
    assert loops == [["GENDER_MALE"]]


def test_a_symmetric_pair_is_one_arrow_with_two_heads():
    people = "[[1:CIVILIAN|x]] [[2:CIVILIAN|y]]"
    given = doc(people, (2, "IS_AT_ODDS_WITH", 1), (1, "IS_AT_ODDS_WITH", 2))
    arrows = [r for r in task(given, guide=GUIDE)["predictions"][0]["result"] if "from_id" in r]
    assert [(r["from_id"], r["to_id"], r["direction"]) for r in arrows] == [
        ("e1-m0", "e0-m0", "bi")
    ]
