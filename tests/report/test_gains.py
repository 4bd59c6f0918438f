import pytest

from augment.report import gains, render_measured, verdicts
from tests.report.made import compared, data, measure, scores

BASE = scores(0.5)


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        (compared(0.55, 0.05, "gain"), "and micro-F1 is not lower by more than a point"),
        (compared(0.55, 0.05, "no gain", micro=-0.02), "but micro-F1 may be lower"),
        (compared(0.51, 0.01, "no gain"), "which holds zero"),
        (compared(0.45, -0.05, "harm"), "all of it below zero"),
    ],
)
def test_each_verdict_gives_its_reason(entry, reason):
    said = verdicts.sentence(entry, BASE, "100")
    assert reason in said
    assert said.endswith(".") and said.count(". ") == 0


@pytest.mark.parametrize(("gain", "said"), [(0.05, "better than it"), (-0.05, "worse than it")])
def test_the_best_arm_without_an_llm_stands_beside(gain, said):
    assert said in verdicts.beside(compared(0.5, gain))


def test_nothing_stands_beside_without_such_an_arm():
    assert verdicts.beside({"over_best_llm_free": None, "best_llm_free": None}) == ""


def test_sizes_are_in_order_of_number_and_missing_arms_are_left_out():
    arms = {"base": dict.fromkeys(("25", "100", "50"), BASE), "c": {"50": compared(0.5, 0.0)}}
    made = data(measure=measure(arms=arms), additions=("c",))
    assert gains.sizes(made) == ["100", "50", "25"]
    assert [[row[0] for row in size.rows] for size in gains.by_size(made)] == [
        ["base"],
        ["base", "c"],
        ["base"],
    ]
    (headline,) = verdicts.headlines(made)
    assert headline.sentence.startswith("On 50 gold documents")


def test_additions_come_first_and_every_other_arm_is_there():
    (rows, *_) = [size.rows for size in gains.by_size(data())]
    assert [(name, addition) for name, addition, _ in rows] == [
        ("base", False),
        ("compose", True),
        ("placebo", False),
    ]


def test_sources_name_what_rose_and_what_fell():
    largest, smaller = gains.sources(data())
    assert largest.sentence == "Of 2 types 1 rise and 0 fall."
    assert "The three largest gains, IS_BORN_ON (+10.0), IS_LOCATED_IN (0.0)" in smaller.sentence
    assert "90 % of the sum" in smaller.sentence
    assert largest.chart is not None and "IS_LOCATED_IN" not in largest.chart


def test_no_curve_for_one_size():
    assert gains.curve(data(measure=measure(arms={"base": {"50": BASE}}))) is None
    assert gains.curve(data()) is not None


def test_the_page_says_how_an_llm_does_by_itself():
    result = {**measure(), "others": {}, "advice": None}
    said = "the LLM alone extracts better than the student"
    assert said in render_measured("gold.jsonl", result, [said])
    assert said not in render_measured("gold.jsonl", result)
