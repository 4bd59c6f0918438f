"""The measured part of the page: verdicts in words, charts and tables by size and by type.

>>> headlines(data)[0].sentence
'On 300 gold documents, macro-F1 goes from 60.3 to 63.1: +2.8 points, 95 % interval −0.5 to +5.3 …'
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from markupsafe import Markup

from augment.report.charts import Domain, Row, domain, intervals
from augment.report.curves import curves, gains_by_size
from augment.report.data import ReportData
from augment.report.svg import bracketed, signed

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


class Headline(NamedTuple):
    """An addition's verdict at the largest size; ``others``: verdicts at the other sizes."""

    name: str
    verdict: str
    sentence: str
    beside: str
    others: list[tuple[str, str, str]]
    chart: Markup


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


def headlines(data: ReportData) -> list[Headline]:
    """One an addition that was measured."""
    found = []
    for name in data.additions:
        at = [(size, e) for size in sizes(data) if (e := entry(data, name, size))]
        if at:
            found.append((name, *at[0], at[1:]))
    rows = {name: _against(e) for name, _, e, _ in found}
    over = domain([row for pair in rows.values() for row in pair]) if rows else None
    made = []
    for name, size, e, rest in found:
        base = entry(data, "base", size) or {}
        others = [(s, o["verdict"], bracketed(o["gain"]["macro_f1"])) for s, o in rest]
        made.append(
            Headline(name, e["verdict"], sentence(e, base, size), beside(e), others,
                     _small(name, rows[name], over))
        )  # fmt: skip
    return made


def sentence(entry: Entry, base: Entry, size: str) -> str:
    """The verdict in one sentence, with its reason."""
    macro, micro = entry["gain"]["macro_f1"], entry["gain"]["micro_f1"]
    if entry["verdict"] == "gain":
        why = f"and micro-F1 is not lower by more than a point ({bracketed(micro)})"
    elif entry["verdict"] == "harm":
        why = f"all of it below zero; micro-F1 {bracketed(micro)}"
    elif macro["low"] > 0:
        why = f"but micro-F1 may be lower by more than a point ({bracketed(micro)})"
    else:
        why = f"which holds zero; micro-F1 {bracketed(micro)}"
    before, after = 100 * base["macro_f1"], 100 * entry["macro_f1"]
    return (
        f"On {size} gold documents, macro-F1 goes from {before:.1f} to {after:.1f}: "
        f"{signed(macro['mean'])} points, 95 % interval {signed(macro['low'])} to "
        f"{signed(macro['high'])}, {why}."
    )


def beside(entry: Entry) -> str:
    """What it adds over the best arm without an LLM, in one sentence; empty without one."""
    over, best = entry["over_best_llm_free"], entry["best_llm_free"]
    if over is None or best is None:
        return ""
    macro = over["macro_f1"]
    if macro["low"] > 0:
        said = "better than"
    else:
        said = "worse than" if macro["high"] < 0 else "not told apart from"
    what = ARMS.get(best, best)
    return f"Against the best arm without an LLM, {best} ({what}): {bracketed(macro)}, {said} it."


def _against(entry: Entry) -> list[Row]:
    rows = [Row("over gold alone", entry["gain"]["macro_f1"], strong=True)]
    if entry["over_best_llm_free"]:
        rows.append(Row(f"over {entry['best_llm_free']}", entry["over_best_llm_free"]["macro_f1"]))
    return rows


def _small(name: str, rows: list[Row], over: Domain | None) -> Markup:
    title = f"Macro-F1 of {name}, difference in points"
    desc = "; ".join(f"{row.label} {bracketed(dict(row.interval))}" for row in rows)
    return intervals(rows, title=title, desc=desc, over=over)


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


def worth(data: ReportData, size: str) -> list[tuple[str, Entry, Entry]]:
    """Additions at a size, with what their gain is worth and what the gate says."""
    at = [(name, entry(data, name, size)) for name in data.additions]
    return [(n, e["worth"], e["gate"]) for n, e in at if e and e.get("worth") and e.get("gate")]


def frequent(data: ReportData, size: str) -> dict[str, dict[str, Any]]:
    """Type with at least 100 test triples → addition → its test of non-inferiority."""
    tested: dict[str, dict[str, Any]] = {}
    for name in data.additions:
        for kind, test in (entry(data, name, size) or {}).get("non_inferior", {}).items():
            tested.setdefault(kind, {})[name] = test
    return tested
