"""The shipped sample is what its card says: sizes, split, guide, completeness, agreement."""

from __future__ import annotations

import json
import re
from collections import Counter
from statistics import median

import pytest
import yaml
from typer.testing import CliRunner

from augment.cli import app
from augment.guide import load
from augment.measure.agreement import agreement
from augment.overlap import Leaks, ngrams
from augment.read import read_all
from augment.schema import Document
from augment.validate import inspect
from tests.helpers import ROOT

SAMPLE = ROOT / "data" / "sample"
GUIDE = load("ukraine_live")
CARD = (SAMPLE / "README.md").read_text(encoding="utf-8")


def documents(name: str) -> list[Document]:
    found, drops = read_all(SAMPLE / name)
    assert drops == []
    return found


TRAIN, TEST = documents("train.txt"), documents("test.txt")
GOLD = TRAIN + TEST
A, B = documents("annotations/A.txt"), documents("annotations/B.txt")
CLOSURE = {
    ("IS_LOCATED_IN", "IS_LOCATED_IN"): "IS_LOCATED_IN",
    ("OPERATES_IN", "IS_LOCATED_IN"): "OPERATES_IN",
    ("INITIATED", "IS_LOCATED_IN"): "OPERATES_IN",
    ("IS_PART_OF", "IS_PART_OF"): "IS_PART_OF",
}
every_item = pytest.mark.parametrize("item", GOLD, ids=lambda item: item.id)


def rows(columns: int) -> dict[str, list[str]]:
    """The tables of the card with that many columns: first cell → the others."""
    cells = [line.strip("| ").split(" | ") for line in CARD.splitlines() if line.startswith("| ")]
    return {first: rest for first, *rest in cells if len(rest) == columns - 1}


def test_sixty_items_in_forty_and_twenty():
    assert (len(TRAIN), len(TEST)) == (40, 20)
    assert len({d.id for d in GOLD}) == len({d.text for d in GOLD}) == 60
    assert all(60 <= len(d.text.split()) <= 120 for d in GOLD)


def test_what_is_known_of_every_item():
    for d in GOLD:
        assert d.meta.time and d.meta.title and d.meta.origin == "gold"
        assert d.meta.source == "augment" and d.meta.rights is not None
        assert d.meta.rights["licence"] == "MIT" and d.meta.rights["release"]


def test_no_event_is_on_both_sides():
    events = yaml.safe_load((SAMPLE / "events.yaml").read_text(encoding="utf-8"))
    for side, side_documents in (("train", TRAIN), ("test", TEST)):
        listed = [id for ids in events[side].values() for id in ids]
        assert sorted(listed) == sorted(d.id for d in side_documents)
    assert not events["train"].keys() & events["test"].keys()


def test_no_text_gives_another_side_away():
    leaks = Leaks([], TEST)
    assert [leaks.find(d) for d in TRAIN] == [None] * len(TRAIN)
    grams = set().union(*(ngrams(d.text, 8) for d in TRAIN))
    assert [d.id for d in TEST if ngrams(d.text, 8) & grams] == []


@every_item
def test_it_conforms_to_the_guide(item: Document):
    assert [f for f in inspect(item, GUIDE) if f.action != "info"] == []
    for r in item.relations:
        assert r.attributes.get("factuality") != "asserted"
        assert "source" not in r.attributes or "factuality" in r.attributes


@every_item
def test_relations_are_symmetric_and_closed(item: Document):
    attributes = {r.triple: r.attributes for r in item.relations}
    types = {e.id: GUIDE.family(e.type) for e in item.entities}
    for (head, kind, tail), own in attributes.items():
        if GUIDE.relations[kind].symmetric:
            assert attributes[tail, kind, head] == own
    facts = [t for t, own in attributes.items() if own.get("factuality") != "denied"]
    for head, first, middle in facts:
        for between, second, tail in facts:
            implied = CLOSURE.get((first, second))
            if implied is None or between != middle or head == tail:
                continue
            if first != "INITIATED" or types[head] == "organisation":
                assert (head, implied, tail) in attributes


@every_item
def test_stable_facts_have_no_attributes(item: Document):
    types = {e.id: GUIDE.family(e.type) for e in item.entities}
    stable = {"HAS_CATEGORY", "IS_OF_NATIONALITY", "GENDER_MALE", "GENDER_FEMALE"}
    for r in item.relations:
        within = r.type == "IS_LOCATED_IN" and types[r.head] == "place"
        assert not r.attributes or not (within or r.type in stable)


def test_kiev_is_not_in_its_oblast():
    for d in GOLD:
        names = {e.id: {m.value for m in e.mentions} for e in d.entities}
        for r in d.relations:
            if r.type == "IS_LOCATED_IN" and "oblast de Kiev" in names[r.tail]:
                assert not names[r.head] & {"Kiev", "Kyiv"}, d.id


def test_relations_are_dense():
    densities = [100 * len(d.relations) / len(d.text.split()) for d in GOLD]
    assert median(densities) >= 20
    assert f"{median(densities):.1f} relations per 100 words" in CARD


def test_every_entity_and_relation_type_is_used():
    assert {e.type for d in GOLD for e in d.entities} == set(GUIDE.entities)
    assert {r.type for d in GOLD for r in d.relations} == set(GUIDE.relations)


@every_item
def test_french_typography(item: Document):
    for text in (item.text, item.meta.title or ""):
        assert not re.search(r"\w'\w|[“”\"]|\.\.\.|  ", text)
        assert not re.search(r"[^\u00a0]»|«[^\u00a0]|[^\u00a0\u202f][;:!?](?!\d)", text)


def test_the_agreement_is_the_one_in_the_card():
    found, card = agreement(A, B), rows(4)
    assert found["documents"] == 60
    for name in ("mentions", "spans", "clusters", "relations"):
        figures = [f"{100 * found[name][k]:.1f}" for k in ("precision", "recall", "f1")]
        assert card[name] == figures
    types = {kind: [f"{100 * f1:.1f}"] for kind, f1 in found["relation_types"].items()}
    assert {k: v for k, v in rows(2).items() if k in types} == types
    assert f"relation type): {100 * found['kappa']:.1f}." in CARD


def test_the_gold_agrees_with_both_as_the_card_says():
    for name, annotation in (("A", A), ("B", B)):
        found = agreement(GOLD, annotation)
        for what in ("mentions", "relations"):
            assert f"{100 * found[what]['f1']:.1f} with {name}" in " ".join(CARD.split())


def test_the_counts_are_those_in_the_card():
    card, sides = rows(3), (TRAIN, TEST)
    entities = [Counter(e.type for d in side for e in d.entities) for side in sides]
    relations = [Counter(r.type for d in side for r in d.relations) for side in sides]
    for left, right in (entities, relations):
        for kind in left | right:
            assert card[kind] == [str(left[kind]), str(right[kind])]
    for name, counted in (("entities", entities), ("relations", relations)):
        assert card[name] == [str(c.total()) for c in counted]


def test_the_command_of_the_card_prints_its_figures():
    files = [str(SAMPLE / "annotations" / name) for name in ("A.txt", "B.txt")]
    done = CliRunner().invoke(app, ["stats", *files, "--agreement", "--json"])
    assert json.loads(done.stdout) == {**agreement(A, B), "dropped": 0}
    table = CliRunner().invoke(app, ["stats", *files, "--agreement"]).stdout
    assert all(figure in table for figure in rows(4)["relations"])
    assert CliRunner().invoke(app, ["stats", files[0], "--agreement"]).exit_code
