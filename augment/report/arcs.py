"""Relations of a document as arcs beside the column of its entities.

>>> arcs(document, lambda entity_type: "f3")
Markup('<svg viewBox="0 0 420 88" role="img"><title>…')
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from markupsafe import Markup

from augment.report.svg import drawing, short, tag
from augment.schema import Document, Entity, EntityId

LINE = 21
"""Height of an entity's row."""
COLUMN = 160
"""Where the names end."""
OUT = COLUMN + 6
"""Where the arcs begin."""
LABELLED = 10
"""Up to this many arcs have their relation types written beside them."""


class Arc(NamedTuple):
    """The relations between two entities: types from head to tail, and back."""

    head: EntityId
    tail: EntityId
    there: list[str]
    back: list[str]


def joined(document: Document) -> list[Arc]:
    """One arc for any two entities in relation; the first relation says which is the head."""
    found: dict[tuple[EntityId, EntityId], Arc] = {}
    for relation in document.relations:
        head, tail = relation.head, relation.tail
        if (tail, head) in found and head != tail:
            found[tail, head].back.append(relation.type)
        else:
            found.setdefault((head, tail), Arc(head, tail, [], [])).there.append(relation.type)
    return list(found.values())


def arcs(document: Document, css: Callable[[str], str]) -> Markup:
    """The drawing; empty markup without relations.

    Entities that take part stand in the order of the text. An arc goes from head to tail, with an
    arrow at its tail (at both ends if there are relations back), in the colour of the head
    (``css``: entity type → class). Self-relations are loops.
    """
    found = joined(document)
    if not found:
        return Markup("")
    ends = {end for arc in found for end in (arc.head, arc.tail)}
    column = [entity for entity in in_order(document) if entity.id in ends]
    row = {entity.id: i for i, entity in enumerate(column)}
    by_id = document.by_id
    few = len(found) <= LABELLED
    parts = [_entity(entity, row[entity.id], css(entity.type)) for entity in column]
    heights = _apart([(_y(row[arc.head]) + _y(row[arc.tail])) / 2 for arc in found])
    for arc, height in zip(found, heights, strict=True):
        head, tail = row[arc.head], row[arc.tail]
        reach = _reach(head, tail, len(column), few)
        drawn = [tag("title", _title(arc, by_id)), *_arc(head, tail, reach, both=bool(arc.back))]
        if few:
            label, at = short(_label(arc, tail > head), 30), OUT + 6 + 0.75 * reach
            drawn.append(tag("text", label, x=at, y=height + 3, class_="kind"))
        parts.append(tag("g", *drawn, class_=f"arc {css(by_id[arc.head].type)}"))
    return drawing(
        parts,
        height=len(column) * LINE + 6,
        title=f"Relations of {document.id}",
        desc=f"{len(document.relations)} relations between {len(column)} entities, listed above",
    )


def in_order(document: Document) -> list[Entity]:
    """Entities by the place of their first mention; of two at one place the longer comes first."""
    return sorted(document.entities, key=lambda e: min((m.start, -m.end) for m in e.mentions))


def _y(row: int) -> float:
    return row * LINE + LINE / 2 + 3


def _entity(entity: Entity, row: int, css: str) -> Markup:
    value = entity.mentions[0].value
    return tag(
        "g",
        tag("title", f"{entity.id} {entity.type}: {value}"),
        tag("text", f"{short(value, 22)} ", tag("tspan", entity.id, class_="id"),
            x=COLUMN - 10, y=_y(row) + 3.5, class_="label"),
        tag("circle", cx=COLUMN, cy=_y(row), r=3.2),
        class_=f"end {css}",
    )  # fmt: skip


def _reach(head: int, tail: int, rows: int, few: bool) -> float:
    """How far the control points of an arc lie to the right; the arc goes three quarters of it."""
    widest = 100 if few else 310
    return 30 + (widest - 40) * abs(head - tail) / max(1, rows - 1)


def _title(arc: Arc, by_id: dict[EntityId, Entity]) -> str:
    head, tail = by_id[arc.head].mentions[0].value, by_id[arc.tail].mentions[0].value
    there = f"{head} → {', '.join(arc.there)} → {tail}"
    return f"{there}; {tail} → {', '.join(arc.back)} → {head}" if arc.back else there


def _label(arc: Arc, down: bool) -> str:
    there, back = ", ".join(arc.there), ", ".join(arc.back)
    if not back or there == back:
        return there
    return f"↓ {there} ↑ {back}" if down else f"↑ {there} ↓ {back}"


def _arc(head: int, tail: int, reach: float, *, both: bool) -> list[Markup]:
    """A curve between two rows and its arrow heads; a loop if they are the same."""
    bend = 4.0 if head == tail else 0.0
    start, end, control = _y(head) - bend, _y(tail) + bend, OUT + reach
    path = (
        f"M{OUT + 4} {start:.1f} C{control:.1f} {start - bend:.1f} "
        f"{control:.1f} {end + bend:.1f} {OUT + 4} {end:.1f}"
    )
    tips = [end, start] if both else [end]
    return [tag("path", d=path)] + [
        tag("polygon", points=f"{OUT},{y:.1f} {OUT + 7},{y - 3:.1f} {OUT + 7},{y + 3:.1f}")
        for y in tips
    ]


def _apart(heights: list[float], least: float = 11) -> list[float]:
    """Heights of labels, moved down where they would overlap."""
    placed = list(heights)
    last = float("-inf")
    for i in sorted(range(len(heights)), key=lambda i: heights[i]):
        last = placed[i] = max(heights[i], last + least)
    return placed
