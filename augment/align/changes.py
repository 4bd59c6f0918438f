"""How a text differs from the one it was made of: in how many places, and in what.

>>> regions("Le maire a rencontré Ida lundi.", "Le maire aide Ida lundi.")
1
>>> agree("est arrivé à", "est arrivée en"), agree("est arrivé", "est parti")
(True, False)
"""

from __future__ import annotations

import re
from difflib import SequenceMatcher

from augment.overlap import containment, ngrams
from augment.schema import Document, Entity, Mention

NGRAM = 8
BRIDGED = 3
"""Words that a changed stretch may keep between two changes."""

_TOKEN = re.compile(r"\w+|[^\w\s]")
_FUNCTION = frozenset(
    "le la les l un une des du de d au aux à en dans ce cet cette ces son sa ses leur leurs ' ’ - "
    "il elle ils elles lui celui celle ceux celles qu que".split()
)
"""What goes with the gender, number, first letter or kind of the noun behind it."""
_FORMS = [
    frozenset(forms.split())
    for forms in (
        "est sont", "a ont", "était étaient", "avait avaient", "sera seront", "aura auront",
        "serait seraient", "aurait auraient", "fut furent", "va vont", "fait font",
        "peut peuvent", "doit doivent", "vieux vieil vieille vieilles", "beau bel belle belles",
        "nouveau nouvel nouvelle nouveaux nouvelles", "tout toute tous toutes", "mon ma mes",
        "notre nos", "quel quelle quels quelles", "blanc blanche blancs blanches",
    )
]  # fmt: skip
"""Forms of one word that do not end alike."""
_ENDINGS = re.compile(
    r"(?:eux|euse|euses|eur|eurs|rice|rices|if|ifs|ive|ives|er|ers|ère|ères|ent|aient|ait|"
    r"nt|es|s|e|x|aux|al|ales|ale|ne|nes|le|les|te|tes|)$"
)


def shared(text: str, source: str) -> float:
    """Share of the text's 8-grams that are the source's, 0–1."""
    return containment(ngrams(text, NGRAM), ngrams(source, NGRAM))


def regions(old: str, new: str) -> int:
    """In how many stretches two texts differ, word by word."""
    a, b = _TOKEN.findall(old), _TOKEN.findall(new)
    count, last = 0, -BRIDGED - 1
    for what, start, end, _, _ in SequenceMatcher(a=a, b=b, autojunk=False).get_opcodes():
        if what != "equal":
            count += not count or start - last > BRIDGED
            last = end
    return count


def in_order(document: Document) -> list[tuple[Entity, Mention]]:
    """The mentions in the order of the text, the outer before the inner."""
    return sorted(document.mentions(), key=lambda pair: (pair[1].start, -pair[1].end))


def between(document: Document) -> list[str]:
    """The text before, between and behind the outermost mentions."""
    pieces, at = [], 0
    for _, m in in_order(document):
        if m.start >= at:
            pieces.append(document.text[at : m.start])
            at = m.end
    return [*pieces, document.text[at:]]


def agree(old: str, new: str) -> bool:
    """True if two pieces of French differ at most in what agrees with a noun beside them."""
    a, b = _content(old), _content(new)
    return len(a) == len(b) and all(map(_inflected, a, b))


def _content(text: str) -> list[str]:
    return [word for word in _TOKEN.findall(text.lower()) if word not in _FUNCTION]


def _inflected(a: str, b: str) -> bool:
    if a == b or any(a in forms and b in forms for forms in _FORMS):
        return True
    n = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    # the stems are the same, and what follows is an ending on both sides
    return n >= 2 and any(
        _ENDINGS.fullmatch(a[i:]) and _ENDINGS.fullmatch(b[i:]) for i in range(max(2, n - 3), n + 1)
    )
