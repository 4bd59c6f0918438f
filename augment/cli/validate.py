"""`augment validate CORPUS --guide G`: what the hard rules of a guide find in a corpus."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from augment.cli.common import counted, emit, out, track
from augment.cli.place import path_or_url


def validate(
    corpus: Annotated[
        Path, typer.Argument(parser=path_or_url, help="File or folder of annotated documents.")
    ],
    guide: Annotated[str, typer.Option("--guide", "-g", help="Name or folder of a guide.")],
    format: Annotated[str | None, typer.Option(help="Format; detected if left out.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Machine-readable output.")] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit 1 on any finding that is not mere information.")
    ] = False,
) -> None:
    """Check a corpus against a guide and count what is wrong; nothing is changed."""
    from augment.errors import NoResult
    from augment.guide import load
    from augment.read import read
    from augment.validate import summarise

    rules = load(guide)
    records = read(corpus, format=format)
    found = summarise(track(records, f"validating {corpus.name}"), rules)
    if json:
        emit(found)
    else:
        _show(found, rules.name)
    if not found["documents"]:
        raise NoResult(
            f"{corpus}: no document could be read", hint="the findings say why, with examples"
        )
    if strict and found["findings"]:
        raise typer.Exit(1)


def _show(found: dict[str, Any], guide: str) -> None:
    from rich.markup import escape
    from rich.table import Table

    from augment.validate import explain

    sizes = (counted(found[f"{thing}s"], thing) for thing in ("document", "mention", "relation"))
    conform = f"; {found['conforming_relations']:.2%} of the relations conform to the guide {guide}"
    out.print(
        ", ".join(sizes) + (conform if found["relations"] else ""), soft_wrap=True, markup=False
    )
    if not found["issues"]:
        out.print("No findings.")
        return
    table = Table("finding", "in a run", "count", "what it is, and examples")
    for code, count in found["issues"].items():
        action, doc = explain(code)
        examples = "\n".join(f"  {escape(text)}" for text in found["examples"][code])
        table.add_row(code, action, str(count), f"{doc}\n[dim]{examples}[/dim]")
    out.print(table)
