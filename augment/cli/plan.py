"""`augment plan CORPUS --guide G`: which relation types would be ordered, how often, and why."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from augment.cli.common import check_target, counted, emit, out, read_documents
from augment.cli.place import path_or_url

SCORES = 'such as {"IS_LOCATED_IN": 0.8}, or what `augment measure --json` wrote'


def plan(
    corpus: Annotated[
        Path, typer.Argument(parser=path_or_url, help="File or folder of annotated documents.")
    ],
    guide: Annotated[str, typer.Option("--guide", "-g", help="Name or folder of a guide.")],
    samples: Annotated[int, typer.Option(min=1, help="Number of samples to order.")] = 200,
    strategy: Annotated[
        list[str] | None, typer.Option(help="Strategy to use; repeat for several.")
    ] = None,
    scores: Annotated[
        Path | None, typer.Option(help="JSON with F1 by relation type, or of `augment measure`.")
    ] = None,
    raw: Annotated[
        Path | None,
        typer.Option(
            parser=path_or_url, help="Items to annotate: documents whose text alone counts."
        ),
    ] = None,
    target: Annotated[
        Path | None, typer.Option("--out", help="Write the orders there, one a line.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the orders.")] = 0,
    json: Annotated[bool, typer.Option("--json", help="Machine-readable output.")] = False,
) -> None:
    """Plan what to produce: quotas by expected gain, capped, as a table."""
    from augment import registry
    from augment.guide import load
    from augment.plan import LLM_FREE
    from augment.plan import plan as make
    from augment.store import write_lines

    names = strategy or [name for name in registry.names("strategy") if name in LLM_FREE]
    for name in names:
        registry.resolve("strategy", name)
    rules = load(guide)
    known = type_scores(scores) if scores else None
    if target:
        check_target(target, corpus, *filter(None, (raw, scores)))
    made = make(
        read_documents(corpus),
        guide=rules,
        samples=samples,
        strategies=names,
        scores=known,
        seed=seed,
        raw=read_documents(raw) if raw else (),
    )
    if target:
        write_lines(target, made.orders)
    if json:
        emit(made.model_dump(mode="json"))
        return
    from rich.table import Table

    table = Table("type", "gold", "F1", "orders", "share", "why")
    for row in made.rows:
        f1 = "–" if row.f1 is None else f"{row.f1:.2f}"
        table.add_row(row.type, str(row.gold), f1, str(row.orders), f"{row.share:.1%}", row.why)
    out.print(table)
    orders = counted(len(made.orders), "order")
    out.print(f"{orders}, strategies {', '.join(names)}, seed {seed}", soft_wrap=True)


def type_scores(path: Path) -> dict[str, float]:
    """F1 by type out of ``{TYPE: f1}`` or the JSON of `augment measure` (largest base)."""
    import json

    from augment.errors import ConfigError, PathError

    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise PathError(f"{path}: {error.strerror}") from error
    except ValueError as error:
        raise ConfigError(f"{path}: not JSON: {error}", hint=SCORES) from error
    try:
        if "arms" in found:
            base = found["arms"]["base"]
            found = base[max(base, key=int)]["per_type"]
        return {str(kind): float(f1) for kind, f1 in found.items()}
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ConfigError(f"{path}: no F1 by relation type in it", hint=SCORES) from error
