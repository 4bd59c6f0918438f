"""Scores of clusters and mentions: the papers' own examples, worked by hand, and what must hold."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from augment import mentions
from augment.clusters import METRICS, conll, muc, scores
from augment.measure.agreement import agreement
from augment.measure.evaluate import evaluate
from tests.helpers import doc


def sets(*words: str) -> list[set[str]]:
    return [set(word) for word in words]


def three(found, name):
    return tuple(round(x, 3) for x in found[name])


@pytest.mark.parametrize(
    "gold, predicted, precision, recall",
    [  # Vilain et al. 1995
        (["abcd"], ["ab", "cd"], 1.0, 0.667),
        (["ab", "cd"], ["abcd"], 0.667, 1.0),
        (["abcd"], ["ab"], 1.0, 0.333),
        (["abc"], ["ac"], 1.0, 0.5),
        (["abcde", "fg", "hijkl"], ["abcde", "fghijkl"], 0.9, 1.0),  # Bagga & Baldwin 1998
    ],
)
def test_muc_counts_links(gold, predicted, precision, recall):
    found = scores([(sets(*gold), sets(*predicted))])
    assert three(found, "muc")[:2] == (precision, recall)


def test_b_cubed_tells_apart_what_muc_does_not():
    """Bagga & Baldwin 1998: joining two large clusters is worse than a small and a large one."""
    gold = sets("12345", "67", "89ABC")
    small = scores([(gold, sets("12345", "6789ABC"))])
    large = scores([(gold, sets("1234589ABC", "67"))])
    assert three(small, "muc") == three(large, "muc") == (0.9, 1.0, 0.947)
    assert three(small, "b_cubed")[:2] == (0.762, 1.0)
    assert three(large, "b_cubed")[:2] == (0.583, 1.0)


@pytest.mark.parametrize(
    "predicted, f1",
    [  # Luo 2005, table 1: MUC, B³, φ3-CEAF, φ4-CEAF
        (["12345", "6789ABC"], (0.947, 0.865, 0.833, 0.733)),
        (["1234589ABC", "67"], (0.947, 0.737, 0.583, 0.667)),
        (["123456789ABC"], (0.9, 0.545, 0.417, 0.294)),
        (list("123456789ABC"), (0.0, 0.4, 0.25, 0.178)),
    ],
)
def test_the_table_of_luo(predicted, f1):
    found = scores([(sets("12345", "67", "89ABC"), sets(*predicted))])
    names = ("muc", "b_cubed", "ceaf_m", "ceaf_e")
    assert tuple(three(found, name)[2] for name in names) == f1


def test_mentions_that_only_one_side_has():
    """The example of Pradhan et al. 2014: c and d are joined wrongly, e is missed, h, i are new."""
    found = scores([(sets("abc", "defg"), sets("ab", "cd", "fghi"))])
    assert three(found, "muc")[:2] == (0.4, 0.4)
    assert three(found, "b_cubed")[:2] == (0.5, 0.417)
    assert three(found, "ceaf_m")[:2] == (0.5, 0.571)
    assert three(found, "ceaf_e")[:2] == (0.433, 0.65)
    assert three(found, "exact") == (0, 0, 0)


def test_documents_are_summed_not_averaged():
    found = scores([(sets("ab"), sets("ab")), (sets("cdef"), sets("cd", "ef"))])
    assert three(found, "muc") == (1.0, 0.75, 0.857)
    assert muc(sets("cdef"), sets("cd", "ef")) == (2, 3, 2, 2)


clusterings = st.lists(st.integers(0, 4), min_size=1, max_size=12).map(
    lambda labels: [
        {n for n, label in enumerate(labels) if label == own} for own in dict.fromkeys(labels)
    ]
)


@given(clusterings)
def test_a_perfect_prediction_is_one(clusters):
    found = scores([(clusters, clusters)])
    linked = any(len(cluster) > 1 for cluster in clusters)
    assert all(f1 == pytest.approx(1) for name, (*_, f1) in found.items() if name != "muc")
    assert found["muc"].f1 == pytest.approx(float(linked))
    assert conll(found) == pytest.approx(1 if linked else 2 / 3)


@given(clusterings, clusterings, st.randoms(use_true_random=False))
def test_order_changes_nothing_and_sides_swap_precision_and_recall(gold, other, random):
    found = scores([(gold, other)])
    shuffled = (random.sample(gold, len(gold)), random.sample(other, len(other)))
    for name, got in scores([shuffled]).items():
        assert got == pytest.approx(found[name])
    for name, got in scores([(other, gold)]).items():
        assert (got.recall, got.precision) == pytest.approx(found[name][:2])
        assert all(0 <= x <= 1 + 1e-9 for x in got)


@pytest.mark.parametrize("name", METRICS)
def test_nothing_found_is_zero(name):
    assert scores([(sets("ab"), [])])[name] == scores([([], [])])[name] == (0, 0, 0)


GOLD = doc("[[1:PLACE|est de l’[[2:PLACE|Ukraine]]]] : [[3:CIVILIAN|Olha]], [[3:CIVILIAN|elle]].")
OTHER = doc("est de l’[[1:PLACE|Ukraine]] : [[3:CIVILIAN|Olha]][[4:PLACE|, elle]].")


def test_mentions_match_exactly_or_by_overlap():
    assert mentions.exact(GOLD, OTHER) == {"CIVILIAN": (1, 2, 1, 1), "PLACE": (1, 2, 1, 2)}
    wide = doc("[[1:PLACE|est de l’Ukraine : Olha]], [[2:CIVILIAN|elle.]]")
    assert mentions.exact(GOLD, wide) == {"CIVILIAN": (0, 2, 0, 1), "PLACE": (0, 2, 0, 1)}
    found = mentions.partial(GOLD, wide)
    assert found == {"CIVILIAN": (1, 2, 1, 1), "PLACE": (1, 2, 1, 1)}  # one to one
    assert mentions.whole([found]) == (1.0, 0.5, pytest.approx(2 / 3))


def test_an_exact_mention_is_taken_before_a_longer_overlap():
    found = mentions.partial(GOLD, doc("[[1:PLACE|est de l’[[2:PLACE|Ukraine]]]] : Olha, elle."))
    assert found["PLACE"] == (2, 2, 2, 2)


def test_mentions_on_one_span_stay_apart_in_clusters():
    gold = doc("Le [[1:CIVILIAN|[[2:CATEGORY|maire]]]] part. [[1:CIVILIAN|Il]] revient.")
    assert mentions.linked([(gold, gold)])["muc"] == (1, 1, 1)
    swapped = doc("Le [[1:CATEGORY|[[2:CIVILIAN|maire]]]] part. [[2:CIVILIAN|Il]] revient.")
    assert mentions.linked([(gold, swapped)])["ceaf_e"].f1 == 1


def test_measure_says_what_stats_agreement_says():
    found, both = evaluate([GOLD], [OTHER]).entities, agreement([GOLD], [OTHER])
    assert found.exact.model_dump() == pytest.approx(both["mentions"])
    assert found.spans.model_dump() == pytest.approx(both["spans"])
    assert found.clusters["exact"].model_dump() == pytest.approx(both["clusters"])


def test_given_entities_are_not_scored_and_missing_documents_are():
    assert evaluate([GOLD], [GOLD.model_copy(update={"relations": ()})]).entities is None
    more = GOLD.model_copy(update={"id": "more"})
    found = evaluate([GOLD, more], [OTHER]).entities
    assert found.exact.recall == pytest.approx(2 / 8)
    assert found.per_type["PLACE"].support == 4
