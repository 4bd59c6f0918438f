"""What a document has in common with what was ordered, or with the text it was made of.

>>> same_triples([("e1", "IS_BORN_IN", "e2")], [("e1", "RESIDES_IN", "e2")])
Traceback (most recent call last):
augment.errors.CodecError: missing: e1 RESIDES_IN e2; not ordered: e1 IS_BORN_IN e2
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from augment.align.changes import agree, between, in_order
from augment.codec import spellings
from augment.errors import CodecError
from augment.guide.model import Guide
from augment.reasons import Reason
from augment.schema import Document, Entity, EntityId, Relation, Triple
from augment.text_figures import PRONOUNS, is_name


def renamed(document: Document, ids: Iterable[EntityId]) -> Document:
    """With the ids that were given out, however the reply spells them; others stay."""
    table = spellings(ids)
    names = {e.id: table.get(e.id, table.get(str(e.id), e.id)) for e in document.entities}
    if len(set(names.values())) < len(names):
        raise CodecError(Reason.NOT_AS_ORDERED, "one entity under two ids")
    entities = [e.model_copy(update={"id": names[e.id]}) for e in document.entities]
    relations = [
        Relation(
            head=names[r.head],
            type=r.type,
            tail=names[r.tail],
            attributes={k: _name(v, names, table) for k, v in r.attributes.items()},
        )
        for r in document.relations
    ]
    return document.model_copy(update={"entities": tuple(entities), "relations": tuple(relations)})


def _name(value: Any, names: Mapping[EntityId, EntityId], table: Mapping[Any, EntityId]) -> Any:
    """The value of an attribute, under its new id if it names an entity."""
    if type(value) not in (int, str):
        return value
    return names.get(value, table.get(str(value), value))


def same_types(
    document: Document, wanted: Mapping[Any, str], guide: Guide, extra: int | None = None
) -> None:
    """Raise CodecError unless these entities (id → type) are there and no others.

    With ``extra``: at most that many others, names of persons not counted.
    """
    found = document.by_id
    faults = []
    for id, kind in wanted.items():
        if id not in found:
            faults.append(f"missing: {id}:{kind}")
        elif guide.canonical(found[id].type) != guide.canonical(kind):
            faults.append(f"{id} is a {found[id].type}, not a {kind}")
    others = [e for e in document.entities if e.id not in wanted]
    if extra is not None:
        others = [e for e in others if e.type not in guide.person_names]
    if len(others) > (extra or 0):
        faults += [f"not ordered: {e.id}:{e.type}" for e in others]
    if faults:
        raise CodecError(Reason.NOT_AS_ORDERED, "; ".join(faults))


def same_triples(said: Iterable[Triple], wanted: Iterable[Triple]) -> None:
    """Raise CodecError naming what is missing and what is too much."""
    said, wanted = dict.fromkeys(said), dict.fromkeys(wanted)
    faults = [f"missing: {_show(t)}" for t in wanted if t not in said]
    faults += [f"not ordered: {_show(t)}" for t in said if t not in wanted]
    if faults:
        raise CodecError(Reason.NOT_AS_ORDERED, "; ".join(faults))


def _show(triple: Triple) -> str:
    return " ".join(map(str, triple))


def triples(document: Document) -> list[Triple]:
    """What it states."""
    return [r.triple for r in document.relations]


def relation(triple: Triple, said: Iterable[Relation] = ()) -> Relation:
    """A triple as a record, with the attributes that were said of it, or of it turned round."""
    own = {r.triple: r.attributes for r in said}
    attributes = own.get(triple, own.get(triple[::-1], {}))
    return Relation(head=triple[0], type=triple[1], tail=triple[2], attributes=attributes)


def same_frame(document: Document, source: Document) -> None:
    """Raise CodecError unless the mentions come in the same order, in sentences that agree."""
    orders = [[e.id for e, _ in in_order(d)] for d in (document, source)]
    if orders[0] != orders[1]:
        raise CodecError(Reason.TEXT_CHANGED, "the mentions are not those of the source, in order")
    for new, old in zip(between(document), between(source), strict=True):
        if not agree(old, new):
            raise CodecError(Reason.TEXT_CHANGED, f"{new.strip()!r} for {old.strip()!r}")


def replaced(document: Document, source: Document, wanted: set[EntityId]) -> None:
    """Raise CodecError unless these entities have other names everywhere, and only these."""
    now = document.by_id
    faults = []
    for entity in source.entities:
        if entity.id in wanted:
            new = {m.value.lower() for m in now[entity.id].mentions}
            faults += [f"{entity.id} is still {v!r}" for v in _calling(entity) if v.lower() in new]
    spans = [(m.start, m.end) for e, m in source.mentions() if e.id in wanted]
    for (entity, old), (_, now_) in zip(in_order(source), in_order(document), strict=True):
        touched = any(a < old.end and old.start < b for a, b in spans)
        if not touched and not agree(old.value, now_.value):
            faults.append(f"{entity.id} was to stay {old.value!r}")
    if faults:
        raise CodecError(Reason.NOT_AS_ORDERED, "; ".join(faults))


def _calling(entity: Entity) -> list[str]:
    """What an entity is called by: its names, else its nouns."""
    values = list(dict.fromkeys(m.value for m in entity.mentions))
    nouns = [value for value in values if value.lower() not in PRONOUNS]
    return [value for value in nouns if is_name(value)] or nouns
