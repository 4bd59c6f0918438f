"""The markdown table of results."""

from augment.measure.records import Compared, Differences, Interval, Result, Scores
from augment.report.table import COLUMNS, markdown

BASE = Scores(macro_f1=0.537, macro_f1_50=None, micro_f1=0.655, per_type={})
GAIN = Differences(
    macro_f1=Interval(mean=0.0881, low=-0.045, high=0.131),
    macro_f1_50=None,
    micro_f1=Interval(mean=0.011, low=0.002, high=0.019),
)
BETTER = Compared(
    **BASE.model_dump() | {"macro_f1_50": 0.6531, "documents": 72.4},
    gain=GAIN.model_copy(update={"macro_f1_50": GAIN.micro_f1}),
    over_best_llm_free=GAIN,
    best_llm_free="templates",
    verdict="gain",
    per_type_gain={},
    top3_share=-0.451,
    non_inferior={},
)
ALONE = BETTER.model_copy(
    update={"gain": GAIN, "over_best_llm_free": None, "top3_share": None, "macro_f1_50": None}
)
RESULT = Result(
    seeds=1,
    test_documents=4,
    arms={"base": {"50": BASE, "all": BASE}, "a|b": {"all": BETTER}, "c": {"50": ALONE}},
).model_dump(mode="json")


def cells(line):
    return [cell.strip() for cell in line.strip("|").replace(r"\|", "¦").split("|")]


def test_a_row_for_each_size_and_arm_with_figures_in_points():
    header, rule, *rows = map(cells, markdown([({}, RESULT)]).splitlines())
    assert tuple(header) == COLUMNS and set(rule) == {"---"}
    assert rows == [
        ["50", "base", "0", "53.7", "", "", "65.5", "", "", ""],
        ["50", "c", "72", "53.7", "+8.8 [−4.5, +13.1]", "", "65.5 +1.1 [+0.2, +1.9]",
         "", "gain", ""],
        ["all", "base", "0", "53.7", "", "", "65.5", "", "", ""],
        ["all", "a¦b", "72", "53.7", "+8.8 [−4.5, +13.1]", "65.3 +1.1 [+0.2, +1.9]",
         "65.5 +1.1 [+0.2, +1.9]", "+8.8 [−4.5, +13.1] (templates)", "gain", "−0.45"],
    ]  # fmt: skip


def test_what_rows_begin_with_and_a_result_without_figures():
    dirty = {"arms": {}, "dirty": [{}, {}]}
    found = markdown([({"machine": "2 cores"}, RESULT), ({"student": "li\nnear"}, dirty)])
    header, _, *rows = map(cells, found.splitlines())
    assert header[:3] == ["machine", "student", "gold"]
    assert [row[:2] for row in rows] == [["2 cores", ""]] * 4 + [["", "li near"]]
    assert rows[-1][-2] == "no figures: 2 documents give test texts away"
    assert {len(row) for row in rows} == {len(COLUMNS) + 2}
