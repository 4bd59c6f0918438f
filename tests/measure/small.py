"""A corpus of any size, made from patterns, and a student that fits in a millisecond."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from itertools import product

from augment.schema import Document, Triple
from tests.helpers import doc

_NAMES = "Anna Oleg Yvan Lina Marc Paul Rosa Tarik Vera Zoé Hugo Inès Karl Noé Ugo Élie".split()
_PLACES = (
    "Lille Brest Pau Metz Nice Dax Agen Albi Foix Gap Laon Niort Rodez Sète Tulle Vannes".split()
)
_SYLLABLES = "ba co di fu ga lé mi no pu ra sé ti vo zan bel cor dun fil gor ma".split()
_PATTERNS = {
    "RESIDES_IN": "[[1:PERSON|{a}]] habite {w} [[2:PLACE|{p}]]",
    "IS_BORN_IN": "[[1:PERSON|{a}]] est né {w} [[2:PLACE|{p}]]",
    "IS_DEAD_IN": "[[1:PERSON|{a}]] est mort {w} [[2:PLACE|{p}]]",
    "LEFT": "[[1:PERSON|{a}]] a quitté {w} [[2:PLACE|{p}]]",
}


def corpus(
    number: int, *, seed: int = 0, name: str = "d", types: Sequence[str] = tuple(_PATTERNS)
) -> list[Document]:
    """Documents of one relation and a good deal of noise; the i-th has type i modulo the types."""
    rng = random.Random(f"{seed}/{name}")

    def word() -> str:
        return "".join(rng.choices(_SYLLABLES, k=3))

    made = []
    for i in range(number):
        kind = types[i % len(types)]
        core = _PATTERNS[kind].format(
            a=rng.choice(_NAMES), p=rng.choice(_PLACES), w=rng.choice(["à", "près de", "vers"])
        )
        noise = " ".join(word() for _ in range(12))
        lone = f"[[3:PERSON|{rng.choice(_NAMES)}]] {word()} {word()}"
        made.append(doc(f"{noise}. {core}. {lone}.", (1, kind, 2), id=f"{name}{i}"))
    return made


def shuffled(documents: Sequence[Document], seed: int = 0) -> list[Document]:
    """The same texts, with the relation types of others."""
    kinds = [document.relations[0].type for document in documents]
    random.Random(seed).shuffle(kinds)
    return [
        document.model_copy(
            update={"relations": (document.relations[0].model_copy(update={"type": kind}),)}
        )
        for document, kind in zip(documents, kinds, strict=True)
    ]


class Memo:
    """Remembers which relations stand between two entity types with the same word after the head.

    A pair gets a relation that at least half of the pairs like it have; masks are honoured.
    """

    name = "memo"

    def fit(self, documents: Sequence[Document], weights: Sequence[float] | None = None) -> None:
        self.seen: Counter[tuple[str, ...]] = Counter()
        self.found: Counter[tuple[tuple[str, ...], str]] = Counter()
        types = sorted({r.type for d in documents for r in d.relations})
        for document, weight in zip(documents, weights or [1.0] * len(documents), strict=True):
            triples = {r.triple for r in document.relations}
            for head, key, tail in _pairs(document):
                for kind in types:
                    hidden = {(head, kind, tail), (head, None, tail)} & set(document.masked)
                    if document.claims(kind) and not hidden:
                        self.seen[(*key, kind)] += weight
                        self.found[(key, kind)] += weight * ((head, kind, tail) in triples)

    def predict(self, documents: Sequence[Document]) -> list[frozenset[Triple]]:
        return [
            frozenset(
                (head, kind, tail)
                for head, key, tail in _pairs(document)
                for (known, kind), n in self.found.items()
                if known == key and n >= 0.5 * self.seen[(*key, kind)] > 0
            )
            for document in documents
        ]


def _pairs(document: Document):
    for head, tail in product(document.entities, repeat=2):
        if head.id != tail.id:
            end = head.mentions[0].end
            after = document.text[end:].split()[:2]
            yield head.id, (head.type, tail.type, *after), tail.id
