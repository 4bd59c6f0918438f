"""Relations of a document as arcs beside the column of its entities.

>>> arcs(document, lambda entity_type: "f3")
Markup('<svg viewBox="0 0 420 88" role="img"><title>…')
"""

from __future__ import annotations

from collections.abc import Callable

from markupsafe import Markup

from augment.report.svg import drawing, short, tag
from augment.schema import Document, Entity, EntityId

LINE = 21
"""Height of an entity's row."""
COLUMN = 160
"""Where the names end and the arcs begin."""
LABELLED = 10
"""Up to this many arcs have their relation types written beside them."""

Pair = tuple[EntityId, EntityId]


def joined(document: Document) -> dict[Pair, list[str]]:
    """(head, tail) → types of the relations between them: one arc each."""
    found: dict[Pair, list[str]] = {}
    for relation in document.relations:
        found.setdefault((relation.head, relation.tail), []).append(relation.type)
    return found


def arcs(document: Document, css: Callable[[str], str]) -> Markup:
    """The drawing; empty markup without relations.

    Entities that take part stand in the order of the text. An arc goes from head to tail, an arrow
    at its tail, in the colour of the head (``css``: entity type → class). Self-relations are loops.
    """
    pairs = joined(document)
    if not pairs:
        return Markup("")
    column = [entity for entity in in_order(document) if any(entity.id in pair for pair in pairs)]
    row = {entity.id: i for i, entity in enumerate(column)}
    name = {entity.id: entity.mentions[0].value for entity in column}
    kind = {entity.id: entity.type for entity in column}
    few = len(pairs) <= LABELLED
    parts = [_entity(entity, row[entity.id], css(entity.type)) for entity in column]
    heights = _apart({pair: (_y(row[pair[0]]) + _y(row[pair[1]])) / 2 for pair in pairs})
    for (head, tail), types in pairs.items():
        title = f"{name[head]} → {', '.join(types)} → {name[tail]}"
        reach = _reach(row[head], row[tail], len(column), few)
        drawn = _arc(_y(row[head]), _y(row[tail]), reach)
        label = (
            [tag("text", short(", ".join(types), 26), x=_label_x(row[head], row[tail], reach),
                 y=heights[head, tail] + 3, class_="kind")] if few else []
        )  # fmt: skip
        parts.append(tag("g", tag("title", title), *drawn, *label, class_=f"arc {css(kind[head])}"))
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
    """How far an arc bulges; an arc upwards a little farther, so that both ways can be told."""
    widest = 100 if few else 310
    return 26 + (widest - 40) * abs(head - tail) / max(1, rows - 1) + (12 if tail < head else 0)


def _label_x(head: int, tail: int, reach: float) -> float:
    return COLUMN + (34 if head == tail else 10 + 0.75 * reach)


def _arc(start: float, end: float, reach: float) -> list[Markup]:
    """A curve and its arrow head."""
    out = COLUMN + 6
    up = 8.0 if start == end else 0.0
    control = out + (30 if start == end else reach)
    path = (
        f"M{out} {start - up / 2:.1f} C{control:.1f} {start - up:.1f} "
        f"{control:.1f} {end + up:.1f} {out + 4} {end + up / 2:.1f}"
    )
    tip = end + up / 2
    head = f"{out},{tip:.1f} {out + 7},{tip - 3:.1f} {out + 7},{tip + 3:.1f}"
    return [tag("path", d=path), tag("polygon", points=head)]


def _apart(heights: dict[Pair, float], least: float = 11) -> dict[Pair, float]:
    """Heights of labels, moved down where they would overlap."""
    placed: dict[Pair, float] = {}
    last = float("-inf")
    for pair in sorted(heights, key=lambda p: heights[p]):
        last = placed[pair] = max(heights[pair], last + least)
    return placed
