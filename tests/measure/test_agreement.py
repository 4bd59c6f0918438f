from collections import Counter

import pytest
from sklearn.metrics import cohen_kappa_score

from augment.errors import UsageError
from augment.match import cohen_kappa, linked, links, matched, told
from augment.measure.agreement import agreement
from augment.measure.evaluate import evaluate
from tests.helpers import doc

GOLD = doc(
    "[[1:CIVILIAN|Olha]] vit à [[2:PLACE|Lviv]] ; [[1:CIVILIAN|elle]] y reste.",
    (1, "RESIDES_IN", 2),
    (1, "GENDER_FEMALE", 1),
)


def test_other_ids_are_the_same_annotation():
    renamed = doc(
        "[[7:CIVILIAN|Olha]] vit à [[9:PLACE|Lviv]] ; [[7:CIVILIAN|elle]] y reste.",
        (7, "RESIDES_IN", 9),
        (7, "GENDER_FEMALE", 7),
    )
    found = agreement([GOLD], [renamed])
    names = ("mentions", "spans", "clusters", "relations", "relations_exact")
    assert {found[name]["f1"] for name in names} == {1.0}
    assert found["relations"]["macro_f1"] == 1.0
    assert found["kappa"] == 1.0


def test_what_differs_is_counted_where_it_differs():
    other = doc(
        "[[1:MILITARY|Olha]] vit à [[2:PLACE|Lviv]] ; elle y reste.",
        (1, "RESIDES_IN", 2),
        (1, "IS_LOCATED_IN", 2),
    )
    found = agreement([GOLD], [other])
    assert found["spans"] == {"precision": 1.0, "recall": 2 / 3, "f1": 0.8}
    assert found["mentions"]["f1"] == pytest.approx(2 / 5)
    assert found["clusters"]["f1"] == 0.5
    assert found["relation_types"] == dict.fromkeys(
        ("GENDER_FEMALE", "IS_LOCATED_IN", "RESIDES_IN"), 0
    )
    assert found["relations_exact"]["f1"] == 0.5


def test_a_split_cluster_matches_one_to_one():
    split = doc("[[1:CIVILIAN|Olha]] vit à [[2:PLACE|Lviv]] ; [[3:CIVILIAN|elle]] y reste.")
    assert len(set(matched(GOLD, split).values())) == 2


def test_other_borders_are_the_same_entity_for_a_relation():
    other = doc(
        "[[1:CIVILIAN|Olha]] vit [[2:PLACE|à Lviv]] ; [[3:CIVILIAN|elle]] y reste.",
        (3, "RESIDES_IN", 2),
        (1, "GENDER_FEMALE", 1),
    )
    found = agreement([GOLD], [other])
    assert found["relations"]["f1"] == 1.0
    assert found["relations_exact"]["f1"] == 0.5


def test_of_nested_spans_the_exact_one_is_meant():
    tagged = "L’[[1:PLACE|oblast de [[2:PLACE|Kiev]]]] résiste."
    assert linked(doc(tagged), doc(tagged)) == {1: 1, 2: 2}
    assert linked(doc(tagged), doc("L’oblast de [[9:PLACE|Kiev]] résiste.")) == {9: 2}


def test_types_and_pairs_that_one_side_says_nothing_about_are_left_out():
    silent = GOLD.model_copy(
        update={"relations": (), "labelled": ("RESIDES_IN",), "masked": ((1, None, 2),)}
    )
    assert told(GOLD, silent) == told(silent, GOLD) == (frozenset(), frozenset())
    assert agreement([GOLD], [silent])["relations"]["f1"] == 0
    assert agreement([GOLD], [silent])["relations"]["macro_f1"] is None


def test_ids_count_where_the_entities_were_given():
    twice = "[[1:PLACE|[[2:PLACE|Kiev]]]] tient."
    given = doc(twice, (2, "IS_PART_OF", 1))
    assert links(doc(twice), given) == {1: 1, 2: 2}
    assert links(GOLD, doc("Autre [[5:PLACE|chose]].")) == {5: 5}


def test_white_space_around_the_text_does_not_matter():
    padded = doc(r"\n[[1:CIVILIAN|Olha]] vit à [[2:PLACE|Lviv]] ; [[1:CIVILIAN|elle]] y reste. ")
    assert agreement([GOLD], [padded])["mentions"]["f1"] == 1.0


def test_texts_that_differ_or_share_no_id_are_refused():
    with pytest.raises(UsageError, match="two different texts"):
        agreement([GOLD], [doc("Autre chose.")])
    with pytest.raises(UsageError, match="no document id"):
        agreement([GOLD], [doc("Autre chose.", id="e")])


def test_kappa_is_cohens():
    decisions = Counter({(True, True): 20, (True, False): 5, (False, True): 10, (False, False): 15})
    left, right = zip(*decisions.elements(), strict=True)
    assert cohen_kappa(decisions) == pytest.approx(cohen_kappa_score(left, right))
    assert cohen_kappa(Counter()) == 1.0


def test_predictions_with_entities_of_their_own_are_scored_through_the_text():
    own = doc(
        "[[2:CIVILIAN|Olha]] vit [[1:PLACE|à Lviv]] ; [[2:CIVILIAN|elle]] y reste.",
        (2, "RESIDES_IN", 1),
        (1, "GENDER_FEMALE", 1),
    )
    found = evaluate([GOLD], [own])
    assert {kind: s.f1 for kind, s in found.per_type.items()} == {
        "GENDER_FEMALE": 0.0,
        "RESIDES_IN": 1.0,
    }


def test_predictions_between_given_entities_are_scored_by_id():
    retyped = doc(
        "[[1:MILITARY|Olha]] vit à [[2:PLACE|Lviv]] ; [[1:MILITARY|elle]] y reste.",
        (1, "RESIDES_IN", 2),
    )
    some = GOLD.model_copy(update={"entities": GOLD.entities[:1], "relations": GOLD.relations[1:]})
    assert evaluate([GOLD], [retyped]).per_type["RESIDES_IN"].f1 == 1.0
    assert evaluate([GOLD], [some]).per_type["GENDER_FEMALE"].f1 == 1.0
