"""Partners averaged, one head a tail, thresholds."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from augment.train.decode import GRID, decoded, f1_curve, thresholds
from augment.train.table import empty


def table(*pairs):
    document, head, tail = np.array(pairs, np.int64).T
    return empty()._replace(document=document, head=head, tail=tail)


def test_partners_are_averaged_and_a_missing_partner_changes_nothing():
    pairs = table((0, 0, 1), (0, 0, 2), (0, 1, 0), (1, 1, 0))
    scores = decoded(pairs, np.arange(4), np.array([2.0, 5.0, -1.0, 7.0]), True, False)
    assert scores.tolist() == [0.5, 5.0, 0.5, 7.0]


def test_the_best_head_of_each_tail_is_kept():
    pairs = table((0, 0, 2), (0, 1, 2), (0, 1, 3), (1, 0, 2))
    scores = decoded(pairs, np.arange(4), np.array([1.0, 2.0, -3.0, 0.0]), False, True)
    assert scores.tolist() == [-np.inf, 2.0, -3.0, 0.0]


def test_the_first_of_equal_heads_wins():
    pairs = table((0, 0, 2), (0, 1, 2))
    scores = decoded(pairs, np.arange(2), np.array([1.0, 1.0]), False, True)
    assert scores.tolist() == [1.0, -np.inf]


@given(st.lists(st.tuples(st.floats(-3.9, 3.9), st.booleans()), min_size=1, max_size=30))
def test_the_curve_is_f1_smoothed(rows):
    scores = np.array([s for s, _ in rows])
    positive = np.array([p for _, p in rows])
    raw = []
    for threshold in GRID:
        chosen = scores >= threshold
        raw.append(2 * (chosen & positive).sum() / max(chosen.sum() + positive.sum(), 1))
    curve = f1_curve(scores, positive, np.ones(len(rows)))
    assert curve.shape == GRID.shape
    assert min(raw) - 1e-9 <= curve.min() and curve.max() <= max(raw) + 1e-9


def test_weights_are_copies():
    scores, positive = np.array([1.0, -1.0, 0.5]), np.array([True, True, False])
    doubled = f1_curve(np.repeat(scores, 2), np.repeat(positive, 2), np.ones(6))
    assert np.allclose(f1_curve(scores, positive, np.full(3, 2.0)), doubled)


def test_a_frequent_type_has_its_own_threshold_and_a_rare_one_nearly_the_common_one():
    def curve(at):
        return np.maximum(0, 1 - np.abs(GRID - at) / 8)

    curves = {"a": curve(-1.0), "b": curve(-1.0), "c": curve(2.0)}
    found = thresholds(curves, {"a": 1e6, "b": 1e6, "c": 1e6})
    assert np.allclose([found["a"], found["c"]], [-1.0, 2.0], atol=0.06)
    rare = thresholds(curves, {"a": 1e6, "b": 1e6, "c": 0.01})
    assert abs(rare["c"] - rare["a"]) < 0.1


def test_a_type_that_is_never_right_takes_the_common_threshold():
    curves = {"a": np.maximum(0, 1 - np.abs(GRID - 1)), "b": np.zeros(len(GRID))}
    assert (
        thresholds(curves, {"a": 50.0, "b": 5.0})["b"]
        == thresholds(curves, {"a": 50.0, "b": 5.0})["a"]
    )
