"""Relations ↔ arrows: one arrow per ordered pair, with a list of labels, and two-way arrows.

>>> draw([(1, "KNOWS", 2), (2, "KNOWS", 1), (1, "HIRED", 2)], symmetric={"KNOWS"})
[Arrow(head=1, tail=2, labels=('HIRED',), direction='right'),
 Arrow(head=2, tail=1, labels=('KNOWS',), direction='bi')]

A pair whose both directions hold a directed type has no arrow left for its symmetric types: they
are labels of its first arrow. An arrow of a symmetric type always means both directions, except
where the record has only one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import NamedTuple

from augment.schema import EntityId, Triple


class Arrow(NamedTuple):
    """One arrow of Label Studio; ``right`` points from head to tail, ``bi`` both ways."""

    head: EntityId
    tail: EntityId
    labels: tuple[str, ...]
    direction: str


def draw(triples: Iterable[Triple], symmetric: Collection[str]) -> list[Arrow]:
    """The arrows of relations between different entities, at most one per ordered pair."""
    by_pair: dict[tuple[EntityId, EntityId], list[str]] = {}
    for head, kind, tail in triples:
        by_pair.setdefault((head, tail), []).append(kind)
    arrows, done = [], set()
    for (head, tail), there in by_pair.items():
        if (head, tail) not in done:
            done.add((tail, head))
            back = by_pair.get((tail, head), [])
            arrows += _pair(head, tail, (there, back), symmetric)
    return arrows


def _pair(
    head: EntityId,
    tail: EntityId,
    labels: tuple[list[str], list[str]],
    symmetric: Collection[str],
) -> list[Arrow]:
    there, back = labels
    both = tuple(t for t in there if t in symmetric and t in back)
    to = tuple(t for t in there if t not in both)
    fro = tuple(t for t in back if t not in both)
    if not to:
        arrows = [Arrow(head, tail, both, "bi"), Arrow(tail, head, fro, "right")]
    elif not fro:
        arrows = [Arrow(head, tail, to, "right"), Arrow(tail, head, both, "bi")]
    else:
        arrows = [Arrow(head, tail, to + both, "right"), Arrow(tail, head, fro, "right")]
    return [arrow for arrow in arrows if arrow.labels]


def triples(
    arrows: Iterable[Arrow], symmetric: Collection[str], had: Collection[Triple]
) -> list[Triple]:
    """What arrows say, each triple once; ``had`` are the triples of the record."""
    found: dict[Triple, None] = {}
    for head, tail, labels, direction in arrows:
        for kind in labels:
            found[head, kind, tail] = None
            alone = (head, kind, tail) in had and (tail, kind, head) not in had
            if direction == "bi" or (kind in symmetric and not alone):
                found[tail, kind, head] = None
    return list(found)
