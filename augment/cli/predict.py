"""`augment predict M CORPUS --out P`: documents with entities → the same with relations found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from augment.cli.common import check_target, counted, emit, out, say_left_out, track

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
    from augment.read.detect import sources
    from augment.train import load

    student = load(model)
    check_target(target, *(path for path, _ in sources(corpus, None)), folder=to == "brat")
    counts: Counter[str] = Counter({"documents": 0, "relations": 0, "dropped": 0})
    documents = _sound(track(read(corpus), "predicting"), corpus, counts)
    write(_answered(student, documents, counts), target, format=to)
    if json:
        emit(dict(counts))
        return
    found = (
        f"{counted(counts['documents'], 'document')}, {counted(counts['relations'], 'relation')}"
    )
    out.print(f"{found} → {target}", markup=False, soft_wrap=True)


def _sound(
    records: Iterable[Document | Drop], corpus: Path, counts: Counter[str]
) -> Iterator[Document]:
    """Documents only; at the end it says what was left out. Raises NoResult if all were."""
    from augment.schema import Drop

    first: list[Drop] = []
    kept = 0
    for record in records:
        if isinstance(record, Drop):
            counts["dropped"] += 1
            first = first or [record]
        else:
            kept += 1
            yield record
    say_left_out(corpus, first, kept, counts["dropped"])


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
