"""`augment train --train A [--task T] [--add C] [--guide G] --out M`: documents → a model."""

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
from augment.cli.place import path_or_url


def train(
    corpus: Annotated[
        Path, typer.Option("--train", parser=path_or_url, help="Gold training documents.")
    ],
    model: Annotated[Path, typer.Option("--out", "-o", help="Folder to write the model to.")],
    add: Annotated[
        list[Path] | None, typer.Option(parser=path_or_url, help="More documents to learn from.")
    ] = None,
    guide: Annotated[
        str | None, typer.Option("--guide", "-g", help="Name or folder of a guide.")
    ] = None,
    task: Annotated[
        str, typer.Option(help="relations, ner, coref, or all: the chain from raw text.")
    ] = "relations",
    student: Annotated[
        str,
        typer.Option(
            help="linear, rules, transformer:ENCODER or seq2seq:MODEL (a name or folder)."
        ),
    ] = "linear",
    fields: Annotated[
        list[str] | None, typer.Option("--set", help="A setting of the student: epochs=10.")
    ] = None,
    choose: Annotated[
        str | None,
        typer.Option(
            help="Which of the added: random, loss, margin, nearness or deficit, and a share, as "
            "deficit:50%."
        ),
    ] = None,
    weight: Annotated[
        str, typer.Option(help="Of an added document, gold weighing 1: a number, or auto.")
    ] = "1",
    order: Annotated[
        str, typer.Option(help="mixed; synthetic_first: learn the added, then go on with gold.")
    ] = "mixed",
    seed: Annotated[int, typer.Option(help="Seed of everything random.")] = 0,
    json: Annotated[bool, typer.Option("--json", help="Machine-readable output.")] = False,
) -> None:
    """Train a relation extractor on annotated documents and save it; or what finds mentions.

    --task ner finds mentions in raw text, coref clusters them; --task all trains both and the
    student, and `augment predict` then goes from raw text to relations. A part that there is no
    such student for is linear.

    A network that was interrupted goes on where it was with the same command.
    """
    import shutil

    from augment.errors import UsageError
    from augment.guide import load
    from augment.measure.recipe import Recipe
    from augment.protocols import View
    from augment.train import Resumable, make
    from augment.train.chain import folders, untrained

    check_target(model, folder=True)
    recipe = Recipe.read(choose or "random", weight=weight, order=order)
    if recipe != Recipe() and (task != "relations" or not add):
        raise UsageError(
            "--choose, --weight, --order: for relations only, and what is added", hint="give --add"
        )
    rules = load(guide) if guide else None
    parts = untrained(task, student, rules, seed, fields_set(fields or []))
    places = folders(model, parts)
    place = model.resolve()
    unfinished = place.with_name(f".{place.name}.fit")
    for part, made in parts.items():
        if isinstance(made, Resumable):
            made.checkpoints = unfinished / part if len(parts) > 1 else unfinished
    gold = read_documents(corpus)
    added = [document for path in add or [] for document in read_documents(path)]
    if recipe != Recipe():
        from augment.pipeline import choosing

        learn = choosing.trained(lambda: make(student, rules, seed, fields_set(fields or [])))
        view = View(gold, (), seed)
        recipe, added = choosing.settle(recipe, view, added, choosing.Proxy(rules), learn)
        err.print(f"added: {counted(len(added), 'document')} of weight {float(recipe.weight):g}")
    documents = [*gold, *added]
    for part, made in parts.items():
        what = student if len(parts) == 1 else f"{made.name} for {part}"
        with err.status(f"training {what} on {counted(len(documents), 'document')}"):
            if recipe == Recipe():
                made.fit(documents)
            else:
                choosing.train(made, recipe, gold, added)
        made.save(places[part])
    shutil.rmtree(unfinished, ignore_errors=True)
    kind = "relation" if task == "relations" else "entity"
    types = {
        "relation_types": sorted({r.type for d in documents for r in d.relations}),
        "entity_types": sorted({e.type for d in documents for e in d.entities}),
    }
    learnt = {"task": task, "student": student, "documents": len(documents), **types}
    learnt |= {"added": len(added), "weight": recipe.weight}
    learnt["parts"] = {part: made.name for part, made in parts.items()}
    if json:
        emit({**learnt, "model": str(model)})
    else:
        known = counted(len(types[f"{kind}_types"]), f"{kind} type")
        seen = f"{counted(len(documents), 'document')}, {known}"
        if len(parts) > 1:
            seen += f" ({', '.join(f'{part}: {made.name}' for part, made in parts.items())})"
        out.print(f"{student}: {seen} → {model}", markup=False, soft_wrap=True)
