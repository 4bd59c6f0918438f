"""What `augment measure` says at its end.

gold  arm    added  macro  gain               micro  gain               over LLM-free  verdict
100   base   0      57.0                      64.7
      llm    0      73.4   +12.6 [+8.1, +16]  73.5   +4.6 [+2.7, +6.5]  …              gain
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from augment.cli.common import counted, fail, out, warn

if TYPE_CHECKING:
    from augment.measure.evaluation import Entities, Evaluation
    from augment.measure.records import Differences, Interval, Result

WIDTH = 122
"""Columns of the table of arms where there is no terminal to ask."""


def show(result: Result) -> None:
    """The table of arms by size and what to know of it, or why there are no figures."""
    for row in result.dirty:
        out.print(
            f"dirty: {row.id} ({row.arm}) gives {row.test_id} away: {row.reason}", markup=False
        )
    if result.dirty:
        fail(
            "test texts are given away, so there are no figures",
            "take these documents out and measure again",
        )
        return
    for one in (result, *result.others.values()):
        if result.others:
            out.print(f"\nstudent {one.student}", markup=False)
        _table(one)
        _remarks(one)
    for note in result.notes:
        out.print(f"note: {note}", markup=False)
    if result.advice:
        for reason in result.advice.reasons:
            out.print(f"· {reason}", markup=False, soft_wrap=True)
        of = f" ({result.advice.student})" if result.others else ""
        out.print(f"→ {result.advice.text}{of}", markup=False, soft_wrap=True)


def merged(result: Result) -> bool:
    """True if every addition passes the gate at the largest size, with one student at least."""
    from augment.measure.advice import largest, passes

    size = largest(result)
    students = (result, *result.others.values())
    shut = [name for name in result.masked if not any(passes(s, name, size) for s in students)]
    for name in shut:
        fail(f"{name} does not pass the gate on {size} gold documents", "leave it out")
    return not shut


def _table(result: Result) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(
        "gold", "arm", "added", "macro", "gain", "micro", "gain", "over LLM-free", "verdict"
    )
    for size in result.arms["base"]:
        for name, entries in result.arms.items():
            if size in entries:
                table.add_row(size if name == "base" else "", name, *_row(entries[size]))
        table.add_section()
    wide = out if out.is_terminal else Console(width=WIDTH)
    wide.print(table)


def _remarks(result: Result) -> None:
    from augment.pipeline.finish import prompted

    for name, types in result.masked.items():
        if types:
            out.print(f"{name}: masked, not learnt from it: {', '.join(types)}", markup=False)
    for name, ids in result.set_aside.items():
        out.print(f"{name}: {len(ids)} documents set aside in some folds (names)", markup=False)
    for line in prompted(result):
        out.print(line, markup=False, soft_wrap=True)


def _row(entry: Any) -> list[str]:
    gain: Differences | None = getattr(entry, "gain", None)
    over: Differences | None = getattr(entry, "over_best_llm_free", None)
    return [
        f"{entry.documents:.0f}",
        f"{100 * entry.macro_f1:.1f}",
        points(gain.macro_f1 if gain else None),
        f"{100 * entry.micro_f1:.1f}",
        points(gain.micro_f1 if gain else None),
        points(over.macro_f1 if over else None),
        getattr(entry, "verdict", ""),
    ]


def points(found: Interval | None) -> str:
    """``+3.5 [+1.2, +5.6]``, in points."""
    return found.points if found else ""


CLUSTERS = {
    "muc": "clusters: MUC",
    "b_cubed": "clusters: B³",
    "ceaf_e": "clusters: CEAF-e",
    "ceaf_m": "clusters: CEAF-m",
    "exact": "clusters: exactly right",
}


def _entities(found: Entities) -> None:
    from rich.table import Table

    table = Table("entity type", "precision", "recall", "F1", "F1 overlap", "gold")
    for kind, got in found.per_type.items():
        near = found.per_type_overlap[kind].f1
        shares = (f"{100 * x:.1f}" for x in (got.precision, got.recall, got.f1, near))
        table.add_row(kind, *shares, str(got.support))
    out.print(table)
    rows = {"mentions": found.exact, "mentions: overlap": found.overlap, "spans": found.spans}
    rows |= {CLUSTERS[name]: got for name, got in found.clusters.items()}
    table = Table("of", "precision", "recall", "F1")
    for name, one in rows.items():
        table.add_row(name, *(f"{100 * x:.1f}" for x in (one.precision, one.recall, one.f1)))
    out.print(table)
    macro = "–" if found.macro_f1 is None else f"{100 * found.macro_f1:.1f}"
    out.print(f"mentions: macro-F1 {macro}; mean of MUC, B³ and CEAF-e {100 * found.conll:.1f}\n")


def show_evaluation(result: Evaluation) -> None:
    """Scores by type, averages, documents that only one side has.

    Where the predictions found entities by themselves, their scores come first.
    """
    from rich.table import Table

    if result.entities:
        _entities(result.entities)
    table = Table("type", "precision", "recall", "F1", "gold")
    for kind, got in result.per_type.items():
        shares = (f"{100 * x:.1f}" for x in (got.precision, got.recall, got.f1))
        table.add_row(kind, *shares, str(got.support))
    out.print(table)
    macro = "–" if result.macro_f1 is None else f"{100 * result.macro_f1:.1f}"
    out.print(
        f"macro-F1 {macro}, micro-F1 {100 * result.micro_f1:.1f} "
        f"(precision {100 * result.precision:.1f}, recall {100 * result.recall:.1f}) "
        f"over {result.documents} documents"
    )
    for what, ids in (("without prediction", result.missing), ("without gold", result.unknown)):
        if ids:
            more = ", …" if len(ids) > 5 else ""
            warn(f"{counted(len(ids), 'document')} {what}: {', '.join(ids[:5])}{more}")
