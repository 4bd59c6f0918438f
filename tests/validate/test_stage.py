import pytest
from hypothesis import given, settings

from augment.reasons import Reason
from augment.schema import Document, Drop, Order, Relation
from augment.validate import ValidateSettings, inspect, validate
from tests.helpers import doc
from tests.properties.strategies import documents
from tests.validate.small import GUIDE, SOUND, TEXT, candidate

DEFAULT = ValidateSettings()
LENIENT = ValidateSettings(max_edited=1.0)


def run(*relations, settings=DEFAULT, order=None, **update):
    document = doc(TEXT, *relations, id="s1", **update)
    return validate(candidate(document), guide=GUIDE, settings=settings, order=order)


def test_a_sound_candidate_comes_back_equal():
    given = candidate(doc(TEXT, *SOUND, id="s1"))
    assert validate(given, guide=GUIDE) == given


def test_a_wrong_relation_is_removed_masked_and_counted():
    out = run(*SOUND, (3, "BORN_ON", 5))
    assert [r.triple for r in out.document.relations] == list(SOUND)
    assert out.document.masked == ((3, "BORN_ON", 5),)
    assert [f.code for f in out.findings] == ["wrong_signature"]
    assert out.edits == 1


def test_a_pair_with_an_unknown_type_counts_for_no_type():
    assert run(*SOUND, (1, "LOVES", 2)).document.masked == ((1, None, 2),)


def test_of_two_equal_relations_the_second_goes():
    out = run(*SOUND, SOUND[3])
    assert [r.triple for r in out.document.relations] == list(SOUND)
    assert out.document.masked == ()  # the triple itself is not in doubt
    assert out.edits == 1


def test_two_equal_relations_that_are_one_object():
    one = Relation(head=1, type="BORN_ON", tail=5)
    document = doc(TEXT, *SOUND, relations=(one, one, *doc(TEXT, *SOUND[4:]).relations))
    out = validate(candidate(document), guide=GUIDE)
    assert [r.triple for r in out.document.relations].count(one.triple) == 1


def test_a_missing_partner_is_added_masked_and_keeps_its_attributes():
    denied = {"factuality": "denied"}
    out = run(*SOUND[:4], (1, "MET", 2, denied), (1, "CITES", 2))
    assert out.document.relations[-1] == Relation(head=2, type="MET", tail=1, attributes=denied)
    assert out.document.masked == ((2, "MET", 1),)
    assert out.edits == 1


def test_a_bad_attribute_goes_and_the_relation_stays():
    out = run(*SOUND[:8], (1, "CITES", 2, {"mood": "sad", "said_by": 1}))
    assert out.document.relations[8].attributes == {"said_by": 1}
    assert out.document.masked == ()
    assert out.edits == 1


def test_information_changes_nothing():
    out = run((1, "LOCATED_IN", 3), (3, "LOCATED_IN", 4))
    assert [f.code for f in out.findings] == ["missing_closure"]
    assert (len(out.document.relations), out.document.masked, out.edits) == (2, (), 0)


def test_earlier_findings_and_masks_are_kept():
    first = run(*SOUND, (3, "BORN_ON", 5), masked=((1, "BORN_ON", 5),))
    assert first.document.masked == ((1, "BORN_ON", 5), (3, "BORN_ON", 5))
    again = validate(first, guide=GUIDE)
    assert again == first


@pytest.mark.parametrize(("wrong", "dropped"), [(1, False), (2, True)])
def test_more_than_a_fifth_edited_is_too_many(wrong, dropped):
    out = run(*SOUND[3:8], *[(3, "BORN_ON", 5), (4, "BORN_ON", 5)][:wrong])
    assert isinstance(out, Drop) == dropped
    if dropped:
        assert out.reason == Reason.TOO_MANY_EDITS
        assert out.detail == "2 edits on 7 relations: wrong_signature 2"


def test_exactly_a_fifth_is_not_too_many():
    assert run(*SOUND[4:8], (3, "BORN_ON", 5)).edits == 1


def test_a_text_without_relations_passes():
    assert run().document.relations == ()


@pytest.mark.parametrize(
    ("relations", "types", "dropped"),
    [
        (SOUND, ("BORN_ON", "LOVES"), False),
        (SOUND[:3], ("BORN_ON",), True),
        (SOUND[:3], (), False),
        ((*SOUND[:3], (3, "BORN_ON", 5)), ("BORN_ON",), True),
    ],
)
def test_one_of_the_ordered_types_has_to_be_left(relations, types, dropped):
    order = Order(id="o1", strategy="compose", types=types)
    out = run(*relations, order=order, settings=LENIENT)
    assert isinstance(out, Drop) == dropped
    if dropped:
        assert out.reason == Reason.NOT_ORDERED


def test_lengths_are_in_words():
    words = len(doc(TEXT).text.split())
    fits = ValidateSettings(min_words=words, max_words=words)
    assert not isinstance(run(settings=fits), Drop)
    short = run(settings=ValidateSettings(min_words=words + 1))
    assert (short.reason, short.detail) == ("too_short", f"{words} words, at least {words + 1}")
    assert run(settings=ValidateSettings(max_words=words - 1)).reason == Reason.TOO_LONG


def test_a_drop_names_the_parent_and_holds_the_document():
    document = doc(TEXT, id="s1").model_copy(update={"text": "x"})
    meta = document.meta.model_copy(update={"parents": ("g7", "g8")})
    document = document.model_copy(update={"meta": meta})
    out = validate(candidate(document), guide=GUIDE)
    assert (out.id, out.stage, out.reason, out.parent) == (
        "s1",
        "validate",
        "offset_mismatch",
        "g7",
    )
    assert Document.model_validate_json(out.raw) == document


NAMES = {
    "CIVILIAN": "PERSON_0",
    "MILITARY_ORGANISATION": "SOLDIER",
    "FIRSTNAME": "PERSON",
    "TIME_EXACT": "DATE",
    "IS_LOCATED_IN": "LOCATED_IN",
    "IS_IN_CONTACT_WITH": "MET",
    "HAS_CONTROL_OVER": "CITES",
    "GENDER_MALE": "LOVES",
}


def renamed(record):
    return record.model_copy(update={"type": NAMES.get(record.type, record.type)})


@settings(max_examples=200, derandomize=True, deadline=None)
@given(documents())
def test_what_is_left_breaks_no_rule_and_nothing_goes_unsaid(document):
    entities, relations = map(renamed, document.entities), map(renamed, document.relations)
    update = {"entities": tuple(entities), "relations": tuple(relations)}
    given = candidate(document.model_copy(update=update))
    settings = ValidateSettings(min_words=0, max_edited=9.0)
    out = validate(given, guide=GUIDE, settings=settings)
    if isinstance(out, Drop):
        assert out.reason in {f.code for f in inspect(given.document, GUIDE)} | {"too_many_edits"}
        return
    assert not [f for f in inspect(out.document, GUIDE) if f.action != "info"]
    actions = [f.action for f in out.findings if f.code != "bad_attribute"]
    change = actions.count("completed") - actions.count("removed")
    assert len(out.document.relations) == len(given.document.relations) + change
