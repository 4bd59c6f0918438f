import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from augment.review.kappa import alpha, disagreement, kappa


def units(*annotators: str) -> list[list[int]]:
    """How many annotators gave each value to each unit; a dot is no value."""
    values = sorted({v for row in annotators for v in row} - {"."})
    columns = zip(*annotators, strict=True)
    return [[column.count(value) for value in values] for column in columns]


@pytest.mark.parametrize(
    ("annotators", "published"),
    [
        (("0100000010", "1110010000"), 0.095),
        (("aabbdcccedda", "babbbccceddd"), 0.692),
        (("123321412...", "1233224125.3", ".3332342251.", "12332441251."), 0.743),
    ],
    ids=["binary", "nominal", "missing values"],
)
def test_alpha_of_the_worked_examples(annotators, published):
    """Krippendorff (2011), "Computing Krippendorff's alpha-reliability", examples A, B and C."""
    assert alpha(disagreement(units(*annotators))) == pytest.approx(published, abs=6e-4)


@pytest.mark.parametrize(
    ("table", "published"),
    [
        ([[20, 5], [10, 15]], 0.40),
        ([[45, 15], [25, 15]], 0.1304),
        ([[25, 35], [5, 35]], 0.2593),
        ([[12, 2], [4, 2]], 0.21),
    ],
)
def test_kappa_of_textbook_tables(table, published):
    assert kappa(np.array(table)) == pytest.approx(published, abs=5e-3)


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=2, max_size=40))
def test_kappa_is_that_of_scikit_learn(pairs):
    table = np.zeros((3, 3))
    for a, b in pairs:
        table[a, b] += 1
    if len({v for pair in pairs for v in pair}) == 1:
        assert np.isnan(kappa(table))
    else:
        other = cohen_kappa_score(*zip(*pairs, strict=True))
        assert kappa(table) == pytest.approx(other, nan_ok=True)


@given(st.lists(st.lists(st.integers(0, 4), min_size=3, max_size=3), min_size=1, max_size=20))
def test_sums_of_parts_are_the_sums_of_the_whole(rows):
    whole = disagreement(rows)
    parts = [disagreement([row]) for row in rows]
    added = sum((np.pad(p, (0, 4 - len(p))) for p in parts), np.zeros(4))
    assert np.pad(whole, (0, 4 - len(whole))) == pytest.approx(added)


def test_nothing_to_compare_is_not_a_number():
    assert np.isnan(alpha(disagreement([])))
    assert np.isnan(alpha(disagreement([(3, 0)])))
    assert alpha(disagreement([(3, 0), (0, 2)])) == 1
    assert np.isnan(kappa(np.zeros((2, 2))))
