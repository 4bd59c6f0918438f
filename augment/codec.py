r"""Spans ↔ the inline form that people and models write and read.

    [[e1:PLACE|Kiev]], la [[e2:PLACE|capitale de l'[[e3:PLACE|Ukraine]]]]
    {"relations": [["e1", "IS_LOCATED_IN", "e3"]]}

Tags nest and never cross; the same id is the same entity; ``\\ \[ \] \| \n \r`` are escapes; of
identical spans the outer is the entity that comes first. One codec writes examples and
reads replies.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from pydantic import TypeAdapter

from augment.errors import CodecError
from augment.reasons import Reason
from augment.schema import Document, Entity, EntityId, Meta, Relation

_NAME = r"[^:|\[\]\\\s]+"
_WORD = re.compile(_NAME)
_TOKEN = re.compile(rf"\\.?|\[\[(?:({_NAME}):({_NAME})\|)?|\]\]|[^\\\[\]]+|.", re.DOTALL)
_NUMBER = re.compile(r"0|[1-9][0-9]{0,17}")
_ESCAPES = {"\\": "\\", "[": "[", "]": "]", "|": "|", "n": "\n", "r": "\r"}
_WRITTEN = str.maketrans({"\\": r"\\", "[": r"\[", "]": r"\]", "\n": r"\n", "\r": r"\r"})
_ENTITIES = TypeAdapter(tuple[Entity, ...])
_RELATIONS = TypeAdapter(tuple[Relation, ...])


def escape(text: str) -> str:
    """Text as it stands between tags: on one line, with backslashes and brackets escaped."""
    return text.translate(_WRITTEN)


def tag(document: Document) -> str:
    """The text on one line with its mentions tagged.

    Raises CodecError where the inline form cannot hold them: two mentions cross
    (``crossing_spans``), or an id or type has a space, a colon, … (``broken_markup``).
    """
    for entity in document.entities:
        if not _WORD.fullmatch(str(entity.id)) or not _WORD.fullmatch(entity.type):
            raise CodecError(Reason.BROKEN_MARKUP, f"no tag for {entity.id!r}:{entity.type!r}")
    spans = sorted(document.mentions(), key=lambda pair: (pair[1].start, -pair[1].end))
    parts: list[str] = []
    open_ends: list[int] = []
    position = 0

    def advance(to: int) -> None:
        nonlocal position
        while open_ends and open_ends[-1] <= to:
            end = open_ends.pop()
            parts.append(escape(document.text[position:end]) + "]]")
            position = end
        parts.append(escape(document.text[position:to]))
        position = to

    for entity, m in spans:
        advance(m.start)
        if open_ends and m.end > open_ends[-1]:
            raise CodecError(
                Reason.CROSSING_SPANS, f"{m.value!r} at {m.start}:{m.end} crosses another mention"
            )
        parts.append(f"[[{entity.id}:{entity.type}|")
        open_ends.append(m.end)
    advance(len(document.text))
    return "".join(parts)


def relation_rows(relations: Iterable[Relation]) -> list[list[Any]]:
    """Relations as ``[head, TYPE, tail]``, with a fourth element where there are attributes."""
    return [[*r.triple, r.attributes] if r.attributes else list(r.triple) for r in relations]


def encode(document: Document) -> str:
    """Two lines: the tagged text, and ``{"relations": …}``. Raises as :func:`tag` does."""
    rows = {"relations": relation_rows(document.relations)}
    return f"{tag(document)}\n{json.dumps(rows, ensure_ascii=False)}"


def untag(tagged: str) -> tuple[str, tuple[Entity, ...]]:
    """Plain text and entities, both in the order in which the tags open.

    Ids that are digits become integers. Raises CodecError (``broken_markup``, ``type_conflict``).
    """
    parts: list[str] = []
    size = 0
    tags = _Tags()
    for token in _TOKEN.finditer(tagged):
        written = token[0]
        if token[1] is not None:
            tags.open(parse_id(token[1]), token[2], size)
        elif written == "]]":
            tags.close(size, token.start())
        else:
            plain = _plain(written, token.start())
            parts.append(plain)
            size += len(plain)
    return "".join(parts), tags.entities("".join(parts))


def _plain(written: str, at: int) -> str:
    if written == "[[":
        raise CodecError(Reason.BROKEN_MARKUP, f"not [[id:TYPE|…]] at character {at}")
    if not written.startswith("\\"):
        return written
    if written[1:] not in _ESCAPES:
        raise CodecError(Reason.BROKEN_MARKUP, f"unknown escape at character {at}")
    return _ESCAPES[written[1:]]


class _Tags:
    """The tags met so far: those still open, and the spans of each entity by order of opening."""

    def __init__(self) -> None:
        self.stack: list[tuple[EntityId, int, int]] = []
        self.types: dict[EntityId, str] = {}
        self.spans: dict[EntityId, list[tuple[int, int, int]]] = {}
        self.opened = 0

    def open(self, key: EntityId, kind: str, start: int) -> None:
        known = self.types.setdefault(key, kind)
        if known != kind:
            raise CodecError(Reason.TYPE_CONFLICT, f"entity {key!r} is {known} and {kind}")
        self.spans.setdefault(key, [])
        self.stack.append((key, start, self.opened))
        self.opened += 1

    def close(self, end: int, at: int) -> None:
        if not self.stack:
            raise CodecError(Reason.BROKEN_MARKUP, f"]] closes nothing at character {at}")
        key, start, rank = self.stack.pop()
        if start == end:
            raise CodecError(Reason.BROKEN_MARKUP, f"empty mention of {key!r} at character {at}")
        self.spans[key].append((rank, start, end))

    def entities(self, text: str) -> tuple[Entity, ...]:
        if self.stack:
            key = self.stack[-1][0]
            raise CodecError(Reason.BROKEN_MARKUP, f"the tag of {key!r} is never closed")
        mentions = {
            key: [{"start": s, "end": e, "value": text[s:e]} for _, s, e in sorted(spans)]
            for key, spans in self.spans.items()
        }
        return _ENTITIES.validate_python(
            [{"id": key, "type": self.types[key], "mentions": mentions[key]} for key in mentions]
        )


def parse_id(written: str) -> EntityId:
    """``"12"`` → 12, anything else (``"012"`` too) as it is."""
    return int(written) if _NUMBER.fullmatch(written) else written


def resolve_id(written: Any, ids: Iterable[EntityId]) -> EntityId:
    """The id among ``ids`` that a relation means: as written, or with or without a leading ``e``.

    Raises CodecError (``unknown_entity``).
    """
    return _resolve(written, spellings(ids))


def spellings(ids: Iterable[EntityId]) -> dict[EntityId, EntityId]:
    """Every accepted spelling → the id it means; the exact one goes before the others."""
    keys = list(ids)
    table: dict[EntityId, EntityId] = {}
    for key in keys:
        table.setdefault(f"e{key}", key)
        table.setdefault(str(key).removeprefix("e"), key)
    return table | {str(key): key for key in keys} | {key: key for key in keys}


def _resolve(written: Any, table: dict[EntityId, EntityId]) -> EntityId:
    for spelling in (written, str(written)):
        if isinstance(spelling, int | str) and spelling in table:
            return table[spelling]
    raise CodecError(Reason.UNKNOWN_ENTITY, f"a relation names unknown entity {written!r}")


def parse_relations(rows: Any, entities: Iterable[Entity]) -> tuple[Relation, ...]:
    """Relations from ``[[head, TYPE, tail], …]``; a fourth element holds attributes.

    Raises CodecError (``broken_json`` for another shape, ``unknown_entity``).
    """
    table = spellings(entity.id for entity in entities)
    if not isinstance(rows, list):
        raise CodecError(Reason.BROKEN_JSON, '"relations" is not a list')
    relations = []
    for row in rows:
        if not isinstance(row, list) or len(row) not in (3, 4) or not isinstance(row[1], str):
            raise CodecError(Reason.BROKEN_JSON, f"not [head, TYPE, tail]: {row!r}")
        attributes = row[3] if len(row) == 4 else {}
        if not isinstance(attributes, dict):
            raise CodecError(Reason.BROKEN_JSON, f"attributes are not an object: {row!r}")
        head, tail = _resolve(row[0], table), _resolve(row[2], table)
        relations.append({"head": head, "type": row[1], "tail": tail, "attributes": attributes})
    return _RELATIONS.validate_python(relations)


def decode(written: str, *, id: str, meta: Meta | None = None) -> Document:
    """A document from :func:`encode`'s two lines; the second may be missing.

    Raises CodecError with a code of :class:`augment.reasons.Reason`.
    """
    tagged, _, rest = written.strip("\n").partition("\n")
    text, entities = untag(tagged)
    try:
        payload = json.loads(rest) if rest.strip() else {"relations": []}
    except json.JSONDecodeError as error:
        raise CodecError(Reason.BROKEN_JSON, f"line of relations: {error}") from error
    rows = payload.get("relations", []) if isinstance(payload, dict) else payload
    relations = parse_relations(rows, entities)
    return Document(id=id, text=text, entities=entities, relations=relations, meta=meta or Meta())
