"""Text → tokens as columns of integers: words, stems, suffixes, cue classes, sentences.

>>> tokenise("Kiev résiste. Elle tient.").sentence.tolist()
[0, 0, 0, 1, 1, 1]
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple
from zlib import crc32

import numpy as np

from augment.train.columns import Hashes, Ints

TOKEN = re.compile(r"[^\W\d_]+['’]|\w[\w\u0300-\u036f]*|[^\w\s]")
"""A word keeps the combining marks of its letters."""

CUES: dict[str, str] = {
    "dead": "mort mour deced deces tue tuer tues trepas suicid victim assassin fune obseq inhum "
    "peri succomb defunt cadavr posthum",
    "injured": "bless hospital soign touch contus brul intoxiqu",
    "born": "ne nee nes nees nait naqui naiss natif nativ origin",
    "live": "habit resid vit vivent vivai domicil install loge loger demeur quarti locatair",
    "family": "pere mere fils fille frere soeur epou mari femme cousin oncle tante parent enfant "
    "neveu niece conjoi compag couple famil maman papa veuf veuve jumea",
    "create": "cre cree crees creat fond lance inaugur concev concu constr fabriq etabli invent",
    "init": "organi provoq declen initi commis mene cause causer perpet attaqu incend vole voler "
    "revend prepar lance appel manif",
    "consequence": "suite conseq entrai provoq cause causer result engend raison effet lorsqu",
    "odds": "contre confli oppos affron accus combat ennemi arret menac critiq rival advers attaqu "
    "denonc plaint agress poursu interp",
    "cooperate": "cooper collab allie allian parten ensemb aide aider soutie soutene accord",
    "part": "membre partie employ travai direct presid chef salari dirige appart agent respon "
    "representant equipe",
    "start": "debut commen depuis des partir lance declen eclat survenu",
    "end": "fin finir termin acheve achev jusqu cess arret dissou",
    "own": "posse propri achat achet detien dispos son sa ses leur leurs mon ma mes utilis equip",
    "close": "pres proche voisin cote enviro kilome loin nord sud est ouest centre",
}
"""Cue classes, accents folded: a word belongs to one if it equals an item, or begins with an item
of four letters or more."""

PRONOUNS = frozenset(
    "il elle ils elles lui leur eux se s' le la les l' son sa ses leurs qui que dont y en on ce "
    "celui celle ceux celles je j' tu nous vous me m' te t' moi toi soi même mêmes".split()
)
PREPOSITIONS = frozenset(
    "à a au aux de d' du des en dans sur sous par pour avec chez vers entre contre depuis jusqu' "
    "dès avant après pendant sans près lors selon".split()
)
PLURALS = frozenset("les des ces ses leurs mes nos vos aux plusieurs quelques".split())
TITLES = frozenset("m mm mme mlle mr dr st ste pr me".split())

PRONOUN, PREPOSITION, CAPITAL, LONG, PLURAL, UPPER, DIGIT, WORD = (1 << i for i in range(8))
"""Bits of :attr:`Tokens.flags`; LONG: a word of more than three letters; UPPER: all capitals."""
SHAPE = CAPITAL | UPPER | DIGIT | WORD


class Tokens(NamedTuple):
    """One row a token; offsets are code points, hashes 32 bits, ``cues`` one bit a cue class.

    ``stem`` is the first 5 letters without accents, ``suffix`` the last 3, ``ending`` the last.
    """

    start: Ints
    end: Ints
    sentence: Ints
    word: Hashes
    stem: Hashes
    suffix: Hashes
    ending: Hashes
    cues: Hashes
    flags: Hashes


def tokenise(text: str) -> Tokens:
    """The tokens of a text; an elided word (``l'``) is a token, hyphens stand alone."""
    found = list(TOKEN.finditer(text))
    words = [m.group() for m in found]
    columns = np.array([_word(w) for w in words], np.uint32).reshape(-1, 6).T
    offsets = np.array([m.span() for m in found], np.int64).reshape(-1, 2).T
    return Tokens(offsets[0], offsets[1], _sentences(text, words, offsets), *columns)


@lru_cache(1 << 17)
def _word(written: str) -> tuple[int, ...]:
    """Hashes of word, stem, suffix and ending; cue bits; flags. Digits count as 0."""
    composed = unicodedata.normalize("NFC", written.lower())
    word = re.sub(r"\d", "0", composed.replace("’", "'"))
    letters = (c for c in unicodedata.normalize("NFKD", word) if not unicodedata.combining(c))
    folded = "".join(letters)
    flags = (
        PRONOUN * (word in PRONOUNS)
        | PREPOSITION * (word in PREPOSITIONS)
        | CAPITAL * written[0].isupper()
        | LONG * (len(word) > 3 and word[0].isalpha())
        | PLURAL * (word in PLURALS or (len(word) > 3 and word[-1] in "sx"))
        | UPPER * (len(written) > 1 and written.isupper())
        | DIGIT * any(c.isdigit() for c in written)
        | WORD * written[0].isalnum()
    )
    hashes = (crc32(part.encode()) for part in (word, folded[:5], word[-3:], word[-1:]))
    return *hashes, _cues(folded), flags


def _cues(folded: str) -> int:
    bits = 0
    for i, items in enumerate(CUES.values()):
        if any(folded == c or (len(c) > 3 and folded.startswith(c)) for c in items.split()):
            bits |= 1 << i
    return bits


def _sentences(text: str, words: list[str], offsets: Ints) -> Ints:
    """Sentence number of each token.

    A new one begins after a newline, and after ``. ! ? …`` and a space unless a small letter or an
    abbreviation says otherwise. In a text without any capital a small letter says nothing.
    """
    small = text.islower()
    new = np.zeros(len(words), np.int64)
    starts, ends = offsets.tolist()
    for i in range(1, len(words)):
        gap = text[ends[i - 1] : starts[i]]
        if gap and words[i - 1] in ".!?…" and (small or not words[i][0].islower()):
            before = words[i - 2] if words[i - 1] == "." and i > 1 else "."
            new[i] = before == "." or not (len(before) == 1 or before.lower() in TITLES)
        new[i] |= "\n" in gap
    return np.cumsum(new)
