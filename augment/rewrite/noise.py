"""What may happen to a text on its way to a student, to its mentions too.

>>> unaccented(document).text  # of "L'armée russe a bombardé Marioupol"
"L'armee russe a bombarde Marioupol"

Every function gives the same entities, relations, labels and masks over the changed text, and the
document itself where nothing applies.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_left
from collections.abc import Callable, Iterable
from random import Random

from augment.rewrite.typos import slips
from augment.schema import Document
from augment.spans import Edit, edit, move

SLIPS = 0.1
"""Share of the words of four letters and more that :func:`misspelt` hits."""


def changed(document: Document, edits: Iterable[Edit]) -> Document:
    """The document after edits that do not overlap.

    Edits that cut through the border of a mention, or would leave one empty, are left out.
    """
    text = document.text
    spans = [(m.start, m.end) for _, m in document.mentions()]
    borders = sorted(border for span in spans for border in span)
    kept = [
        e
        for e in edits
        if text[e.start : e.end] != e.value
        and bisect_left(borders, e.start + 1) == bisect_left(borders, e.end)
        and (e.value or not any(e.start <= start and end <= e.end for start, end in spans))
    ]
    if not kept:
        return document
    new, offsets = edit(text, kept)
    entities = move(document.entities, offsets, new)
    if sum(len(e.mentions) for e in entities) < len(spans) or not new.strip():
        return document  # several deletions side by side took a whole mention, or all there is
    return document.model_copy(update={"text": new, "entities": entities})


def misspelt(document: Document, known: frozenset[str], seed: int) -> Document:
    """Slips of the fingers in a tenth of the longer words, as `typos` makes them.

    No slip makes a word that is in ``known`` (lower-cased).
    """
    rng = Random(f"{seed}/misspelt/{document.id}")
    return changed(document, slips(document, known, rng, rate=SLIPS))


def unaccented(document: Document) -> Document:
    """No accents, no cedillas; ligatures stay."""
    return changed(document, _per_character(document.text, _plain))


def capitals(document: Document) -> Document:
    """All in capitals, accents kept; the few letters without a capital of one character stay."""
    return changed(document, _per_character(document.text, _upper))


def lowercase(document: Document) -> Document:
    """All in small letters."""
    return changed(document, _per_character(document.text, _lower))


def _upper(char: str) -> str:
    return char.upper() if len(char.upper()) == 1 else char


def _lower(char: str) -> str:
    return char.lower() if len(char.lower()) == 1 else char


def _plain(char: str) -> str:
    apart = unicodedata.normalize("NFD", char)
    bare = "".join(c for c in apart if not unicodedata.combining(c))
    return char if bare == apart else bare


def _per_character(text: str, function: Callable[[str], str]) -> list[Edit]:
    new = {char: function(char) for char in set(text)}
    return [Edit(i, i + 1, new[c]) for i, c in enumerate(text) if new[c] != c]
