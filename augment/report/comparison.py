"""The page of a comparison, and its table, which the terminal shows too.

>>> header, rows = table(result)
>>> dict(zip(header, rows[0]))["relation macro-F1"]
'61.2 [55, 67]'
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from augment import __version__
from augment.guide.show import readable
from augment.report.page import environment
from augment.report.samples import Families

Row = dict[str, Any]
NONE = "–"


def table(result: dict[str, Any]) -> tuple[list[str], list[list[str]]]:
    """Header and rows as text; shares in points, what is not known as a dash.

    Columns that no combination has a figure for are left out.
    """
    money = result["currency"] or "cost"
    columns: dict[str, Callable[[Row], str]] = {
        "combination": lambda row: str(row["name"]),
        "valid": lambda row: between(row["valid"]),
        "exact spans": lambda row: points((row["spans"] or {}).get("exact")),
        "violations / 100": lambda row: plain(row["violations"]["per_100"]),
        "mention F1": lambda row: between(part(row, "mentions", "micro")),
        "relation micro-F1": lambda row: between(part(row, "relations", "micro")),
        "relation macro-F1": lambda row: between(part(row, "relations", "macro")),
        "macro-F1, entities given": lambda row: between(part(row, "given", "macro")),
        "distinct-2": lambda row: points(part(row, "diversity", "distinct-2")),
        "self-similarity": lambda row: points(part(row, "diversity", "self-similarity")),
        "s, median": lambda row: plain(row["seconds"]["median"]),
        "s, p90": lambda row: plain(row["seconds"]["p90"]),
        "tokens": lambda row: NONE if row["tokens"] is None else str(row["tokens"]),
        f"{money} a sample": lambda row: plain(row["cost_per_valid"], 5),
        "J a call": lambda row: plain(row["joules_per_call"]),
        "gain": lambda row: gain(row["gain"]),
    }
    rows = [[show(row) for show in columns.values()] for row in result["combinations"]]
    kept = [i for i in range(len(columns)) if any(row[i] != NONE for row in rows)]
    header = list(columns)
    return [header[i] for i in kept], [[row[i] for i in kept] for row in rows]


def part(row: Row, *names: str) -> Any:
    """A figure inside a row, None where there is none."""
    found: Any = row
    for name in names:
        found = found.get(name) if found else None
    return found


def points(share: float | None) -> str:
    """0.612 as 61.2."""
    return NONE if share is None else f"{100 * share:.1f}"


def between(estimate: dict[str, float] | None) -> str:
    """A value with its interval, in points."""
    if estimate is None:
        return NONE
    low, high = (round(100 * estimate[name]) for name in ("low", "high"))
    return f"{points(estimate['value'])} [{low}, {high}]"


def gain(found: dict[str, Any] | None) -> str:
    """A difference with its interval and verdict."""
    if found is None:
        return NONE
    mean, low, high = (f"{100 * found[name]:+.1f}" for name in ("mean", "low", "high"))
    return f"{mean} [{low}, {high}]: {found['verdict']}"


def plain(number: float | None, digits: int = 3) -> str:
    """A few digits of a number."""
    return NONE if number is None else f"{number:.{digits}g}"


def types(result: dict[str, Any], what: str) -> list[tuple[str, int, list[str]]]:
    """(type, number in gold, F1 of each combination), the most frequent type first."""
    tables = [row[what]["types"] for row in result["combinations"] if row.get(what)]
    first = tables[0] if tables else {}
    ordered = sorted(first, key=lambda kind: (-first[kind]["gold"], kind))
    return [(k, first[k]["gold"], [between(found[k]) for found in tables]) for k in ordered]


def revision_lines(revision: dict[str, Any]) -> list[str]:
    """A version of a guide against the first one, as lines: what changed, what it gained."""
    before, after = revision["guides"]
    asked = revision["prompts"]
    lines = [
        f"{before} → {after} ({revision['after']}): {revision['verdict']}; "
        f"{asked['changed']} of {asked['of']} prompts are not the same"
    ]
    edits = [edit for feedback in revision["taken"] for edit in feedback["taken"]]
    lines += [
        f"  {edit['at']} (corrections: {edit['count']}): {readable(edit['text'], ())}"
        for edit in edits
    ]
    by_hand = [place for place in revision["changed"] if place not in {e["at"] for e in edits}]
    lines += [f"  by hand: {place}" for place in by_hand]
    figures = revision["relations"] or {}
    rows = {"relation macro-F1": figures.get("macro"), "relation micro-F1": figures.get("micro")}
    rows["valid"] = revision["valid"]
    touched = {place.split(".")[1] for place in revision["changed"]}
    rows |= {kind: row for kind, row in figures.get("types", {}).items() if kind in touched}
    lines += [f"  {name}: {difference(row)}" for name, row in rows.items() if row]
    return lines


def difference(found: dict[str, float]) -> str:
    """``41.0 → 52.0, +11.0 [+4.0, +18.0]``."""
    change, low, high = (f"{100 * found[n] + 0:+.1f}" for n in ("difference", "low", "high"))
    return f"{points(found['before'])} → {points(found['after'])}, {change} [{low}, {high}]"


def render_comparison(result: dict[str, Any]) -> str:
    """The HTML of a page that needs nothing else; the same result gives the same bytes."""
    header, rows = table(result)
    return environment().get_template("compare.html.jinja").render(
        result=result,
        header=header,
        rows=rows,
        by_type={
            "Relations, end to end": types(result, "relations"),
            "Relations between gold's entities": types(result, "given"),
            "Mentions": types(result, "mentions"),
        },
        revisions=list(map(revision_lines, result["revisions"])),
        families=Families({}, {}),
        version=__version__,
    )  # fmt: skip
