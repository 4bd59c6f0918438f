"""What each annotator says of each candidate pair of one document.

>>> sheet({"ana": first, "llm": second}, guide).votes[0]
Vote(head=1, type='RESIDES_IN', tail=2, said=('yes', 'no'), gated=True)

Annotators may have entities of their own: those of one type that overlap are taken for the same,
then those that share a mention whatever their types.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from augment.errors import UsageError
from augment.guide.model import Guide
from augment.match import linked, matched, renamed, trimmed
from augment.schema import Document, Entity, EntityId, Triple
from augment.scores import judged

Said = Literal["yes", "no", "no entity", "not asked"]
"""``no entity``: the annotator has not both ends; ``not asked``: not labelled, or masked."""


class Vote(NamedTuple):
    """What each annotator said of one triple; ``gated``: the guide admits it."""

    head: EntityId
    type: str
    tail: EntityId
    said: tuple[Said, ...]
    gated: bool


class Sheet(NamedTuple):
    """One document: the entities of all annotators, each one's own view of them, and the votes.

    ``documents`` have the ids of ``entities``; ``has`` are the entities of each annotator, with the
    type each gives them.
    """

    id: str
    annotators: tuple[str, ...]
    entities: tuple[Entity, ...]
    documents: tuple[Document, ...]
    has: tuple[dict[EntityId, str], ...]
    votes: tuple[Vote, ...]


def sheet(documents: Mapping[str, Document], guide: Guide) -> Sheet:
    """The votes on one document. Raises UsageError if a text differs by more than outer space."""
    names = tuple(documents)
    own = [_spelled(trimmed(d), guide) for d in documents.values()]
    for name, d in zip(names, own, strict=True):
        if d.text != own[0].text:
            raise UsageError(f"document {d.id!r}: {names[0]} and {name} have different texts")
    pool, views, has = own[0], [own[0]], [{e.id: e.type for e in own[0].entities}]
    for name, d in zip(names[1:], own[1:], strict=True):
        links = linked(pool, d)
        taken = set(links.values())
        links |= {k: v for k, v in matched(pool, d).items() if k not in links and v not in taken}
        new = {e.id: f"{name}/{e.id}" for e in d.entities if e.id not in links}
        added = (e.model_copy(update={"id": new[e.id]}) for e in d.entities if e.id in new)
        pool = pool.model_copy(update={"entities": (*pool.entities, *added)})
        links |= new
        views.append(renamed(d, links))
        has.append({links[e.id]: e.type for e in d.entities})
    votes = tuple(_votes(pool.entities, views, has, guide))
    return Sheet(own[0].id, names, pool.entities, tuple(views), tuple(has), votes)


def _spelled(document: Document, guide: Guide) -> Document:
    entities = (e.model_copy(update={"type": guide.canonical(e.type)}) for e in document.entities)
    return document.model_copy(update={"entities": tuple(entities)})


def _votes(
    entities: Sequence[Entity],
    views: Sequence[Document],
    has: Sequence[Collection[EntityId]],
    guide: Guide,
) -> Iterator[Vote]:
    """All triples that the guide admits, symmetric ones once, then those that it does not."""
    place = {e.id: i for i, e in enumerate(entities)}
    told = [{_ordered(r.triple, place, guide) for r in d.relations} for d in views]
    gate = {
        (head.id, kind, tail.id): True
        for head in entities
        for tail in entities
        for kind in guide.candidates(head.type, tail.type, same=head.id == tail.id)
        if _ordered((head.id, kind, tail.id), place, guide)[0] == head.id
    }
    others = sorted(
        {t for triples in told for t in triples} - gate.keys(),
        key=lambda t: (place[t[0]], place[t[2]], t[1]),
    )
    for triple in [*gate, *others]:
        said = tuple(
            _said(triple, d, own, triple in triples)
            for d, own, triples in zip(views, has, told, strict=True)
        )
        yield Vote(*triple, said, triple in gate)


def _ordered(triple: Triple, place: Mapping[EntityId, int], guide: Guide) -> Triple:
    head, kind, tail = triple
    known = guide.relations.get(kind)
    if known and known.symmetric and place[tail] < place[head]:
        return tail, kind, head
    return triple


def _said(triple: Triple, document: Document, has: Collection[EntityId], yes: bool) -> Said:
    if not judged(document, triple):
        return "not asked"
    if yes:
        return "yes"
    return "no" if triple[0] in has and triple[2] in has else "no entity"
