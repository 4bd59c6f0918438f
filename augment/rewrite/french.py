"""French spelling at the seam between a mention and what stands before it.

>>> attach("Il voit l'armée.", 10, "bataillon", "m")
(8, 'le ')
>>> attach("le toit de la maison", 14, "hôpital", "m")
(8, "de l'")
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Literal, NamedTuple

from augment.rewrite.words import PLURAL

Gender = Literal["m", "f"]
Number = Literal["s", "p"]

# Singular determiners: before a masculine and a feminine consonant, and before a vowel.
FORMS: dict[str, tuple[str, str, str, str]] = {
    "le": ("le", "la", "l'", "l'"),
    "du": ("du", "de la", "de l'", "de l'"),
    "au": ("au", "à la", "à l'", "à l'"),
    "un": ("un", "une", "un", "une"),
    "ce": ("ce", "cette", "cet", "cette"),
    "mon": ("mon", "ma", "mon", "mon"),
    "ton": ("ton", "ta", "ton", "ton"),
    "son": ("son", "sa", "son", "son"),
    "aucun": ("aucun", "aucune", "aucun", "aucune"),
    "quel": ("quel", "quelle", "quel", "quelle"),
    "notre": ("notre",) * 4,
    "votre": ("votre",) * 4,
    "leur": ("leur",) * 4,
    "chaque": ("chaque",) * 4,
}
KIND = {form: kind for kind, forms in FORMS.items() for form in forms}
ELIDABLE = {"de": "d'", "que": "qu'", "jusque": "jusqu'", "lorsque": "lorsqu'"} | {
    "puisque": "puisqu'",
    "quoique": "quoiqu'",
}
_FULL = {short: full for full, short in ELIDABLE.items()}
_BEFORE_VOWEL = {"nouveau": "nouvel", "beau": "bel", "vieux": "vieil", "fou": "fol", "mou": "mol"}
_BEFORE_CONSONANT = {short: full for full, short in _BEFORE_VOWEL.items()}

_ASPIRATED = re.compile(
    "ha(?:ch|ck|ie|ill|ïn|in|ir|ïr|ka|le[ts]|ll(?!uc)|lo$|lt(?!è)|mac|mas|mburg|mbourg|meau|mp|mster|nch|nd|ng|"
    "nov|nt|pp|ra[ns]|rc|rd|rem|reng|rgn|ricot|rn|rp|sard|schi|shti|t|uss|ut|vre|yes?$|nneton)|"
    "hâ[bltv]|hâl|he(?:aume|nn|rn|rs|urt|zbol)|hé(?:raut|riss|ron|ros$)|hê[tl]|"
    "hi(?:bou|deu|érar|pp|ss|t|p-)|ho(?:bb|ch|ck|ld|lland|mard|nd|ng|nt|oligan|quet|rde|rs|t-|tte|"
    "u[blrstx]|uille|lding)|hu(?:blot|b$|che|ée|guen|it|rl|rri|ss|tt|tu|lul)|hy[eè]ne"
)
_MUTE_NAME = re.compile(
    "h(?:ab|aït|él|él|el|en|er|ér|eur|ip|iro|ist|iv|om|on(?:or|n)|ôp|ôt|or|u[bgm]|y)"
)
_NOT_ELIDED = re.compile(
    r"(?:onz|oui|ouat|ouag|ouistiti|ululer|uhlan|y(?!onne|eux|euse)[aeéèioôu]|iod(?!e))"
)


class Before(NamedTuple):
    """The word(s) right before a mention: where they start, lower-cased with ', and as written."""

    start: int
    word: str
    written: str


_PREVIOUS = re.compile(
    r"(?<![\w-])(?:(?:de|à|a)[ \u00a0\u202f]+(?:la[ \u00a0\u202f]+|l['’])|"
    r"[\w-]+(?:['’]|[ \u00a0\u202f]+))$",
    re.IGNORECASE,
)


def before(text: str, start: int) -> Before:
    """What stands right before ``start``; the word is empty after punctuation or at the start."""
    low = max(0, start - 32)
    found = _PREVIOUS.search(text[low:start])
    if not found:
        return Before(start, "", "")
    word = re.sub(r"\s+", " ", found[0].strip()).replace("’", "'").lower()
    word = "à" + word[1:] if word.startswith("a l") else word
    return Before(low + found.start(), word, found[0])


def plain(word: str) -> str:
    """Lower case without accents."""
    decomposed = unicodedata.normalize("NFD", word.lower())
    return "".join(c for c in decomposed if not unicodedata.combining(c))


