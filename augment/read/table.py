"""Tables of any origin, CSV or Parquet: a row a document, our fields under the names given.

    id,text,entities,relations,labelled,masked,meta
    7,"Kiev résiste.","[{""id"": 0, …}]","[[0, ""IS_A"", 0]]",full,[],"{""origin"": ""gold""}"

Only ``text`` is required. A column ``meta.title`` (``meta.source``, …) fills that field. Without
relations a document is labelled ``none``; without an id it gets the number of its row.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic_core import from_json

from augment.codec import relation_rows
from augment.errors import ConfigError, PathError
from augment.read.base import Row, attempt, dropped, from_triples
from augment.read.textmine import rows, whole
from augment.reasons import Reason
from augment.schema import Document, Meta

FIELDS = tuple(Document.model_fields)
META = tuple(f"meta.{name}" for name in Meta.model_fields)
_TEXTS = {"id", "text", *META} - {"meta.parents", "meta.rights", "meta.review", "meta.flags"}
_BATCH = 1000


class Csv:
    """A CSV with a header, separated by commas, semicolons or tabs."""

    def read(self, path: Path, columns: Mapping[str, str]) -> Iterator[Row]:
        """One document a row. Raises PathError if a column named is not there; ConfigError."""
        for number, (line, cells) in enumerate(rows(path), 1):
            if number == 1:
                _check(path, columns, cells)
            id = cells.get(columns.get("id", "id")) or f"{path.stem}:{number}"
            yield attempt(f"{path.name}:{line}", id, cells, partial(_parse_csv, id, columns))

    def write(self, documents: Iterable[Document], path: Path) -> None:
        """One row a document, all our fields."""
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, FIELDS, quoting=csv.QUOTE_ALL)
            writer.writeheader()
            writer.writerows(map(_cells, documents))

    def losses(self, document: Document) -> list[str]:
        """Nothing."""
        return []


class Parquet:
    """A Parquet file; lists and structs may be native or in JSON, and are written in JSON."""

    def read(self, path: Path, columns: Mapping[str, str]) -> Iterator[Row]:
        """One document a row. Raises PathError if a column named is not there; ConfigError."""
        number = 0
        try:
            for batch in pq.ParquetFile(path).iter_batches(_BATCH):
                _check(path, columns, batch.schema.names)
                for cells in batch.to_pylist():
                    number += 1
                    found = cells.get(columns.get("id", "id"))
                    id = f"{path.stem}:{number}" if found is None else str(found)
                    place = f"{path.name}:{number}"
                    yield attempt(place, id, cells, partial(_parse, id, columns))
        except (pa.ArrowException, UnicodeDecodeError, OSError) as error:
            yield Row(path.name, dropped(path.name, Reason.BROKEN_FILE, str(error)))

    def write(self, documents: Iterable[Document], path: Path) -> None:
        """One row a document, all our fields, each a string."""
        schema = pa.schema([(name, pa.string()) for name in FIELDS])
        waiting = iter(documents)
        with pq.ParquetWriter(path, schema) as writer:
            while batch := [_cells(document) for document in islice(waiting, _BATCH)]:
                writer.write_table(pa.Table.from_pylist(batch, schema))

    def losses(self, document: Document) -> list[str]:
        """Nothing."""
        return []


def _check(path: Path, columns: Mapping[str, str], header: Iterable[str]) -> None:
    """Raise unless all fields named are fields, and all columns named are there."""
    there = list(header)
    for field in columns:
        if field not in FIELDS + META:
            known = ", ".join(FIELDS + META)
            raise ConfigError(f"no field {field!r} in a document", hint=f"one of {known}")
    for column in {"text": "text", **columns}.values():
        if column not in there:
            raise PathError(
                f"{path}: no column {column!r}; there are: {', '.join(there)}",
                hint="augment convert, with --columns text=body,id=number and the like",
            )


def _parse_csv(id: str, columns: Mapping[str, str], cells: Mapping[str, Any]) -> Document:
    whole(cells)
    return _parse(id, columns, cells)


def _parse(id: str, columns: Mapping[str, str], cells: Mapping[str, Any]) -> Document:
    fields: dict[str, Any] = {}
    meta: dict[str, Any] = {}
    for field in FIELDS + META:
        cell = cells.get(columns.get(field, field))
        if cell is not None and (cell != "" or field == "text"):
            kept = meta if field in META else fields
            kept[field.removeprefix("meta.")] = _value(field, cell)
    if columns.get("relations", "relations") not in cells:
        fields.setdefault("labelled", "none")
    fields["meta"] = {**fields.get("meta", {}), **meta}
    return from_triples(**{**fields, "id": id})


def _value(field: str, cell: Any) -> Any:
    """What a cell says: text, or JSON unless the table holds lists and structs itself."""
    if field in _TEXTS:
        return str(cell)
    if not isinstance(cell, str) or cell in ("full", "none"):
        return cell
    return from_json(cell)


def _cells(document: Document) -> dict[str, str]:
    fields = document.model_dump(mode="json")
    fields["relations"] = relation_rows(document.relations)
    return {
        name: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        for name, value in fields.items()
    }
