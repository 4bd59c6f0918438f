"""What is counted in one text: the only definitions of pronoun, negation, attribution, quotation.

>>> figures(document)
Figures(words=112, entities=22, mentions=29, pronouns=2, unrelated=2, negations=0, …)
"""

from __future__ import annotations

import re
from typing import NamedTuple

from augment.schema import Document

PRONOUNS = frozenset(
    "il elle ils elles lui leur eux le la les l' l’ se s' s’ soi en y on celui celle ceux celles "
    "celui-ci celle-ci ceux-ci celles-ci qui que dont laquelle lequel lesquels lesquelles je nous "
    "vous me m' m’ moi son sa ses leurs".split()
)
"""Mentions that are pronouns or possessives, lower-cased."""

WORD = re.compile(r"\w+(?:-\w+)*")
NEGATION = re.compile(
    r"\b(?:ne|n['’])\b[^.!?]{0,40}?\b(?:pas|plus|jamais|rien|aucune?|personne|ni|guère)\b", re.I
)
ATTRIBUTION = re.compile(r"\b(?:selon|d['’]après)\b", re.I)
QUOTATION = re.compile(r"«[^»]+»|“[^”]+”|\"[^\"]+\"")


class Figures(NamedTuple):
    """Counts of one document; ``unrelated``: entities in no relation."""

    words: int
    entities: int
    mentions: int
    pronouns: int
    unrelated: int
    negations: int
    attributions: int
    quotations: int


def figures(document: Document) -> Figures:
    """The counts of a document."""
    text = document.text
    mentions = [m.value.lower() for _, m in document.mentions()]
    found = (sum(1 for _ in p.finditer(text)) for p in (NEGATION, ATTRIBUTION, QUOTATION))
    return Figures(
        len(WORD.findall(text)),
        len(document.entities),
        len(mentions),
        sum(m in PRONOUNS for m in mentions),
        unrelated(document),
        *found,
    )


def unrelated(document: Document) -> int:
    """How many entities are in no relation."""
    related = {end for r in document.relations for end in (r.head, r.tail)}
    return sum(entity.id not in related for entity in document.entities)


def is_name(value: str) -> bool:
    """True if a word of it begins with a capital or a digit."""
    return any(word[0].isupper() or word[0].isdigit() for word in WORD.findall(value))
