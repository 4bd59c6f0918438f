"""`augment train --train A [--add C] [--guide G] --out M`: documents → a saved student."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from augment.cli.common import emit, err, out

if TYPE_CHECKING:
    from augment.schema import Document


def train(
    corpus: Annotated[Path, typer.Option("--train", help="Gold training documents.")],
    model: Annotated[Path, typer.Option("--out", "-o", help="Folder to write the model to.")],
    add: Annotated[list[Path] | None, typer.Option(help="More documents to learn from.")] = None,
    guide: Annotated[str | None, typer.Option("--guide", "-g", help="Name or folder.")] = None,
    student: Annotated[str, typer.Option(help="linear or rules.")] = "linear",
    seed: Annotated[int, typer.Option(help="Seed of everything random.")] = 0,
    json: Annotated[bool, typer.Option("--json", help="Machine-readable output.")] = False,
) -> None:
    """Train a relation extractor on annotated documents and save it."""
    from augment.errors import PathError
    from augment.guide import load
    from augment.registry import resolve
    from augment.train import save

    if model.is_file():
        raise PathError(f"{model}: a file, and the model needs a folder")
    made = resolve("student", student)(load(guide) if guide else None, seed)
    documents = [document for path in [corpus, *(add or [])] for document in read_documents(path)]
    with err.status(f"training {student} on {len(documents)} documents"):
        made.fit(documents)
    save(made, model)
    types = sorted({r.type for document in documents for r in document.relations})
    learnt = {"student": student, "documents": len(documents), "relation_types": types}
    if json:
        emit({**learnt, "model": str(model)})
    else:
        text = f"{student}: {len(documents)} documents, {len(types)} relation types → {model}"
        out.print(text, markup=False, soft_wrap=True)


def read_documents(path: Path) -> list[Document]:
    """Documents of a file or folder; what could not be read is counted on standard error.

    Raises NoResult if nothing could be read, PathError if there is nothing there.
    """
    from augment.errors import NoResult
    from augment.read import read_all

    documents, drops = read_all(path)
    if drops:
        first = drops[0]
        text = f"{path}: {len(drops)} records left out, first {first.id}: {first.reason}"
        err.print(text, markup=False, soft_wrap=True)
    if not documents:
        raise NoResult(f"{path}: no document could be read")
    return documents
