"""Charts of the report: differences with intervals.

>>> intervals([Row("compose", {"mean": 0.028, "low": -0.005, "high": 0.053})], title="…", desc="…")
Markup('<svg viewBox="0 0 420 62" role="img"><title>…')
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import floor, log10
from typing import NamedTuple

from markupsafe import Markup

from augment.report.svg import WIDTH, bracketed, drawing, short, tag

LINE = 19
"""Height of a row."""
FIGURES = 104
"""Room at the right for the figures of a row."""
Domain = tuple[float, float]
Scale = Callable[[float], float]


class Row(NamedTuple):
    """A difference to draw; ``interval`` holds ``mean``, ``low`` and ``high`` of F1 in 0–1."""

    label: str
    interval: Mapping[str, float]
    strong: bool = False


def domain(rows: Sequence[Row]) -> Domain:
    """Least and greatest value, 0 always between them."""
    low = min([0.0, *(r.interval["low"] for r in rows), *(r.interval["mean"] for r in rows)])
    high = max([0.0, *(r.interval["high"] for r in rows), *(r.interval["mean"] for r in rows)])
    pad = (high - low) * 0.03 or 0.01
    return low - pad, high + pad


def ticks(low: float, high: float, most: int = 6) -> list[float]:
    """Round values between the two, at most ``most`` of them."""
    rough = (high - low) / most
    power = 10 ** floor(log10(rough))
    step = next(m * power for m in (1, 2, 5, 10, 20) if (high - low) / (m * power) <= most)
    first = -floor(-low / step)
    return [i * step for i in range(first, floor(high / step) + 1)]


def intervals(
    rows: Sequence[Row],
    *,
    title: str,
    desc: str,
    bars: bool = False,
    label: int = 100,
    over: Domain | None = None,
) -> Markup:
    """One row a difference: a point or a bar from zero, its interval, and the figures.

    Rows that are shown to differ from zero are coloured: class ``up`` or ``down``, else ``flat``.
    """
    low, high = over or domain(rows)
    left, right = label + 8, WIDTH - FIGURES

    def x(value: float) -> float:
        return left + (value - low) / (high - low) * (right - left)

    bottom = len(rows) * LINE + 6
    parts = [_axis(x, low, high, bottom)]
    for i, row in enumerate(rows):
        parts.append(_row(row, x, i * LINE + LINE / 2 + 4, label=label, bars=bars))
    return drawing(parts, height=bottom + 18, title=title, desc=desc)


def _axis(x: Scale, low: float, high: float, bottom: float) -> Markup:
    parts = []
    for value in ticks(low, high):
        at = x(value)
        zero = abs(value) < 1e-9
        parts.append(tag("line", x1=at, x2=at, y1=2, y2=bottom, class_="zero" if zero else "grid"))
        shown = "0" if zero else f"{100 * value:+g}".replace("-", "−")
        parts.append(tag("text", shown, x=at, y=bottom + 12, class_="tick"))
    return tag("g", *parts)


def _row(row: Row, x: Scale, y: float, *, label: int, bars: bool) -> Markup:
    mean, low, high = (x(row.interval[key]) for key in ("mean", "low", "high"))
    figures = bracketed(dict(row.interval))
    parts = [
        tag("title", f"{row.label}: {figures}"),
        tag("text", short(row.label, int(label / 6.2)), x=label, y=y + 3.5, class_="label"),
    ]
    if bars:
        start, width = min(mean, x(0.0)), abs(mean - x(0.0))
        parts.append(tag("rect", x=start, y=y - 5, width=width, height=10, class_="bar"))
    parts.append(tag("line", x1=low, x2=high, y1=y, y2=y, class_="whisker"))
    if not bars:
        parts.append(tag("circle", cx=mean, cy=y, r=3.6 if row.strong else 3.0, class_="point"))
    parts.append(tag("text", figures, x=WIDTH - 1, y=y + 3.5, class_="figures"))
    strong = " strong" if row.strong else ""
    return tag("g", *parts, class_=side(row.interval) + strong)


def side(interval: Mapping[str, float]) -> str:
    """``up`` or ``down`` if the interval leaves zero on one side, else ``flat``."""
    if interval["low"] > 0:
        return "up"
    return "down" if interval["high"] < 0 else "flat"
