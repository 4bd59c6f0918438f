"""A guide as people read it, in French: Markdown, and one self-contained page to print.

>>> markdown(guide).splitlines()[0]
'# Guide d’annotation TextMine'
"""

from __future__ import annotations

import datetime
import re
from collections import defaultdict
from collections.abc import Callable, Collection
from functools import partial
from typing import Any, NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from augment.codec import decode
from augment.errors import CodecError, GuideError
from augment.guide.check import unwritten
from augment.guide.model import Example, Guide, Habits
from augment.schema import Document, Entity, EntityId

MONTHS = (
    "janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split()
)
_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_SPECIAL = re.compile(r"([\\`*_<>|\[\]])")


class Shown(NamedTuple):
    """An example made readable: the drawn text, and one line a relation there or absent."""

    text: str
    entities: str
    relations: list[str]
    absent: list[str]
    why: str


def markdown(guide: Guide, kind: str | None = None) -> str:
    """The guide in Markdown, or the section of one type.

    Mentions are in brackets with the number of their entity. Raises GuideError for no such type.
    """
    shown = partial(_shown, draw=_bracketed, typed=True)
    written = _render("guide.md.jinja", guide, shown, autoescape=False, only=kind)
    return re.sub(r"\n{3,}", "\n\n", written).strip() + "\n"


def page(guide: Guide) -> str:
    """The guide as one HTML page without anything from outside: mentions coloured by family."""
    coloured = partial(_shown, draw=partial(_coloured, guide), typed=False)
    return _render("guide.html.jinja", guide, coloured, autoescape=True)


def _render(
    template: str,
    guide: Guide,
    shown: Callable[[Example], Shown],
    *,
    autoescape: bool,
    only: str | None = None,
) -> str:
    if only is not None and only not in guide.entities and only not in guide.relations:
        raise GuideError(f"{guide.name}: no type {only!r}", hint="`augment guide show` lists them")
    environment = Environment(
        loader=PackageLoader("augment.guide", "templates"),
        autoescape=autoescape,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )

    def plain(text: str) -> str:
        bare = readable(text, ())
        return bare if autoescape else _SPECIAL.sub(r"\\\1", bare)

    environment.filters.update(shown=shown, habits=_habits, plain=plain, day=_day)
    return environment.get_template(template).render(
        guide=guide, families=_families(guide), signatures=partial(_signatures, guide),
        labels=_labels(guide), todo=set(unwritten(guide)), only=only,
    )  # fmt: skip


def _families(guide: Guide) -> dict[str, list[str]]:
    """Family → its entity types, families in the order of the file."""
    members: dict[str, list[str]] = {key: [] for key in guide.families}
    for kind, entity in guide.entities.items():
        members.setdefault(entity.family, []).append(kind)
    return {key: kinds for key, kinds in members.items() if kinds}


def _labels(guide: Guide) -> dict[str, str]:
    """Label of every family and type, its name where it has none."""
    labels = {e.family: e.family for e in guide.entities.values()}
    described: dict[str, Any] = {**guide.entities, **guide.relations, **guide.families}
    return labels | {name: item.label or name for name, item in described.items()}


def _signatures(guide: Guide, kind: str) -> list[tuple[list[str], list[str]]]:
    """Signatures of a relation type as few (heads, tails) as it takes: equal tails go together."""
    tails: dict[str, list[str]] = defaultdict(list)
    for head, tail in guide.relations[kind].signatures:
        tails[head].append(tail)
    heads: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for head, own in tails.items():
        heads[tuple(own)].append(head)
    return [(together, list(own)) for own, together in heads.items()]


def _day(date: datetime.date) -> str:
    """``22 novembre 2026``."""
    return f"{date.day}{'er' if date.day == 1 else ''} {MONTHS[date.month - 1]} {date.year}"


