"""Which language a text is written in, by its function words; no model, no dependency.

>>> foreign("The city was hit by three missiles on the night of Tuesday.", "fr")
'en'
>>> foreign("Explosion gare Kramatorsk. Bilan provisoire : 30 morts.", "fr") is None
True
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict

from augment.overlap import words

FUNCTION_WORDS = {
    language: frozenset(listed.split())
    for language, listed in {
        "fr": "à au aux avec ce ces cette dans de des du elle en est et été il ils la le les leur "
        "lors mais n ne ont ou où par pas plus pour qu que qui s sa se selon ses son sont sur un "
        "une a d l c j m t",
        "en": "a about after an and are as at be been but by for from had has have he her his in "
        "is it its not of on or that the their they this to was were which who will with",
        "de": "als am an auch auf aus bei das dass dem den der des die ein eine einem einen einer "
        "er es für hat im in ist mit nach nicht sich sie sind und von vor war wurde zu zum zur",
        "es": "a al como con de del desde dos el en entre era es está ha han la las lo los más no "
        "o para pero por que se según sin sobre su sus también un una y ya",
        "it": "a al alla anche che con da dal dei del della delle di e è gli ha hanno i il in la "
        "le lo ma nel nella non o per più sono su sua un una",
        "nl": "aan als bij dat de deze die door een en er had heeft het hij in is met naar niet of "
        "om ook op te tot uit van voor was werd zijn",
        "pt": "a ao aos as com como da das de do dos e em entre era foi mais não na no nos o os ou "
        "para pela pelo por que se seu sua são também um uma",
    }.items()
}
"""Frequent function words by language; French and its neighbours share some, hence the margin."""

MARGIN = 0.05
"""By how much the share of another language's function words must be larger, and by three words:
foreign names hold some (Dos Santos, von der Leyen)."""

SHORTEST = 8
"""Texts of fewer words are not judged."""

_NOT_LATIN = re.compile(r"[^\W\d_A-Za-zªºÀ-ɏ]")
_LANGUAGES: dict[str, list[str]] = defaultdict(list)
for _language, _listed in FUNCTION_WORDS.items():
    for _word in _listed:
        _LANGUAGES[_word].append(_language)


def foreign(text: str, language: str) -> str | None:
    """The language that a text seems to be in, if it is another than ``language``.

    None also where nothing can be said: a text of few words, one without function words (headlines,
    telegrams), a ``language`` that is not in the table. A text that is mostly not in Latin
    letters is ``"non-Latin"``.
    """
    own = language.partition("-")[0]
    found = words(text)
    if own not in FUNCTION_WORDS or len(found) < SHORTEST:
        return None
    if 2 * len(_NOT_LATIN.findall(text)) > sum(map(len, found)):
        return "non-Latin"
    counts = Counter(name for word in found for name in _LANGUAGES.get(word, ()))
    likely = max(FUNCTION_WORDS, key=lambda name: counts[name])
    return likely if counts[likely] - counts[own] > max(2, MARGIN * len(found)) else None
