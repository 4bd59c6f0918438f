"""What a reviewer does in the editor arrives as meant, or is refused with a reason."""

import pytest

from augment.guide.model import load
from augment.labelstudio import answer, task
from augment.reasons import Reason
from augment.schema import Drop
from tests.helpers import doc
from tests.labelstudio.imitated import Editor

GUIDE = load("textmine")
GIVEN = doc(
    "😀 [[e3:CIVILIAN|Paul]] vit à [[e5:PLACE|Lyon]]. [[e3:CIVILIAN|Il]] y connaît "
    "[[e6:CIVILIAN|Léa]] ; [[e3:CIVILIAN|lui]] et [[e6:CIVILIAN|elle]] aussi, mais pas Marc.",
    ("e3", "IS_LOCATED_IN", "e5", {"factuality": "denied"}),
    ("e3", "IS_IN_CONTACT_WITH", "e6"),
    ("e6", "IS_IN_CONTACT_WITH", "e3"),
    ("e3", "GENDER_MALE", "e3"),
    masked=(("e5", None, "e6"),),
    labelled=("IS_LOCATED_IN", "IS_IN_CONTACT_WITH", "GENDER_MALE", "IS_AT_ODDS_WITH"),
)


def opened(document=GIVEN):
    pushed = task(document, guide=GUIDE)
    return pushed, Editor(pushed)


def said(pushed, editor):
    found = answer(pushed, {"result": editor.results}, guide=GUIDE)
    assert not isinstance(found, Drop), found.detail
    return found


def shape(document):
    """Entities as id → mentions, and bare triples."""
    entities = {e.id: (e.type, [m.value for m in e.mentions]) for e in document.entities}
    return entities, [r.triple for r in document.relations]


def refused(pushed, editor):
    found = answer(pushed, {"result": editor.results}, guide=GUIDE)
    assert isinstance(found, Drop)
    assert (found.id, found.stage) == ("d", "review")
    return found.reason


BEFORE = shape(GIVEN)


@pytest.mark.parametrize("unit", ["points", "utf-16"])
def test_a_new_region_after_an_emoji_is_an_entity_of_its_own(unit):
    pushed, editor = opened()
    editor.mark("Marc", "CIVILIAN", unit=unit)
    after = said(pushed, editor)
    assert shape(after) == ({**BEFORE[0], "e7": ("CIVILIAN", ["Marc"])}, BEFORE[1])
    assert after.masked == GIVEN.masked


def test_integer_ids_go_on_as_integers():
    pushed, editor = opened(doc("[[4:PLACE|Kiev]] et Lviv"))
    editor.mark("Lviv", "PLACE")
    assert [e.id for e in said(pushed, editor).entities] == [4, 5]


def test_a_new_mention_is_attached_by_an_arrow_to_any_mention():
    for target in ("Paul", "lui"):
        pushed, editor = opened()
        editor.arrow(editor.mark("Marc", "CIVILIAN"), editor.find(target), "même_entité")
        entities, relations = shape(said(pushed, editor))
        assert entities == {**BEFORE[0], "e3": ("CIVILIAN", ["Paul", "Il", "lui", "Marc"])}
        assert relations == BEFORE[1]


def test_a_mention_without_its_arrow_is_an_entity_of_its_own():
    pushed, editor = opened()
    editor.erase(editor.find("lui"), editor.find("Paul"))
    entities, relations = shape(said(pushed, editor))
    assert entities == {
        **BEFORE[0],
        "e3": ("CIVILIAN", ["Paul", "Il"]),
        "e7": ("CIVILIAN", ["lui"]),
    }
    assert relations == BEFORE[1]


def test_a_mention_moves_to_another_entity():
    pushed, editor = opened()
    editor.erase(editor.find("lui"), editor.find("Paul"))
    editor.arrow(editor.find("lui"), editor.find("Léa"), "même_entité")
    entities, _ = shape(said(pushed, editor))
    assert entities["e3"][1] == ["Paul", "Il"]
    assert entities["e6"][1] == ["Léa", "elle", "lui"]


def test_deleting_the_first_mention_deletes_no_more():
    pushed, editor = opened()
    editor.delete(editor.find("Paul"))
    after = said(pushed, editor)
    assert shape(after) == ({**BEFORE[0], "e3": ("CIVILIAN", ["Il", "lui"])}, BEFORE[1])
    assert after.relations == GIVEN.relations


