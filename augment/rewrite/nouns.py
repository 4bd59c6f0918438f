"""Mentions that are noun phrases, with what has to stay when another noun takes their place.

In *la [[1:PLACE|vieille usine]] brûle* the piece has the slot ``fs`` (feminine singular).
"""

from __future__ import annotations

import re
from typing import NamedTuple

from augment.rewrite.french import ELIDABLE, KIND, Before, before, gender_of, number_of
from augment.rewrite.lexicon import Lexicon, head_of
from augment.rewrite.words import MASS, PREPOSED
from augment.schema import Mention

COMPLEMENT = re.compile(r"[ \u00a0](?:de|du|des|à|au|aux|en)\b|[ \u00a0]d['’]|-\w|['’]?\w", re.I)
_LOWER = re.compile(r"[a-zà-ÿœ][a-zà-ÿœ '’-]*$")
_IDIOMS = frozenset(("en", "par", "sans", "avec", "sur", "comme"))
_LEADS = frozenset([*ELIDABLE, "d'", "qu'", "et", *_IDIOMS])
_FUNCTION = frozenset("de du des à au aux en sur pour par contre qui que sans non".split())


class Piece(NamedTuple):
    """A stretch of text to replace; pieces with the same slot and value change alike."""

    start: int
    end: int
    value: str
    slot: str
    place: Before


def noun(text: str, m: Mention, lexicon: Lexicon, *, attribute: bool) -> Piece | None:
    """A mention as a noun phrase with gender and number, None if it is not surely one."""
    head, place = head_of(m.value), before(text, m.start)
    if not _LOWER.match(m.value[0].lower() + m.value[1:]) or COMPLEMENT.match(text, m.end):
        return None
    if re.search(r" (?:et|ou) |,", m.value) or not lexicon.known(head):
        return None
    if not _agrees(m.value.lower().split(), head):
        return None
    shown = number_of(place.word)
    if not (shown or place.word in _LEADS or place.word in PREPOSED):
        return None
    number = shown or ("p" if lexicon.plural(head) else "s")
    gender = gender_of(place.word, m.value) or lexicon.gender(head)
    looks = "p" if head.endswith(("s", "x", "z")) else "s"
    if gender is None or (number != looks and (number == "p" or shown is None)):
        return None
    if number == "s" and (place.word in _IDIOMS or _partitive(text, place, head)):
        return None
    if attribute and place.word not in KIND:
        return None
    return Piece(m.start, m.end, m.value, gender + number, place)


def _partitive(text: str, place: Before, head: str) -> bool:
    """True after *de* or *avec du* before a noun that is counted: no other noun is sure to fit."""
    bare = place.word in ("de", "d'")
    some = place.word in ("du", "de la", "de l'") and text[: place.start].endswith("avec ")
    return (bare or some) and head not in MASS


def _agrees(words: list[str], head: str) -> bool:
    """True if the adjective right after the head has its number (or there is none)."""
    at = words.index(head)
    after = words[at + 1] if at + 1 < len(words) else ""
    noun = after in _FUNCTION or "'" in after or "’" in after or not after
    return noun or after.endswith(("s", "x")) == head.endswith(("s", "x", "z"))
