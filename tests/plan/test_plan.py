"""The plan: exact totals, caps, expected gain, and a table a reader can follow."""

from collections import Counter
from math import ceil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from augment.guide.model import EntityType, Guide, RelationType
from augment.plan import Settings, plan
from tests.helpers import doc

NAMES = [f"T{i}" for i in range(12)]


def guide(names=NAMES, **relation):
    return Guide(
        name="g",
        entities={"A": EntityType(family="a")},
        relations={n: RelationType(signatures=(("A", "A"),), **relation) for n in names},
    )


def corpus(counts):
    """One document with the number of relations of each type that is asked for."""
    rows = [(1, kind, 2) for kind, n in counts.items() for _ in range(n)]
    return [doc("[[1:A|un]] [[2:A|deux]]", *rows)]


def shares(made):
    return Counter(kind for order in made.orders for kind in order.types)


counts = st.dictionaries(st.sampled_from(NAMES), st.integers(1, 3000), min_size=1)
scores = st.dictionaries(st.sampled_from(NAMES), st.floats(0, 1))
strategies = st.lists(st.sampled_from(["mentions", "typos", "compose"]), min_size=1, unique=True)


@settings(max_examples=80, deadline=None)
@given(counts, scores, strategies, st.integers(0, 150), st.integers(1, 4), st.integers(0, 99))
def test_quotas_are_honoured(gold, known, names, samples, width, seed):
    made = plan(
        corpus(gold),
        guide=guide(),
        samples=samples,
        strategies=names,
        scores=known,
        seed=seed,
        settings=Settings(types_per_order=width, types_together=width),
    )
    assert len(made.orders) == samples
    assert len({order.id for order in made.orders}) == samples
    given_ = shares(made)
    slots = sum(given_.values())
    usable = len(NAMES) if "compose" in names else len(gold)
    for order in made.orders:
        assert len(set(order.types)) == len(order.types)
        most = min(width, usable)
        assert len(order.types) == most or (order.strategy == "compose" and len(order.types) < most)
    for row in made.rows:
        assert row.orders == given_[row.type]
        assert row.share == pytest.approx(row.orders / slots if slots else 0)
    if usable * 0.15 >= 1 and width == 1 and "compose" in names:
        hopeless = {k for k, f1 in known.items() if f1 < 0.05 and gold.get(k, 0) >= 100}
        if (usable - len(hopeless)) * 0.15 >= 1:
            assert all(n <= ceil(0.15 * slots) for n in given_.values())
            assert all(given_[k] <= ceil(0.02 * slots) for k in hopeless)


@settings(max_examples=30, deadline=None)
@given(counts, st.integers(0, 60), st.integers(0, 60))
def test_a_larger_plan_begins_with_the_smaller(gold, few, more):
    small = plan(corpus(gold), guide=guide(), samples=few, strategies=["mentions", "typos"])
    large = plan(corpus(gold), guide=guide(), samples=few + more, strategies=["mentions", "typos"])
    assert large.orders[:few] == small.orders


def test_rare_and_low_types_come_first_and_the_others_follow():
    gold = {"T0": 5, "T1": 5, "T2": 500, "T3": 500, **{f"T{i}": 3000 for i in range(4, 12)}}
    known = {"T0": 0.2, "T1": 0.9, "T2": 0.2, "T3": 0.9}
    made = shares(
        plan(
            corpus(gold),
            guide=guide(),
            samples=100,
            strategies=["compose"],
            scores=known | {f"T{i}": 0.9 for i in range(4, 12)},
            settings=Settings(types_together=1),
        )
    )
    assert made["T0"] >= made["T1"] >= made["T3"]
    assert made["T0"] >= made["T2"] >= made["T3"]
    assert made["T0"] == 15


def test_a_type_that_many_examples_did_not_teach_is_held_back():
    gold = dict.fromkeys(NAMES, 200)
    known = dict.fromkeys(NAMES, 0.5) | {"T0": 0.01}
    made = plan(
        corpus(gold),
        guide=guide(),
        samples=100,
        strategies=["compose"],
        scores=known,
        settings=Settings(types_together=1),
    )
    assert shares(made)["T0"] == 2
    assert "2%" in next(row.why for row in made.rows if row.type == "T0")


def test_without_an_llm_a_type_is_ordered_five_times_an_example():
    gold = {"T0": 1, **{f"T{i}": 100 for i in range(1, 12)}}
    made = plan(corpus(gold), guide=guide(), samples=100, strategies=["mentions"])
    assert shares(made)["T0"] == 5
    row = next(row for row in made.rows if row.type == "T0")
    assert row.why.endswith("at the cap of 5")


def test_types_without_example_or_pattern_are_listed_and_not_ordered():
    made = plan(corpus({"T0": 3}), guide=guide(), samples=10, strategies=["mentions"])
    assert shares(made) == {"T0": 10}
    assert [row.type for row in made.rows if row.orders == 0] == NAMES[1:]
    assert "no example" in made.rows[1].why
    patterned = guide(patterns=("{head} voit {tail}.",))
    made = plan(corpus({"T0": 3}), guide=patterned, samples=60, strategies=["templates"])
    assert set(shares(made)) == set(NAMES)
    both = plan(
        corpus({"T0": 3}), guide=patterned, samples=60, strategies=["mentions", "templates"]
    )
    assert {o.types for o in both.orders if o.strategy == "mentions"} == {("T0",)}
    assert plan([], guide=guide(), samples=5, strategies=["mentions"]).orders == ()


def test_strategies_take_turns_within_a_type():
    made = plan(corpus({"T0": 9}), guide=guide(["T0"]), samples=12, strategies=["a", "b", "c"])
    assert Counter(order.strategy for order in made.orders) == {"a": 4, "b": 4, "c": 4}


def test_look_alikes_become_negatives_and_distractors_vary():
    rules = guide(["T0", "T1"], lookalikes=("T0", "T1", "UNKNOWN"))
    made = plan(corpus({"T0": 9, "T1": 9}), guide=rules, samples=40, strategies=["mentions"])
    for order in made.orders:
        assert order.negatives == (("T1",) if order.types == ("T0",) else ("T0",))
    assert {order.distractors for order in made.orders} == {0, 1, 2}
    assert len({order.seed for order in made.orders}) == 40


def test_settings_are_checked():
    with pytest.raises(ValidationError):
        Settings(cap=0)
    with pytest.raises(ValidationError):
        Settings(caps=0.2)