def test_deleting_all_mentions_deletes_the_entity_and_its_relations():
    pushed, editor = opened()
    editor.delete(editor.find("Lyon"))
    after = said(pushed, editor)
    assert shape(after)[1] == BEFORE[1][1:]
    assert [e.id for e in after.entities] == ["e3", "e6"]
    assert after.masked == ()


def test_joining_two_entities_keeps_what_was_said_of_both():
    pushed, editor = opened()
    for arrow in [r for r in editor.results if r.get("direction") == "bi"]:
        editor.erase(arrow["from_id"], arrow["to_id"])
    editor.arrow(editor.find("Léa"), editor.find("Il"), "même_entité")
    entities, relations = shape(said(pushed, editor))
    assert list(entities) == ["e3", "e5"]
    assert entities["e3"][1] == ["Paul", "Il", "lui", "Léa", "elle"]
    assert relations == [("e3", "IS_LOCATED_IN", "e5"), ("e3", "GENDER_MALE", "e3")]


def test_one_relabelled_mention_retypes_its_entity():
    pushed, editor = opened()
    editor.label(editor.find("lui"), "MILITARY")
    assert shape(said(pushed, editor))[0]["e3"] == ("MILITARY", ["Paul", "Il", "lui"])
    editor.label(editor.find("Paul"), "GROUP_OF_INDIVIDUALS")
    assert refused(pushed, editor) is Reason.TYPE_CONFLICT


def test_a_new_mention_of_another_type_is_not_attached():
    pushed, editor = opened()
    editor.arrow(editor.mark("Marc", "PLACE"), editor.find("Paul"), "même_entité")
    assert refused(pushed, editor) is Reason.TYPE_CONFLICT


def test_an_alias_stays_as_it_was_spelled():
    pushed, editor = opened(doc("[[1:FIRSTNAME_0|Paul]] et [[2:FIRSTNAME|Léa]]"))
    editor.arrow(editor.find("Léa"), editor.find("Paul"), "même_entité")
    assert shape(said(pushed, editor))[0] == {1: ("FIRSTNAME_0", ["Paul", "Léa"])}


def test_relations_come_and_go_and_attributes_stay():
    pushed, editor = opened()
    editor.erase(editor.find("Paul"), editor.find("Lyon"))
    editor.arrow(editor.find("Léa"), editor.find("Lyon"), "IS_LOCATED_IN", "WAS_CREATED_IN")
    assert shape(said(pushed, editor))[1] == [
        *BEFORE[1][1:],
        ("e6", "IS_LOCATED_IN", "e5"),
        ("e6", "WAS_CREATED_IN", "e5"),
    ]
    editor.arrow(editor.find("Lyon"), editor.find("Paul"), "IS_LOCATED_IN", direction="left")
    assert GIVEN.relations[0] in said(pushed, editor).relations


@pytest.mark.parametrize("direction", ["right", "left", "bi"])
def test_a_symmetric_relation_is_drawn_once(direction):
    pushed, editor = opened()
    editor.arrow(editor.find("Léa"), editor.find("Lyon"), "IS_AT_ODDS_WITH", direction=direction)
    new = set(shape(said(pushed, editor))[1]) - set(BEFORE[1])
    assert new == {("e6", "IS_AT_ODDS_WITH", "e5"), ("e5", "IS_AT_ODDS_WITH", "e6")}
    editor.erase(editor.find("Paul"), editor.find("Léa"))
    assert not {t for t in shape(said(pushed, editor))[1] if t[1] == "IS_IN_CONTACT_WITH"}


def test_a_symmetric_relation_in_one_direction_only_stays_so():
    pushed, editor = opened(GIVEN.model_copy(update={"relations": GIVEN.relations[:2]}))
    assert said(pushed, editor).relations == GIVEN.relations[:2]


def test_self_relations_are_choices_of_a_region():
    pushed, editor = opened()
    editor.results = [r for r in editor.results if r.get("from_name") != "self"]
    assert shape(said(pushed, editor))[1] == BEFORE[1][:3]
    region = next(r for r in editor.results if r.get("id") == editor.find("elle"))
    choices = {**region, "type": "choices", "from_name": "self"}
    editor.results.append({**choices, "value": {**region["value"], "choices": ["GENDER_FEMALE"]}})
    assert shape(said(pushed, editor))[1][3:] == [("e6", "GENDER_FEMALE", "e6")]


