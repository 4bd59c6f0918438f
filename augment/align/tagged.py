"""Tagged text → text and entities, mentions without white space at their borders.

>>> untagged("[[e1:PLACE| Kiev ]]", names).entities[0].mentions
(Mention(start=0, end=4, value='Kiev'),)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from augment.align.markup import mend
from augment.align.names import Names
from augment.codec import untag
from augment.errors import CodecError
from augment.reasons import Reason
from augment.schema import Entity, Mention
from augment.spans import edit, move


class Annotated(NamedTuple):
    """What a reply says of a text: its entities, mentions by status, codes of repairs."""

    text: str
    entities: tuple[Entity, ...]
    alignment: Counter[str]
    repairs: frozenset[str]


def untagged(tagged: str, names: Names) -> Annotated:
    """Text and entities of tagged text; mentions neither begin nor end with white space."""
    mended = mend(tagged, names)
    text, entities = untag(mended.tagged)
    repairs = set(mended.repairs)
    if any(m.value != m.value.strip() for e in entities for m in e.mentions):
        text, entities = _trimmed(text, entities)
        repairs.add("padding")
    merged = tuple(_once(entity) for entity in entities)
    if any(new is not old for new, old in zip(merged, entities, strict=True)):
        repairs.add("doubled_mention")
    total = sum(len(e.mentions) for e in merged)
    repaired = min(mended.tags, total)
    alignment = +Counter(exact=total - repaired, repaired=repaired)
    return Annotated(text, merged, alignment, frozenset(repairs))


def _once(entity: Entity) -> Entity:
    """The entity without what it mentions twice; itself if there is nothing."""
    mentions = tuple(dict.fromkeys(entity.mentions))
    if len(mentions) == len(entity.mentions):
        return entity
    return entity.model_copy(update={"mentions": mentions})


def _trimmed(text: str, entities: tuple[Entity, ...]) -> tuple[str, tuple[Entity, ...]]:
    """White space inside the borders of mentions goes out of them, or away.

    Away if it stands at both borders (a way to write tags) or if there is some outside already.
    """
    gone: set[int] = set()
    trimmed = []
    for entity in entities:
        mentions = []
        for m in entity.mentions:
            start = m.start + len(m.value) - len(m.value.lstrip())
            end = m.start + len(m.value.rstrip())
            if start >= end:
                raise CodecError(Reason.BROKEN_MARKUP, f"{entity.id!r}: a mention of white space")
            both = m.start < start and end < m.end
            if both or m.start == 0 or text[m.start - 1].isspace():
                gone.update(range(m.start, start))
            if both or m.end == len(text) or text[m.end].isspace():
                gone.update(range(end, m.end))
            mentions.append(Mention(start=start, end=end, value=text[start:end]))
        trimmed.append(entity.model_copy(update={"mentions": tuple(mentions)}))
    shorter, offsets = edit(text, [(i, i + 1, "") for i in gone])
    return shorter, move(trimmed, offsets, shorter)


def refuse_crossing(entities: Iterable[Entity]) -> None:
    """Raise CodecError (``crossing_spans``) if two mentions overlap without nesting."""
    spans = sorted((m.start, -m.end, m.value) for e in entities for m in e.mentions)
    open_ends: list[int] = []
    for start, minus_end, value in spans:
        while open_ends and open_ends[-1] <= start:
            open_ends.pop()
        if open_ends and -minus_end > open_ends[-1]:
            raise CodecError(Reason.CROSSING_SPANS, f"{value!r} crosses another mention")
        open_ends.append(-minus_end)
