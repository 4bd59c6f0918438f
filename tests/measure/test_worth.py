"""What a gain is worth in gold documents and in money, by hand-made learning curves."""

from __future__ import annotations

import numpy as np
import pytest

from augment.measure.records import Compared, Differences, Interval, Result, Scores, Worth
from augment.measure.worth import FAR, Arm, Curve, priced
from augment.scores import Metrics


def arm(macro, spread=0.0):
    """One seed with this macro-F1, and draws around it."""
    draws = np.asarray(macro + spread * np.linspace(-1, 1, 101))
    blank = np.zeros(101)
    return Arm(
        Metrics(np.array([macro]), np.array([0.0]), np.array([0.0]), np.zeros((1, 1))),
        Metrics(draws, blank, blank, np.zeros((101, 1))),
        10,
    )


CURVE = Curve({50: arm(0.4), 100: arm(0.5), 200: arm(0.6)})


@pytest.mark.parametrize(
    ("size", "macro", "documents", "extrapolated"),
    [
        (50, 0.5, 50, False),
        (50, 0.6, 150, False),
        (100, 0.55, 100 * 2**0.5 - 100, False),
        (100, 0.5, 0, False),
        (100, 0.4, -50, False),
        (100, 0.1, -50, False),  # the curve begins at 50
        (200, 0.7, 200, True),
        (50, 0.7, 350, True),
        (200, 2.0, 200 * 2**FAR - 200, True),  # no further than that
    ],
)
def test_a_gain_is_worth_the_gold_that_gives_as_much(size, macro, documents, extrapolated):
    found = CURVE.worth(size, arm(macro))
    assert found.documents.mean == pytest.approx(documents)
    assert found.documents.low == pytest.approx(documents)
    assert found.extrapolated == extrapolated


def test_its_interval_is_that_of_the_draws():
    found = CURVE.worth(100, arm(0.55, spread=0.05)).documents
    assert found.low == pytest.approx(100 * 2**0.025 - 100, abs=0.5)
    assert found.high == pytest.approx(100 * 2**0.975 - 100, abs=0.5)


def test_a_curve_that_falls_or_is_flat_is_never_climbed_back():
    flat = Curve({50: arm(0.5), 100: arm(0.4), 200: arm(0.5)})
    assert flat.worth(100, arm(0.4)).documents.mean == 0
    assert flat.worth(200, arm(0.5)).documents.mean == 0
    assert flat.slope().mean == 0
    assert flat.worth(200, arm(0.51)).documents.mean == pytest.approx(200 * 2**FAR - 200)


def test_a_dip_at_a_size_makes_no_gain_worth_more():
    dip = Curve({50: arm(0.4), 100: arm(0.6), 200: arm(0.55), 400: arm(0.7)})
    assert dip.worth(200, arm(0.56)).documents.mean == pytest.approx(200 * 2**0.1 - 200)


def test_a_single_size_is_no_curve():
    alone = Curve({50: arm(0.4)})
    assert alone.slope() is None
    assert alone.worth(50, arm(0.5)) is None


def test_the_slope_is_the_gain_of_a_doubling():
    assert CURVE.slope().mean == pytest.approx(0.1)


def test_the_slope_of_a_curve_that_falls_is_below_zero():
    falling = Curve({50: arm(0.5, spread=0.01), 100: arm(0.6), 200: arm(0.4)}).slope()
    assert falling.mean == pytest.approx(-0.05)
    assert falling.low < falling.mean < falling.high < 0


def result(documents):
    at = Interval(mean=0.02, low=0.01, high=0.03)
    gain = Differences(macro_f1=at, macro_f1_50=None, micro_f1=at)
    entry = Compared(
        macro_f1=0.5, macro_f1_50=None, micro_f1=0.5, per_type={}, gain=gain,
        over_best_llm_free=None, best_llm_free=None, verdict="gain", per_type_gain={},
        top3_share=None, non_inferior={},
        worth=Worth(
            documents=Interval(mean=documents, low=0, high=2 * documents), extrapolated=False
        ),
    )  # fmt: skip
    base = Scores(macro_f1=0.4, macro_f1_50=None, micro_f1=0.4, per_type={})
    return Result(seeds=1, test_documents=1, arms={"base": {"50": base}, "a": {"50": entry}})


def test_money():
    worth = priced(result(20), {"a": 5.0}, 4.0).arms["a"]["50"].worth
    assert (worth.cost, worth.gold, worth.break_even) == (5.0, 80.0, 0.25)
    unpriced = priced(result(20), {}, None).arms["a"]["50"].worth
    assert (unpriced.cost, unpriced.gold, unpriced.break_even) == (None, None, None)
    lost = priced(result(-5), {"a": 5.0}, 4.0).arms["a"]["50"].worth
    assert (lost.cost, lost.gold, lost.break_even) == (5.0, None, None)
