import pytest

from augment.measure.drift import counts, describe, divergence, drift, values
from tests.helpers import doc

LEFT = [
    doc(
        "[[1:CIVILIAN|Olha]] vit à [[2:PLACE|Lviv]]. [[1:CIVILIAN|Elle]] n’a pas quitté sa rue.",
        (1, "RESIDES_IN", 2),
        (1, "GENDER_FEMALE", 1),
        id="a",
    ),
    doc("Selon [[1:CIVILIAN|le maire]], « tout est calme » à [[2:PLACE|Lviv]].", id="b"),
]
RIGHT = [doc("[[1:PLACE|Lviv]] attend [[2:MATERIEL|des camions]].", (2, "IS_LOCATED_IN", 1))]


def test_counts_are_by_type():
    found = counts(LEFT)
    assert (found["documents"], found["entities"], found["mentions"]) == (2, 4, 5)
    assert found["entity_types"] == {"CIVILIAN": 2, "PLACE": 2}
    assert found["relation_types"] == {"RESIDES_IN": 1, "GENDER_FEMALE": 1}


def test_figures_by_hand():
    found = describe(LEFT)
    assert found["words per text (median)"] == (11 + 8) / 2
    assert found["mentions per entity"] == 5 / 4
    assert found["pronouns among mentions"] == 1 / 5
    assert found["entities without relation per text"] == 1
    assert found["texts with a negation"] == 0.5
    assert found["texts with « selon », « d’après »"] == 0.5
    assert found["texts with a quotation"] == 0.5


def test_copies_are_alike_and_less_distinct():
    once, twice = describe(LEFT), describe(LEFT + LEFT)
    assert twice["self-similarity"] == pytest.approx(1)
    assert once["self-similarity"] < 0.9
    assert twice["distinct-2"] == pytest.approx(once["distinct-2"] / 2)


def test_values_show_who_and_where():
    found = values(LEFT)
    assert found["PLACE"] == {"Lviv": 1.0}
    assert found["self-relations"] == {"GENDER_FEMALE": 1.0}


def test_divergence_runs_from_same_to_nothing_shared():
    assert divergence({"A": 2, "B": 2}, {"A": 5, "B": 5}) == pytest.approx(0)
    assert divergence({"A": 2}, {"B": 7}) == pytest.approx(1)
    assert divergence({}, {"B": 7}) is None


def test_drift_puts_both_side_by_side():
    rows = {row["metric"]: row for row in drift(LEFT, RIGHT)}
    assert (rows["relations per text"]["left"], rows["relations per text"]["right"]) == (1, 1)
    assert rows["relations with a new signature"]["right"] == 1
    assert rows["new vocabulary (share of words)"]["right"] == pytest.approx(3 / 4)


def test_empty_corpora_have_no_figures():
    assert describe([]) == {}
    assert {row["right"] for row in drift(LEFT, [])} == {None}