def _habits(habits: Habits) -> list[str]:
    """Span habits in French words; a share in the middle says nothing and is left out."""
    rows = (
        (habits.article, "article dans l’empan", "article hors de l’empan"),
        (habits.title, "titre (M., Mme…) dans l’empan", "titre (M., Mme…) hors de l’empan"),
    )
    words = [
        (inside if share >= 0.8 else outside)
        for share, inside, outside in rows
        if share is not None and not 0.2 < share < 0.8
    ]
    if habits.pronoun is not None and habits.pronoun >= 0.05:
        words.append(f"pronoms annotés ({round(100 * habits.pronoun)} % des mentions)")
    return words


def _shown(
    example: Example, draw: Callable[[Document, dict[Any, int]], str], *, typed: bool
) -> Shown:
    try:
        document = example.document()
    except CodecError:
        return Shown(example.text, "", [], [], example.why)
    numbers = {entity.id: i for i, entity in enumerate(document.entities, 1)}
    by_name = {str(key): n for key, n in numbers.items()}

    def line(row: Any) -> str:
        head, kind, tail, *rest = row
        attributes = rest[0] if rest else {}
        values = (by_name.get(str(v), v) for v in attributes.values())
        held = ", ".join(f"{name} {value}" for name, value in zip(attributes, values, strict=True))
        ends = [by_name.get(str(e), by_name.get(f"e{e}", e)) for e in (head, tail)]
        return f"{ends[0]} → {kind} → {ends[1]}" + (f" ({held})" if held else "")

    legend = ", ".join(f"{numbers[e.id]} : {e.type}" for e in document.entities)
    absent = [line(row) for row in example.absent]
    return Shown(
        draw(document, numbers),
        legend if typed else "",
        [line(row) for row in example.relations],
        absent,
        example.why,
    )


def walk(
    document: Document,
    opening: Callable[[Entity], str],
    closing: Callable[[Entity], str],
    plain: Callable[[str], str],
) -> str:
    """The text with something written before and after every mention.

    Of two spans that cross, the first goes on to the end of the second.
    """
    parts: list[str] = []
    stack: list[tuple[int, Entity]] = []
    position = 0

    def advance(to: int) -> None:
        nonlocal position
        while stack and stack[-1][0] <= to:
            end, last = stack.pop()
            parts.append(plain(document.text[position:end]) + closing(last))
            position = max(position, end)
        parts.append(plain(document.text[position:to]))
        position = to

    for entity, m in sorted(document.mentions(), key=lambda pair: (pair[1].start, -pair[1].end)):
        advance(m.start)
        parts.append(opening(entity))
        stack.append((m.end, entity))
    advance(len(document.text))
    return "".join(parts)


def _bracketed(document: Document, numbers: dict[Any, int]) -> str:
    """A mention in brackets, its entity's number behind it: ``[Kiev]₁ résiste``."""
    return walk(
        document,
        lambda entity: "[",
        lambda entity: "]" + str(numbers[entity.id]).translate(_SUBSCRIPTS),
        lambda text: _SPECIAL.sub(r"\\\1", text),
    )


def readable(text: str, only: Collection[EntityId] | None = None) -> str:
    """A text of the inline form with its mentions (or those of some entities) in brackets.

    ``L’[armée] est à [Lviv].`` What is not in the inline form comes back as it is.
    """
    try:
        document = decode(text, id="text")
    except CodecError:
        return text
    kept = tuple(e for e in document.entities if only is None or e.id in only)
    shown = document.model_copy(update={"entities": kept})
    return walk(shown, lambda entity: "[", lambda entity: "]", lambda piece: piece)


def _coloured(guide: Guide, document: Document, numbers: dict[Any, int]) -> str:
    """Spans of class ``m`` in their family's colour, with number and type."""

    def opening(entity: Entity) -> str:
        family = guide.families.get(guide.family(entity.type) or "")
        colour = family.colour if family else "#888888"
        return f'<span class="m" style="--c:{escape(colour)}">'

    def closing(entity: Entity) -> str:
        return f"<sub>{numbers[entity.id]} {escape(entity.type)}</sub></span>"

    return Markup(walk(document, opening, closing, lambda text: str(escape(text))))
