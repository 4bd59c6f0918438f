"""The JSON of the POPCORN corpora: one dict by document id, or a list of such dicts.

    {"7": {"text": "Kiev résiste.", "entities": [{"id": 0, "type": "PLACE", "mentions": […]}],
           "relations": [[0, "IS_LOCATED_IN", 0]]}}

In a list, the ids of the k-th dict (from 0) get the prefix ``k/``. A key ``origin`` is written only
where a document is not gold.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from pydantic_core import from_json

from augment.codec import relation_rows
from augment.errors import RecordError
from augment.read.base import Row, attempt, dropped, from_triples, plain_losses
from augment.reasons import Reason
from augment.schema import Document

_REST = 10_000
_STEP = re.compile(r"[\s,]*")
_COLON = re.compile(r"\s*:\s*")


class Popcorn:
    """One JSON object a file."""

    def read(self, path: Path, columns: Mapping[str, str]) -> Iterator[Row]:
        """One document an entry; what follows a break in the JSON is one drop."""
        written = path.read_bytes().decode("utf-8-sig", "surrogateescape")
        counted, position, line = 0, 0, 1
        try:
            for position, id, entry in _entries(written):
                line += written.count("\n", counted, position)
                counted = position
                yield attempt(f"{path.name}:{line}", id, entry, partial(_parse, id))
        except (ValueError, RecursionError) as error:
            place = f"{path.name}:{line}"
            drop = dropped(place, Reason.BROKEN_JSON, str(error), raw=written[position:][:_REST])
            yield Row(place, drop)

    def write(self, documents: Iterable[Document], path: Path) -> None:
        """One entry a document, each on its own line."""
        with path.open("w", encoding="utf-8", newline="") as file:
            opening = "{"
            for document in documents:
                entry = json.dumps(_entry(document), ensure_ascii=False)
                file.write(f"{opening}\n{json.dumps(document.id, ensure_ascii=False)}: {entry}")
                opening = ","
            file.write("{}\n" if opening == "{" else "\n}\n")

    def losses(self, document: Document) -> list[str]:
        """Attributes, ``labelled``, ``masked`` and ``meta``, where they say something."""
        return plain_losses(document)


def _entries(written: str) -> Iterator[tuple[int, str, str]]:
    """Position, id and JSON of every entry. Raises ValueError where the JSON breaks.

    Scanned entry by entry: a dict would swallow the first of two entries with the same id.
    """
    decode = json.JSONDecoder().raw_decode
    at, depth, part = _STEP.match(written).end(), 0, 0  # type: ignore[union-attr]
    listed = written[at : at + 1] == "["
    while at < len(written):
        char = written[at]
        if char in "[{":
            depth += 1
            at += 1
        elif char in "]}":
            depth -= 1
            part += char == "}"
            at += 1
        else:
            start = at
            key, at = decode(written, at)
            colon = _COLON.match(written, at)
            if colon is None or not isinstance(key, str):
                raise ValueError(f"not an entry at character {start}")
            at = decode(written, colon.end())[1]
            yield start, f"{part}/{key}" if listed else key, written[colon.end() : at]
        at = _STEP.match(written, at).end()  # type: ignore[union-attr]
    if depth:
        raise ValueError("the file ends too early")


def _parse(id: str, written: str) -> Document:
    entry = from_json(written)
    if not isinstance(entry, dict):
        raise RecordError(Reason.MISSING_FIELD, "not an object")
    fields = {key: value for key, value in entry.items() if key != "origin"}
    if "origin" in entry:
        fields["meta"] = {"origin": entry["origin"]}
    return from_triples(**{**fields, "id": id})


def _entry(document: Document) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "text": document.text,
        "entities": [entity.model_dump() for entity in document.entities],
        "relations": [row[:3] for row in relation_rows(document.relations)],
    }
    if document.meta.origin != "gold":
        entry["origin"] = document.meta.origin
    return entry