@lru_cache(maxsize=65536)
def elides(phrase: str) -> bool:
    """True if *le, de, que* lose their vowel before this phrase (mute h, not *h aspiré*).

    >>> [elides(w) for w in ("hôpital", "héros", "héroïne", "Hongrie", "yacht", "onze", "ONU")]
    [True, False, True, False, False, False, True]
    """
    word = phrase.lstrip("\"«“‘’' \u00a0")
    low = unicodedata.normalize("NFC", word.split(" ")[0]).lower()
    if not low:
        return False
    if low[0] == "h":
        if _ASPIRATED.match(low):
            return False
        return not word[0].isupper() or _MUTE_NAME.match(low) is not None
    if _NOT_ELIDED.match(low):
        return False
    return plain(low[0])[:1] in tuple("aeiouœæy")


def attach(text: str, start: int, phrase: str, gender: Gender | None) -> tuple[int, str] | None:
    """The edit that fits the words before ``start`` to another phrase of the same number.

    Gives ``(begin, new)``: replace ``text[begin:start]`` by ``new``; ``(start, "")`` if nothing has
    to change; None where the article depends on a gender that is not known.
    """
    place = before(text, start)
    new = fit(place, phrase, gender, apostrophe(text))
    if new is None:
        return None
    return (start, "") if new == place.written else (place.start, new)


def fit(place: Before, phrase: str, gender: Gender | None, mark: str) -> str | None:
    """The words before a phrase as this phrase needs them; None if that hangs on its gender.

    ``mark`` is the apostrophe to write.
    """
    word, vowel = place.word, elides(phrase)
    if kind := KIND.get(word):
        forms = FORMS[kind]
        if gender is None and forms[2 * vowel] != forms[2 * vowel + 1]:
            return None
        new = forms[2 * vowel + (gender == "f")]
    elif word in ELIDABLE or word in _FULL:
        full = _FULL.get(word, word)
        new = ELIDABLE[full] if vowel else full
    else:
        new = (_BEFORE_VOWEL if vowel else _BEFORE_CONSONANT).get(word, word)
    if new == word:
        return place.written
    new = new.replace("'", mark) if new.endswith("'") else new + " "
    return new[0].upper() + new[1:] if place.written[0].isupper() else new


def apostrophe(text: str) -> str:
    """The apostrophe that a text uses."""
    return "’" if text.count("’") > text.count("'") else "'"


def gender_of(determiner: str, phrase: str) -> Gender | None:
    """Gender that a determiner shows before this phrase, None where it shows none."""
    kind = KIND.get(determiner)
    if not kind:
        return None
    masculine, feminine = FORMS[kind][2 * elides(phrase)], FORMS[kind][2 * elides(phrase) + 1]
    if masculine == feminine:
        return None
    return "m" if determiner == masculine else "f" if determiner == feminine else None


def number_of(determiner: str) -> Number | None:
    """Number that a determiner shows."""
    if determiner in PLURAL or (determiner.isdigit() and int(determiner) > 1):
        return "p"
    return "s" if determiner in KIND else None


ANAPHORA = re.compile(
    r"\b(?:ils?|elles?|lui|eux|celui|celle|ceux|celles|cela|ceci|ça|y|derni(?:er|ère)s?|mêmes?|"
    r"autres?|tel(?:le)?s?|en(?= (?:est|sont|était|a|ont|avait|aurait)\b)|"
    r"(?:ce|cet|cette|ces)(?! (?:\d|matin|soir|jour|mois|après-midi|lundi|mardi|mercredi|jeudi|"
    r"vendredi|samedi|dimanche)))\b|"
    r"(?:^|[^\w])[lLcC]['’](?=(?:est|était|a|ont|avait|aurait|avaient|ayant)\b)|"
    r"^(?:\S+ ){0,2}(?:son|sa|ses|leurs?)\b",
    re.IGNORECASE,
)
"""Words that point out of a sentence: pronouns, demonstratives, possessives at its beginning."""

_ABBREVIATION = re.compile(r"(?:\b(?:M|MM|Mme|Mlle|Me|Mr|Dr|Pr|St|Ste|etc|cf|no|p|[A-ZÉ]))\.$")
_END = re.compile(r"[.!?…]+(?:[ \u00a0\u202f]?[”»’)\]]|\")*(?=\s+[\"“«‘(\[-]?\s?[A-ZÀ-ÝŒ0-9])|\n+")


def sentences(text: str, spans: list[tuple[int, int]] | tuple[()] = ()) -> list[tuple[int, int]]:
    """Spans of the sentences, white space around them left out; no border lies inside ``spans``.

    >>> sentences("M. Roy part. Il pleut.")
    [(0, 12), (13, 22)]
    """
    found, start = [], 0
    for end in [m.end() for m in _END.finditer(text)] + [len(text)]:
        cut = any(s < end < e for s, e in spans) or _ABBREVIATION.search(text[start:end])
        if cut and end < len(text):
            continue
        left = len(text[start:end]) - len(text[start:end].lstrip())
        if text[start:end].strip():
            found.append((start + left, start + len(text[start:end].rstrip())))
        start = end
    return found
