"""What changed, in words that a person can read."""

from hypothesis import given

from augment.labelstudio import diff
from tests.helpers import doc
from tests.properties.strategies import documents

BEFORE = doc(
    "[[1:A|Paul]] et [[1:A|lui]], à [[2:P|Lyon]] chez [[3:A|Léa]]",
    (1, "IN", 2),
    (3, "IN", 2),
    (1, "KNOWS", 3),
)


def changes(tagged, *relations, before=BEFORE):
    found = diff(before, doc(tagged, *relations))
    return [(c.kind, c.action, c.type, c.what, *([c.was] if c.was else [])) for c in found]


SAME = [(1, "IN", 2), (3, "IN", 2), (1, "KNOWS", 3)]
TEXT = "[[1:A|Paul]] et [[1:A|lui]], à [[2:P|Lyon]] chez [[3:A|Léa]]"


def test_mentions():
    assert changes(
        "[[1:A|Paul]] et [[1:A|lui]], à [[2:P|Lyon]] [[4:X|chez]] [[3:B|Léa]]", *SAME
    ) == [
        ("mention", "added", "X", ("chez", 20, 24)),
        ("mention", "retyped", "B", ("Léa", 25, 28), "A"),
    ]
    assert changes("[[1:A|Paul]] et lui, à [[2:P|Lyon]] chez [[3:A|Léa]]", *SAME) == [
        ("mention", "removed", "A", ("lui", 8, 11))
    ]


def test_a_mention_that_left():
    assert changes("[[1:A|Paul]] et [[9:A|lui]], à [[2:P|Lyon]] chez [[3:A|Léa]]", *SAME) == [
        ("cluster", "removed", "A", ("lui", "Paul"))
    ]


def test_a_mention_that_moved():
    assert changes("[[1:A|Paul]] et [[3:A|lui]], à [[2:P|Lyon]] chez [[3:A|Léa]]", *SAME) == [
        ("cluster", "added", "A", ("lui", "Léa")),
        ("cluster", "removed", "A", ("lui", "Paul")),
    ]


def test_entities_that_were_joined():
    joined = [(1, "IN", 2), (1, "KNOWS", 1)]
    text = "[[1:A|Paul]] et [[1:A|lui]], à [[2:P|Lyon]] chez [[1:A|Léa]]"
    assert changes(text, *joined) == [("cluster", "added", "A", ("Léa", "Paul"))]


def test_a_new_mention_of_an_entity():
    text = "[[1:A|Paul]] et [[1:A|lui]], à [[2:P|Lyon]] [[2:P|chez]] [[3:A|Léa]]"
    assert changes(text, *SAME) == [
        ("mention", "added", "P", ("chez", 20, 24)),
        ("cluster", "added", "P", ("chez", "Lyon")),
    ]


def test_relations():
    assert changes(TEXT, (1, "NEAR", 2), (3, "IN", 2), (3, "KNOWS", 1)) == [
        ("relation", "retyped", "NEAR", ("Paul", "NEAR", "Lyon"), "IN"),
        ("relation", "removed", "KNOWS", ("Paul", "KNOWS", "Léa")),
        ("relation", "added", "KNOWS", ("Léa", "KNOWS", "Paul")),
    ]


def test_the_relations_of_an_entity_that_is_gone_are_gone():
    gone = "[[1:A|Paul]] et [[1:A|lui]], à [[2:P|Lyon]] chez Léa"
    assert changes(gone, (1, "IN", 2)) == [
        ("mention", "removed", "A", ("Léa", 25, 28)),
        ("relation", "removed", "IN", ("Léa", "IN", "Lyon")),
        ("relation", "removed", "KNOWS", ("Paul", "KNOWS", "Léa")),
    ]


def test_other_ids_and_another_order_are_no_change():
    other = "[[x:A|Paul]] et [[x:A|lui]], à [[y:P|Lyon]] chez [[z:A|Léa]]"
    assert changes(other, ("z", "IN", "y"), ("x", "IN", "y"), ("x", "KNOWS", "z")) == []


def test_identical_spans_are_told_apart_by_their_entities():
    twice = doc("[[1:A|[[2:B|x]]]] [[2:B|y]]")
    assert changes("[[2:B|[[1:A|x]]]] [[2:B|y]]", before=twice) == []
    assert changes("[[1:A|x]] [[2:B|y]]", before=twice) == [
        ("mention", "removed", "B", ("x", 0, 1))
    ]


@given(documents(wild=True, crossing=True))
def test_nothing_changed_between_a_document_and_itself(document):
    assert diff(document, document) == ()
