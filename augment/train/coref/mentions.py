"""Mentions of a batch as columns: words, head, kind of expression, gender, number.

« Mme Trameur … elle »: (name, feminine, singular) and (pronoun, feminine, singular).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple
from zlib import crc32

import numpy as np

from augment.schema import Document, Mention
from augment.text_figures import PRONOUNS, is_name
from augment.train.columns import Hashes, Ints, code
from augment.train.words import PREPOSITIONS

WORD = re.compile(r"[^\W\d_]+['’]|\w[\w\u0300-\u036f]*")
BEFORE = re.compile(r"(\w+['’]?)\W*$")
BAG = 6
"""Words of a mention that are compared with those of another."""
NAME, NOUN, PRONOUN = range(3)
MASCULINE, FEMININE, EITHER = range(3)
SINGULAR, PLURAL, ANY = range(3)

_GENDER = {
    MASCULINE: "il ils lui le un ce cet du au celui ceux celui-ci ceux-ci lequel lesquels m mr "
    "monsieur dernier derniers tout eux père fils frère mari époux homme président roi",
    FEMININE: "elle elles la une cette celle celles celle-ci celles-ci laquelle lesquelles mme "
    "mlle madame mademoiselle dernière toute mère fille sœur soeur femme épouse présidente",
}
_NUMBER = {
    SINGULAR: "il elle lui le la un une ce cet cette du au celui celle celui-ci celle-ci m mr "
    "mme mlle madame monsieur l' son sa mon ma chaque dernier dernière je",
    PLURAL: "ils elles eux leur leurs les des ces aux ceux celles ceux-ci celles-ci plusieurs ses "
    "mes deux trois quatre cinq dix nombreux quelques certains certaines derniers dernières",
}
GENDER = {word: gender for gender, words in _GENDER.items() for word in words.split()}
NUMBER = {word: number for number, words in _NUMBER.items() for word in words.split()}


class Place(NamedTuple):
    """Where a mention is: document, entity in it, type."""

    document: int
    entity: int
    type: str
    mention: Mention


class Traits(NamedTuple):
    """Kind of expression, gender, number: the constants above."""

    sort: Ints
    gender: Ints
    number: Ints


class Words(NamedTuple):
    """Hashes of words; 0 is none.

    ``before`` is the word before the mention, ``bag`` holds its words of three letters or more,
    ``initials`` what an acronym of it would be, ``letters`` the acronym that it is itself.
    """

    whole: Hashes
    head: Hashes
    stem: Hashes
    first: Hashes
    last: Hashes
    before: Hashes
    initials: Hashes
    letters: Hashes
    bag: Hashes


class Mentions(NamedTuple):
    """One row a mention, sorted by document and position; ``entity`` is its place in the record."""

    document: Ints
    entity: Ints
    kind: Hashes
    start: Ints
    end: Ints
    traits: Traits
    words: Words


def places(documents: Sequence[Document], kinds: Mapping[str, str]) -> list[Place]:
    """The mentions whose types are keys of ``kinds``, in the order of the text."""
    found = []
    for number, document in enumerate(documents):
        own = [
            Place(number, n, kinds[entity.type], mention)
            for n, entity in enumerate(document.entities)
            if entity.type in kinds
            for mention in entity.mentions
        ]
        found += sorted(own, key=lambda p: (p.mention.start, -p.mention.end, p.type, p.entity))
    return found


def columns(documents: Sequence[Document], found: Sequence[Place]) -> Mentions:
    """Columns of these mentions."""
    read = [_read(documents[p.document].text, p.mention) for p in found]
    words = [one[0] for one in read]
    traits = np.array([one[1] for one in read], np.int64).reshape(-1, 3).T
    where = [(p.document, p.entity, p.mention.start, p.mention.end) for p in found]
    document, entity, start, end = np.array(where, np.int64).reshape(-1, 4).T
    kind = code(*(p.type for p in found)) if found else np.zeros(0, np.uint32)
    hashed = _hashes(words, 8 + BAG)
    words_of = Words._make([*hashed[:, :8].T, hashed[:, 8:]])
    return Mentions(document, entity, kind, start, end, Traits(*traits), words_of)


def _read(text: str, m: Mention) -> tuple[list[str], tuple[int, int, int]]:
    """Words that are compared, and (sort, gender, number)."""
    written = WORD.findall(m.value) or [m.value]
    words = [w.lower().replace("’", "'") for w in written]
    found = BEFORE.search(text, max(0, m.start - 20), m.start)
    before = found[1].lower().replace("’", "'") if found else ""
    head = next((n for n, w in enumerate(words) if n and w in PREPOSITIONS), len(words)) - 1
    long = list(dict.fromkeys(w for w in words if len(w) > 2 and w not in PREPOSITIONS))[:BAG]
    whole = " ".join(words)
    sort = PRONOUN if whole in PRONOUNS or m.value.lower() in PRONOUNS else NOUN
    if sort == NOUN and is_name(m.value):
        sort = NAME
    capitals = [w[0] for w in written if w[0].isupper()]
    initials = "".join(capitals) if len(capitals) > 1 else ""
    letters = m.value.replace(".", "")
    letters = letters if letters.isupper() and len(words) == 1 and len(letters) > 1 else ""
    read = [whole, words[head], words[head][:5], words[0], words[-1], before, initials, letters]
    clues = [before, *words]
    gender = next((GENDER[w] for w in clues if w in GENDER), EITHER)
    number = next((NUMBER[w] for w in clues if w in NUMBER), ANY)
    if number == ANY and sort == NOUN:
        number = PLURAL if words[head][-1] in "sx" else SINGULAR
    return read + long, (sort, gender, number)


def _hashes(rows: Sequence[Sequence[str]], width: int) -> Hashes:
    """Words as 32-bit hashes, the same in every process: (rows, width); 0 for "" and beyond."""
    found = np.zeros((len(rows), width), np.uint32)
    for row, words in zip(found, rows, strict=True):
        row[: len(words)] = [crc32(word.encode()) for word in words[:width]]
    return found
