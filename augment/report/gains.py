"""The measured part of the page: charts and tables by size and by type.

>>> sources(data)[0].sentence
'Of 37 types 12 rise and 5 fall. The three largest gains, …, make 64 % of the sum.'
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from markupsafe import Markup

from augment.report.charts import Row, intervals
from augment.report.curves import curves, gains_by_size
from augment.report.data import ReportData
from augment.report.svg import signed

ARMS = {
    "base": "gold alone",
    "placebo": "gold, some of it twice",
    "llm_free": "best strategy without an LLM, chosen on the training side",
    "rules": "the student, joined by rules of the guide",
    "templates": "filled sentence patterns",
    "reweight": "gold, rare types weighted up",
    "gold_random": "as many more gold documents",
    "gold_targeted": "as many more gold documents, chosen for the same types",
    "llm": "an LLM that extracts by itself, on some of the test documents; gain on these",
}
"""What the arms are that every addition is held against; an LLM's may go on with ``:MODEL``."""
Entry = dict[str, Any]


class Size(NamedTuple):
    """All arms at one size; rows of the table are (name, is an addition, entry)."""

    size: str
    macro: Markup
    micro: Markup
    rows: list[tuple[str, bool, Entry]]


class Source(NamedTuple):
    """Where the gain of an addition came from at one size."""

    name: str
    size: str
    chart: Markup | None
    sentence: str


def measured(data: ReportData) -> bool:
    """True if there are figures to show."""
    return bool(data.measure and data.measure["arms"])


def sizes(data: ReportData) -> list[str]:
    """Sizes of the base arm, the largest first; none if nothing was measured."""
    arms = data.measure["arms"] if data.measure else {}
    return sorted(arms.get("base", {}), key=int, reverse=True)


def entry(data: ReportData, arm: str, size: str) -> Entry | None:
    """What was measured of an arm at a size, None if it is not there."""
    assert data.measure is not None
    found: Entry | None = data.measure["arms"].get(arm, {}).get(size)
    return found


def by_size(data: ReportData) -> list[Size]:
    """Forest plots and the table of every arm, the largest size first."""
    assert data.measure is not None
    arms = data.measure["arms"]
    order = ["base", *(n for n in data.additions if n in arms)]
    order += [name for name in arms if name not in order]
    made = []
    for size in sizes(data):
        rows = [(n, n in data.additions, e) for n in order if (e := entry(data, n, size))]
        made.append(Size(size, _forest(rows, "macro", size), _forest(rows, "micro", size), rows))
    return made


def _forest(rows: list[tuple[str, bool, Entry]], average: str, size: str) -> Markup:
    drawn = [Row(n, e["gain"][f"{average}_f1"], strong) for n, strong, e in rows if "gain" in e]
    return intervals(
        drawn,
        title=f"{average}-F1 of every arm minus gold alone, {size} gold documents",
        desc="Mean and 95 % interval in points; the same figures are in the table below",
    )


def sources(data: ReportData) -> list[Source]:
    """Gain by type of every addition at every size, the largest size first."""
    found = [(s, n, e) for s in sizes(data) for n in data.additions if (e := entry(data, n, s))]
    return [_source(name, size, e) for size, name, e in found]


def _source(name: str, size: str, entry: Entry) -> Source:
    gains: dict[str, dict[str, float]] = entry["per_type_gain"]
    order = sorted(gains, key=lambda kind: (-gains[kind]["mean"], kind))
    moved = [k for k in order if any(gains[k][end] for end in ("mean", "low", "high"))]
    rose = sum(gains[k]["mean"] > 0 for k in moved)
    fell = sum(gains[k]["mean"] < 0 for k in moved)
    words = f"Of {len(gains)} types {rose} rise and {fell} fall."
    if entry["top3_share"] is not None:
        three = ", ".join(f"{k} ({signed(gains[k]['mean'])})" for k in order[:3])
        words += f" The three largest gains, {three}, make {entry['top3_share']:.0%} of the sum"
        words += ": the other types lose." if entry["top3_share"] > 1 else "."
    chart = None
    if moved:
        chart = intervals(
            [Row(kind, gains[kind]) for kind in moved],
            title=f"{name}: gain in F1 by relation type, {size} gold documents",
            desc=f"Bars from zero in points, with 95 % intervals. {words}",
            bars=True,
            label=150,
        )
    return Source(name, size, chart, words.replace("%", " %"))


def curve(data: ReportData) -> Markup | None:
    """Macro-F1 by size for every arm; None with fewer than two sizes."""
    if len(sizes(data)) < 2 or data.measure is None:
        return None
    lines: dict[str, dict[int, float]] = {
        arm: {int(size): value for size, value in by_size.items()}
        for arm, by_size in data.measure["learning_curve"].items()
    }
    return curves(
        lines,
        ["base", *(name for name in data.additions if name in lines)],
        title="Macro-F1 by number of gold documents",
        desc="One line an arm; the figures are in the tables above",
    )


def plot(data: ReportData) -> Markup | None:
    """Gain of every addition by number of gold documents; None with fewer than two sizes."""
    return plots([data])


def plots(students: Sequence[ReportData]) -> Markup | None:
    """The same of several students, whose names are their titles."""
    shown = {}
    for data in students:
        for name in data.additions:
            at = {
                int(size): e["gain"]["macro_f1"]
                for size in sizes(data)
                if (e := entry(data, name, size))
            }
            if len(at) > 1:
                shown[f"{data.title}: {name}" if len(students) > 1 else name] = at
    if not shown:
        return None
    return gains_by_size(
        shown,
        title="Gain in macro-F1 by number of gold documents",
        desc="One line an addition, with 95 % intervals; the figures are in the tables below",
    )


def merging(data: ReportData, size: str) -> list[tuple[str, Entry, Entry | None]]:
    """Additions at a size, with what the gate says and what their gain is worth, if that is known.

    It is not known of a single size.
    """
    at = [(name, entry(data, name, size)) for name in data.additions]
    return [(n, e["gate"], e.get("worth")) for n, e in at if e and e.get("gate")]


def frequent(data: ReportData, size: str) -> dict[str, dict[str, Any]]:
    """Type with at least 100 test triples → addition → its test of non-inferiority."""
    tested: dict[str, dict[str, Any]] = {}
    for name in data.additions:
        for kind, test in (entry(data, name, size) or {}).get("non_inferior", {}).items():
            tested.setdefault(kind, {})[name] = test
    return tested
