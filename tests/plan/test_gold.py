"""Which parts of gold documents an LLM may be asked to change."""

from augment.guide import load
from augment.plan.gold import Gold, named
from tests.helpers import doc

GUIDE = load("ukraine_live")


def test_a_function_goes_with_the_person_of_the_same_span():
    document = doc(
        "L’[[1:CIVILIAN|[[2:CATEGORY|institutrice]]]] vit à [[3:PLACE|Lviv]].",
        (1, "HAS_CATEGORY", 2),
        (1, "RESIDES_IN", 3),
    )
    assert named(document, GUIDE, "RESIDES_IN") == {"1": "CIVILIAN", "2": "CATEGORY", "3": "PLACE"}


def turns(*relations):
    """What may be turned into HAS_CONTROL_OVER."""
    text = (
        "Le [[1:MILITARY_ORGANISATION|régiment Azov]], membre de la "
        "[[2:MILITARY_ORGANISATION|garde nationale]], elle-même membre du "
        "[[3:NON_MILITARY_GOVERNMENT_ORGANISATION|ministère de l’intérieur]], est là."
    )
    gold = Gold([doc(text, *relations)], GUIDE, 0)
    found = iter(lambda: gold.turn("HAS_CONTROL_OVER"), None)
    return {turn.triples[0] for turn in found}


def test_a_relation_that_another_follows_from_is_not_turned():
    first, second = (1, "IS_PART_OF", 2), (2, "IS_PART_OF", 3)
    assert turns(first) == {("e1", "IS_PART_OF", "e2")}
    assert turns(first, second, (1, "IS_PART_OF", 3)).isdisjoint(
        {("e1", "IS_PART_OF", "e2"), ("e2", "IS_PART_OF", "e3")}
    )