def test_a_moved_region_moves_its_mention():
    pushed, editor = opened()
    region = next(r for r in editor.results if r.get("id") == editor.find("Lyon"))
    start = editor.text.index("à Lyon")
    region["value"] |= {"start": start, "end": start + 6, "text": "à Lyon"}
    assert shape(said(pushed, editor))[0]["e5"] == ("PLACE", ["à Lyon"])


def test_offsets_of_hypertext_and_line_ends_are_understood():
    pushed, editor = opened(doc("Kiev\\nLviv et [[1:PLACE|Odessa]]"))
    editor.mark("Kiev\nLviv", "PLACE")
    value = editor.results[-1]["value"]
    value["globalOffsets"] = {"start": value.pop("start"), "end": value.pop("end")}
    assert shape(said(pushed, editor))[0][2] == ("PLACE", ["Kiev\nLviv"])


@pytest.mark.parametrize(
    ("text", "start", "end", "said", "reason"),
    [
        ("😀 aaaa", 3, 4, "a", Reason.OFFSET_MISMATCH),
        ("😀 abc", 3, 4, "x", Reason.OFFSET_MISMATCH),
        ("😀 abc", 1, 90, "abc", Reason.OFFSET_MISMATCH),
        ("😀 abc", None, 4, "abc", Reason.MISSING_FIELD),
    ],
)
def test_offsets_that_do_not_tell_are_refused(text, start, end, said, reason):
    pushed, editor = opened(doc(text))
    id = editor.mark("a", "PLACE")
    editor.results[-1]["value"] |= {"start": start, "end": end, "text": said}
    assert editor.results[-1]["id"] == id
    assert refused(pushed, editor) is reason


def test_crossing_regions_are_refused_unless_the_record_has_them():
    pushed, editor = opened()
    editor.mark("Léa ; lui", "PLACE")
    assert not isinstance(answer(pushed, {"result": editor.results}), Drop)
    editor.mark("lui et", "PLACE", id="other")
    assert refused(pushed, editor) is Reason.CROSSING_SPANS


@pytest.mark.parametrize("label", ["VILLE", "IS_SITUATED"])
def test_labels_that_the_guide_does_not_have_are_refused(label):
    pushed, editor = opened()
    if label == "VILLE":
        editor.mark("Marc", label)
    else:
        editor.arrow(editor.find("Léa"), editor.find("Lyon"), label)
    assert refused(pushed, editor) is Reason.UNKNOWN_TYPE


def test_a_region_without_a_label_is_refused():
    pushed, editor = opened()
    editor.results[0]["value"]["labels"] = []
    assert refused(pushed, editor) is Reason.UNKNOWN_TYPE
    editor.results[0]["value"]["labels"] = ["PLACE", "MILITARY"]
    assert refused(pushed, editor) is Reason.TYPE_CONFLICT


def test_an_arrow_without_a_type_is_refused():
    pushed, editor = opened()
    editor.arrow(editor.find("Léa"), editor.find("Lyon"))
    found = answer(pushed, {"result": editor.results}, guide=GUIDE)
    assert (found.reason, found.detail) == (
        Reason.UNKNOWN_TYPE,
        "the arrow 'Léa' → 'Lyon' has no type",
    )


def test_what_is_broken_is_refused():
    pushed, editor = opened()
    editor.results.append({"type": "relation", "from_id": "e0-m0", "to_id": "gone"})
    assert refused(pushed, editor) is Reason.UNKNOWN_ENTITY
    assert answer(pushed, {}).reason is Reason.MISSING_FIELD
    assert answer({"id": 1}, {"result": []}).reason is Reason.MISSING_FIELD
    pushed["data"]["text"] += " !"
    assert refused(pushed, editor) is Reason.TEXT_CHANGED
    pushed["data"]["record"] = "{}"
    assert refused(pushed, editor) is Reason.MISSING_FIELD


def test_a_triage_takes_away_what_was_ticked_as_wrong():
    pushed = task(GIVEN, guide=GUIDE, task="triage")
    lines = [line["value"] for line in pushed["data"]["triples"]]
    assert lines == [
        "1. Paul → est situé à (IS_LOCATED_IN) → Lyon",
        "2. Paul ↔ est en contact avec (IS_IN_CONTACT_WITH) ↔ Léa",
        "3. Paul → est de genre masculin (GENDER_MALE)",
    ]
    editor = Editor(pushed)
    editor.tick("wrong", lines[1], lines[2])
    assert said(pushed, editor).relations == GIVEN.relations[:1]
    editor.tick("wrong", "4. autre")
    assert refused(pushed, editor) is Reason.UNSUPPORTED
