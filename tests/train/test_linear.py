"""The linear student: learns, honours labels and masks, is deterministic, survives odd input."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from augment.train.linear import Linear
from tests.helpers import ROOT, doc
from tests.train.small import GUIDE, birth, found, gold, home, world

NEW = [birth(25), home(26)]


def fitted(documents, guide=None, **settings):
    student = Linear(guide, **settings)
    student.fit(documents)
    return student


def born(student):
    """Log-odds of a birth in a sentence of the pattern."""
    return float(student.scores([birth(25)])[1]["IS_BORN_IN"][0])


@pytest.fixture(scope="module")
def student():
    return fitted(world(20), GUIDE)


@pytest.mark.parametrize("guide", [None, GUIDE])
def test_learns_a_small_world(guide):
    made = fitted(world(20), guide)
    assert found(made, *world(20)) == gold(*world(20))
    assert found(made, *NEW) == gold(*NEW)


def unlabelled_births(update):
    """Ten births annotated, twenty not; what the twenty say is in ``update``."""
    missed = [birth(n, id=f"missed{n}", relations=(), **update) for n in range(20)]
    return [*(birth(n) for n in range(30, 40)), *(home(n) for n in range(10)), *missed]


@pytest.mark.parametrize(
    "update, learnt",
    [
        ({}, False),
        ({"labelled": "none"}, True),
        ({"labelled": ("RESIDES_IN",)}, True),
        ({"labelled": ("IS_BORN_IN",)}, False),
        ({"masked": ((0, "IS_BORN_IN", 1),)}, True),
        ({"masked": ((0, None, 1),)}, True),
        ({"masked": ((0, "RESIDES_IN", 1),)}, False),
        ({"masked": ((1, "IS_BORN_IN", 0),)}, False),
    ],
)
def test_what_is_not_labelled_or_masked_is_no_negative(update, learnt):
    odds = born(fitted(unlabelled_births(update), GUIDE))
    clean = born(fitted(unlabelled_births({"labelled": "none"}), GUIDE))
    assert odds == clean if learnt else odds < clean


def test_relations_of_an_unlabelled_type_are_no_positives():
    hidden = [birth(n, labelled=("RESIDES_IN",)) for n in range(20)]
    made = fitted([*hidden, *(home(n) for n in range(20))], GUIDE)
    assert found(made, birth(25)) == [set()]


def test_weights_count():
    births = [birth(n) for n in range(20)]
    missed = [birth(n, relations=(), id=f"missed{n}") for n in range(20)]
    homes = [home(n) for n in range(10)]

    def score(of_births: float) -> float:
        student = Linear(GUIDE)
        student.fit([*births, *missed, *homes], [of_births] * 20 + [1.0] * 30)
        return born(student)

    assert score(4.0) > score(1.0) > score(0.25)


def test_weights_of_one_change_nothing(student):
    weighted = Linear(GUIDE)
    weighted.fit(world(20), [1.0] * 20)
    assert born(weighted) == born(student)


def test_aliases_are_the_same_type(student):
    text = "[[0:CIVILIAN_0|Ugo]] est né à [[1:PLACE|Caen]] ce jour-là."
    assert found(student, doc(text)) == [{(0, "IS_BORN_IN", 1)}]
    spelled = [
        d.model_copy(
            update={
                "entities": (
                    d.entities[0].model_copy(update={"type": "CIVILIAN_0"}),
                    *d.entities[1:],
                )
            }
        )
        for d in world(20)
    ]
    assert found(fitted(spelled, GUIDE), *NEW) == gold(*NEW)


def test_a_type_of_the_same_family_is_a_candidate(student):
    birth_of, home_of = (
        doc(f"[[0:MILITARY|Ugo]] {what} à [[1:PLACE|Caen]] ce jour-là.")
        for what in ("est né", "habite toujours")
    )
    odds = [student.scores([d])[1]["IS_BORN_IN"][0] for d in (birth_of, home_of)]
    assert odds[0] > odds[1]


@pytest.mark.parametrize(
    "document",
    [
        doc("Rien à dire."),
        doc("[[0:CIVILIAN|Paul]] est seul."),
        doc("[[0:ROBOT|R2]] est né à [[1:PLANET|Mars]]."),
        doc("[[0:ROBOT|R2]] est né à [[1:PLACE|Caen]]."),
    ],
)
def test_odd_documents_have_no_relations(student, document):
    assert found(student, document) == [set()]


def test_no_documents(student):
    assert student.predict([]) == []


@pytest.mark.parametrize(
    "documents", [[], [doc("Rien.")], [birth(1)], [birth(1), home(2)], world(5)]
)
def test_tiny_training_sets(documents):
    for guide in (None, GUIDE):
        assert len(fitted(documents, guide).predict(NEW)) == 2


def test_a_long_text(student):
    people = " ".join(f"[[{n}:CIVILIAN|nom{n}]]" + " mot" * 16 for n in range(150))
    places = " ".join(f"[[{n}:PLACE|lieu{n}]]" + " mot" * 16 for n in range(150, 300))
    end = "[[900:CIVILIAN|Ugo]] est né à [[901:PLACE|Caen]] ce jour-là."
    triples = found(student, doc(f"{people} {places} {end}"))[0]
    assert (900, "IS_BORN_IN", 901) in triples


def test_symmetric_relations_come_in_pairs():
    def meeting(n, verb="rencontre"):
        text = (
            f"[[0:CIVILIAN|Paul{n}]] {verb} [[1:CIVILIAN|Anna{n}]] et [[2:CIVILIAN|Luc{n}]] part."
        )
        both = [(0, "IS_IN_CONTACT_WITH", 1), (1, "IS_IN_CONTACT_WITH", 0)]
        return doc(text, *(both if verb == "rencontre" else []), id=f"{verb}{n}")

    documents = [meeting(n, verb) for n in range(12) for verb in ("rencontre", "ignore")]
    for triples in found(fitted(documents, GUIDE), *documents):
        assert {(t, k, h) for h, k, t in triples} == triples
    assert found(fitted(documents, GUIDE), meeting(50)) == gold(meeting(50))


def test_equal_data_and_seed_give_equal_bytes(tmp_path):
    for name in ("a", "b"):
        fitted(world(12), GUIDE, seed=3).save(tmp_path / name)
    for file in ("model.json", "arrays.npz"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


def test_order_of_relations_and_relations_at_prediction_do_not_matter(student):
    assert student.predict(NEW) == [frozenset(t) for t in found(student, *NEW)]


def test_copies_of_a_document_share_a_fold():
    from augment.train.regression import fold_of

    copy = birth(1, id="copy")
    child = birth(5, id="child", meta=copy.meta.model_copy(update={"parents": ("birth1",)}))
    for seed in range(10):
        folds = fold_of([birth(1), *world(9), copy, child], 4, seed)
        assert folds[0] == folds[2] == folds[-2] == folds[-1]
        assert set(folds.tolist()) == {0, 1, 2, 3}
    assert len({tuple(fold_of(world(9), 4, seed).tolist()) for seed in range(10)}) > 5


def test_the_hash_seed_of_the_process_does_not_matter(tmp_path):
    code = (
        "from pathlib import Path; from augment.train.linear import Linear;"
        "from tests.train.small import GUIDE, world;"
        "import sys; s = Linear(); s.fit(world(8)); s.save(Path(sys.argv[1]))"
    )
    for seed in ("1", "2"):
        subprocess.run(
            [sys.executable, "-c", code, str(tmp_path / seed)],
            check=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
        )
    for file in ("model.json", "arrays.npz"):
        assert (tmp_path / "1" / file).read_bytes() == (tmp_path / "2" / file).read_bytes()
