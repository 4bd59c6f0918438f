"""Text compared without case and accents, with the way back to its own offsets.

>>> fold("L’Été")
Folded(text="l'ete", starts=[0, 1, 2, 3, 4, 5])
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container, Iterator
from typing import NamedTuple

_APOSTROPHES = str.maketrans({"’": "'", "ʼ": "'", "‘": "'"})
_TOKEN = re.compile(r"[^\W_]+(?:['\-‐‑][^\W_]+)*")
_PART = re.compile(r"[^\W_]+")


class Folded(NamedTuple):
    """``starts[i]``: where the character that gave ``text[i]`` stands; one more for the end."""

    text: str
    starts: list[int]


def fold(text: str) -> Folded:
    """Lower case, no accents, straight apostrophes."""
    if text.isascii():
        return Folded(text.lower(), list(range(len(text) + 1)))
    parts: list[str] = []
    starts: list[int] = []
    for i, char in enumerate(text.translate(_APOSTROPHES)):
        for plain in unicodedata.normalize("NFD", char.casefold()):
            if not unicodedata.combining(plain):
                parts.append(plain)
                starts.append(i)
    return Folded("".join(parts), [*starts, len(text)])


def words(text: str, keys: Container[str]) -> Iterator[tuple[int, int, str]]:
    """Whole words of a text that are keys when folded: start, end, key.

    ``jean`` is found in *Jean-Paul*, unless ``jean-paul`` is a key too.
    """
    folded = fold(text)
    for token in _TOKEN.finditer(folded.text):
        parts = [(p.start(), p.end()) for p in _PART.finditer(folded.text, *token.span())]
        first = 0
        while first < len(parts):
            for last in range(len(parts), first, -1):
                start, end = parts[first][0], parts[last - 1][1]
                key = folded.text[start:end]
                if key in keys and folded.starts[end] > folded.starts[end - 1]:
                    yield folded.starts[start], folded.starts[end], key
                    first = last
                    break
            else:
                first += 1
