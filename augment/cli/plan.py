"""`augment plan CORPUS --guide G`: which relation types would be ordered, how often, and why."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from augment.cli.common import emit, err, out


def plan(
    corpus: Annotated[Path, typer.Argument(help="File or folder of annotated documents.")],
    guide: Annotated[str, typer.Option("--guide", "-g", help="Name or folder of a guide.")],
    samples: Annotated[int, typer.Option(min=1, help="Number of samples to order.")] = 200,
    strategy: Annotated[
        list[str] | None, typer.Option(help="Strategy to use; repeat for several.")
    ] = None,
    scores: Annotated[
        Path | None, typer.Option(help="JSON with F1 by relation type, or of `augment measure`.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the orders.")] = 0,
    json: Annotated[bool, typer.Option("--json", help="Machine-readable output.")] = False,
) -> None:
    """Plan what to produce: quotas by expected gain, capped, as a table."""
    from augment import registry
    from augment.guide import load
    from augment.plan import plan as make
    from augment.read import read
    from augment.schema import Document

    names = strategy or registry.names("strategy")
    for name in names:
        registry.resolve("strategy", name)
    records = list(read(corpus))
    documents = [r for r in records if isinstance(r, Document)]
    if len(documents) < len(records):
        err.print(f"{len(records) - len(documents)} of {len(records)} records could not be read")
    known = _scores(scores) if scores else None
    made = make(
        documents, guide=load(guide), samples=samples, strategies=names, scores=known, seed=seed
    )
    if json:
        emit(made.model_dump(mode="json"))
        return
    from rich.table import Table

    table = Table("type", "gold", "F1", "orders", "share", "why")
    for row in made.rows:
        f1 = "–" if row.f1 is None else f"{row.f1:.2f}"
        table.add_row(row.type, str(row.gold), f1, str(row.orders), f"{row.share:.1%}", row.why)
    out.print(table)
    out.print(f"{len(made.orders)} orders, strategies {', '.join(names)}, seed {seed}")


def _scores(path: Path) -> dict[str, float]:
    """F1 by type out of ``{TYPE: f1}`` or the JSON of `augment measure` (largest base)."""
    import json

    from augment.errors import ConfigError, PathError

    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise PathError(f"{path}: not readable: {error}") from error
    except json.JSONDecodeError as error:
        raise ConfigError(f"{path}: not JSON: {error}") from error
    try:
        if "arms" in found:
            base = found["arms"]["base"]
            found = base[max(base, key=int)]["per_type"]
        return {str(kind): float(f1) for kind, f1 in found.items()}
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ConfigError(f"{path}: no F1 by relation type in it") from error
