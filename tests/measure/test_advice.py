"""What is recommended, figure by figure; and who passes the gate."""

from __future__ import annotations

import numpy as np
import pytest

from augment.measure.advice import advise
from augment.measure.compare import gate
from augment.measure.records import (
    Compared,
    Differences,
    Gate,
    Interval,
    Prompted,
    Result,
    Scores,
    Worth,
)

BASE = Scores(macro_f1=0.5, macro_f1_50=None, micro_f1=0.5, per_type={})
OPEN = Gate(passed=True, macro_rises=True, lost=())


def about(mean, spread=0.01):
    return Interval(mean=mean, low=mean - spread, high=mean + spread)


def arm(gain, over=None, best="templates", *, passed=OPEN, worth=None):
    """An arm with these gains in macro-F1; its verdict follows."""
    told = Differences(macro_f1=about(gain), macro_f1_50=None, micro_f1=about(0.0))
    over = None if over is None else told.model_copy(update={"macro_f1": about(over)})
    verdict = "gain" if gain > 0.01 else "harm" if gain < -0.01 else "no gain"
    return Compared(
        macro_f1=0.5 + gain, macro_f1_50=None, micro_f1=0.5, per_type={}, gain=told,
        over_best_llm_free=over, best_llm_free=best, verdict=verdict, per_type_gain={},
        top3_share=None, non_inferior={}, gate=passed, worth=worth,
    )  # fmt: skip


def llm(gain):
    plain = arm(gain).model_dump(exclude={"gate", "worth"})
    return Prompted(
        **plain, model="m", test_documents=60, student=BASE, failed={}, tokens=None, cost=None,
        currency=None,
    )  # fmt: skip


def result(doubling=None, student="linear", base=BASE, **arms):
    found = {name: {"100": entry} for name, entry in {"base": base, **arms}.items()}
    return Result(
        seeds=3, test_documents=400, arms=found, masked={"a": []}, student=student,
        doubling=doubling,
    )  # fmt: skip


RISING = about(0.06)
CASES = {
    "a gain beyond what needs no LLM is merged": (
        result(a=arm(0.08, over=0.05), templates=arm(0.03)),
        ("merge", "a"),
    ),
    "a gain that templates have too is left to them": (
        result(a=arm(0.04, over=0.005), templates=arm(0.035)),
        ("without an LLM", "templates"),
    ),
    "a gain where nothing else gains is merged": (
        result(a=arm(0.04, over=0.005), templates=arm(0.0)),
        ("merge", "a"),
    ),
    "the gate is shut": (
        result(a=arm(0.08, over=0.05, passed=Gate(passed=False, macro_rises=True, lost=("X",)))),
        ("leave", None),
    ),
    "no gain, and the curve rises": (result(RISING, a=arm(0.0)), ("annotate", None)),
    "no gain, and the curve is flat": (result(about(0.0), a=arm(0.0)), ("leave", None)),
    "no gain, one size": (result(a=arm(-0.05)), ("leave", None)),
    "more gold is cheaper": (
        result(
            a=arm(0.08, over=0.05, worth=Worth(documents=about(20), extrapolated=False, cost=100.0,
                                               gold=40.0, break_even=5.0))
        ),
        ("annotate", None),
    ),
    "the LLM itself is better": (
        result(a=arm(0.08, over=0.05), llm=llm(0.12)),
        ("prompt", "llm"),
    ),
    "the LLM is better than the student, not than what it wrote": (
        result(a=arm(0.08, over=0.05), llm=llm(0.04)),
        ("merge", "a"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_advice(name):
    given, expected = CASES[name]
    found = advise(given, ["a"])
    assert (found.action, found.arm) == expected
    assert found.text


def test_of_several_students_the_best_with_what_serves_it():
    better = result(
        student="transformer", base=BASE.model_copy(update={"macro_f1": 0.7}), a=arm(0.0)
    )
    both = result(a=arm(0.08, over=0.05)).model_copy(update={"others": {"transformer": better}})
    assert advise(both, ["a"]).student == "transformer"
    assert advise(both, ["a"]).action == "leave"


def test_reasons_say_what_more_gold_would_bring():
    found = advise(result(RISING, a=arm(0.0)), ["a"])
    assert found.reasons[-1] == "30 more gold documents promise +2.3 [+1.9, +2.6]"
    assert "annotate 30 more yourself" in found.text


def test_more_gold_promises_no_more_than_there_is():
    found = advise(result(about(0.8), a=arm(0.0)), ["a"])
    assert found.reasons[-1] == "30 more gold documents promise +30.3 [+29.9, +30.7]"
    steep = result(about(1.5), a=arm(0.0))
    assert "promise +50.0 [+50.0, +50.0]" in advise(steep, ["a"]).text


def differences(low):
    at = Interval(mean=low + 0.01, low=low, high=low + 0.02)
    return Differences(macro_f1=at, macro_f1_50=None, micro_f1=at)


def test_the_gate_shuts_for_a_loss_that_is_shown():
    rng = np.random.default_rng(0)
    steady, fallen, unsure = (rng.normal(m, s, 10_000) for m, s in
                              ((0.0, 0.01), (-0.06, 0.01), (-0.06, 0.05)))  # fmt: skip
    assert gate(differences(0.01), {"X": steady, "Y": unsure}).passed
    shut = gate(differences(0.01), {"X": steady, "Y": fallen, "Z": unsure})
    assert (shut.passed, shut.macro_rises, shut.lost) == (False, True, ("Y",))
    assert not gate(differences(-0.001), {"X": steady}).passed
    assert gate(differences(0.01), {}).passed


def test_holm_makes_the_gate_patient():
    rng = np.random.default_rng(0)
    edge = rng.normal(-0.02 - 1.9 * 0.01, 0.01, 10_000)  # p about 0.03
    assert gate(differences(0.01), {"X": edge}).lost == ("X",)
    many = {f"T{i}": rng.normal(0, 0.01, 10_000) for i in range(5)}
    assert gate(differences(0.01), {"X": edge, **many}).lost == ()
