"""What each arm adds, and that it sees nothing but its view."""

from __future__ import annotations

from collections import Counter

import pytest

from augment.measure.arms import (
    Answer,
    best_of,
    duplicated,
    inner,
    nothing,
    outside,
    random_gold,
    reweighted,
    targeted_gold,
    trained,
)
from augment.measure.cells import Cells, bare
from augment.protocols import Addition, View
from tests.measure.small import Memo, corpus, shuffled

GOLD = corpus(40)
VIEW = View(GOLD[:20], GOLD[20:], seed=0)
TEST = corpus(8, name="t")


@pytest.fixture
def cells(tmp_path):
    return Cells(Memo, tmp_path, "memo")


def test_placebo_repeats_training_documents():
    added = duplicated(VIEW, number=50).documents
    assert Counter(Counter(d.id for d in added).values()) == {2: 10, 3: 10}
    assert {d.id for d in added} == {d.id for d in VIEW.train}
    assert [d.id for d in duplicated(VIEW._replace(seed=1), number=50).documents] != [
        d.id for d in added
    ]


def test_rare_types_weigh_more():
    view = View([*corpus(18, types=["LEFT"]), *corpus(2, name="r", types=["RESIDES_IN"])], (), 0)
    weights = reweighted(view).weights
    assert weights[-1] > 2 * weights[0]
    assert len(weights) == 20
    assert max(weights) <= 4
    assert min(weights) >= 0.25


def test_random_gold_comes_from_the_pool_or_not_at_all():
    assert list(random_gold(VIEW, number=5).documents) == GOLD[20:25]
    assert random_gold(VIEW, number=21) is None


def test_targeted_gold_has_the_types_wanted():
    wanted = {"LEFT": 4, "RESIDES_IN": 1}
    added = targeted_gold(VIEW, number=5, wanted=wanted).documents
    assert Counter(d.relations[0].type for d in added) == wanted
    assert {d.id for d in added} <= {d.id for d in VIEW.pool}
    assert targeted_gold(VIEW, number=21, wanted=wanted) is None


def test_targeted_gold_goes_on_when_all_is_covered():
    added = targeted_gold(VIEW, number=10, wanted={"LEFT": 1}).documents
    assert len({d.id for d in added}) == 10


def test_the_student_learns_from_what_an_arm_adds(cells):
    few = View(corpus(4, types=["LEFT"]), (), 0)
    more = trained(lambda view: Addition(corpus(40, name="m")), cells)
    base = trained(nothing, cells)(few, TEST)
    answer = more(few, TEST)
    assert answer.added == 40
    assert base.added == 0
    found = {kind for triples in answer.triples for _, kind, _ in triples}
    assert found == {"LEFT", "RESIDES_IN", "IS_BORN_IN", "IS_DEAD_IN"}
    assert {kind for triples in base.triples for _, kind, _ in triples} == {"LEFT"}


def test_no_arm_no_answer(cells):
    assert trained(lambda view: None, cells)(VIEW, TEST) is None


def test_outside_takes_the_batch_of_the_seed_and_leaves_leaks_out(cells):
    batches = [corpus(6, name="one"), [*corpus(4, name="two"), TEST[1].model_copy()]]
    system = outside(batches, cells, mask="auto")
    assert system(VIEW, TEST).added == 6
    assert system(VIEW._replace(seed=1), TEST).added == 4
    assert system(VIEW._replace(seed=2), TEST).added == 6


def test_outside_masks_what_it_annotates_too_thinly(cells):
    silent = [d.model_copy(update={"relations": ()}) for d in corpus(60, name="s", types=["LEFT"])]
    view = View(corpus(60), (), 0)
    harmed = outside([silent], cells, mask="none")(view, TEST)
    spared = outside([silent], cells, mask="auto")(view, TEST)
    assert harmed.masked == ()
    assert spared.masked == ("IS_BORN_IN", "IS_DEAD_IN", "LEFT", "RESIDES_IN")
    left = [
        triples
        for d, triples in zip(TEST, spared.triples, strict=True)
        if d.relations[0].type == "LEFT"
    ]
    assert left.count(frozenset({(1, "LEFT", 2)})) > 0
    assert all((1, "LEFT", 2) not in triples for triples in harmed.triples)


def test_the_best_strategy_is_chosen_on_the_training_side(cells):
    strategies = {
        "wrong": lambda view: Addition(shuffled(corpus(60, name="w"), seed=2)),
        "right": lambda view: Addition(corpus(60, name="r")),
    }
    answer = best_of(strategies, cells)(VIEW, TEST)
    assert answer.chosen == "right"
    assert answer.added == 60


def test_the_inner_split_stays_within_the_first_hundred():
    view, validation = inner(View(corpus(300), (), 0))
    assert (len(view.train), len(validation)) == (75, 25)
    assert not {d.id for d in view.train} & {d.id for d in validation}


def test_a_cell_is_computed_once_and_depends_on_all_that_matters(tmp_path):
    fits = []

    class Counting(Memo):
        def fit(self, documents, weights=None):
            fits.append(len(documents))
            super().fit(documents, weights)

    cells = Cells(Counting, tmp_path, "memo")
    first = cells.predict(GOLD, TEST)
    assert Cells(Counting, tmp_path, "memo").predict(GOLD, TEST) == first
    assert fits == [40]
    hidden = [GOLD[0].model_copy(update={"labelled": "none"}), *GOLD[1:]]
    for args in [(GOLD[:39], TEST), (GOLD, TEST[:4]), (GOLD, TEST, [1.0] * 40), (hidden, TEST)]:
        cells.predict(*args)
    Cells(Counting, tmp_path, "another").predict(GOLD, TEST)
    assert len(fits) == 6


def test_a_student_does_not_see_the_relations_of_test_documents(tmp_path):
    class Cheat(Memo):
        def predict(self, documents):
            return [frozenset(r.triple for r in d.relations) for d in documents]

    assert set(Cells(Cheat, tmp_path, "cheat").predict(GOLD, TEST)) == {frozenset()}
    assert bare(GOLD[0]).relations == ()


def test_answers_have_no_surprises():
    assert Answer([]).masked == ()
