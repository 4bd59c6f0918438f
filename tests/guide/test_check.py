import pytest

from augment.guide import EntityType, Example, RelationType, WrittenRule
from augment.guide.check import check, unwritten
from tests.guide.small import AWAY, KIEV, MEET, guide


def with_entity(kind="PLACE", **update):
    entities = guide().entities
    return guide(entities=entities | {kind: entities[kind].model_copy(update=update)})


def with_relation(kind="IN", **update):
    relations = guide().relations
    return guide(relations=relations | {kind: relations[kind].model_copy(update=update)})


def positive(text: str, *relations, absent=()):
    example = Example(text=text, relations=relations, absent=absent)
    return with_relation(positive=(example,))


KIEV_IN_UKRAINE = "[[e1:PLACE|Kiev]] en [[e2:PLACE|Ukraine]]"


def test_a_sound_guide_has_nothing():
    assert check(guide()) == []
    assert unwritten(guide()) == ["MALE"]


@pytest.mark.parametrize(
    ("broken", "code", "where"),
    [
        (positive("[[e1:PLACE|Kiev", ("e1", "IN", "e1")), "unreadable", "positive.0"),
        (positive("[[e1:PLACE|Kiev]]", ("e1", "IN", "e2")), "unreadable", "positive.0"),
        (positive(" "), "unsound", "positive.0"),
        (positive("[[e1:PLACE|Kiev]]"), "not_shown", "positive.0"),
        (positive(KIEV_IN_UKRAINE + " [[e3:DATE|hier]]", (1, "IN", 2)), "not_admitted", "IN"),
        (positive(KIEV_IN_UKRAINE, (1, "IN", 2), (1, "NOPE", 2)), "not_admitted", "IN"),
        (positive(KIEV_IN_UKRAINE, (1, "IN", 2), (1, "MEETS", 2)), "not_admitted", "IN"),
        (positive(KIEV_IN_UKRAINE, (1, "IN", 2), (1, "IN", 1)), "not_admitted", "IN"),
        (positive(KIEV_IN_UKRAINE, (1, "IN", 2, {"factuality": "?"})), "not_admitted", "IN"),
        (positive(KIEV_IN_UKRAINE, (1, "IN", 2, {"mood": "?"})), "not_admitted", "IN"),
        (positive(KIEV_IN_UKRAINE, (1, "IN", 2), absent=[(1, "IN", 2)]), "bad_absent", "IN"),
        (positive(KIEV_IN_UKRAINE, (1, "IN", 2), absent=[(7, "IN", 2)]), "bad_absent", "IN"),
        (positive(KIEV_IN_UKRAINE, (1, "IN", 2), absent=[(2, "NO", 1)]), "bad_absent", "IN"),
        (positive(KIEV_IN_UKRAINE, (1, "IN", 2), absent=[(2, 1)]), "bad_absent", "IN"),
        (with_relation("MEETS", positive=(MEET.model_copy(update={"relations": MEET.relations[:1]}),)), "missing_partner", "MEETS"),  # noqa: E501
        (with_relation(negative=(KIEV.model_copy(update={"absent": ()}),)), "shown", "negative.0"),
        (with_relation(signatures=()), "no_signature", "IN"),
        (with_relation("MEETS", signatures=(("person", "place"),)), "one_way_signature", "MEETS"),
        (with_relation(lookalikes=("IN",)), "unknown_lookalike", "IN"),
        (with_relation(lookalikes=("PLACE",)), "unknown_lookalike", "IN"),
        (with_relation(cues=("né", " ")), "empty_cue", "IN"),
        (with_relation(patterns=("{head} est là.",)), "bad_pattern", "patterns.0"),
        (with_relation(patterns=("{head} {tail} {tail}",)), "bad_pattern", "patterns.0"),
        (with_relation(patterns=("{head} {tail} {date}",)), "bad_pattern", "patterns.0"),
        (with_relation(patterns=("[[ {head} {tail}",)), "bad_pattern", "patterns.0"),
        (with_entity(lookalikes=("IN",)), "unknown_lookalike", "PLACE"),
        (with_entity(aliases=("PERSON",)), "alias_conflict", "PLACE"),
        (with_entity(aliases=("PERSON_0",)), "alias_conflict", "PLACE"),
        (with_entity(hard_cases=(AWAY, Example(text="[[x|y]]"))), "unreadable", "hard_cases.1"),
        (guide(rules={"r": WrittenRule(title="", text="", positive=KIEV, negative=Example(text="[["))}), "unreadable", "rules.r.negative"),  # noqa: E501
    ],
)  # fmt: skip
def test_each_fault_is_found_where_it_is(broken, code, where):
    found = check(broken)
    assert code in {trouble.code for trouble in found}
    assert any(where in trouble.where for trouble in found if trouble.code == code)


def test_an_undeclared_family():
    broken = guide(entities=guide().entities | {"DATE": EntityType(family="time")})
    assert [t.code for t in check(broken)] == ["unknown_family"]


def test_a_negative_example_may_say_where_the_relation_is_absent():
    assert check(with_relation(negative=(KIEV,))) == []


def test_patterns_of_self_relations_need_no_tail():
    assert check(guide(relations={"MALE": guide().relations["MALE"]}, rules={},
                       entities={"PERSON": EntityType(family="person")})) == []  # fmt: skip


def test_types_to_define():
    todo = guide(relations={"IN": RelationType(definition="TODO"), "ON": RelationType()})
    assert unwritten(todo) == ["IN", "ON"]
