"""The entities of the JSON form → spans in a text.

>>> locate([{"id": "e1", "type": "PLACE", "mentions": ["Kiev"]}], "À Kiev.", names).entities
(Entity(id='e1', type='PLACE', mentions=(Mention(start=2, end=6, value='Kiev'),)),)

A place counts as certain if the string stands there alone, if its occurrence is given, or if one
entity claims all the places there are.
"""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import Any, NamedTuple

from augment.align.fold import Finder
from augment.align.names import Names
from augment.claims import occurrences, whole
from augment.errors import CodecError
from augment.reasons import Reason
from augment.schema import Entity, EntityId, Mention

_MENTIONS = ("mentions", "mention", "values", "value", "spans", "text", "texts", "texte")
_VALUE = ("value", "text", "mention", "string", "span", "texte", "valeur", "surface")
_OCCURRENCE = ("occurrence", "index", "occ", "n", "number", "occurrence_index")
_ID = ("id", "entity_id", "identifiant", "key")
_TYPE = ("type", "label", "category", "entity_type", "catégorie")


class Claim(NamedTuple):
    """One mention as the model gave it; ``occurrence`` counts from 1."""

    value: str
    occurrence: int | None


class Row(NamedTuple):
    """One entity as the model gave it."""

    id: EntityId
    type: str
    claims: list[Claim]


class Located(NamedTuple):
    """Entities with spans, mentions counted by status, codes of what was mended."""

    entities: tuple[Entity, ...]
    alignment: Counter[str]
    repairs: frozenset[str]


def locate(entities: Any, text: str, names: Names) -> Located:
    """Find every mention.

    Raises CodecError: ``broken_json`` for another shape, ``type_conflict``, ``missing_mention``,
    ``ambiguous_mention``.
    """
    repairs: set[str] = set()
    rows = _rows(entities, names, repairs)
    places = _Places(text, rows)
    alignment: Counter[str] = Counter()
    found = []
    for row in rows:
        spans: dict[tuple[int, int], str] = {}
        for claim in row.claims:
            span, status = places.take(row.id, claim)
            spans.setdefault(span, status)
        if len(spans) < len(row.claims):
            repairs.add("doubled_mention")
        alignment.update(spans.values())
        mentions = tuple(Mention(start=s, end=e, value=text[s:e]) for s, e in spans)
        found.append(Entity(id=row.id, type=row.type, mentions=mentions))
    return Located(tuple(found), alignment, frozenset(repairs))


def _rows(entities: Any, names: Names, repairs: set[str]) -> list[Row]:
    """Entities by id, in the order of the reply, each with its claims."""
    if isinstance(entities, dict):
        entities = [{"id": k, **v} for k, v in entities.items() if isinstance(v, dict)]
        repairs.add("shape")
    if not isinstance(entities, list):
        raise CodecError(Reason.BROKEN_JSON, '"entities" is not a list')
    rows: dict[EntityId, Row] = {}
    for number, item in enumerate(entities):
        row = _row(item, number, names, repairs)
        known = rows.setdefault(row.id, row)
        if known is not row:
            if names.canonical(known.type) != names.canonical(row.type):
                raise CodecError(Reason.TYPE_CONFLICT, f"{row.id!r}: {known.type}, {row.type}")
            repairs.add("doubled_entity")
            known.claims.extend(row.claims)
    return _from_one(list(rows.values()), repairs)


def _row(item: Any, number: int, names: Names, repairs: set[str]) -> Row:
    if not isinstance(item, dict):
        raise CodecError(Reason.BROKEN_JSON, f"not an entity: {item!r}"[:200])
    id, type = _field(item, _ID), _field(item, _TYPE)
    mentions = _field(item, _MENTIONS)
    if isinstance(id, bool) or not isinstance(id, int | str):
        raise CodecError(Reason.BROKEN_JSON, f"entity {number} has no id")
    if not isinstance(type, str) or mentions is None:
        raise CodecError(Reason.BROKEN_JSON, f"entity {id!r} lacks its type or its mentions")
    resolved = names.entity(type)
    if resolved != type:
        repairs.add("types")
    items = mentions if isinstance(mentions, list) else [mentions]
    if not items:
        raise CodecError(Reason.EMPTY_ENTITY, f"entity {id!r} has no mention")
    return Row(id, resolved, [_claim(m, id) for m in items])


def _field(item: dict[str, Any], keys: tuple[str, ...]) -> Any:
    return next((item[key] for key in keys if key in item), None)


def _claim(item: Any, id: EntityId) -> Claim:
    value, number = item, None
    if isinstance(item, dict):
        value, number = _field(item, _VALUE), _field(item, _OCCURRENCE)
    if isinstance(number, str) and number.isascii() and number.isdigit() and len(number) < 9:
        number = int(number)
    if not isinstance(value, str) or isinstance(number, bool):
        raise CodecError(Reason.BROKEN_JSON, f"entity {id!r}: not a mention: {item!r}"[:200])
    if number is not None and not isinstance(number, int):
        raise CodecError(Reason.BROKEN_JSON, f"entity {id!r}: not an occurrence: {number!r}"[:200])
    return Claim(value, number)


def _from_one(rows: list[Row], repairs: set[str]) -> list[Row]:
    """Occurrences counted from 1: a reply with a 0 counts from 0."""
    if all(claim.occurrence != 0 for row in rows for claim in row.claims):
        return rows
    repairs.add("zero_based")
    return [
        row._replace(
            claims=[Claim(v, None if n is None else n + 1) for v, n in row.claims],
        )
        for row in rows
    ]


class _Places:
    """The places of each string in the text, and which mention takes which."""

    def __init__(self, text: str, rows: list[Row]) -> None:
        self.text, self.finder = text, Finder(text)
        self.owners: dict[str, list[EntityId]] = {}
        self.taken: Counter[str] = Counter()
        self.of = cache(self._of)
        for row in rows:
            for claim in row.claims:
                self.owners.setdefault(claim.value, []).append(row.id)

    def take(self, id: EntityId, claim: Claim) -> tuple[tuple[int, int], str]:
        """The span of a mention and its status."""
        value, number = claim
        spans, status = self.of(value)
        if not spans or (number is not None and not 1 <= number <= len(spans)):
            seen = f"{value[:60]!r} is {len(spans)} times in the text"
            raise CodecError(Reason.MISSING_MENTION, f"{id!r}: {seen}, wanted: {number or 'any'}")
        if number is None and len(spans) > 1:
            owners = self.owners[value]
            if len(owners) != len(spans) or set(owners) != {id}:
                seen = f"{value[:60]!r} is {len(spans)} times in the text"
                raise CodecError(Reason.AMBIGUOUS_MENTION, f"{id!r}: {seen}, no occurrence given")
            number = self.taken[value] = self.taken[value] + 1
        if status == "repaired" and len(spans) > 1:
            raise CodecError(Reason.AMBIGUOUS_MENTION, f"{id!r}: {value[:60]!r} in another case")
        return spans[(number or 1) - 1], status

    def _of(self, value: str) -> tuple[list[tuple[int, int]], str]:
        starts = occurrences(self.text, value) if value.strip() == value else []
        if starts and whole(self.text, starts[0], starts[0] + len(value)):
            return [(s, s + len(value)) for s in starts], "exact"
        spans = self.finder.places(value)
        if spans:
            return spans, "normalised"
        return self.finder.places(value, case=False), "repaired"
