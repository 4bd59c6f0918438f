r"""Regions of an annotation: where they are in the text, and in which unit they were counted.

>>> locate("😀 Kiev", 3, 7, "Kiev")  # UTF-16 code units
(2, 6)

An offset may be in code points or in UTF-16 code units: the one whose slice is the region's text.
The editor writes a line end within a text as ``\n`` in two characters.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from augment.errors import RecordError
from augment.labelstudio.pushed import Json, Pushed, region_id
from augment.reasons import Reason
from augment.schema import Mention
from augment.spans import utf16_to_points

_SPACE = re.compile(r"\\n|\s")


class Region(NamedTuple):
    """A span with a label; ``known``: where the record has it, positions of entity and mention."""

    id: str
    label: str
    start: int
    end: int
    known: tuple[int, int] | None = None


def regions(what: Pushed, results: list[Json]) -> dict[str, Region]:
    """The regions of an annotation by id, in its order. Raises RecordError."""
    document = what.document
    known = {
        region_id(n, m): (n, m)
        for n in what.drawn.values()
        for m in range(len(document.entities[n].mentions))
    }
    found: dict[str, Region] = {}
    for result in results:
        if result.get("type") == "labels":
            id, value = str(result.get("id")), result.get("value") or {}
            place = known.get(id)
            given = document.entities[place[0]].mentions[place[1]] if place else None
            start, end = _span(document.text, value, given)
            found[id] = Region(id, _label(value, start, end), start, end, place)
    return found


def _label(value: Json, start: int, end: int) -> str:
    match value.get("labels"):
        case [str(label)]:
            return label
        case [_, _, *_] as labels:
            detail = f"region {start}:{end} has the labels {', '.join(map(str, labels))}"
            raise RecordError(Reason.TYPE_CONFLICT, detail)
    raise RecordError(Reason.UNKNOWN_TYPE, f"region {start}:{end} has no label")


def _span(text: str, value: Json, given: Mention | None) -> tuple[int, int]:
    if given and value == value | {"start": given.start, "end": given.end, "text": given.value}:
        return given.start, given.end
    place: Any = value.get("globalOffsets") or value
    start, end, said = place.get("start"), place.get("end"), value.get("text")
    if not isinstance(start, int) or not isinstance(end, int) or not isinstance(said, str):
        raise RecordError(Reason.MISSING_FIELD, f"a region without start, end or text: {value}")
    return locate(text, start, end, said)


def locate(text: str, start: int, end: int, said: str) -> tuple[int, int]:
    """Code points of a span counted in code points or UTF-16 units, whichever gives its text.

    Raises RecordError if neither does, or both do at different places.
    """
    points = (start, end)
    units = (utf16_to_points(text, start), utf16_to_points(text, end))
    fits = [(s, e) for s, e in dict.fromkeys((points, units)) if _fits(text, s, e, said)]
    if len(fits) == 1 and fits[0][0] is not None and fits[0][1] is not None:
        return fits[0][0], fits[0][1]
    found = "at two places, by code points and by UTF-16 units" if fits else "not there"
    raise RecordError(Reason.OFFSET_MISMATCH, f"region {start}:{end}: {said!r} is {found}")


def _fits(text: str, start: int | None, end: int | None, said: str) -> bool:
    if start is None or end is None or not 0 <= start < end <= len(text):
        return False
    return text[start:end] == said or _folded(text[start:end]) == _folded(said)


def _folded(text: str) -> str:
    return _SPACE.sub(" ", text)
