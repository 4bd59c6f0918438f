"""Gender and countability of nouns, learnt from the determiners of the training view itself.

>>> lexicon = Lexicon(["Une voiture a heurté l'arbre. Cet arbre est vieux."])
>>> lexicon.gender("voiture"), lexicon.gender("arbre"), lexicon.gender("gouvernement")
('f', 'm', 'm')
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache

from augment.rewrite.french import KIND, Gender, gender_of
from augment.rewrite.words import FEMININE, MASCULINE, PLURAL, PREPOSED

_DETERMINERS = sorted({*KIND, *PLURAL}, key=len, reverse=True)
_PAIR = re.compile(
    rf"(?<![\w-])({'|'.join(d for d in _DETERMINERS if ' ' not in d)})(?<!')\s+(?=([\w-]+))"
    r"|(?<!\w)(l')(?=([\w-]+))"
)
_FEMININE = re.compile(
    r"(?:[ts]ion|xion|aison|[^-]té|ure|ette|esse|euse|trice|ière|enne|aine|aise|oise|elle|ance|ence|"
    r"ade|ude|tie|rie|gie|phie|mie|nie|die|logue?rie|ée)$"
)
_MASCULINE = re.compile(
    r"(?:ment|isme|eur|eau|oir|ier|ien|al|if|et|ant|ent|ard|in|ois|ais|phone|scope|mètre|cide|"
    r"gramme|ège|[^ts]on|ateur|iteur|ct|c|t)$"
)
_LISTED: dict[str, Gender] = {
    **dict.fromkeys(MASCULINE.split(), "m"),
    **dict.fromkeys(FEMININE.split(), "f"),
}


@lru_cache(maxsize=65536)
def head_of(phrase: str) -> str:
    """Head noun of a phrase, lower-cased: its first word that is not a preposed adjective."""
    words = phrase.lower().split()
    return next((w for w in words if w not in PREPOSED), words[-1] if words else phrase)


def singulars(word: str) -> list[str]:
    """Forms a plural may have in the singular, the word itself first."""
    forms = [word]
    if word.endswith("aux"):
        forms += [word[:-1], word[:-3] + "al", word[:-3] + "ail"]
    elif word.endswith(("s", "x")):
        forms.append(word[:-1])
    return forms


class Lexicon:
    """What the texts of the training view show about nouns."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._genders: dict[Gender, Counter[str]] = {"m": Counter(), "f": Counter()}
        self._plural: Counter[str] = Counter()
        self._singular: Counter[str] = Counter()
        self._counted: set[str] = set()
        for text in texts:
            for match in _PAIR.finditer(text.lower().replace("’", "'")):
                self._add(match[1] or match[3], match[2] or match[4])

    def _add(self, determiner: str, word: str) -> None:
        if determiner in PLURAL:
            self._plural[word] += 1
            self._counted.update(singulars(word)[1:])
            return
        if determiner not in KIND:
            return
        self._singular[word] += 1
        if KIND[determiner] in ("un", "chaque"):
            self._counted.add(word)
        if gender := gender_of(determiner, word):
            self._genders[gender][word] += 1 if determiner in ("le", "la") else 2

    def gender(self, word: str) -> Gender | None:
        """Gender of a noun by its determiners, else by its ending; None if neither tells."""
        for form in singulars(word):
            m, f = self._genders["m"][form], self._genders["f"][form]
            if m + f >= 2 and max(m, f) >= 4 * min(m, f):
                return "m" if m > f else "f"
        form = singulars(word)[-1]
        if form in _LISTED:
            return _LISTED[form]
        if _FEMININE.search(form):
            return "f"
        return "m" if _MASCULINE.search(form) else None

    def known(self, word: str) -> bool:
        """True if the word was seen as a noun, after a determiner."""
        return any(self._singular[form] + self._plural[form] > 1 for form in singulars(word))

    def plural(self, word: str) -> bool:
        """True if the form is plural: it ends like one and was not seen more in the singular."""
        return word.endswith(("s", "x")) and self._plural[word] >= self._singular[word]

    def counted(self, word: str) -> bool:
        """True if the noun was seen with *un, une* or in the plural."""
        return word in self._counted
