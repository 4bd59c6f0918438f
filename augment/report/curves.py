"""Lines by number of gold documents: learning curves, and gains with their intervals.

>>> gains_by_size({"compose": {50: {"mean": 0.05, "low": 0.02, "high": 0.08}, …}}, title="…", …)
Markup('<svg viewBox="0 0 420 268" role="img"><title>…')
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import log

from markupsafe import Markup

from augment.report.charts import Scale, ticks
from augment.report.svg import WIDTH, bracketed, drawing, short, tag

LEFT, RIGHT, TOP, BOTTOM = 28, WIDTH - 106, 10, 230
COLOURS = 5
"""Classes ``s0`` … of lines; further ones begin again."""
ASIDE = 3
"""Between the whiskers of two lines at one size."""
Line = Mapping[int, float]
Differences = Mapping[int, Mapping[str, float]]


def curves(series: Mapping[str, Line], strong: Sequence[str], *, title: str, desc: str) -> Markup:
    """F1 (0–1) by number of gold documents, on a logarithmic axis; names at the lines' ends.

    ``strong`` arms are drawn in colours of their own, the others in grey.
    """
    sizes = sorted({size for line in series.values() for size in line})
    x = _across(sizes)
    y, parts = _axes(x, sizes, [v for line in series.values() for v in line.values()])
    order = sorted(series, key=lambda name: (name in strong, name))
    for name, at in _apart({n: y(series[n][max(series[n])]) for n in order}).items():
        kind = f"s{strong.index(name) % COLOURS}" if name in strong else "other"
        told = ", ".join(f"{n}: {100 * v:.1f}" for n, v in sorted(series[name].items()))
        parts.append(tag("g", *_line(name, series[name], x, y, told, at), class_=f"curve {kind}"))
    return drawing(parts, height=BOTTOM + 38, title=title, desc=desc)


def gains_by_size(series: Mapping[str, Differences], *, title: str, desc: str) -> Markup:
    """Differences by number of gold documents, a line in its colour each, with their intervals.

    ``series``: name → size → ``mean``, ``low`` and ``high`` (0–1).
    """
    sizes = sorted({size for line in series.values() for size in line})
    ends = [at[end] for line in series.values() for at in line.values() for end in ("low", "high")]
    y, parts = _axes(_across(sizes), sizes, [0.0, *ends], signs=True)
    heights = _apart({name: y(line[max(line)]["mean"]) for name, line in series.items()})
    for i, (name, line) in enumerate(series.items()):
        x = _across(sizes, aside=ASIDE * (i - (len(series) - 1) / 2))
        told = ", ".join(f"{n}: {bracketed(dict(at))}" for n, at in sorted(line.items()))
        means = {n: at["mean"] for n, at in line.items()}
        drawn = _line(name, means, x, y, told, heights[name])
        for n, at in line.items():
            low, high = y(at["low"]), y(at["high"])
            drawn.append(tag("line", x1=x(n), x2=x(n), y1=low, y2=high, class_="whisker"))
        parts.append(tag("g", *drawn, class_=f"curve s{i % COLOURS}"))
    return drawing(parts, height=BOTTOM + 38, title=title, desc=desc)


def _across(sizes: Sequence[int], aside: float = 0) -> Scale:
    """Place of a number of documents, logarithmic; a single one stands in the middle."""
    low, high = sizes[0], sizes[-1]
    if low == high:
        return lambda size: (LEFT + RIGHT) / 2 + aside
    return lambda size: LEFT + 8 + aside + log(size / low) / log(high / low) * (RIGHT - LEFT - 16)


def _axes(
    x: Scale, sizes: Iterable[int], values: Sequence[float], *, signs: bool = False
) -> tuple[Scale, list[Markup]]:
    """Place of a value, and the axes."""
    low, high = min(values), max(values)
    pad = (high - low) * 0.05 + 1e-6
    low, high = low - pad, high + pad

    def y(value: float) -> float:
        return BOTTOM - (value - low) / (high - low) * (BOTTOM - TOP)

    parts = []
    for value in ticks(low, high):
        zero = signs and abs(value) < 1e-9
        at = y(value)
        kind = "zero" if zero else "grid"
        parts.append(tag("line", x1=LEFT, x2=RIGHT, y1=at, y2=at, class_=kind))
        shown = f"{100 * value:+g}".replace("-", "−") if signs and not zero else f"{100 * value:g}"
        parts.append(tag("text", shown, x=LEFT - 6, y=at + 3.5, class_="label"))
    parts += [tag("text", str(n), x=x(n), y=BOTTOM + 16, class_="tick") for n in sizes]
    middle = (LEFT + RIGHT) / 2
    parts.append(tag("text", "gold documents", x=middle, y=BOTTOM + 32, class_="tick"))
    return y, parts


def _line(name: str, line: Line, x: Scale, y: Scale, told: str, at: float) -> list[Markup]:
    """A line with its dots, and its name at height ``at``."""
    points = sorted(line.items())
    path = " ".join(f"{x(size):.1f},{y(value):.1f}" for size, value in points)
    return [
        tag("title", f"{name}: {told}"),
        tag("polyline", points=path),
        *(tag("circle", cx=x(n), cy=y(value), r=2.5) for n, value in points),
        tag("text", short(name, 16), x=RIGHT + 8, y=at + 3.5),
    ]


def _apart(ends: Mapping[str, float], least: float = 12) -> dict[str, float]:
    """Heights of the names at the lines' ends, moved so that they do not overlap."""
    order = sorted(ends, key=lambda name: (ends[name], name))
    placed: dict[str, float] = {}
    last = float("-inf")
    for name in order:
        last = placed[name] = max(ends[name], last + least)
    overflow = max(0.0, last - 232)
    return {name: placed[name] - overflow for name in ends}
