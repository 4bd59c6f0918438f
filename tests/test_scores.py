"""Definitions against numbers worked out by hand and scikit-learn; intervals that cover."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import f1_score

from augment.scores import (
    Scored,
    bootstrap,
    count,
    f1,
    gold_triples,
    holm,
    interval,
    judged,
    metrics,
    p_value,
    resamples,
    scored,
)
from tests.helpers import doc

TEXT = "[[1:PERSON|Anna]] vit à [[2:PLACE|Kiev]] avec [[3:PERSON|Oleg]]."
GOLD = [
    doc(TEXT, (1, "RESIDES_IN", 2), (3, "RESIDES_IN", 2), (1, "KNOWS", 3), id="a"),
    doc(TEXT, (1, "RESIDES_IN", 2), (1, "RESIDES_IN", 2), (1, "RARE", 3), id="b"),
]
FOUND = [
    frozenset({(1, "RESIDES_IN", 2), (3, "KNOWS", 1), (1, "GHOST", 2)}),
    frozenset({(1, "RESIDES_IN", 2), (3, "RESIDES_IN", 2)}),
]


def test_counts_and_averages_by_hand():
    over = scored(GOLD, FOUND)
    assert over.types == ("GHOST", "KNOWS", "RARE", "RESIDES_IN")
    assert over.support.tolist() == [0, 1, 1, 3]
    counts = count(GOLD, FOUND, over.types)
    assert counts[:, 3].tolist() == [[1, 0, 1], [1, 1, 0]]  # RESIDES_IN by document
    got = metrics(counts.sum(axis=0), over)
    assert got.per_type.tolist() == pytest.approx([0, 0, 0, 2 / 3])
    assert got.macro_f1 == pytest.approx((0 + 0 + 2 / 3) / 3)  # GHOST has no gold: not averaged
    assert got.micro_f1 == pytest.approx(2 * 2 / (2 * 2 + 3 + 3))
    assert np.isnan(got.macro_f1_50)


def test_unlabelled_types_and_masked_pairs_are_not_judged():
    partial = doc(
        TEXT,
        (1, "RESIDES_IN", 2),
        (1, "KNOWS", 3),
        labelled=("RESIDES_IN",),
        masked=((3, None, 2),),
    )
    assert gold_triples(partial) == {(1, "RESIDES_IN", 2)}
    assert not judged(partial, (3, "RESIDES_IN", 2))
    found = [frozenset({(3, "RESIDES_IN", 2), (3, "KNOWS", 1), (2, "RESIDES_IN", 2)})]
    assert count([partial], found, ("KNOWS", "RESIDES_IN")).tolist() == [[[0, 0, 0], [0, 1, 1]]]


def test_one_prediction_a_document():
    with pytest.raises(ValueError, match="zip"):
        count(GOLD, FOUND[:1], scored(GOLD, FOUND).types)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=60))
def test_agrees_with_scikit_learn(labels):
    """One pair a document, class 0 is "no relation"."""
    truth, guess = (list(side) for side in zip(*labels, strict=True))
    gold = [doc(TEXT, *([(1, f"R{t}", 3)] if t else []), id=str(i)) for i, t in enumerate(truth)]
    found = [frozenset({(1, f"R{g}", 3)} if g else ()) for g in guess]
    over = scored(gold, found)
    if not over.types:
        return
    got = metrics(count(gold, found, over.types).sum(axis=0), over)
    classes = [int(t[1]) for t in over.types]
    kept = [c for c, n in zip(classes, over.support, strict=True) if n]
    assert got.micro_f1 == pytest.approx(
        f1_score(truth, guess, labels=classes, average="micro", zero_division=0)
    )
    assert got.per_type.tolist() == pytest.approx(
        f1_score(truth, guess, labels=classes, average=None, zero_division=0).tolist()
    )
    if kept:
        assert got.macro_f1 == pytest.approx(
            f1_score(truth, guess, labels=kept, average="macro", zero_division=0)
        )


def test_frequent_types_have_fifty_test_triples():
    over = Scored(("A", "B", "C"), np.array([50, 49, 0]))
    got = metrics(np.array([[1, 0, 1], [1, 0, 0], [0, 5, 0]]), over)
    assert got.macro_f1_50 == pytest.approx(2 / 3)
    assert got.macro_f1 == pytest.approx((2 / 3 + 1) / 2)


def test_near_twins_are_drawn_together_and_draws_keep_their_size():
    weights = resamples([0, 1, 0, 2], seeds=3, draws=500)
    assert (weights.documents[:, 0] == weights.documents[:, 2]).all()
    assert (weights.documents[:, [0, 1, 3]].sum(axis=1) == 3).all()
    assert weights.seeds.sum(axis=1) == pytest.approx(1)


def test_seed_weights_do_not_understate_the_variance_of_few_seeds():
    values = np.array([1.0, 2.0, 6.0])
    drawn = resamples([0], seeds=3, draws=40_000).seeds @ values
    assert drawn.mean() == pytest.approx(values.mean(), abs=0.03)
    assert drawn.var() == pytest.approx(values.var(ddof=1) / 3, rel=0.03)


def test_bootstrap_of_the_same_counts_has_no_spread_between_arms():
    counts = np.random.default_rng(0).integers(0, 4, size=(2, 6, 3, 3))
    over = Scored(("A", "B", "C"), np.array([5, 5, 5]))
    weights = resamples(range(6), seeds=2, draws=200)
    difference = bootstrap(counts, over, weights).minus(bootstrap(counts.copy(), over, weights))
    assert interval(difference.macro_f1) == (0, 0)
    assert p_value(difference.macro_f1) == 1


def test_bootstrap_draw_is_the_score_of_the_documents_drawn():
    rng = np.random.default_rng(1)
    counts = rng.integers(0, 4, size=(2, 5, 2, 3))
    over = Scored(("A", "B"), np.array([60, 5]))
    weights = resamples(range(5), seeds=2, draws=3)
    drawn = bootstrap(counts, over, weights)
    for i in range(3):
        rows = np.repeat(np.arange(5), weights.documents[i].astype(int))
        by_seed = [metrics(counts[s][rows].sum(axis=0), over) for s in range(2)]
        expected = sum(w * m.macro_f1 for w, m in zip(weights.seeds[i], by_seed, strict=True))
        assert drawn.macro_f1[i] == pytest.approx(expected)


def test_intervals_cover_the_true_difference():
    """Simulated experiments with spread between seeds and between documents, true gain known."""
    rng = np.random.default_rng(7)
    over = Scored(("A", "B"), np.array([100, 100]))
    documents, seeds, covered = 40, 4, 0
    truth = _f1_at(0.70) - _f1_at(0.60)
    for _ in range(120):
        hard = rng.normal(0, 0.10, size=(1, documents, 1))
        arms = [
            _simulate(rng, p + hard + rng.normal(0, 0.03, size=(seeds, 1, 1))) for p in (0.6, 0.7)
        ]
        weights = resamples(range(documents), seeds, draws=400)
        base, better = (bootstrap(arm, over, weights) for arm in arms)
        low, high = interval(better.minus(base).macro_f1)
        covered += low <= truth <= high
    assert covered / 120 >= 0.88


def _simulate(rng, recall):
    recall = np.clip(np.broadcast_to(recall, (*recall.shape[:2], 2)), 0, 1)
    found = rng.binomial(10, recall)
    return np.stack([found, rng.poisson(3, found.shape), 10 - found], axis=-1)


def _f1_at(recall):
    return float(f1(np.array([recall * 10, 3, 10 - recall * 10])))


def test_holm_by_hand():
    assert holm({"a": 0.01, "b": 0.04, "c": 0.03}) == pytest.approx(
        {"a": 0.03, "b": 0.06, "c": 0.06}
    )
    assert holm({"x": 0.9, "y": 0.8}) == {"x": 1.0, "y": 1.0}


def test_p_value_counts_both_sides():
    assert p_value(np.array([-1.0, 1.0, 1.0, 1.0])) == pytest.approx(2 * 2 / 5)
    assert p_value(np.ones(99)) == pytest.approx(0.02)
