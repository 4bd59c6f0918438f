"""Offset arithmetic: checks, maps from an old text to a new one, and foreign offset units.

>>> new, offsets = edit("l'armée avance", [(0, 7, "le bataillon")])
>>> new, offsets.span(8, 14)
('le bataillon avance', (13, 19))
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from augment.errors import RecordError
from augment.reasons import Reason
from augment.schema import Document, Entity, Mention

_SURROGATE = re.compile("[\ud800-\udfff]")


class Edit(NamedTuple):
    """Replace ``text[start:end]`` by ``value``."""

    start: int
    end: int
    value: str


class OffsetMap:
    """Maps code-point offsets of an old text to the new one made by :func:`edit`.

    An offset inside a replaced stretch has no image: :meth:`span` gives None for a span that
    begins or ends inside one. A span equal to, or around, a replaced stretch grows or shrinks
    with it.
    """

    def __init__(self, edits: Sequence[Edit]) -> None:
        self._edits = edits
        self._ends = [e.end for e in edits]
        self._shifts = [0]
        for e in edits:
            self._shifts.append(self._shifts[-1] + len(e.value) - (e.end - e.start))

    def _at(self, offset: int, *, end: bool) -> int | None:
        i = bisect_right(self._ends, offset)
        if end:  # an insertion exactly at a span's end stays outside of it
            while i and self._edits[i - 1].start == self._edits[i - 1].end == offset:
                i -= 1
        if i < len(self._edits):
            e = self._edits[i]
            if e.start < offset < e.end:
                return None
        return offset + self._shifts[i]

    def span(self, start: int, end: int) -> tuple[int, int] | None:
        """Image of ``[start, end)``, or None where an edit cuts through a border of it."""
        new_start, new_end = self._at(start, end=False), self._at(end, end=True)
        if new_start is None or new_end is None or new_start >= new_end:
            return None
        return new_start, new_end


def edit(text: str, edits: Iterable[tuple[int, int, str]]) -> tuple[str, OffsetMap]:
    """Apply non-overlapping edits (old offsets, any order); return the new text and its map.

    Raises ValueError if two edits overlap or one lies outside the text.
    """
    ordered = sorted(Edit(*e) for e in edits)
    parts, position = [], 0
    for e in ordered:
        if e.start < position or e.end < e.start or e.end > len(text):
            raise ValueError(f"edits overlap or leave the text at {e.start}:{e.end}")
        parts += [text[position : e.start], e.value]
        position = e.end
    parts.append(text[position:])
    return "".join(parts), OffsetMap(ordered)


def move(entities: Iterable[Entity], offsets: OffsetMap, text: str) -> tuple[Entity, ...]:
    """Entities of the old text in the new one; mentions without an image are left out.

    An entity that loses all its mentions is left out too: compare the lengths to see it.
    """
    moved = []
    for entity in entities:
        spans = [offsets.span(m.start, m.end) for m in entity.mentions]
        mentions = tuple(Mention(start=s[0], end=s[1], value=text[s[0] : s[1]]) for s in spans if s)
        if mentions:
            moved.append(entity.model_copy(update={"mentions": mentions}))
    return tuple(moved)


def check(document: Document) -> None:
    """Raise :class:`RecordError` unless the record is sound on its own, whatever the guide.

    Sound: text not empty; entity ids unique; every entity has a mention; every slice equals its
    value; relations and masks name entities that exist.
    """
    text, ids = document.text, {entity.id for entity in document.entities}
    size = len(text)
    if not text or text.isspace():
        raise RecordError(Reason.EMPTY_TEXT, "the text is empty")
    if not text.isascii() and _SURROGATE.search(text):
        raise RecordError(Reason.BAD_ENCODING, "the text has half a surrogate pair")
    if len(ids) < len(document.entities):
        twice = next(id for id, n in Counter(e.id for e in document.entities).items() if n > 1)
        raise RecordError(Reason.DUPLICATE_ID, f"entity id {twice!r} occurs twice")
    for entity in document.entities:
        if not entity.mentions:
            raise RecordError(Reason.EMPTY_ENTITY, f"entity {entity.id!r} has no mention")
        for m in entity.mentions:
            if text[m.start : m.end] != m.value or not 0 <= m.start < m.end <= size:
                found = text[max(m.start, 0) : max(m.end, 0)]
                raise RecordError(
                    Reason.OFFSET_MISMATCH,
                    f"entity {entity.id!r} at {m.start}:{m.end}: {found!r} is not {m.value!r}",
                )
    pairs = [(r.type, r.head, r.tail) for r in document.relations]
    for kind, head, tail in pairs + [(kind, head, tail) for head, kind, tail in document.masked]:
        if head not in ids or tail not in ids:
            end = tail if head in ids else head
            raise RecordError(Reason.UNKNOWN_ENTITY, f"{kind} names unknown entity {end!r}")


def utf16_to_points(text: str, offset: int) -> int | None:
    """Code-point offset of a UTF-16 offset, None inside a surrogate pair or past the end."""
    units = 0
    for i, char in enumerate(text):
        if units == offset:
            return i
        units += 2 if ord(char) > 0xFFFF else 1
    return len(text) if units == offset else None


def points_to_utf16(text: str, offset: int) -> int:
    """UTF-16 offset of a code-point offset."""
    return offset + sum(ord(char) > 0xFFFF for char in text[:offset])


_WIDTHS: dict[str, Callable[[str, int], int]] = {
    "UTF-16 code units": lambda text, i: 2 if text[i] > "\uffff" else 1,
    "UTF-8 bytes": lambda text, i: len(text[i].encode()),
    "CRLF counted as one character": lambda text, i: int(not text.startswith("\r\n", i)),
    "line ends counted as two characters": lambda text, i: (
        2 if text[i] == "\n" and text[i - 1 : i] != "\r" else 1
    ),
}
"""Ways to count that are not code points: the width of the character at an index."""


def unshift(document: Document) -> tuple[str, Document] | None:
    """The way of counting that explains all offsets that do not fit, and the document mended.

    None if no known one does. Values take the line ends of the text.
    """
    text = document.text
    for name, width in _WIDTHS.items():
        counted = 0
        offsets: dict[int, int] = {}
        for i in range(len(text)):
            offsets.setdefault(counted, i)
            counted += width(text, i)
        offsets.setdefault(counted, len(text))
        entities = [_recounted(entity, text, offsets) for entity in document.entities]
        if all(entities):
            return name, document.model_copy(update={"entities": tuple(entities)})
    return None


def _recounted(entity: Entity, text: str, offsets: dict[int, int]) -> Entity | None:
    mentions = []
    for m in entity.mentions:
        start, end = offsets.get(m.start), offsets.get(m.end)
        value = text[start:end]
        if start is None or end is None or start >= end or unix(value) != unix(m.value):
            return None
        mentions.append(Mention(start=start, end=end, value=value))
    return entity.model_copy(update={"mentions": tuple(mentions)})


def unix(text: str) -> str:
    """Text with each CRLF as a single line feed."""
    return text.replace("\r\n", "\n")
