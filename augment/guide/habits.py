"""Span habits: what annotators take into a mention, read off a corpus.

>>> habits([document])["CIVILIAN"]
Habits(article=0.02, title=0.0, pronoun=0.31)
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable

from augment.guide.model import Habits
from augment.schema import Document

PRONOUNS = frozenset(
    "il elle ils elles on lui leur eux le la les l' l’ se s' s’ en y qui dont celui celle ceux"
    " celles celui-ci celle-ci ceux-ci celles-ci je tu nous vous me te moi toi".split()
)
_ARTICLE = r"(?:l['’]|d['’]|(?:le|la|les|un|une|des|du|au|aux)\s+)"
_TITLE = (
    r"(?:M\.|MM\.|Mme\.?|Mmes|Mlle\.?|Dr\.?|Pr\.?|Me|Messieurs|Mesdames|[Mm]onsieur|[Mm]adame"
    r"|[Mm]ademoiselle|[Dd]octeure?|[Pp]rofesseure?|[Mm]aître|[Gg]énérale?|[Cc]olonelle?"
    r"|[Cc]apitaine|[Cc]ommandante?|[Ll]ieutenante?|[Ss]ergente?|[Pp]résidente?|[Mm]inistre)\s+"
)
_INSIDE = {"article": re.compile(_ARTICLE, re.IGNORECASE), "title": re.compile(_TITLE)}
_BEFORE = {
    "article": re.compile(rf"(?<!\w){_ARTICLE}$", re.IGNORECASE),
    "title": re.compile(rf"(?<!\w){_TITLE}$"),
}
ENOUGH = 5
LONGEST = 20


def habits(documents: Iterable[Document]) -> dict[str, Habits]:
    """Habits by entity type, for French; a share is None where fewer than five cases were seen."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for document in documents:
        for entity, m in document.mentions():
            seen = counts[entity.type]
            seen["mentions"] += 1
            if m.value.lower() in PRONOUNS:
                seen["pronoun"] += 1
                continue
            before = document.text[max(m.start - LONGEST, 0) : m.start]
            for what, pattern in _INSIDE.items():
                found = pattern.match(m.value)
                if found and found.end() < len(m.value):
                    seen[f"{what} in"] += 1
                elif _BEFORE[what].search(before):
                    seen[f"{what} out"] += 1
    return {kind: _habits(seen) for kind, seen in sorted(counts.items())}


def _habits(seen: Counter[str]) -> Habits:
    def share(part: int, whole: int) -> float | None:
        return round(part / whole, 2) if whole >= ENOUGH else None

    return Habits(
        article=share(seen["article in"], seen["article in"] + seen["article out"]),
        title=share(seen["title in"], seen["title in"] + seen["title out"]),
        pronoun=share(seen["pronoun"], seen["mentions"]),
    )
