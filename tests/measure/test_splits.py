"""Folds partition, near-twins stay together, subsets are nested and differ by seed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from augment.errors import UsageError
from augment.measure.splits import fixed, folds, near_twins, sizes, view
from tests.helpers import doc
from tests.measure.small import corpus

LONG = " ".join(f"mot{i}" for i in range(60))


def test_near_twins_by_either_rule():
    halves = [doc(LONG), doc(LONG + " et la suite"), doc("tout autre chose ici", id="x")]
    assert near_twins(halves) == [0, 0, 2]
    part = " ".join(f"mot{i}" for i in range(20))  # 13 of 53 8-grams, under half of the 4-grams
    other = part + " " + " ".join(f"autre{i}" for i in range(40))
    assert near_twins([doc(LONG), doc(other, id="x")]) == [0, 0]


@given(groups=st.lists(st.integers(0, 12), min_size=6, max_size=40), number=st.integers(2, 4))
def test_folds_partition_and_keep_groups(groups, number):
    documents = corpus(len(groups))
    if len(set(groups)) < number:
        with pytest.raises(UsageError, match="folds of"):
            folds(documents, groups, number, seeds=1)
        return
    group = {d.id: g for d, g in zip(documents, groups, strict=True)}
    made = folds(documents, groups, number, seeds=2)
    for seed in range(2):
        parts = [split for split in made if split.seed == seed]
        assert sorted(d.id for s in parts for d in s.test) == sorted(group)
        for split in parts:
            assert split.test
            assert {group[d.id] for d in split.train}.isdisjoint(group[d.id] for d in split.test)
            assert len(split.train) + len(split.test) == len(documents)


def test_equal_folds_where_groups_allow_it():
    made = folds(corpus(40), range(40), 5, seeds=1)
    assert [len(split.test) for split in made] == [8] * 5


def test_subsets_are_nested_and_the_pool_is_the_rest():
    split, other = fixed(corpus(20), corpus(5, name="t"), seeds=2)
    small, large = view(split, 5), view(split, 10)
    assert large.train[:5] == small.train
    assert set(map(id, small.train)).isdisjoint(map(id, small.pool))
    assert len(small.train) + len(small.pool) == 20
    assert view(split, None).pool == ()
    assert [d.id for d in view(other, 5).train] != [d.id for d in small.train]
    assert split.test == other.test


def test_sizes_are_named_by_their_number():
    splits = fixed(corpus(20), corpus(5, name="t"), seeds=1)
    assert sizes([10, 5, "all", 20, 50], splits) == {"5": 5, "10": 10, "20": None}
    assert sizes([50], splits) == {"20": None}
    assert sizes([5], splits) == {"5": 5}
