"""The verdicts of a measured page, in words and one small chart each.

>>> headlines(data)[0].sentence
'On 300 gold documents, macro-F1 goes from 60.3 to 63.1: +2.8 points, 95 % interval −0.5 to +5.3 …'
"""

from __future__ import annotations

from typing import NamedTuple

from markupsafe import Markup

from augment.report.charts import Domain, Row, domain, intervals
from augment.report.data import ReportData
from augment.report.gains import ARMS, Entry, entry, sizes
from augment.report.svg import bracketed, signed


class Headline(NamedTuple):
    """An addition's verdict at the largest size; ``others``: verdicts at the other sizes."""

    name: str
    verdict: str
    sentence: str
    beside: str
    others: list[tuple[str, str, str]]
    chart: Markup


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
