"""`augment predict M CORPUS --out P`: documents → the same with what a model or chain found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from augment.cli.common import check_target, counted, emit, out, say_left_out, track, warn
from augment.cli.place import path_or_url

if TYPE_CHECKING:
    from augment.schema import Document, Drop
    from augment.train.chain import Chain

BLOCK = 64
"""Documents that are in memory at once."""


def predict(
    model: Annotated[
        Path, typer.Argument(parser=path_or_url, help="Folder written by `augment train`.")
    ],
    corpus: Annotated[
        Path,
        typer.Argument(
            parser=path_or_url, help="Documents with entities; for a chain, raw text will do."
        ),
    ],
    target: Annotated[Path, typer.Option("--out", "-o", help="File to write.")],
    to: Annotated[str, typer.Option(help="Format to write.")] = "jsonl",
    json: Annotated[bool, typer.Option("--json", help="Counts in JSON.")] = False,
) -> None:
    """Find the relations of documents; relations that they have already are replaced.

    A model that finds mentions or clusters replaces the entities too.
    """
    from augment.read import read, write
    from augment.read.detect import sources
    from augment.train.chain import load

    chain = load(model)
    check_target(target, *(path for path, _ in sources(corpus, None)), folder=to == "brat")
    counts: Counter[str] = Counter({"documents": 0, "relations": 0, "dropped": 0})
    documents = _sound(track(read(corpus), "predicting"), corpus, counts, not chain.ner)
    if chain.ner or chain.coref:
        counts["entities"] = 0
    write(_answered(chain, documents, counts), target, format=to)
    if json:
        emit(dict(counts))
        return
    found = counted(counts["documents"], "document")
    if "entities" in counts:
        found += f", {counts['entities']} entities"
    found += f", {counted(counts['relations'], 'relation')}"
    out.print(f"{found} → {target}", markup=False, soft_wrap=True)


def _sound(
    records: Iterable[Document | Drop], corpus: Path, counts: Counter[str], annotated: bool
) -> Iterator[Document]:
    """Documents only; at the end it says what was left out. Raises NoResult if all were.

    It warns if they should be ``annotated`` and none has an entity.
    """
    from augment.schema import Drop

    first: list[Drop] = []
    kept = entities = 0
    for record in records:
        if isinstance(record, Drop):
            counts["dropped"] += 1
            first = first or [record]
        else:
            kept += 1
            entities += len(record.entities)
            yield record
    if annotated and kept and not entities:
        warn(f"{corpus}: no document has an entity; for raw text, `augment train --task all`")
    say_left_out(corpus, first, kept, counts["dropped"])


def _answered(
    chain: Chain, documents: Iterator[Document], counts: Counter[str]
) -> Iterator[Document]:
    while block := list(islice(documents, BLOCK)):
        for document in chain.answer(block):
            counts["documents"] += 1
            counts["relations"] += len(document.relations)
            if "entities" in counts:
                counts["entities"] += len(document.entities)
            yield document
