"""`augment predict M CORPUS --out P`: documents with entities → the same with relations found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from augment.cli.common import emit, err, out, track

if TYPE_CHECKING:
    from augment.protocols import Student
    from augment.schema import Document, Drop

BLOCK = 64
"""Documents that are in memory at once."""


def predict(
    model: Annotated[Path, typer.Argument(help="Folder written by `augment train`.")],
    corpus: Annotated[Path, typer.Argument(help="Documents with entities.")],
    target: Annotated[Path, typer.Option("--out", "-o", help="File to write.")],
    to: Annotated[str, typer.Option(help="Format to write.")] = "jsonl",
    json: Annotated[bool, typer.Option("--json", help="Counts in JSON.")] = False,
) -> None:
    """Find the relations of documents; relations that they have already are replaced."""
    from augment.read import read, write
    from augment.train import load

    student = load(model)
    counts: Counter[str] = Counter({"documents": 0, "relations": 0, "dropped": 0})
    documents = _sound(track(read(corpus), "predicting"), counts)
    write(_answered(student, documents, counts), target, format=to)
    if json:
        emit(dict(counts))
        return
    text = f"{counts['documents']} documents, {counts['relations']} relations → {target}"
    out.print(text, markup=False, soft_wrap=True)
    if counts["dropped"]:
        text = f"{corpus}: {counts['dropped']} records left out"
        err.print(text, markup=False, soft_wrap=True)


def _sound(records: Iterable[Document | Drop], counts: Counter[str]) -> Iterator[Document]:
    from augment.schema import Drop

    for record in records:
        if isinstance(record, Drop):
            counts["dropped"] += 1
        else:
            yield record


def _answered(
    student: Student, documents: Iterator[Document], counts: Counter[str]
) -> Iterator[Document]:
    from augment.schema import Relation

    while block := list(islice(documents, BLOCK)):
        for document, triples in zip(block, student.predict(block), strict=True):
            relations = tuple(
                Relation(head=head, type=kind, tail=tail)
                for head, kind, tail in sorted(triples, key=str)
            )
            counts["documents"] += 1
            counts["relations"] += len(relations)
            yield document.model_copy(
                update={"relations": relations, "labelled": "full", "masked": ()}
            )
