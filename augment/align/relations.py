"""The relations of a reply, in any of the shapes models give them, between entities we have.

>>> read_relations([{"head": "E1", "type": "est situé à", "tail": "Kiev"}], entities, names)[0]
(Relation(head=1, type='IS_LOCATED_IN', tail=2, attributes={}),)
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from augment.align.names import Names
from augment.codec import spellings
from augment.errors import CodecError
from augment.reasons import Reason
from augment.schema import Entity, EntityId, Relation

_HEAD = ("head", "subject", "source", "from", "sujet", "tête", "head_id")
_TYPE = ("type", "relation", "predicate", "label", "prédicat")
_TAIL = ("tail", "object", "target", "to", "objet", "queue", "tail_id")
_SPELLED = re.compile(r"\[{0,2}\s*[eE]?0*(\d{1,18})\s*(?::[^\]|]*)?(?:\|[^\]]*)?\]{0,2}")


def read_relations(
    rows: Any, entities: Iterable[Entity], names: Names
) -> tuple[tuple[Relation, ...], frozenset[str]]:
    """Relations in the order of the reply, and codes of what was mended.

    Raises CodecError: ``broken_json`` for another shape, ``unknown_entity``.
    """
    ends = _Ends(entities)
    repairs: set[str] = set()
    if not isinstance(rows, list):
        raise CodecError(Reason.BROKEN_JSON, '"relations" is not a list')
    relations = []
    for row in rows:
        head, written, tail, attributes = _fields(row)
        type = names.relation(written)
        if type != written:
            repairs.add("types")
        relations.append(
            Relation(
                head=ends.find(head, repairs),
                type=type,
                tail=ends.find(tail, repairs),
                attributes=attributes,
            )
        )
    return tuple(relations), frozenset(repairs)


def _fields(row: Any) -> tuple[Any, str, Any, dict[str, Any]]:
    """Head, type, tail and attributes of one row."""
    if isinstance(row, dict):
        parts = [next((row[k] for k in keys if k in row), None) for keys in (_HEAD, _TYPE, _TAIL)]
        row = [*parts, row.get("attributes", {})]
    if not isinstance(row, list) or len(row) not in (3, 4) or not isinstance(row[1], str):
        raise CodecError(Reason.BROKEN_JSON, f"not [head, TYPE, tail]: {row!r}"[:200])
    attributes = row[3] if len(row) == 4 else {}
    if not isinstance(attributes, dict):
        raise CodecError(Reason.BROKEN_JSON, f"attributes are not an object: {row!r}"[:200])
    return row[0], row[1], row[2], attributes


class _Ends:
    """Finds the entity that an end of a relation means: by id, else by a mention of it alone."""

    def __init__(self, entities: Iterable[Entity]) -> None:
        self.known: dict[EntityId, EntityId] = {}
        self.numbers: dict[str, set[EntityId]] = {}
        self.values: dict[str, set[EntityId]] = {}
        entities = list(entities)
        self.spelled = spellings(entity.id for entity in entities)
        for entity in entities:
            number = _SPELLED.fullmatch(str(entity.id))
            self.numbers.setdefault(number[1] if number else str(entity.id), set()).add(entity.id)
            for mention in entity.mentions:
                self.values.setdefault(mention.value, set()).add(entity.id)

    def find(self, written: Any, repairs: set[str]) -> EntityId:
        """The id meant. Raises CodecError (``unknown_entity``)."""
        if isinstance(written, bool) or not isinstance(written, int | str):
            raise CodecError(Reason.UNKNOWN_ENTITY, f"not an entity id: {written!r}"[:200])
        if written not in self.known:
            self.known[written] = self._find(written, repairs)
        return self.known[written]

    def _find(self, written: int | str, repairs: set[str]) -> EntityId:
        for spelling in (written, str(written)):
            if spelling in self.spelled:
                return self.spelled[spelling]
        number = _SPELLED.fullmatch(str(written).strip())
        for table, key in ((self.numbers, number[1] if number else ""), (self.values, written)):
            found = table.get(str(key), set())
            if len(found) == 1:
                repairs.add("ids")
                return next(iter(found))
        raise CodecError(
            Reason.UNKNOWN_ENTITY, f"a relation names unknown entity {written!r}"[:200]
        )
