from collections import Counter
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from augment.errors import UsageError
from augment.review.rates import rate, total
from augment.review.select import inclusion, select, systematic
from augment.schema import Finding
from tests.helpers import doc


def batch(number: int) -> list:
    return [
        doc("[[1:PLACE|Kiev]], [[2:PLACE|Ukraine]]", *rows, id=f"d{i}")
        for i in range(number)
        for rows in ([(1, "RARE", 2)] if i % 10 == 0 else [(1, "COMMON", 2)] * (i % 3 > 0),)
    ]


@given(st.lists(st.floats(0.1, 1000), min_size=1, max_size=40), st.integers(1, 45))
def test_inclusion_probabilities_sum_to_the_number_drawn(sizes, number):
    chances = inclusion(sizes, number)
    assert sum(chances) == pytest.approx(min(number, len(sizes)))
    assert all(0 < chance <= 1 for chance in chances)
    free = [(c / s) for c, s in zip(chances, sizes, strict=True) if c < 1]
    assert free == pytest.approx([free[0]] * len(free) if free else [])


@given(st.lists(st.floats(0.1, 1000), min_size=1, max_size=40), st.integers(1, 45), st.randoms())
def test_as_many_are_drawn_as_asked_and_none_twice(sizes, number, random):
    drawn = systematic(inclusion(sizes, number), random)
    assert len(drawn) == len(set(drawn)) == min(number, len(sizes))
    assert drawn == sorted(drawn)


def test_each_is_drawn_with_its_probability():
    chances = inclusion([1, 2, 3, 4, 10], 2)
    random = Random(1)
    drawn = Counter(place for _ in range(20_000) for place in systematic(chances, random))
    assert [drawn[i] / 20_000 for i in range(5)] == pytest.approx(chances, abs=0.015)


def test_weighted_figures_are_those_of_the_batch():
    """Where the draw prefers what is wrong, the plain share is far off and the weighted is not."""
    documents = batch(100)
    wrong = {d.id: float(d.relations[:1] == doc_rare(d)) for d in documents}
    truth = sum(wrong.values())
    plain, weighted, totals = [], [], []
    for seed in range(400):
        drawn = select(documents, by="rare", number=20, seed=seed)
        parts = [(s.weight, wrong[s.document.id], 1) for s in drawn]
        plain.append(sum(x for _, x, _ in parts) / len(parts))
        weighted.append(rate(parts).share)
        totals.append(total(parts))
    assert sum(totals) / 400 == pytest.approx(truth, rel=0.05)
    assert sum(weighted) / 400 == pytest.approx(truth / 100, rel=0.1)
    assert sum(plain) / 400 > 1.2 * truth / 100


def doc_rare(d):
    return tuple(r for r in d.relations if r.type == "RARE")[:1] or None


def test_what_matters_is_drawn_more_often_and_weighs_less():
    documents = batch(60)
    scores = {d.id: i / 60 for i, d in enumerate(documents)}
    drawn = select(documents, by="uncertain", number=15, scores=scores)
    weights = {s.document.id: s.weight for s in drawn}
    ordered = sorted(weights, key=lambda key: scores[key])
    assert [weights[key] for key in ordered] == sorted(weights.values(), reverse=True)
    assert drawn == select(documents, by="uncertain", number=15, scores=scores)
    assert drawn != select(documents, by="uncertain", number=15, scores=scores, seed=1)


def test_violations_say_what_was_found():
    documents = batch(3)
    found = {"d1": [Finding(code="wrong_signature", scope="relation", action="removed")]}
    drawn = select(documents, by="violations", number=3, findings=found)
    assert [s.why for s in drawn] == [
        "rien de signalé",
        "signalé\u00a0: types d’entités que le guide n’admet pas pour cette relation",
        "rien de signalé",
    ]
    assert [s.weight for s in drawn] == [1, 1, 1]


def test_traps_look_like_a_random_draw():
    documents = batch(20)
    drawn = select(documents, by="traps", number=5)
    assert {s.why for s in drawn} == {"tiré au hasard"}
    assert {s.weight for s in drawn} == {4.0}


def test_a_method_without_what_it_goes_by_is_refused():
    with pytest.raises(UsageError, match="without scores"):
        select(batch(3), by="uncertain", number=1)
    with pytest.raises(UsageError, match="'best'"):
        select(batch(3), by="best", number=1)


def test_nothing_to_draw_from():
    assert select([], by="rare", number=5) == []
