import pytest

from augment.schema import Entity, Mention, Relation
from augment.validate import inspect
from tests.helpers import doc
from tests.validate.small import GUIDE, SOUND, TEXT


def seen(document):
    return [(f.code, f.scope, f.action) for f in inspect(document, GUIDE)]


def with_entity(id, kind, start, end):
    sound = doc("Le pont de Kiev", id="d")
    mention = Mention(start=start, end=end, value=sound.text[start:end])
    entities = (
        Entity(id=0, type="PLACE", mentions=(Mention(start=3, end=10, value="pont de"),)),
        Entity(id=id, type=kind, mentions=(mention,)),
    )
    return sound.model_copy(update={"entities": entities})


def test_a_sound_document_gives_no_finding():
    assert inspect(doc(TEXT, *SOUND), GUIDE) == []


@pytest.mark.parametrize(
    ("relation", "code"),
    [
        ((1, "LOVES", 2), "unknown_relation"),
        ((3, "BORN_ON", 5), "wrong_signature"),
        ((5, "BORN_ON", 1), "wrong_signature"),
        ((1, "LOCATED_IN", 2), "wrong_signature"),
        ((3, "LOCATED_IN", 3), "self_relation"),
        ((1, "MET", 1), "self_relation"),
        ((1, "IS_MALE", 2), "self_relation"),
        ((1, "BORN_ON", 5), "duplicate_relation"),
    ],
)
def test_a_relation_that_breaks_a_rule_is_found_once(relation, code):
    assert seen(doc(TEXT, *SOUND, relation)) == [(code, "relation", "removed")]


def test_the_finding_says_which_relation():
    [finding] = inspect(doc(TEXT, (3, "BORN_ON", 5)), GUIDE)
    assert finding.detail == "3:PLACE BORN_ON 5:DATE"


def test_an_alias_counts_as_its_type():
    aliased = TEXT.replace("1:PERSON|", "1:PERSON_0|")
    assert inspect(doc(aliased, *SOUND), GUIDE) == []


def test_an_unknown_entity_type_concerns_the_whole_text():
    document = doc(TEXT + " [[6:SHIP|Moskva]]", *SOUND)
    assert seen(document) == [("unknown_type", "text", "dropped")]


@pytest.mark.parametrize(
    ("start", "end", "crosses"),
    [(8, 15, True), (1, 4, True), (10, 15, False), (3, 7, False), (0, 3, False)],
)
def test_crossing_is_found_and_nesting_is_not(start, end, crosses):
    expected = [("crossing_spans", "mention", "dropped")] if crosses else []
    assert seen(with_entity(1, "PLACE", start, end)) == expected


def test_identical_spans_do_not_cross():
    assert seen(with_entity(1, "DATE", 3, 10)) == []


def test_of_an_unsound_document_only_that_is_said():
    document = doc(TEXT, (3, "BORN_ON", 5))
    broken = document.model_copy(update={"text": "x" + document.text})
    assert seen(broken) == [("offset_mismatch", "mention", "dropped")]
    empty = document.model_copy(update={"text": " ", "entities": (), "relations": ()})
    assert seen(empty) == [("empty_text", "text", "dropped")]
    assert seen(with_entity(0, "PLACE", 11, 15)) == [("duplicate_id", "text", "dropped")]
    nowhere = Relation(head=1, type="MET", tail=99)
    assert seen(document.model_copy(update={"relations": (nowhere,)})) == [
        ("unknown_entity", "text", "dropped")
    ]


def test_a_symmetric_relation_needs_its_partner():
    [finding] = inspect(doc(TEXT, (1, "MET", 2)), GUIDE)
    assert (finding.code, finding.action) == ("missing_partner", "completed")
    assert finding.detail == "2:SOLDIER MET 1:PERSON"


def test_a_partner_that_the_guide_forbids_is_not_asked_for():
    assert inspect(doc(TEXT, (2, "COMMANDS", 1)), GUIDE) == []


def test_a_relation_that_goes_leaves_no_partner_to_ask_for():
    assert seen(doc(TEXT, (1, "MET", 3))) == [("wrong_signature", "relation", "removed")]


def test_missing_closure_is_information_and_named_once():
    text = TEXT + " [[6:PLACE|Podil]] [[7:PLACE|Europe]]"
    chain = [(6, "LOCATED_IN", 3), (3, "LOCATED_IN", 4), (4, "LOCATED_IN", 7)]
    found = inspect(doc(text, *chain), GUIDE)
    assert {f.action for f in found} == {"info"}
    assert [f.detail for f in found] == [
        "6:PLACE LOCATED_IN 4:PLACE",
        "3:PLACE LOCATED_IN 7:PLACE",
    ]


def test_closure_back_to_the_start_is_not_asked_for():
    assert inspect(doc(TEXT, (3, "PRECEDES", 4), (4, "PRECEDES", 3)), GUIDE) == []


def test_closure_that_the_guide_forbids_is_not_asked_for():
    assert inspect(doc(TEXT, (1, "PRECEDES", 3), (3, "PRECEDES", 5)), GUIDE) == []


@pytest.mark.parametrize(
    ("attributes", "wrong"),
    [
        ({"factuality": "denied"}, False),
        ({"factuality": "denied", "said_by": 2}, False),
        ({"factuality": "perhaps"}, True),
        ({"said_by": 99}, True),
        ({"said_by": [2]}, True),
        ({"mood": "sad"}, True),
    ],
)
def test_attributes_are_those_of_the_guide(attributes, wrong):
    found = seen(doc(TEXT, (1, "BORN_ON", 5, attributes)))
    assert found == ([("bad_attribute", "relation", "removed")] if wrong else [])
