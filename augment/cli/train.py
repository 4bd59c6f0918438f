"""`augment train --train A [--add C] [--guide G] --out M`: documents → a saved student."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from augment.cli.common import (
    check_target,
    counted,
    emit,
    err,
    fields_set,
    out,
    read_documents,
)


def train(
    corpus: Annotated[Path, typer.Option("--train", help="Gold training documents.")],
    model: Annotated[Path, typer.Option("--out", "-o", help="Folder to write the model to.")],
    add: Annotated[list[Path] | None, typer.Option(help="More documents to learn from.")] = None,
    guide: Annotated[
        str | None, typer.Option("--guide", "-g", help="Name or folder of a guide.")
    ] = None,
    student: Annotated[
        str, typer.Option(help="linear, rules, or transformer:ENCODER (a name or folder).")
    ] = "linear",
    fields: Annotated[
        list[str] | None, typer.Option("--set", help="A setting of the transformer: epochs=10.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of everything random.")] = 0,
    json: Annotated[bool, typer.Option("--json", help="Machine-readable output.")] = False,
) -> None:
    """Train a relation extractor on annotated documents and save it.

    A transformer that was interrupted goes on where it was with the same command.
    """
    import shutil

    from augment.errors import PathError
    from augment.guide import load
    from augment.train import Resumable, make, save

    check_target(model, folder=True)
    if model.is_dir() and any(model.iterdir()) and not (model / "model.json").exists():
        raise PathError(f"{model}: a folder with other files", hint="choose another --out")
    made = make(student, load(guide) if guide else None, seed, fields_set(fields or []))
    place = model.resolve()
    unfinished = place.with_name(f".{place.name}.fit")
    if isinstance(made, Resumable):
        made.checkpoints = unfinished
    documents = [document for path in [corpus, *(add or [])] for document in read_documents(path)]
    with err.status(f"training {student} on {counted(len(documents), 'document')}"):
        made.fit(documents)
    save(made, model)
    shutil.rmtree(unfinished, ignore_errors=True)
    types = sorted({r.type for document in documents for r in document.relations})
    learnt = {"student": student, "documents": len(documents), "relation_types": types}
    if json:
        emit({**learnt, "model": str(model)})
    else:
        seen = f"{counted(len(documents), 'document')}, {counted(len(types), 'relation type')}"
        out.print(f"{student}: {seen} → {model}", markup=False, soft_wrap=True)
