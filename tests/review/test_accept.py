import math
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import hypergeom

from augment.errors import NoResult, UsageError
from augment.review import accept
from augment.review.accept import counted
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


def judge(documents, **settings):
    """The verdict on documents, which get ids of their own."""
    own = [d.model_copy(update={"id": f"d{i}"}) for i, d in enumerate(documents)]
    return accept.judge(own, **settings)


def test_what_was_shown_follows_from_what_came_back():
    told = counted(seen(GONE, NEW, SPAN))
    assert (told.shown, told.wrong, told.missing) == ({"KEPT": 1, "OLD": 1}, {"OLD": 1}, {"NEW": 1})
    told = counted(seen(TURNED))
    assert (told.shown, told.wrong, told.missing) == ({"KEPT": 1, "OLD": 1}, {"OLD": 1}, {"NEW": 1})
    told = counted(seen(verdict="reject"))
    assert told.shown == told.wrong == {"KEPT": 1}
    only = seen(relations=((1, "KEPT", 2), (2, "OTHER", 1))).model_copy(
        update={"labelled": ("KEPT",)}
    )
    assert counted(only).shown == {"KEPT": 1}


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
    assert effective(together) == pytest.approx(20)
    assert effective([(1.0, 0.0, 6.0)] * 30) == pytest.approx(30)


def test_a_few_documents_do_not_vouch_for_a_batch_of_which_some_are_wholly_wrong():
    """One document in eighteen is rejected: as relations of their own 60 would be enough."""
    random = Random(6)
    passed = 0
    for number in (10, 20, 40, 60, 100):
        for _ in range(100):
            wrong = (random.random() < 1 / 18 for _ in range(number))
            told = rate([(1.0, 6.0 * bad, 6.0) for bad in wrong])
            passed += upper(told.share, told.effective, 0.95) <= 0.05
    assert passed <= 0.05 * 500


def test_of_what_several_reviewed_the_mean_counts():
    def by(who, *changes):
        document = seen(*changes)
        review = document.meta.review.model_copy(update={"reviewer": who})
        meta = document.meta.model_copy(update={"review": review})
        return document.model_copy(update={"meta": meta})

    same = [one for n in range(30) for one in (by("ana"), by("luc"))]
    same = [d.model_copy(update={"id": f"d{n // 2}"}) for n, d in enumerate(same)]
    told = accept.judge(same, target=0.05)
    assert (told.decision, told.reviewed, told.relations.seen) == ("go on", 30, 30)
    told = accept.judge([by("ana"), by("luc", GONE)], target=0.05)
    assert (told.relations.wrong, told.relations.seen, told.samples.share) == (0.5, 1.5, 0.5)


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


@given(st.integers(1, 60), st.data(), st.sampled_from([0.8, 0.95, 0.975]))
def test_bounds_of_a_small_batch_are_those_of_the_hypergeometric(whole, data, confidence):
    seen = data.draw(st.integers(1, whole))
    wrong = data.draw(st.integers(0, seen))
    possible = [
        k
        for k in range(wrong, whole - seen + wrong + 1)
        if hypergeom.cdf(wrong, whole, k, seen) > 1 - confidence
    ]
    told = upper(wrong / seen, seen, confidence, seen / whole)
    assert told == pytest.approx(max(max(possible) / whole, wrong / seen))
    assert lower(1 - wrong / seen, seen, confidence, seen / whole) == pytest.approx(1 - told)


@pytest.mark.parametrize(("whole", "bad"), [(40, 2), (40, 10), (120, 5)])
def test_bounds_of_a_small_batch_hold_at_least_as_often_as_they_say(whole, bad):
    """Not simulated: the chance of each number seen, summed where the bound holds."""
    for seen in (whole // 4, whole // 2, whole - 3):
        counts = range(seen + 1)
        chances = hypergeom.pmf(counts, whole, bad, seen)
        ups = [upper(n / seen, seen, 0.95, seen / whole) >= bad / whole - 1e-9 for n in counts]
        downs = [lower(n / seen, seen, 0.95, seen / whole) <= bad / whole + 1e-9 for n in counts]
        assert sum(c for c, holds in zip(chances, ups, strict=True) if holds) >= 0.95 - 1e-9
        assert sum(c for c, holds in zip(chances, downs, strict=True) if holds) >= 0.95 - 1e-9


def test_relations_of_documents_drawn_from_a_small_batch_are_covered():
    """Documents with 1–8 relations, wrong ones together: 150 of 200 drawn, 400 times."""
    random = Random(5)
    batch = []
    for _ in range(200):
        seen = random.randint(1, 8)
        batch.append((1.0, float(seen if random.random() < 0.1 else random.random() < 0.1), seen))
    share = sum(x for _, x, _ in batch) / sum(n for _, _, n in batch)
    held, narrow, wide = 0, 0.0, 0.0
    for _ in range(400):
        drawn = random.sample(batch, 150)
        small, large = rate(drawn, 150 / 200), rate(drawn)
        held += small.low <= share <= small.high
        narrow, wide = narrow + small.high - small.low, wide + large.high - large.low
    assert held >= 0.93 * 400
    assert narrow < 0.8 * wide


def test_all_reviewed_nothing_is_left_to_guess():
    documents = [seen(GONE), *[seen() for _ in range(39)]]
    documents = [d.model_copy(update={"id": f"d{i}"}) for i, d in enumerate(documents)]
    told = judge(documents, target=0.03, batch=40)
    assert told.decision == "pass"
    assert told.relations.low == told.relations.share == told.relations.high == 1 / 41
    told = judge(documents, target=0.02, batch=40)
    assert (told.decision, told.more) == ("fail", None)
    large = judge(documents, target=0.03)
    assert large.decision == "go on" and large.relations.high > 0.1


def test_of_a_small_batch_fewer_have_to_be_reviewed():
    some = [seen().model_copy(update={"id": f"d{i}"}) for i in range(30)]
    large, small = judge(some, target=0.05), judge(some, target=0.05, batch=100)
    assert (large.zero_failures, large.more) == (59, 29)
    assert small.zero_failures == small.more + 30 == 39
    enough = [seen().model_copy(update={"id": f"d{i}"}) for i in range(small.zero_failures)]
    assert judge(enough, target=0.05, batch=100).decision == "pass"
    assert judge(enough[:-1], target=0.05, batch=100).decision == "go on"


@given(st.floats(0, 0.3), st.floats(0.02, 0.5), st.integers(1, 300))
def test_a_small_batch_never_needs_more_than_all(share, target, whole):
    size = needed(share, target, 0.95, whole)
    if size is None:
        assert share >= target
    else:
        assert size <= whole
        assert upper(share, size, 0.95, size / whole) <= target


def test_a_batch_has_at_least_what_was_reviewed_of_it():
    twice = [seen(), seen()]
    assert accept.judge(twice, target=0.05, batch=1).decision == "pass"
    other = seen().model_copy(update={"id": "other"})
    with pytest.raises(UsageError, match="a batch of 1, and 2 documents"):
        accept.judge([*twice, other], target=0.05, batch=1)
