"""Two texts that differ in white space, quotes, apostrophes or accents' encoding only: one map.

>>> offsets = onto("l'armée «avance»", "l’armée « avance »")
>>> offsets.span(9, 15)
(10, 16)
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from functools import cached_property
from itertools import accumulate
from typing import NamedTuple

from augment.claims import whole
from augment.spans import Edit, OffsetMap, edit

_CLUSTER = re.compile(r"[^\s\u200b\u2060\ufeff\u00ad][\u0300-\u036f]*")
_SAME = str.maketrans(dict.fromkeys("’ʼ‘‛´`′", "'") | dict.fromkeys("“”„‟«»″", '"'))


class Folded(NamedTuple):
    """Characters that count, with their combining marks, and where each stands in the text."""

    pieces: list[str]
    starts: list[int]
    ends: list[int]


def fold(text: str) -> Folded:
    """A text without white space, quotes and apostrophes plain, accents composed."""
    pieces, starts, ends = [], [], []
    for found in _CLUSTER.finditer(text):
        piece = found[0]
        if not piece.isascii():
            piece = unicodedata.normalize("NFC", piece).translate(_SAME)
        pieces.append(piece)
        starts.append(found.start())
        ends.append(found.end())
    return Folded(pieces, starts, ends)


def onto(changed: str, text: str) -> OffsetMap | None:
    """The map from ``changed`` to ``text``, None if they differ in more than folding hides.

    A span that begins or ends inside a changed character has no image.
    """
    a, b = fold(changed), fold(text)
    if a.pieces != b.pieces:
        return None
    edits: list[Edit] = []
    at = there = 0
    ends = [*zip(a.starts, a.ends, b.starts, b.ends, strict=True)]
    for start, end, start_there, end_there in [*ends, (len(changed),) * 2 + (len(text),) * 2]:
        for old, new in (
            ((at, start), (there, start_there)),
            ((start, end), (start_there, end_there)),
        ):
            if changed[slice(*old)] != text[slice(*new)]:
                edits.append(Edit(*old, text[slice(*new)]))
        at, there = end, end_there
    made, offsets = edit(changed, edits)
    assert made == text
    return offsets


def first_change(changed: str, text: str) -> str:
    """What stands where two texts first differ, for a message."""
    a, b = fold(changed), fold(text)
    n = next(
        (i for i, pair in enumerate(zip(a.pieces, b.pieces, strict=False)) if pair[0] != pair[1]),
        min(len(a.pieces), len(b.pieces)),
    )
    shown = ["".join(f.pieces[n : n + 12]) for f in (a, b)]
    return f"{shown[0]!r} for {shown[1]!r} after {n} characters"


class Finder:
    """Finds strings in one text by their folded form."""

    def __init__(self, text: str) -> None:
        self._text = text

    @cached_property
    def _folded(self) -> Folded:
        return fold(self._text)

    @cached_property
    def _begins(self) -> list[int]:
        """Where each piece starts in the folded text."""
        return [0, *accumulate(len(piece) for piece in self._folded.pieces)]

    @cached_property
    def _flat(self) -> tuple[str, str]:
        """The folded text, as it is and in lower case (where that keeps the lengths)."""
        flat = "".join(self._folded.pieces)
        lower = flat.lower()
        return flat, lower if len(lower) == len(flat) else flat

    def places(self, value: str, *, case: bool = True) -> list[tuple[int, int]]:
        """Spans that stand for ``value`` as whole words; without ``case``, in any letter case."""
        wanted = "".join(fold(value).pieces)
        flat, wanted = (self._flat[0], wanted) if case else (self._flat[1], wanted.lower())
        starts, ends, begins = self._folded.starts, self._folded.ends, self._begins
        found = []
        at = flat.find(wanted) if wanted else -1
        while at >= 0:
            i, j = bisect_left(begins, at), bisect_left(begins, at + len(wanted))
            if begins[i] == at and begins[j] == at + len(wanted):
                span = starts[i], ends[j - 1]
                if whole(self._text, *span):
                    found.append(span)
            at = flat.find(wanted, at + len(wanted))
        return found
