"""Tagged text to read and write by hand: a header, a line of text, a line of relations.

    === 7
    [[e1:PLACE|Kiev]] résiste.
    {"relations": [["e1", "IS_LOCATED_IN", "e1"]]}

What the tags cannot say stands in the last line, under further keys: ``id`` (one that does not fit
the header), ``order`` (entities in another order than their first tags, each with the order of its
mentions), ``entities`` (all of them, if tags cannot hold them, such as crossing ones),
``labelled``, ``masked`` and ``meta``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter
from pydantic_core import from_json

from augment.codec import escape, parse_relations, relation_rows, tag, untag
from augment.errors import CodecError
from augment.read.base import Row, attempt
from augment.reasons import Reason
from augment.schema import Document, Entity

_ENTITIES = TypeAdapter(tuple[Entity, ...])


class Inline:
    """Blocks of a header, a tagged text and a line of JSON; without the last, labelled ``none``."""

    def read(self, path: Path, columns: Mapping[str, str]) -> Iterator[Row]:
        """One document a block, whatever blank lines are between them."""
        for number, lines in _blocks(path):
            id = lines[0].removeprefix("===").strip()
            yield attempt(f"{path.name}:{number}", id, "\n".join(lines), _parse)

    def write(self, documents: Iterable[Document], path: Path) -> None:
        """One block a document, a blank line between blocks."""
        with path.open("w", encoding="utf-8", newline="") as file:
            for number, document in enumerate(documents):
                file.write("\n" * (number > 0) + _block(document))

    def losses(self, document: Document) -> list[str]:
        """Nothing."""
        return []


def _blocks(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Line number and lines that are not blank of every block."""
    block: list[str] = []
    start = 1
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="\n") as file:
        for number, line in enumerate(file, 1):
            if line.startswith("==="):
                if block:
                    yield start, block
                block, start = [], number
            if not line.isspace():
                block.append(line.rstrip("\r\n"))
    if block:
        yield start, block


def _parse(block: str) -> Document:
    header, *body = block.split("\n")
    if not header.startswith("===") or not 1 <= len(body) <= 2:
        raise CodecError(Reason.BROKEN_MARKUP, "not a header, a line of text, a line of relations")
    text, entities = untag(body[0].removeprefix("\\") if body[0].startswith("\\=") else body[0])
    fields = from_json(body[1]) if len(body) == 2 else {"labelled": "none"}
    if not isinstance(fields, dict):
        raise CodecError(Reason.BROKEN_JSON, "the line of relations is not an object")
    if "entities" in fields:
        entities = _ENTITIES.validate_python(fields["entities"])
    if "order" in fields:
        entities = _ordered(entities, fields.pop("order"))
    relations = parse_relations(fields.get("relations", []), entities)
    known = {"id": header[3:].strip(), **fields, "text": text}
    return Document.model_validate({**known, "entities": entities, "relations": relations})


def _block(document: Document) -> str:
    """The three lines: what reading the tags would not give back is added to the third."""
    try:
        tagged = tag(document)
        found = untag(tagged)[1]
    except CodecError:
        tagged, found = escape(document.text), ()
    fields: dict[str, Any] = {"relations": relation_rows(document.relations)}
    header = document.id
    if document.id != header.strip() or not header.isprintable():
        header, fields["id"] = "", document.id
    if found != document.entities:
        fields |= _difference(found, document.entities)
    if tagged.startswith("="):
        tagged = "\\" + tagged
    plain = document.model_dump(
        mode="json", include={"labelled", "masked", "meta"}, exclude_defaults=True
    )
    line = json.dumps(fields | plain, ensure_ascii=False)
    return f"=== {header}".rstrip() + f"\n{tagged}\n{line}\n"


def _difference(found: tuple[Entity, ...], wanted: tuple[Entity, ...]) -> dict[str, Any]:
    """What makes ``wanted`` of ``found``: an order, or all the entities."""
    by_id = {entity.id: entity for entity in found}
    order: list[Any] = []
    for entity in wanted:
        at = {m: i for i, m in enumerate(by_id[entity.id].mentions)} if entity.id in by_id else {}
        permutation = [at.get(m, -1) for m in entity.mentions]
        order.append([entity.id, permutation] if sorted(permutation) != permutation else entity.id)
    with suppress(CodecError):
        if _ordered(found, order) == wanted:
            return {"order": order}
    return {"entities": [entity.model_dump() for entity in wanted]}


def _ordered(entities: tuple[Entity, ...], order: Any) -> tuple[Entity, ...]:
    """Entities in the order given, those it does not name last.

    Raises CodecError (``broken_markup``) if it does not fit the entities.
    """
    left = {entity.id: entity for entity in entities}
    placed = []
    try:
        for item in order:
            key, permutation = item if isinstance(item, list) else (item, None)
            entity = left.pop(key)
            if permutation is not None:
                mentions = tuple(entity.mentions[i] for i in permutation)
                if sorted(permutation) != list(range(len(entity.mentions))):
                    raise IndexError
                entity = entity.model_copy(update={"mentions": mentions})
            placed.append(entity)
    except (LookupError, TypeError, ValueError):
        raise CodecError(
            Reason.BROKEN_MARKUP, f'"order" does not fit the tags: {order!r}'
        ) from None
    return (*placed, *left.values())
