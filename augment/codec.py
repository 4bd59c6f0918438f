r"""Spans ↔ the inline form that people and models write and read.

    [[e1:PLACE|Kiev]], la [[e2:PLACE|capitale de l'[[e3:PLACE|Ukraine]]]]
    {"relations": [["e1", "IS_LOCATED_IN", "e3"]]}

Tags nest and never cross; the same id is the same entity; ``\\ \[ \] \| \n`` are escapes; of
identical spans the outer is the entity that comes first. One codec writes examples and
reads replies.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from augment.errors import CodecError
from augment.schema import Document, Entity, EntityId, Mention, Meta, Reason, Relation

_OPEN = re.compile(r"\[\[([^:|\[\]\\\s]+):([^:|\[\]\\\s]+)\|")
_ESCAPES = {"\\": "\\", "[": "[", "]": "]", "|": "|", "n": "\n"}
_WRITTEN = str.maketrans({"\\": r"\\", "[": r"\[", "]": r"\]", "\n": r"\n"})


def tag(document: Document) -> str:
    """The text on one line with its mentions tagged.

    Raises CodecError (``crossing_spans``) if two mentions cross: the inline form cannot hold them.
    """
    rank = {entity.id: i for i, entity in enumerate(document.entities)}
    spans = sorted(
        (m.start, -m.end, rank[entity.id], entity, m) for entity, m in document.mentions()
    )
    parts: list[str] = []
    open_ends: list[int] = []
    position = 0

    def advance(to: int) -> None:
        nonlocal position
        while open_ends and open_ends[-1] <= to:
            end = open_ends.pop()
            parts.append(document.text[position:end].translate(_WRITTEN) + "]]")
            position = end
        parts.append(document.text[position:to].translate(_WRITTEN))
        position = to

    for start, _, _, entity, m in spans:
        advance(start)
        if open_ends and m.end > open_ends[-1]:
            raise CodecError(
                Reason.CROSSING_SPANS, f"{m.value!r} at {start}:{m.end} crosses another mention"
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
    chars: list[str] = []
    size, i = 0, 0
    stack: list[tuple[EntityId, int, int]] = []
    types: dict[EntityId, str] = {}
    found: dict[EntityId, list[tuple[int, int, int]]] = {}
    opened = 0
    while i < len(tagged):
        char = tagged[i]
        if char == "\\":
            escaped = _ESCAPES.get(tagged[i + 1 : i + 2])
            if escaped is None:
                raise CodecError(Reason.BROKEN_MARKUP, f"unknown escape at character {i}")
            chars.append(escaped)
            size, i = size + 1, i + 2
        elif tagged.startswith("[[", i):
            header = _OPEN.match(tagged, i)
            if header is None:
                raise CodecError(
                    Reason.BROKEN_MARKUP,
                    f"not [[id:TYPE|…]] at character {i}: {tagged[i : i + 20]!r}",
                )
            key = parse_id(header[1])
            if types.setdefault(key, header[2]) != header[2]:
                raise CodecError(
                    Reason.TYPE_CONFLICT, f"entity {key!r} is {types[key]} and {header[2]}"
                )
            stack.append((key, size, opened))
            opened += 1
            found.setdefault(key, [])
            i = header.end()
        elif stack and tagged.startswith("]]", i):
            key, start, rank = stack.pop()
            if start == size:
                raise CodecError(Reason.BROKEN_MARKUP, f"empty mention of {key!r} at character {i}")
            found[key].append((rank, start, size))
            i += 2
        else:
            chars.append(char)
            size, i = size + 1, i + 1
    if stack:
        raise CodecError(Reason.BROKEN_MARKUP, f"the tag of {stack[-1][0]!r} is never closed")
    text = "".join(chars)
    return text, tuple(_entity(key, types[key], spans, text) for key, spans in found.items())


def _entity(key: EntityId, kind: str, spans: list[tuple[int, int, int]], text: str) -> Entity:
    mentions = tuple(Mention(start=s, end=e, value=text[s:e]) for _, s, e in sorted(spans))
    return Entity(id=key, type=kind, mentions=mentions)


def parse_id(written: str) -> EntityId:
    """``"12"`` → 12, anything else as it is."""
    return int(written) if written.isascii() and written.isdigit() else written


def resolve_id(written: Any, ids: Iterable[EntityId]) -> EntityId:
    """The id among ``ids`` that a relation means: as written, or with or without a leading ``e``.

    Raises CodecError (``unknown_entity``).
    """
    known = {str(key): key for key in ids}
    name = str(written)
    for spelling in (name, f"e{name}", name.removeprefix("e")):
        if spelling in known:
            return known[spelling]
    raise CodecError(Reason.UNKNOWN_ENTITY, f"a relation names unknown entity {written!r}")


def parse_relations(rows: Any, entities: Iterable[Entity]) -> tuple[Relation, ...]:
    """Relations from ``[[head, TYPE, tail], …]``; a fourth element holds attributes.

    Raises CodecError (``broken_json`` for another shape, ``unknown_entity``).
    """
    ids = [entity.id for entity in entities]
    if not isinstance(rows, list):
        raise CodecError(Reason.BROKEN_JSON, '"relations" is not a list')
    relations = []
    for row in rows:
        if not isinstance(row, list) or len(row) not in (3, 4) or not isinstance(row[1], str):
            raise CodecError(Reason.BROKEN_JSON, f"not [head, TYPE, tail]: {row!r}")
        attributes = row[3] if len(row) == 4 else {}
        if not isinstance(attributes, dict):
            raise CodecError(Reason.BROKEN_JSON, f"attributes are not an object: {row!r}")
        head, tail = resolve_id(row[0], ids), resolve_id(row[2], ids)
        relations.append(Relation(head=head, type=row[1], tail=tail, attributes=attributes))
    return tuple(relations)


def decode(written: str, *, id: str, meta: Meta | None = None) -> Document:
    """A document from :func:`encode`'s two lines; the second may be missing.

    Raises CodecError with a code of :class:`augment.schema.Reason`.
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
