"""`augment stats CORPUS [OTHER]`: counts by type, and how another corpus differs or agrees."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from augment.cli.common import counted, emit, out, read_both
from augment.cli.place import path_or_url


def stats(
    corpus: Annotated[
        Path, typer.Argument(parser=path_or_url, help="File or folder of annotated documents.")
    ],
    other: Annotated[
        Path | None, typer.Argument(parser=path_or_url, help="A second one, to compare.")
    ] = None,
    agreement: Annotated[
        bool,
        typer.Option("--agreement", help="How far two annotations of the same texts agree."),
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Machine-readable output.")] = False,
) -> None:
    """Count types in a corpus; with a second one, print the drift between the two."""
    if agreement:
        _agreement(corpus, other, json)
        return
    from augment.measure.drift import counts, describe, drift, values

    documents, dropped = read_both(corpus)
    result: dict[str, Any] = {
        **counts(documents),
        "dropped": len(dropped),
        "figures": describe(documents),
        "values": values(documents),
    }
    if other is not None:
        compared, dropped_too = read_both(other)
        dropped += dropped_too
        result["other"] = {**counts(compared), "values": values(compared)}
        result["drift"] = drift(documents, compared)
    if json:
        emit(result)
        return
    out.print(
        f"{counted(result['documents'], 'document')}, {result['entities']} entities, "
        f"{counted(result['mentions'], 'mention')}, {counted(result['relations'], 'relation')}\n",
        soft_wrap=True,
    )
    rows = result.get("drift") or [
        {"metric": name, "left": value} for name, value in result["figures"].items()
    ]
    out.print(_figures(rows, corpus.name, other.name if other else None))
    out.print(_types(result))


def _agreement(corpus: Path, other: Path | None, json: bool) -> None:
    from rich.table import Table

    from augment.errors import UsageError
    from augment.measure.agreement import agreement

    if other is None:
        raise UsageError("--agreement needs two corpora", hint="augment stats A B --agreement")
    (left, dropped), (right, dropped_too) = read_both(corpus), read_both(other)
    found = agreement(left, right)
    if json:
        emit({**found, "dropped": len(dropped) + len(dropped_too)})
        return
    table = Table("of", "precision", "recall", "F1")
    for name in ("mentions", "spans", "clusters", "relations", "relations_exact"):
        table.add_row(name, *(f"{100 * found[name][k]:.1f}" for k in ("precision", "recall", "f1")))
    table.add_section()
    for kind, f1 in found["relation_types"].items():
        table.add_row(kind, "", "", f"{100 * f1:.1f}")
    out.print(table)
    macro = found["relations"]["macro_f1"]
    if macro is not None:
        out.print(f"macro-F1 of the relations {100 * macro:.1f}")
    out.print(f"Cohen's kappa {100 * found['kappa']:.1f}, over {found['documents']} documents")


def _figures(rows: list[dict[str, Any]], left: str, right: str | None) -> Any:
    from rich.table import Table

    table = Table("figure", left, *([right] if right else []))
    for row in rows:
        sides = [row["left"]] + ([row["right"]] if right else [])
        table.add_row(row["metric"], *("–" if side is None else f"{side:.3g}" for side in sides))
    return table


def _types(result: dict[str, Any]) -> Any:
    from rich.table import Table

    other = result.get("other")
    table = Table("type", "count", *(["in the other"] if other else []))
    for field in ("entity_types", "relation_types"):
        names = [
            *result[field],
            *(n for n in (other or {}).get(field, {}) if n not in result[field]),
        ]
        for name in names:
            sides = [result, *([other] if other else [])]
            table.add_row(name, *(str(side[field].get(name, 0)) for side in sides))
        table.add_section()
    return table
