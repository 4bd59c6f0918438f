"""The replies that prompts ask for: how an answer is written, and the JSON schema it must have.

>>> schema("relations", guide, ["IS_LOCATED_IN"])["required"]
['relations']

A reply is a ``document`` (a new text with its annotation), a ``text`` (with its entities only: its
relations are known), an ``annotation`` of a given text, the ``relations`` of given entities, or
``objections``. Schemas keep to what OpenAI's strict mode,
vLLM and llama.cpp all take: no tuples, no optional fields.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from itertools import combinations
from typing import Any, Literal

from augment.claims import claims
from augment.codec import encode, relation_rows, tag
from augment.guide.model import Guide
from augment.schema import Document, EntityId

Form = Literal["inline", "json"]
Reply = Literal["document", "text", "annotation", "relations", "objections"]

_PURPOSES: dict[str, Reply] = {
    "rewrite": "text",
    "text": "annotation",
    "relations": "relations",
    "objections": "objections",
}

_UNSAID = {"text": ("relations",), "annotation": ("text",), "relations": ("text", "entities")}
"""Fields of the JSON form that a reply leaves out."""


def reply_of(purpose: str) -> Reply:
    """What a template of this purpose asks for; a document if it is none of the others."""
    return _PURPOSES.get(purpose, "document")


def answer(document: Document, reply: Reply, form: Form) -> str:
    """The perfect reply, written by our own codec. Raises CodecError where the form cannot."""
    if reply == "relations":
        return json.dumps({"relations": relation_rows(document.relations)}, ensure_ascii=False)
    if form == "inline":
        return tag(document) if reply == "text" else encode(document)
    found = claims(document)
    told = {name: found[name] for name in found if name not in _UNSAID.get(reply, ())}
    return json.dumps(told, ensure_ascii=False)


def view(document: Document, guide: Guide, types: Collection[str]) -> Document:
    """The document with entity types as the guide names them, and relations of ``types`` only."""
    entities = (e.model_copy(update={"type": guide.canonical(e.type)}) for e in document.entities)
    relations = (r for r in document.relations if r.type in types)
    update = {"entities": tuple(entities), "relations": tuple(relations)}
    return document.model_copy(update=update)


def shown(document: Document, form: Form) -> str:
    """An annotated text as a prompt shows it: with its tags, or in the JSON form."""
    return tag(document) if form == "inline" else answer(document, "document", form)


def schema(
    reply: Reply, guide: Guide, types: Sequence[str], ids: Collection[EntityId] = ()
) -> dict[str, Any]:
    """JSON schema of a reply; ``ids``: of the entities that are given, if they are."""
    strings = any(isinstance(key, str) for key in ids)
    id: dict[str, Any] = {"type": "integer"}
    if reply in ("relations", "objections") and ids:
        kind = "string" if strings else "integer"
        id = {"type": kind, "enum": [str(key) if strings else key for key in ids]}
    elif strings:
        id = {"anyOf": [{"type": "integer"}, {"type": "string"}]}
    row = _row(guide, types, id)
    if reply == "objections":
        triple = row | {"maxItems": 3}
        words = {name: {"type": "string"} for name in ("rule", "quote", "why")}
        item = _object({"relation": {"anyOf": [triple, {"type": "null"}]}, **words})
        return _object({"objections": {"type": "array", "items": item}})
    fields: dict[str, Any] = {
        "text": {"type": "string"},
        "entities": {"type": "array", "items": _entity(guide, id)},
        "relations": {"type": "array", "items": row},
    }
    for name in _UNSAID.get(reply, ()):
        del fields[name]
    return _object(fields)


def _object(fields: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": fields,
        "required": list(fields),
        "additionalProperties": False,
    }


def _entity(guide: Guide, id: dict[str, Any]) -> dict[str, Any]:
    mention = _object({"value": {"type": "string"}, "occurrence": {"type": "integer"}})
    kind = {"type": "string", "enum": list(guide.entities)}
    return _object({"id": id, "type": kind, "mentions": {"type": "array", "items": mention}})


def _row(guide: Guide, types: Sequence[str], id: dict[str, Any]) -> dict[str, Any]:
    """``[head, TYPE, tail]``, and with attributes in the guide a fourth element."""
    parts: list[dict[str, Any]] = [id, {"type": "string", "enum": list(types)}]
    fields = {
        name: id if attribute.entity else {"type": "string", "enum": list(attribute.values)}
        for name, attribute in guide.attributes.items()
    }
    for size in range(1, len(fields) + 1):
        parts += [_object(dict(some)) for some in combinations(fields.items(), size)]
    return {
        "type": "array",
        "items": {"anyOf": parts},
        "minItems": 3,
        "maxItems": 4 if fields else 3,
    }
