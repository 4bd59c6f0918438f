"""Measured results as one markdown table: a row for each result, gold size and arm.

>>> markdown([({"machine": "2 cores", "student": "linear"}, result)])
| machine | student | gold | arm | added | macro | gain | ≥ 50 | micro | over LLM-free | verdict | …
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

COLUMNS = (
    "gold", "arm", "added", "macro", "gain", "≥ 50", "micro", "over LLM-free", "verdict", "top 3",
)  # fmt: skip


def markdown(rows: Sequence[tuple[Mapping[str, str], Mapping[str, Any]]]) -> str:
    """The table of results that `augment measure --json` wrote; no line break at its end.

    Each result comes with what its rows begin with, such as its machine and date. Figures are
    points; a gain has its 95 % interval. A result without figures has one row that says so.
    """
    leading = list(dict.fromkeys(name for lead, _ in rows for name in lead))
    lines = [(*leading, *COLUMNS), ("---",) * (len(leading) + len(COLUMNS))]
    for lead, result in rows:
        first = [lead.get(name, "") for name in leading]
        lines += [(*first, *cells) for cells in _rows(result)]
    return "\n".join(f"| {' | '.join(map(_escaped, line))} |" for line in lines)


def _rows(result: Mapping[str, Any]) -> Iterator[list[str]]:
    arms = result["arms"]
    if not arms:
        why = f"no figures: {len(result['dirty'])} documents give test texts away"
        yield [*[""] * 8, why, ""]
    for size in arms.get("base", ()):
        for name, entries in arms.items():
            if size in entries:
                yield [size, name, *_cells(entries[size])]


def _cells(entry: Mapping[str, Any]) -> list[str]:
    added, macro, micro = f"{entry['documents']:.0f}", _share(entry["macro_f1"]), entry["micro_f1"]
    frequent = _share(entry["macro_f1_50"])
    gain, over = entry.get("gain"), entry.get("over_best_llm_free")
    if gain is None:
        return [added, macro, "", frequent, _share(micro), "", "", ""]
    return [
        added,
        macro,
        _points(gain["macro_f1"]),
        f"{frequent} {_points(gain['macro_f1_50'])}".strip(),
        f"{_share(micro)} {_points(gain['micro_f1'])}",
        f"{_points(over['macro_f1'])} ({entry['best_llm_free']})" if over else "",
        entry["verdict"],
        _number(entry["top3_share"], ".2f"),
    ]


def _share(found: float | None) -> str:
    """0.612 as 61.2."""
    return "" if found is None else f"{100 * found:.1f}"


def _points(found: Mapping[str, float] | None) -> str:
    """``+3.5 [−1.2, +5.6]``, in points."""
    if found is None:
        return ""
    mean, low, high = (_number(100 * found[name], "+.1f") for name in ("mean", "low", "high"))
    return f"{mean} [{low}, {high}]"


def _number(found: float | None, form: str) -> str:
    return "" if found is None else format(found, form).replace("-", "−")


def _escaped(cell: str) -> str:
    return " ".join(cell.replace("|", r"\|").split())
