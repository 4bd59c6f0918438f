"""The CSV of the TextMine 2025 challenge: ``id,text,entities,relations``, the last two in JSON.

    7,"Kiev résiste.","[{""id"": 0, ""type"": ""PLACE"", ""mentions"": […]}]","[[0, ""IS_A"", 0]]"

A fifth column ``origin`` is written only where a document is not gold.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic_core import from_json

from augment.codec import relation_rows
from augment.errors import PathError, RecordError
from augment.read.base import Row, attempt, from_triples, plain_losses
from augment.reasons import Reason
from augment.schema import Document

csv.field_size_limit(2**31 - 1)
COLUMNS = ("id", "text", "entities", "relations")
EXTRA = "cells without a column"


def rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Line number and cells of every row of a CSV file, undecodable bytes as surrogates."""
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        delimiter = max(",;\t", key=file.readline().count)
        file.seek(0)
        reader = csv.DictReader(file, delimiter=delimiter, restkey=EXTRA)
        line = 2
        for cells in reader:
            yield line, cells
            line = reader.line_num + 1


def whole(cells: Mapping[str, Any]) -> None:
    """Raise RecordError unless a row of a CSV has as many cells as the header."""
    if EXTRA in cells or None in cells.values():
        raise RecordError(Reason.MISSING_FIELD, "not as many cells as columns")


class TextMine:
    """The challenge's CSV. Without a column ``relations`` a document is labelled ``none``."""

    def read(self, path: Path, columns: Mapping[str, str]) -> Iterator[Row]:
        """One document a row. Raises PathError if a column is missing."""
        for line, cells in rows(path):
            if missing := {"id", "text", "entities"} - cells.keys():
                raise PathError(
                    f"{path}: no column {', '.join(sorted(missing))}",
                    hint="columns of other names: augment convert with --columns text=body,…",
                )
            yield attempt(f"{path.name}:{line}", cells["id"] or "", cells, _parse)

    def write(self, documents: Iterable[Document], path: Path) -> None:
        """One row a document."""
        kept = list(documents)
        origin = any(document.meta.origin != "gold" for document in kept)
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, quoting=csv.QUOTE_ALL)
            writer.writerow([*COLUMNS, "origin"] if origin else COLUMNS)
            for document in kept:
                cells = _cells(document)
                writer.writerow([*cells, document.meta.origin] if origin else cells)

    def losses(self, document: Document) -> list[str]:
        """Attributes, ``labelled``, ``masked`` and ``meta``, where they say something."""
        return plain_losses(document)


def _parse(cells: dict[str, str]) -> Document:
    whole(cells)
    fields: dict[str, Any] = {"id": cells["id"], "text": cells["text"]}
    fields["entities"] = from_json(cells["entities"])
    if "origin" in cells:
        fields["meta"] = {"origin": cells["origin"]}
    if "relations" not in cells:
        return from_triples(**fields, labelled="none")
    return from_triples(**fields, relations=from_json(cells["relations"]))


def _cells(document: Document) -> list[str]:
    entities = [entity.model_dump() for entity in document.entities]
    relations = relation_rows(document.relations)
    bare = [row[:3] for row in relations]
    return [
        document.id,
        document.text,
        json.dumps(entities, ensure_ascii=False),
        json.dumps(bare, ensure_ascii=False),
    ]
