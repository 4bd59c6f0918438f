"""Does a guide agree with itself: every example parses, is sound, shows its type and is admitted.

>>> check(guide)
[Trouble(where="relations.IS_BORN_IN.positive.0", code="not_shown", detail="no IS_BORN_IN in it")]
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from augment.codec import decode, resolve_id
from augment.errors import CodecError, RecordError
from augment.guide.model import Described, EntityType, Example, Guide, RelationType
from augment.schema import Document
from augment.spans import check as check_record

TODO = "TODO"
_SLOT = re.compile(r"\{(\w*)\}")


class Trouble(NamedTuple):
    """What is wrong and where: ``entities.PLACE.positive.0``, a code and one line."""

    where: str
    code: str
    detail: str


def check(guide: Guide) -> list[Trouble]:
    """Everything that is wrong, in the order of the file; empty if the guide agrees with itself."""
    return [
        *_entities(guide),
        *_relations(guide),
        *(
            Trouble(f"rules.{key}.{side}", *trouble)
            for key, rule in guide.rules.items()
            for side, example in (("positive", rule.positive), ("negative", rule.negative))
            for trouble in _example(example, guide)
        ),
    ]


def unwritten(guide: Guide) -> list[str]:
    """Types that still have no definition, or the word TODO for one."""
    types: dict[str, Described] = {**guide.entities, **guide.relations}
    return [kind for kind, d in types.items() if d.definition in ("", TODO)]


def _entities(guide: Guide) -> Iterator[Trouble]:
    for kind, entity in guide.entities.items():
        where = f"entities.{kind}"
        if guide.families and entity.family not in guide.families:
            yield Trouble(where, "unknown_family", f"family {entity.family!r} is not declared")
        for alias in entity.aliases:
            if guide.aliases[alias] != kind or (alias in guide.entities and alias != kind):
                yield Trouble(where, "alias_conflict", f"{alias!r} is another type's name too")
        yield from _described(where, kind, entity, guide)


def _relations(guide: Guide) -> Iterator[Trouble]:
    for kind, relation in guide.relations.items():
        where = f"relations.{kind}"
        if not relation.signatures:
            yield Trouble(where, "no_signature", "it admits no pair of types")
        pairs = guide.pairs[kind]
        if relation.symmetric and any((tail, head) not in pairs for head, tail in pairs):
            yield Trouble(where, "one_way_signature", "symmetric, but its signatures are not")
        for i, pattern in enumerate(relation.patterns):
            for detail in _pattern(pattern, relation):
                yield Trouble(f"{where}.patterns.{i}", "bad_pattern", detail)
        yield from _described(where, kind, relation, guide)


def _pattern(pattern: str, relation: RelationType) -> Iterator[str]:
    slots = _SLOT.findall(pattern)
    if slots.count("head") != 1:
        yield "it needs {head} once"
    if relation.self_relation != "only" and slots.count("tail") != 1:
        yield "it needs {tail} once"
    for slot in sorted(set(slots) - {"head", "tail"}):
        yield f"unknown slot {{{slot}}}"
    try:
        decode(_SLOT.sub(r"\1", pattern), id="pattern")
    except CodecError as error:
        yield str(error)


def _described(where: str, kind: str, described: Described, guide: Guide) -> Iterator[Trouble]:
    others = guide.entities if isinstance(described, EntityType) else guide.relations
    for name in described.lookalikes:
        if name not in others or name == kind:
            yield Trouble(where, "unknown_lookalike", f"{name!r} is no other type of this guide")
    if any(not cue.strip() for cue in described.cues):
        yield Trouble(where, "empty_cue", "a cue is empty")
    for side in ("positive", "negative", "hard_cases"):
        for i, example in enumerate(getattr(described, side)):
            place = f"{where}.{side}.{i}"
            for code, detail in _example(example, guide):
                yield Trouble(place, code, detail)
            shown = _shown(example, kind, side, guide)
            if shown:
                yield Trouble(place, *shown)


def _shown(example: Example, kind: str, side: str, guide: Guide) -> tuple[str, str] | None:
    """Trouble if a positive example lacks its type, or a negative one holds it unexplained.

    A negative example of a relation type may hold it between other entities: ``absent`` says where
    it would be wrong.
    """
    try:
        document = example.document()
    except CodecError:
        return None
    held = {guide.canonical(e.type) for e in document.entities}
    held |= {r.type for r in document.relations}
    if side == "positive" and kind not in held:
        return "not_shown", f"no {kind} in it"
    if side == "negative" and kind in guide.relations and kind in held and not example.absent:
        return "shown", f"it holds {kind} and does not say where it is absent"
    return None


def _example(example: Example, guide: Guide) -> Iterator[tuple[str, str]]:
    try:
        document = example.document()
        check_record(document)
    except CodecError as error:
        yield "unreadable", str(error)
        return
    except RecordError as error:
        yield "unsound", str(error)
        return
    for detail in violations(document, guide):
        yield "not_admitted", detail
    yield from _partners(document, guide)
    yield from _absent(example, document, guide)


def _partners(document: Document, guide: Guide) -> Iterator[tuple[str, str]]:
    triples = {r.triple for r in document.relations}
    for head, kind, tail in sorted(triples, key=str):
        relation = guide.relations.get(kind)
        if relation and relation.symmetric and (tail, kind, head) not in triples:
            yield "missing_partner", f"{kind} is symmetric: {tail} → {head} is missing"


def _absent(example: Example, document: Document, guide: Guide) -> Iterator[tuple[str, str]]:
    triples = {r.triple for r in document.relations}
    ids = [entity.id for entity in document.entities]
    for row in example.absent:
        if len(row) != 3:
            yield "bad_absent", f"not [head, TYPE, tail]: {list(row)}"
            continue
        head, kind, tail = row
        try:
            triple = (resolve_id(head, ids), kind, resolve_id(tail, ids))
        except CodecError as error:
            yield "bad_absent", str(error)
            continue
        if kind not in guide.relations:
            yield "bad_absent", f"unknown relation type {kind}"
        elif triple in triples:
            yield "bad_absent", f"{head} {kind} {tail} is there and said to be absent"


def violations(document: Document, guide: Guide) -> Iterator[str]:
    """What the guide does not admit in a document: unknown types, wrong signatures, attributes."""
    types = {entity.id: entity.type for entity in document.entities}
    for kind in dict.fromkeys(types.values()):
        if guide.canonical(kind) not in guide.entities:
            yield f"unknown entity type {kind}"
    for r in document.relations:
        if r.type not in guide.relations:
            yield f"unknown relation type {r.type}"
        elif not guide.allows(r.type, types[r.head], types[r.tail], same=r.head == r.tail):
            itself = ", an entity to itself," if r.head == r.tail else ""
            yield f"{r.type} from {types[r.head]} to {types[r.tail]}{itself} is not admitted"
        for name, value in r.attributes.items():
            declared = guide.attributes.get(name)
            if declared is None:
                yield f"unknown attribute {name}"
            elif value not in (list(types) if declared.entity else declared.values):
                yield f"attribute {name} has the unknown value {value!r}"
