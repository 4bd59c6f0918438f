"""Regions and ``même_entité`` arrows → entities that keep the ids of the record.

>>> cluster(what, regions, [("aB3xK", "e0-m0")]).entities[0].mentions  # "aB3xK" was drawn by hand
(Mention(start=0, end=4, value='Kiev'), Mention(start=20, end=24, value='elle'))

A later mention without its arrow was detached, and is an entity of its own; one whose arrow went
because the first mention was deleted stays in its entity.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import count
from typing import NamedTuple

from augment.errors import RecordError
from augment.labelstudio.pushed import Pushed, region_id
from augment.labelstudio.regions import Region
from augment.reasons import Reason
from augment.schema import Document, Entity, EntityId, Mention

_NUMBERED = re.compile(r"e?(\d{1,18})")


class Clusters(NamedTuple):
    """Entities after a review, and what became of regions and of the record's entities.

    ``of``: region → entity. ``moved``: entity of the record → the entity its first remaining
    mention is in now; one without mentions left is absent. ``cut``: entities of the record whose
    first mention was deleted.
    """

    entities: tuple[Entity, ...]
    of: dict[str, EntityId]
    moved: dict[EntityId, EntityId]
    cut: frozenset[EntityId]


def cluster(what: Pushed, found: dict[str, Region], same: list[tuple[str, str]]) -> Clusters:
    """Entities of all regions. Raises RecordError if one would have two types."""
    document = what.document
    groups = _groups(found, same + _orphans(what, found))
    names = _names(what, groups)
    entities: dict[EntityId, Entity] = {}
    of: dict[str, EntityId] = {}
    for group, id in zip(groups, names, strict=True):
        entities[id] = _entity(what, id, group)
        of |= {region.id: id for region in group}
    moved: dict[EntityId, EntityId] = {}
    cut: set[EntityId] = set()
    for entity in document.entities:
        number = what.drawn.get(entity.id)
        if number is None:
            entities[entity.id] = entity
            moved[entity.id] = entity.id
            continue
        left = [region_id(number, m) for m in range(len(entity.mentions))]
        alive = [of[id] for id in left if id in of]
        moved |= {entity.id: alive[0]} if alive else {}
        cut |= {entity.id} if left[0] not in of else set()
    ordered = [entities.pop(e.id) for e in document.entities if e.id in entities]
    return Clusters((*ordered, *entities.values()), of, moved, frozenset(cut))


def _orphans(what: Pushed, found: dict[str, Region]) -> list[tuple[str, str]]:
    """Pairs of remaining mentions of entities whose first mention was deleted."""
    left: dict[int, list[str]] = {}
    for region in found.values():
        if region.known and region_id(region.known[0], 0) not in found:
            left.setdefault(region.known[0], []).append(region.id)
    return [(ids[0], id) for ids in left.values() for id in ids[1:]]


def _groups(found: dict[str, Region], same: Iterable[tuple[str, str]]) -> list[list[Region]]:
    """Connected regions: those of the record first and in its order, then by place."""
    root = {id: id for id in found}

    def top(id: str) -> str:
        while root[id] != id:
            root[id] = root[root[id]]
            id = root[id]
        return id

    for a, b in same:
        root[top(a)] = top(b)
    groups: dict[str, list[Region]] = {}
    for region in sorted(found.values(), key=_order):
        groups.setdefault(top(region.id), []).append(region)
    return list(groups.values())


def _order(region: Region) -> tuple[bool, tuple[int, int], int, int]:
    return region.known is None, region.known or (0, 0), region.start, region.end


def _names(what: Pushed, groups: list[list[Region]]) -> list[EntityId]:
    """An id for each group: of an entity whose first mention is in it, of another, or a new one."""
    ids = [entity.id for entity in what.document.entities]
    names: dict[int, EntityId] = {}
    taken: set[EntityId] = set()
    for firsts in (True, False):
        for g, group in enumerate(groups):
            known = [r.known for r in group if r.known and (r.known[1] == 0 or not firsts)]
            free = [ids[number] for number, _ in known if ids[number] not in taken]
            if free and g not in names:
                names[g] = free[0]
                taken.add(free[0])
    new = _new_ids(what.document)
    return [names[g] if g in names else next(new) for g in range(len(groups))]


def _new_ids(document: Document) -> Iterator[EntityId]:
    """Ids of the record's kind that it does not have: integers, or ``e7``, ``e8``."""
    ids = [entity.id for entity in document.entities]
    numbered = (_NUMBERED.fullmatch(str(id)) for id in ids)
    start = max((int(match[1]) for match in numbered if match), default=-1) + 1
    whole = all(isinstance(id, int) for id in ids)
    return (n if whole else f"e{n}" for n in count(start))


def _entity(what: Pushed, id: EntityId, group: list[Region]) -> Entity:
    text = what.document.text
    own = what.drawn.get(id)
    first = sorted(group, key=lambda r: r.known is None or r.known[0] != own)
    mentions = tuple(Mention(start=r.start, end=r.end, value=text[r.start : r.end]) for r in first)
    label = _label(what, group)
    before = what.document.by_id.get(id)
    kept = before is not None and what.labels.get(before.type) == label
    return Entity(id=id, type=before.type if before and kept else label, mentions=mentions)


def _label(what: Pushed, group: list[Region]) -> str:
    """The label of a group: the new one, if mentions of the record were given one, else theirs."""
    entities = what.document.entities
    drawn = {r.id: what.labels[entities[r.known[0]].type] for r in group if r.known}
    changed = {r.label for r in group if r.id in drawn and r.label != drawn[r.id]}
    labels = changed or {r.label for r in group}
    if len(labels) > 1 or any(r.label not in labels | set(drawn.values()) for r in group):
        kinds = ", ".join(sorted({r.label for r in group}))
        where = f"{group[0].start}:{group[0].end}"
        raise RecordError(Reason.TYPE_CONFLICT, f"the entity of region {where}: {kinds}")
    return labels.pop()
