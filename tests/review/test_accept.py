import math
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from augment.errors import NoResult, UsageError
from augment.review.accept import counted, judge
from augment.review.rates import effective, lower, needed, rate, upper, zero_failures
from augment.schema import Change, Review
from augment.scores import wilson
from tests.helpers import doc

KIEV = "[[1:PLACE|Kiev]], [[2:PLACE|Ukraine]]"
GONE = Change(kind="relation", action="removed", type="OLD", what=("Kiev", "OLD", "Ukraine"))
NEW = Change(kind="relation", action="added", type="NEW", what=("Kiev", "NEW", "Ukraine"))
TURNED = Change(
    kind="relation", action="retyped", type="NEW", was="OLD", what=("Kiev", "NEW", "Ukraine")
)
SPAN = Change(kind="mention", action="added", type="PLACE", what=("Kiev", 0, 4))


def seen(*changes, verdict=None, weight=None, relations=((1, "KEPT", 2),), why=()):
    verdict = verdict or ("corrected" if changes else "accept")
    review = Review(verdict=verdict, changes=changes, weight=weight, reasons=why)
    new = [(1, c.type, 2) for c in changes if c.kind == "relation" and c.action != "removed"]
    document = doc(KIEV, *relations, *new)
    return document.model_copy(update={"meta": document.meta.model_copy(update={"review": review})})


def test_what_was_shown_follows_from_what_came_back():
    told = counted(seen(GONE, NEW, SPAN))
    assert (told.shown, told.wrong, told.missing) == ({"KEPT": 1, "OLD": 1}, {"OLD": 1}, {"NEW": 1})
    told = counted(seen(TURNED))
    assert (told.shown, told.wrong, told.missing) == ({"KEPT": 1, "OLD": 1}, {"OLD": 1}, {"NEW": 1})
    told = counted(seen(verdict="reject"))
    assert told.shown == told.wrong == {"KEPT": 1}


def test_a_good_batch_passes_with_as_many_as_the_plan_says():
    assert zero_failures(0.05, 0.95) == 59  # the success-run plan: 0.95 ** 59 < 0.05
    short = judge([seen()] * 58, target=0.05)
    assert (short.decision, short.more) == ("go on", 1)
    done = judge([seen()] * 59, target=0.05)
    assert (done.decision, done.more, done.zero_failures) == ("pass", None, 59)


def test_a_bad_batch_fails_with_its_reasons():
    bad = [seen(GONE, why=("relation fausse",))] * 10 + [
        seen(verdict="reject", why=("hors sujet",))
    ]
    told = judge([*bad, *[seen()] * 20], target=0.05)
    assert told.decision == "fail"
    assert told.reasons == {"relation fausse": 10, "relation removed: OLD": 10, "hors sujet": 1}
    assert (told.relations.wrong, told.relations.seen) == (11, 41)
    assert told.samples.wrong == 11
    assert told.types["OLD"].wrong.share == 1
    assert told.types["KEPT"].wrong.share == pytest.approx(1 / 31)


def test_missing_relations_are_told_apart():
    told = judge([seen(NEW), seen(), seen(), seen()], target=0.5)
    assert told.relations.share == 0
    assert told.missing.share == pytest.approx(1 / 5)
    assert told.types["NEW"].missing.share == 1
    assert told.types["NEW"].wrong.share is None


def test_weights_say_what_the_batch_is_like():
    told = judge([seen(GONE, weight=1.0), seen(weight=9.0)], target=0.05, unit="sample")
    assert told.samples.share == pytest.approx(0.1)
    assert told.samples.effective == pytest.approx(100 / 82)


def test_a_rate_over_the_target_asks_for_no_more():
    told = judge([seen(GONE), *[seen()] * 9], target=0.1, unit="sample")
    assert (told.decision, told.more) == ("go on", None)


def test_no_relation_at_all_is_no_verdict():
    told = judge([seen(relations=())], target=0.05)
    assert (told.decision, told.relations.share, told.more) == ("go on", None, None)
    assert (told.relations.low, told.relations.high) == (0, 1)


def test_faults_of_the_caller():
    with pytest.raises(UsageError, match="target error 5"):
        judge([seen()], target=5)
    with pytest.raises(UsageError, match="confidence"):
        judge([seen()], target=0.05, confidence=1)
    with pytest.raises(NoResult):
        judge([doc(KIEV)], target=0.05)


@pytest.mark.parametrize(
    ("wrong", "seen", "low", "high"),
    [
        (0, 0, 0, 1),
        (0, 10, 0, 0.2775),
        (10, 10, 0.7225, 1),
        (1, 1, 0.2065, 1),
        (5, 10, 0.2366, 0.7634),
    ],
)
def test_wilson_at_the_edges(wrong, seen, low, high):
    assert wilson(wrong, seen) == pytest.approx((low, high), abs=1e-4)
    told = rate([(1.0, float(i < wrong), 1.0) for i in range(seen)])
    assert (told.low, told.high) == pytest.approx((low, high), abs=1e-4)


PARTS = st.lists(
    st.tuples(st.floats(0.5, 20), st.integers(0, 5), st.integers(0, 5)).map(
        lambda p: (p[0], min(p[1:]), max(p[1:]))
    ),
    min_size=1,
    max_size=30,
)


@given(PARTS)
def test_a_rate_lies_in_its_interval(parts):
    told = rate(parts)
    assert 0 <= told.low <= (told.share or 0) + 1e-9
    assert (told.share or 0) - 1e-9 <= told.high <= 1
    assert told.effective <= told.seen * (1 + 1e-9)


def test_what_is_wrong_together_tells_less():
    together = [(1.0, 10.0, 10.0), (1.0, 0.0, 10.0)] * 10
    spread = [(1.0, 5.0, 10.0)] * 20
    assert effective(spread) == pytest.approx(200)
    assert effective(together) == pytest.approx(19)


@given(st.floats(0, 0.3), st.floats(0.02, 0.5), st.sampled_from([0.8, 0.9, 0.95, 0.99]))
def test_the_smallest_sample_is_the_smallest(share, target, confidence):
    size = needed(share, target, confidence)
    if size is None:
        assert share >= target
    elif size < 10**6:
        assert upper(share, size, confidence) <= target + 1e-9
        assert upper(share, size - 1, confidence) > target - 1e-9
    assert needed(0.0, target, confidence) == zero_failures(target, confidence)


def test_bounds_hold_as_often_as_they_say():
    random = Random(4)
    above = below = 0
    for _ in range(500):
        share = sum(random.random() < 0.1 for _ in range(80)) / 80
        above += upper(share, 80, 0.95) < 0.1
        below += lower(share, 80, 0.95) > 0.1
    assert above <= 40
    assert below <= 40
    assert math.isclose(upper(0.0, 59, 0.95), 1 - 0.05 ** (1 / 59))
