"""`augment release SAMPLES --out FILE`: pass on what may be passed on, and say why not the rest."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from augment.cli.common import check_target, counted, emit, out, read_documents
from augment.cli.place import path_or_url

if TYPE_CHECKING:
    from augment.release import Refused


def release(
    samples: Annotated[
        Path, typer.Argument(parser=path_or_url, help="Samples, as `accepted.jsonl` of a run.")
    ],
    folder: Annotated[Path, typer.Option("--out", help="JSONL file to write.")],
    parents: Annotated[
        list[Path] | None,
        typer.Option(
            parser=path_or_url, help="Corpus the samples were made from; repeat for several."
        ),
    ] = None,
    rights: Annotated[
        Path | None, typer.Option(help="Your own statement of licences; see docs/privacy.md.")
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Exit 1 if any was refused.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Machine-readable output.")] = False,
) -> None:
    """Write the samples that their parents, their generator and they themselves allow to pass on.

    What nothing allows is refused, with its parents and the reason.
    """
    from augment.errors import NoResult
    from augment.release import Refused, gather, refusals
    from augment.rights import load_rights
    from augment.store import digest, write_lines

    check_target(folder, samples, *(parents or ()))
    table = load_rights(rights)
    corpora = [(digest(path), read_documents(path)) for path in parents or ()]
    gold = gather(corpora, table)
    released, refused = [], []
    for sample in read_documents(samples):
        reasons = refusals(sample, gold, table)
        if reasons:
            row = Refused(id=sample.id, parents=sample.meta.parents, reasons=tuple(reasons))
            refused.append(row)
        else:
            released.append(sample)
    if released:
        write_lines(folder, released)
    if json:
        rows = [row.model_dump() for row in refused]
        emit({"released": len(released), "refused": rows, "out": str(folder) if released else None})
    else:
        _show(refused)
        out.print(f"{counted(len(released), 'sample')} released, {len(refused)} refused")
    if not released:
        raise NoResult(f"{samples}: no sample may be released", hint="the reasons are listed")
    if strict and refused:
        raise typer.Exit(1)


def _show(refused: list[Refused]) -> None:
    for row in refused:
        made = f" (from {', '.join(row.parents)})" if row.parents else ""
        out.print(f"{row.id}{made}: {'; '.join(row.reasons)}", markup=False, soft_wrap=True)
