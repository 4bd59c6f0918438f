"""Spans ↔ the JSON form that a model writes and reads: mentions as strings, never as offsets.

    {"text": "Kiev, près de Kiev", "entities": [{"id": "e1", "type": "PLACE",
     "mentions": [{"value": "Kiev", "occurrence": 2}]}], "relations": []}

``occurrence`` counts from 1, in the order of the text, the places where the string stands as whole
words; where it never does, all its places.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from augment.codec import parse_relations, relation_rows
from augment.errors import CodecError
from augment.reasons import Reason
from augment.schema import Document, Entity, Mention, Meta


def whole(text: str, start: int, end: int) -> bool:
    """True if no border of ``text[start:end]`` cuts through a word or a number (``15|km`` may)."""
    return not any(
        0 < at < len(text)
        and (
            (text[at - 1].isalpha() and text[at].isalpha())
            or (text[at - 1].isdigit() and text[at].isdigit())
        )
        for at in (start, end)
    )


def occurrences(text: str, value: str) -> list[int]:
    """Where a string starts in a text, left to right without overlap, as ``occurrence`` counts.

    Empty if it is not there, or is itself empty.
    """
    starts, at = [], text.find(value) if value else -1
    while at >= 0:
        starts.append(at)
        at = text.find(value, at + len(value))
    return [s for s in starts if whole(text, s, s + len(value))] or starts


def claims(document: Document) -> dict[str, Any]:
    """A document in the JSON form.

    Raises CodecError (``ambiguous_mention``) for a span that counting cannot name.
    """
    places = lru_cache(maxsize=None)(lambda value: occurrences(document.text, value))

    def mention(m: Mention) -> dict[str, Any]:
        if m.start not in places(m.value):
            raise CodecError(Reason.AMBIGUOUS_MENTION, f"no occurrence of {m.value!r} at {m.start}")
        return {"value": m.value, "occurrence": places(m.value).index(m.start) + 1}

    entities = [
        {"id": e.id, "type": e.type, "mentions": [mention(m) for m in e.mentions]}
        for e in document.entities
    ]
    rows = relation_rows(document.relations)
    return {"text": document.text, "entities": entities, "relations": rows}


def encode_claims(document: Document) -> str:
    """:func:`claims` on one line of JSON."""
    return json.dumps(claims(document), ensure_ascii=False)


def decode_claims(written: str, *, id: str, meta: Meta | None = None) -> Document:
    """A document from :func:`encode_claims`'s line, to the letter; `augment.align` is lenient.

    Raises CodecError (``broken_json``, ``missing_mention``, ``unknown_entity``).
    """
    try:
        payload = json.loads(written)
        text = payload["text"]
        entities = tuple(_entity(text, **row) for row in payload["entities"])
        rows = payload["relations"]
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        raise CodecError(Reason.BROKEN_JSON, f"not the JSON form: {error}") from error
    relations = parse_relations(rows, entities)
    return Document(id=id, text=text, entities=entities, relations=relations, meta=meta or Meta())


def _entity(text: str, id: int | str, type: str, mentions: list[dict[str, Any]]) -> Entity:
    found = []
    for row in mentions:
        value, number = row["value"], row["occurrence"]
        places = occurrences(text, value)
        if not 1 <= number <= len(places):
            raise CodecError(Reason.MISSING_MENTION, f"no occurrence {number} of {value!r}")
        start = places[number - 1]
        found.append(Mention(start=start, end=start + len(value), value=value))
    return Entity(id=id, type=type, mentions=tuple(found))
