from random import Random

import pytest

from augment.errors import UsageError
from augment.review.noise import ceiling, mixed
from augment.schema import Review
from tests.helpers import doc

TEXT = "[[1:PLACE|Kiev]], [[2:PLACE|Lviv]], [[3:PLACE|Ukraine]]"
A, B, C, D = (1, "IN", 3), (2, "IN", 3), (1, "NEAR", 2), (2, "NEAR", 1)


def texts(*relations, number=1):
    return [doc(TEXT, *relations, id=f"g{i}") for i in range(number)]


def test_an_error_is_the_golds_where_reviewers_side_with_the_student():
    gold, reviewed = texts(A, B), texts(A, C)
    # too many: C (reviewers have it too), D (they have not); missed: B (they took it out)
    got = ceiling(gold, reviewed, {"g0": frozenset({A, C, D})})
    assert (got.errors, got.gold) == (3, 2)
    assert got.share.value == pytest.approx(2 / 3)
    assert got.ceiling.value == pytest.approx(0.5)
    assert got.corrected is None


def test_what_reviewers_let_pass_is_allowed_for():
    got = ceiling(texts(A, B), texts(A), {"g0": frozenset({C})}, found=0.5)
    assert got.share.value == pytest.approx(1 / 3)
    assert got.corrected == pytest.approx(2 / 3)
    assert ceiling(texts(A), texts(B), {"g0": frozenset({B})}, found=0.5).corrected == 1


def test_gold_that_is_right_has_no_share():
    got = ceiling(texts(A, number=3), texts(A, number=3), {"g0": frozenset({B})})
    assert (got.share.value, got.share.high, got.ceiling.value) == (0, 0, 1)
    assert got.errors == 2


def test_entities_are_followed_through_the_text():
    renamed = doc("[[7:PLACE|Kiev]], [[8:PLACE|Lviv]], [[9:PLACE|Ukraine]]", (7, "IN", 9), id="g0")
    assert ceiling(texts(A), [renamed], {}).ceiling.value == 1


def test_no_error_or_only_rejected_ones():
    got = ceiling(texts(A), texts(A), {"g0": frozenset({A})})
    assert (got.errors, got.share.value) == (0, None)
    (one,) = texts(A)
    rejected = one.model_copy(
        update={"meta": one.meta.model_copy(update={"review": Review(verdict="reject")})}
    )
    with pytest.raises(UsageError, match="no gold document"):
        ceiling(texts(A), [rejected], {})
    with pytest.raises(UsageError, match="no prediction"):
        ceiling(texts(A), texts(A), {"other": frozenset({A})})


def test_the_share_of_a_simulated_gold_is_found():
    """Truth, gold with 10 % of its triples wrong, a student with 20 %: the share is known."""
    random = Random(3)
    every = [(h, k, t) for h in (1, 2, 3) for t in (1, 2, 3) for k in "abcdefgh"]
    gold, reviewed, predicted, own, errors = [], [], {}, 0, 0
    for i in range(60):
        truth = {x for x in every if random.random() < 0.3}
        golds = {x for x in every if (x in truth) != (random.random() < 0.1)}
        said = {x for x in every if (x in truth) != (random.random() < 0.2)}
        own += len((golds ^ truth) - (said ^ truth))
        errors += len(golds ^ said)
        gold.append(doc(TEXT, *sorted(golds), id=f"g{i}"))
        reviewed.append(doc(TEXT, *sorted(truth), id=f"g{i}"))
        predicted[f"g{i}"] = frozenset(said)
    got = ceiling(gold, reviewed, predicted)
    assert (got.gold, got.errors) == (own, errors)
    assert got.share.low < 0.1 * 0.8 / (0.1 * 0.8 + 0.2 * 0.9) < got.share.high


def test_gold_is_mixed_in_without_a_trace():
    batch = [doc(TEXT, A, id=f"s{i}") for i in range(20)]
    gold = texts(B, number=10)
    order, ids = mixed(batch, gold, number=5, seed=1)
    assert len(order) == 25
    assert {d.id for d in order} == {d.id for d in batch} | set(ids)
    assert set(ids) <= {d.id for d in gold}
    assert [d.id for d in order[-5:]] != ids
    assert mixed(batch, gold, number=5, seed=1) == (order, ids)
    with pytest.raises(UsageError, match="in the batch and in the gold"):
        mixed(batch, batch, number=1)
    with pytest.raises(UsageError, match="there are 10"):
        mixed(batch, gold, number=11)
