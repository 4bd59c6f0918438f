"""What the training view shows about names and nouns: articles of names, roles tied to nouns.

``frame("France")`` is ``"e"`` after *en France*; ``frame("Paris")`` is ``"city"`` after
*à Paris*; ``profile("CIVILIAN", "mari")`` holds the roles of a family relation, for these hang on
the noun and not on the rest of the text.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence

from augment.guide.model import Guide
from augment.rewrite.french import ELIDABLE, Gender, before, elides
from augment.rewrite.lexicon import head_of
from augment.rewrite.shapes import demonym_ending, shape
from augment.schema import Document, EntityId

_FRAMES = {
    "à": "city", "en": "e", "la": "f", "de la": "f", "à la": "f", "une": "f", "cette": "f",
    "le": "m", "du": "m", "au": "m", "un": "m", "ce": "m", "les": "p", "des": "p", "aux": "p",
    "l'": "v", "de l'": "v", "à l'": "v", "cet": "v",
}  # fmt: skip
_LOOSE = frozenset("d' qu' et selon par chez avec pour que".split())
FRAMES = frozenset(("city", "e", "m", "f", "v", "p"))
FRAME_GENDER: dict[str, Gender] = {"m": "m", "f": "f", "e": "f"}
Profile = frozenset[tuple[str, str]]
_WORDS = re.compile(r"\w+")


class Names:
    """Evidence from all documents; ``inside`` holds the names seen within a sentence."""

    def __init__(self, documents: Sequence[Document], guide: Guide) -> None:
        self._seen: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._types: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._values: defaultdict[str, list[str]] = defaultdict(list)
        self._roles: defaultdict[tuple[str, str], Counter[tuple[str, str]]] = defaultdict(Counter)
        self.inside: set[str] = set()
        self._demonyms: dict[str, bool] = {}
        self._heads: Counter[tuple[str, str]] = Counter()
        self._cues: defaultdict[str, list[str]] = defaultdict(list)
        for kind, relation in guide.relations.items():
            for cue in relation.cues:
                self._cues[cue.lower()].append(kind)
        for document in documents:
            self._read(document, guide)

    def _read(self, document: Document, guide: Guide) -> None:
        roles: defaultdict[EntityId, set[tuple[str, str]]] = defaultdict(set)
        for r in document.relations:
            roles[r.head].add((r.type, "head"))
            roles[r.tail].add((r.type, "tail"))
        for entity in document.entities:
            kind = guide.canonical(entity.type)
            for noun in ["", *{head_of(m.value): 0 for m in entity.mentions if m.value.strip()}]:
                self._heads[kind, noun] += 1
                self._roles[kind, noun].update(sorted(roles[entity.id]))
            for m in entity.mentions:
                self._values[kind].append(m.value)
                if m.value[0].isupper():
                    frame = _frame(document.text, m.start)
                    if document.text[: m.start].rstrip()[-1:] not in ("", ".", "!", "?", "…"):
                        self.inside.add(m.value)
                    self._seen[m.value][frame] += 1
                    self._types[kind][frame] += 1

    def frame(self, name: str) -> str | None:
        """How a name is built in, None if the view disagrees with itself.

        ``city`` (*à Paris*), ``e`` (*en France*), an article ``m f v p`` (``v`` is *l'*),
        ``apposed`` (*l'ONG Aurore*) or ``loose`` (nothing seen but *de, par* and the like).
        """
        seen = self._seen[name]
        strong = {f for f in seen if f in FRAMES}
        feminine = name.split(" ")[0].endswith("e")
        if "e" in strong and strong <= {"e", "f", "v"}:
            return "e" if feminine or not elides(name) else None
        if len(strong) > 1:
            return None
        if strong:
            return strong.pop()
        return "apposed" if set(seen) == {"apposed"} else "loose"

    def articled(self, entity_type: str) -> bool:
        """True if names of this type often carry an article."""
        seen = self._types[entity_type]
        return sum(seen[f] for f in "emfvp") > 0.1 * sum(seen.values())

    def demonyms(self, entity_type: str) -> bool:
        """True if most values of the type end like *ukrainien, française, soudanais*."""
        if entity_type not in self._demonyms:
            values = self._values[entity_type]
            like = sum(demonym_ending(v) is not None for v in values)
            self._demonyms[entity_type] = like > 0.6 * len(values)
        return self._demonyms[entity_type]

    def attribute(self, entity_type: str) -> bool:
        """True if entities of the type are never the head of a relation (dates, functions …)."""
        roles = self._roles[entity_type, ""]
        return not any(side == "head" for _, side in roles)

    def shaped(self, entity_type: str) -> bool:
        """True if values of the type are often dates or numbers."""
        values = self._values[entity_type]
        return sum(shape(v) is not None for v in values) > 0.05 * len(values)

    def profile(self, entity_type: str, phrase: str) -> Profile:
        """Roles that entities with this head noun have far more often than others of the type.

        With them ``(type, "cue")`` for the relation types that have a word of it as a cue.
        """
        noun = head_of(phrase)
        seen, times = self._roles[entity_type, noun], self._heads[entity_type, noun]
        base, total = self._roles[entity_type, ""], self._heads[entity_type, ""]
        cued = [(t, "cue") for w in _WORDS.findall(phrase.lower()) for t in self._cues.get(w, ())]
        return frozenset(cued) | frozenset(
            role
            for role, n in seen.items()
            if n >= max(2, 0.5 * times) and n * total >= 4 * base[role] * times and base[role] > 0
        )


def _frame(text: str, start: int) -> str:
    word = before(text, start).word
    if word in _FRAMES:
        return _FRAMES[word]
    if word in ELIDABLE or word in (
        "d'",
        "qu'",
        "et",
        "selon",
        "par",
        "chez",
        "avec",
        "pour",
        "que",
    ):
        return "loose"
    quoted = text[:start].rstrip()[-1:] in tuple('"“«‘')
    return "apposed" if quoted or (word and word.islower()) else "loose"
