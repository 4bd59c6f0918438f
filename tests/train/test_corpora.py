"""One fold of five of a real corpus; the whole figure comes from benchmarks/bench_student.py."""

from __future__ import annotations

import pytest

from augment.guide import load
from augment.read import read_all
from augment.scores import count, metrics, scored
from augment.train.linear import Linear
from augment.train.rules import Rules
from tests.helpers import corpora
from tests.train.small import bare

pytestmark = pytest.mark.corpora


@pytest.fixture(scope="module")
def split():
    documents = read_all(corpora("textmine", "train.csv"))[0]
    return [d for n, d in enumerate(documents) if n % 5], documents[::5]


@pytest.mark.parametrize(
    "make, macro, micro",
    [
        (lambda: Linear(), 0.56, 0.64),
        (lambda: Rules(load("textmine")), 0.46, 0.50),
        (lambda: Rules(), 0.33, 0.42),
    ],
)
def test_a_fold_is_predicted_well(split, make, macro, micro):
    train, test = split
    student = make()
    student.fit(train)
    predicted = student.predict([bare(document) for document in test])
    over = scored(test, predicted)
    found = metrics(count(test, predicted, over.types).sum(axis=0), over)
    assert found.macro_f1 > macro
    assert found.micro_f1 > micro
    assert all(d.by_id.keys() >= {h for h, _, _ in p} for d, p in zip(test, predicted, strict=True))


def test_the_other_spelling_of_types_makes_no_difference(split):
    documents = read_all(corpora("popcorn", "train.json"))[0]
    guide = load("textmine")
    assert {e.type for d in documents for e in d.entities} - set(guide.entities)
    ours, theirs = Rules(guide), Rules(guide)
    ours.fit([*split[0], *split[1]])
    theirs.fit(documents)
    assert ours.rules == theirs.rules
