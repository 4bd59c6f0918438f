"""What changed between a document and its review, mention by mention and relation by relation.

>>> diff(doc("[[1:PLACE|Kiev]] résiste."), doc("[[1:ORGANISATION|Kiev]] résiste."))
(Change(kind='mention', action='retyped', type='ORGANISATION', what=('Kiev', 0, 4), was='PLACE'),)
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

from augment.schema import Change, Document, Entity, EntityId, Mention, Triple


class _Place(NamedTuple):
    """One mention and its entity before and after; None where it was not or is no more."""

    mention: Mention
    before: Entity | None
    after: Entity | None


def diff(before: Document, after: Document) -> tuple[Change, ...]:
    """Changes of mentions, then of clusters, then of relations; empty if only the order changed.

    Entities are followed by their mentions, whatever their ids. A mention that joined an entity is
    ``added`` to the cluster; one that left others behind is ``removed`` from it.
    """
    places = _places(before, after)
    moved = _homes((p.before.id, p.after.id) for p in places if p.before and p.after)
    return (*_mentions(places), *_clusters(places, moved), *_relations(before, after, moved))


def _places(before: Document, after: Document) -> list[_Place]:
    """Mentions matched by span; of those with the same span first by the entity's id."""
    spans: dict[tuple[int, int], tuple[list[_Place], list[_Place]]] = defaultdict(lambda: ([], []))
    for entity, m in before.mentions():
        spans[m.start, m.end][0].append(_Place(m, entity, None))
    for entity, m in after.mentions():
        spans[m.start, m.end][1].append(_Place(m, None, entity))
    found = []
    for old, new in spans.values():
        for place in list(old):
            same = [p for p in new if place.before and p.after and p.after.id == place.before.id]
            if same:
                old.remove(place)
                new.remove(same[0])
                found.append(place._replace(after=same[0].after))
        paired = min(len(old), len(new))
        found += [a._replace(after=b.after) for a, b in zip(old, new, strict=False)]
        found += old[paired:] + new[paired:]
    return sorted(found, key=lambda p: (p.mention.start, p.mention.end))


def _mentions(places: Iterable[_Place]) -> Iterator[Change]:
    for m, old, new in places:
        what = (m.value, m.start, m.end)
        if new is None and old is not None:
            yield Change(kind="mention", action="removed", type=old.type, what=what)
        elif old is None and new is not None:
            yield Change(kind="mention", action="added", type=new.type, what=what)
        elif old and new and old.type != new.type:
            yield Change(kind="mention", action="retyped", type=new.type, what=what, was=old.type)


def _homes(pairs: Iterable[tuple[EntityId, EntityId]]) -> dict[EntityId, EntityId]:
    """Of each left entity the right one that goes on with it: of the same id, or the first."""
    homes: dict[EntityId, EntityId] = {}
    for left, right in pairs:
        if left not in homes or left == right:
            homes[left] = right
    return homes


def _clusters(places: list[_Place], moved: dict[EntityId, EntityId]) -> Iterator[Change]:
    origin = _homes((p.after.id, p.before.id) for p in places if p.before and p.after)
    for m, old, new in places:
        if new is None:
            continue
        if new.id in origin and (old is None or old.id != origin[new.id]):
            what = (m.value, _first(new, m))
            yield Change(kind="cluster", action="added", type=new.type, what=what)
        if old and new.id != moved[old.id]:
            what = (m.value, _first(old, m))
            yield Change(kind="cluster", action="removed", type=old.type, what=what)


def _first(entity: Entity, mention: Mention) -> str:
    """The first mention of an entity that is not this one."""
    return next((m.value for m in entity.mentions if m != mention), mention.value)


def _relations(
    before: Document, after: Document, moved: dict[EntityId, EntityId]
) -> Iterator[Change]:
    now = dict.fromkeys(r.triple for r in after.relations)
    had: set[Triple] = set()
    gone: dict[Triple, None] = {}
    for head, kind, tail in dict.fromkeys(r.triple for r in before.relations):
        image = (moved.get(head, head), kind, moved.get(tail, tail))
        if head in moved and tail in moved and image in now:
            had.add(image)
        else:
            gone[head, kind, tail] = None
    new: dict[tuple[EntityId, EntityId], list[str]] = defaultdict(list)
    for head, kind, tail in now:
        if (head, kind, tail) not in had:
            new[head, tail].append(kind)
    for triple in gone:
        head, kind, tail = triple
        instead = new[moved[head], moved[tail]] if head in moved and tail in moved else []
        if instead:
            said = (moved[head], instead.pop(0), moved[tail])
            yield _relation("retyped", after, said, was=kind)
        else:
            yield _relation("removed", before, triple)
    for (head, tail), kinds in new.items():
        for kind in kinds:
            yield _relation("added", after, (head, kind, tail))


def _relation(
    action: Literal["added", "removed", "retyped"],
    document: Document,
    triple: Triple,
    was: str | None = None,
) -> Change:
    ids = document.by_id
    head, kind, tail = triple
    what = (ids[head].mentions[0].value, kind, ids[tail].mentions[0].value)
    return Change(kind="relation", action=action, type=kind, what=what, was=was)
