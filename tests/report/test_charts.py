from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from augment.report.charts import Row, domain, intervals, ticks
from augment.report.curves import curves, gains_by_size
from augment.report.svg import WIDTH, bracketed, short, signed, tag
from tests.report.made import Page, around


def drawn(rows, **more):
    return Page(intervals(rows, title="t", desc="d", **more))


def test_rows_are_coloured_by_the_side_their_interval_is_on():
    rows = [Row("a", around(0.05)), Row("b", around(0.0)), Row("c", around(-0.05))]
    groups = [a["class"] for a, _ in drawn(rows).all("g") if "class" in a]
    assert groups == ["up", "flat", "down"]


def test_points_lie_inside_their_whiskers_and_the_zero_line_between_signs():
    page = drawn([Row("a", around(0.05)), Row("b", around(-0.05))])
    whiskers = [a for a, _ in page.all("line") if a["class"] == "whisker"]
    points = [float(a["cx"]) for a, _ in page.all("circle")]
    for whisker, point in zip(whiskers, points, strict=True):
        assert float(whisker["x1"]) < point < float(whisker["x2"]) <= WIDTH
    (zero,) = [float(a["x1"]) for a, _ in page.all("line") if a["class"] == "zero"]
    assert points[1] < zero < points[0]


def test_bars_start_at_zero():
    page = drawn([Row("a", around(0.05)), Row("b", around(-0.05))], bars=True)
    (zero,) = [float(a["x1"]) for a, _ in page.all("line") if a["class"] == "zero"]
    up, down = (a for a, _ in page.all("rect"))
    assert float(up["x"]) == zero
    assert float(down["x"]) + float(down["width"]) == pytest.approx(zero, abs=0.2)


def test_a_chart_of_nothing_but_zeros_can_be_drawn():
    assert drawn([Row("a", around(0.0, 0.0))]).all("circle")


@given(st.floats(-1, 1), st.floats(0, 1))
def test_ticks_are_few_round_and_inside(mean, half):
    low, high = domain([Row("a", around(mean, half))])
    found = ticks(low, high)
    assert 1 <= len(found) <= 7
    assert all(low - 1e-9 <= t <= high + 1e-9 for t in found)
    assert any(abs(t) < 1e-9 for t in found)


def test_curves_keep_their_names_apart_and_rise_to_the_right():
    series = {f"arm {i}": {25: 0.4, 100: 0.5 + i / 10_000} for i in range(8)}
    page = Page(curves(series, ["arm 3"], title="t", desc="d"))
    names = sorted(float(a["y"]) for a, text in page.all("text") if text.startswith("arm"))
    assert all(b - a >= 11.9 for a, b in pairwise(names))
    first, last = (p.split(",") for p in page.all("polyline")[0][0]["points"].split())
    assert float(first[0]) < float(last[0]) and float(first[1]) > float(last[1])
    assert sum("s0" in a.get("class", "") for a, _ in page.all("g")) == 1


def test_numbers_keep_the_side_of_zero_they_are_on():
    assert signed(-0.0001) == "−0.0" and signed(0.0001) == "+0.0" and signed(0) == "0.0"
    assert bracketed({"mean": 0.028, "low": -0.005, "high": 0.053}) == "+2.8 [−0.5, +5.3]"


def test_elements_escape_what_is_in_them():
    assert tag("text", '<"&', class_='"') == '<text class="&#34;">&lt;&#34;&amp;</text>'
    assert short("abcdef", 4) == "abc…" and short("abcd", 4) == "abcd"


def test_gains_of_every_addition_and_size_have_their_interval():
    series = {"a": {50: around(0.05), 100: around(0.02)}, "b": {100: around(-0.01)}}
    drawn = gains_by_size(series, title="gains", desc="of two")
    assert drawn.count('class="whisker"') == 3
    assert "a: 50: +5.0 [+3.0, +7.0], 100: +2.0 [0.0, +4.0]" in drawn
    assert drawn.count('class="curve s') == 2
