"""Arrows and choices of an annotation → relations; those of the record keep place and attributes.

>>> relations(what, clusters, [("e0-m0", "e1-m0", ["IS_LOCATED_IN"], "right")], []).relations
(Relation(head=1, type='IS_LOCATED_IN', tail=2, attributes={'factuality': 'denied'}),)
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from augment.labelstudio.arrows import Arrow, triples
from augment.labelstudio.clusters import Clusters
from augment.labelstudio.pushed import Pushed
from augment.schema import Document, EntityId, Relation, Triple

Kind = TypeVar("Kind", str, str | None)


def relations(
    what: Pushed,
    clusters: Clusters,
    arrows: Iterable[Arrow],
    loops: Iterable[tuple[EntityId, str]],
) -> Document:
    """The document with its new entities and relations; ``arrows`` are between entities.

    Of two relations that became one, as when their entities were joined, the first stands.
    """
    document = what.document
    had = {_moved(clusters, triple) for triple in what.arrows}
    said = triples(arrows, what.symmetric, {triple for triple in had if triple})
    said = list(dict.fromkeys([*said, *((id, kind, id) for id, kind in loops)]))
    stands = frozenset(said)
    origin: dict[Triple, Triple] = {}
    kept = []
    for relation in document.relations:
        triple = _moved(clusters, relation.triple)
        hidden = not what.draws(relation) or {relation.head, relation.tail} & clusters.cut
        if triple is None or not (hidden or triple in stands):
            continue
        if origin.setdefault(triple, relation.triple) == relation.triple:
            ends = {"head": triple[0], "tail": triple[2]}
            kept.append(relation.model_copy(update=ends))
    added = [Relation(head=h, type=t, tail=o) for h, t, o in said if (h, t, o) not in origin]
    update = {
        "entities": clusters.entities,
        "relations": (*kept, *added),
        "masked": tuple(mask for mask in (_moved(clusters, m) for m in document.masked) if mask),
    }
    return document.model_copy(update=update)


def _moved(
    clusters: Clusters, triple: tuple[EntityId, Kind, EntityId]
) -> tuple[EntityId, Kind, EntityId] | None:
    """A triple of the record between the entities of now, None if one of them is gone."""
    head, kind, tail = triple
    if head in clusters.moved and tail in clusters.moved:
        return clusters.moved[head], kind, clusters.moved[tail]
    return None
