"""The configuration: XML that Label Studio takes, complete, and in the guide's words."""

import xml.etree.ElementTree as ET

import pytest

from augment.guide.model import load
from augment.labelstudio import config, task
from augment.labelstudio.config import offered
from augment.labelstudio.names import REASONS, SAME
from tests.helpers import doc

GUIDES = {name: load(name) for name in ("textmine", "ukraine_live")}
EVERY = [(name, kind) for name in GUIDES for kind in ("correct", "triage")]


def values(view, tag):
    return [e.get("value") for e in view.iter(tag)]


@pytest.mark.parametrize(("name", "kind"), EVERY)
def test_all_entity_types_are_labels_in_the_colour_of_their_family(name, kind):
    guide = GUIDES[name]
    view = ET.fromstring(config(guide, task=kind))
    labels = {e.get("value"): e for e in view.iter("Label")}
    assert sorted(labels) == sorted(guide.entities)
    for type_, entity in guide.entities.items():
        assert labels[type_].get("background") == guide.families[entity.family].colour
        assert entity.definition in labels[type_].get("hint")


@pytest.mark.parametrize("name", GUIDES)
def test_no_key_is_given_twice_and_frequent_types_have_one(name):
    view = ET.fromstring(config(GUIDES[name]))
    keys = {e.get("value"): e.get("hotkey") for e in view.iter("Label") if e.get("hotkey")}
    assert len(set(keys.values())) == len(keys) == min(35, len(GUIDES[name].entities))
    assert "u" not in keys.values()
    supports = [GUIDES[name].entities[type_].support for type_ in keys]
    rest = [e.support for type_, e in GUIDES[name].entities.items() if type_ not in keys]
    assert min(supports) >= max(rest, default=0)


def test_only_the_types_asked_for_are_there():
    view = ET.fromstring(config(GUIDES["textmine"], types=["GENDER_MALE", "IS_LOCATED_IN"]))
    assert values(view, "Relation") == [SAME, "IS_LOCATED_IN", "GENDER_MALE"]
    (loops,) = (c for c in view.iter("Choices") if c.get("name") == "self")
    assert [c.get("value") for c in loops] == ["IS_LOCATED_IN", "GENDER_MALE"]
    assert loops.get("perRegion") == "true"
    (page,) = (h.get("value") for h in view.iter("HyperText") if h.get("name") == "guide")
    assert "GENDER_MALE" in page and "WAS_CREATED_IN" not in page


@pytest.mark.parametrize(("name", "kind"), EVERY)
def test_each_paragraph_of_the_guide_is_one_click_away(name, kind):
    guide = GUIDES[name]
    view = ET.fromstring(config(guide, task=kind))
    (page,) = (h.get("value") for h in view.iter("HyperText") if h.get("name") == "guide")
    paragraphs = ET.fromstring(f"<div>{page}</div>").findall("details")
    found = {p.find("summary").text: " ".join(p.itertext()) for p in paragraphs}
    assert list(found) == [*guide.relations, *guide.entities]
    for type_, said in {**guide.relations, **guide.entities}.items():
        assert said.definition in found[type_]
        assert said.rule in found[type_]


@pytest.mark.parametrize(("name", "kind"), EVERY)
def test_what_a_reviewer_reads_is_french_and_well_set(name, kind):
    view = ET.fromstring(config(GUIDES[name], task=kind))
    (page,) = (h.get("value") for h in view.iter("HyperText") if h.get("name") == "instructions")
    shown = " ".join(ET.fromstring(f"<div>{page}</div>").itertext())
    for mark in (" :", " ;", " !", " ?", "« ", " »", "'"):
        assert mark not in shown
    assert "verdict" in shown.lower() or "rejeter" in shown


def test_a_configuration_is_the_same_whatever_its_words_and_looks():
    xml = config(GUIDES["textmine"])
    assert ("label", "PLACE") in offered(xml) and ("Relations", "même_entité") in offered(xml)
    assert ("self", "GENDER_MALE") in offered(xml) and ("verdict", "rejeter") in offered(xml)
    assert offered(xml.replace("Consignes", "À faire").replace("#", "#0")) == offered(xml)
    other = [config(GUIDES["textmine"], types=["IS_LOCATED_IN"]), config(GUIDES["ukraine_live"])]
    other.append(config(GUIDES["textmine"], task="triage"))
    assert all(offered(one) != offered(xml) for one in other)


@pytest.mark.parametrize("kind", ["correct", "triage"])
def test_a_verdict_with_reasons(kind):
    view = ET.fromstring(config(GUIDES["textmine"], task=kind))
    controls = {c.get("name"): c for c in view.iter("Choices")}
    assert values(controls["verdict"], "Choice") == ["accepter", "corrigé", "rejeter"]
    assert values(controls["reasons"], "Choice") == list(REASONS)
    assert controls["reasons"].get("whenChoiceValue") == "corrigé,rejeter"
    assert controls["verdict"].get("required") == ("true" if kind == "triage" else "false")
    assert ("wrong" in controls) == (kind == "triage")


@pytest.mark.parametrize(("name", "kind"), EVERY)
def test_label_studio_takes_the_configuration_and_the_predictions(name, kind):
    interfaces = pytest.importorskip("label_studio_sdk.label_interface")
    guide = GUIDES[name]
    interface = interfaces.LabelInterface(config(guide, task=kind))
    interface.validate()
    given = doc(
        "[[1:CIVILIAN|Paul]], [[1:CIVILIAN|il]], [[2:PLACE|ici]]",
        (1, "IS_LOCATED_IN", 2),
        (1, "GENDER_MALE", 1),
    )
    pushed = task(given, guide=guide, task=kind, score=0.5)
    assert interface.validate_prediction(pushed["predictions"][0], return_errors=True) == []
