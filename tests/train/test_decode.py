"""Partners averaged, one head a tail, thresholds."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from augment.train.decode import GRID, decoded, threshold
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


def test_a_frequent_type_has_nearly_the_best_threshold():
    scores = np.linspace(-3, 3, 2000)
    positive = scores > 1
    positive[::7] = True

    def f1(at):
        chosen = scores >= at
        return 2 * (chosen & positive).sum() / max(chosen.sum() + positive.sum(), 1)

    found = threshold(scores, positive, np.ones(2000))
    assert f1(found) > max(map(f1, GRID)) - 0.02


def test_a_rare_type_chooses_about_as_many_as_there_are():
    scores = np.linspace(-6, -1, 500)
    positive = np.zeros(500, bool)
    positive[[100, 450, 499]] = True
    assert 1 <= (scores >= threshold(scores, positive, np.ones(500))).sum() <= 12


@given(st.lists(st.tuples(st.floats(-8, 3.9), st.booleans()), min_size=1, max_size=30))
def test_weights_are_copies_and_thresholds_stay_on_the_grid(rows):
    scores = np.array([s for s, _ in rows])
    positive = np.array([p for _, p in rows])
    ones = np.ones(len(rows))
    found = threshold(scores, positive, 2 * ones)
    assert found == threshold(np.repeat(scores, 2), np.repeat(positive, 2), np.repeat(ones, 2))
    assert GRID[0] <= found <= GRID[-1]
