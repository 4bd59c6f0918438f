"""A surrogate for each name of a document: same gender, same elision, nowhere in its text.

*d’Igor* becomes *d’Alain*, *de Volodymyr* becomes *de Bruno*; a name in capitals stays so.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from importlib.resources import files
from itertools import count
from typing import Any, NamedTuple

import yaml

from augment.schema import Document
from augment.surrogates.fold import fold
from augment.surrogates.known import Hit, Kind, Names, elsewhere

_CONTACTS = {
    "email": "contact{}@exemple.fr",
    "url": "https://exemple.fr/{}",
    "phone": "01 99 00 {:02} {:02}",
    "account": "@compte{}",
}
_ENDINGS = ("ot", "in", "ard", "el", "on", "et", "ier", "eau")
_ELIDED = re.compile(r"(?:^|[^\w])(?:[dlnsmtj]|qu|lorsqu|puisqu)['’]$", re.IGNORECASE)
_FEMALE = re.compile(r"\b(?:mme|mlle|madame|mademoiselle)\W+(?:\w+\W+)?$", re.IGNORECASE)
_MALE = re.compile(r"\b(?:m\.|mr|monsieur)\W*(?:\w+\W+)?$", re.IGNORECASE)


@cache
def _pools() -> dict[str, dict[bool, tuple[str, ...]]]:
    """Surrogates by pool, then by whether they begin with a vowel."""
    read: dict[str, str] = yaml.safe_load((files(__package__) / "names.yaml").read_text())
    return {
        pool: {v: tuple(w for w in text.split() if (w[0] in "AEIOU") is v) for v in (True, False)}
        for pool, text in read.items()
    }


class Spelling(NamedTuple):
    """A name as it is written somewhere in a document."""

    written: str
    key: str
    kind: Kind


def choose(document: Document, hits: Sequence[Hit], names: Names) -> dict[str, str]:
    """Surrogate of each spelling in ``hits`` (in the text) and in title, source and ids.

    The same document always gets the same ones. Spellings of one name share one surrogate, but no
    two have the same: the way back is exact.
    """
    chooser = _Chooser(document, hits, names)
    groups = _groups(document, hits, names)
    spellings = [Spelling(document.text[h.start : h.end], h.key, h.kind) for h in hits]
    for text, others in elsewhere(document, names).items():
        spellings += [Spelling(text[h.start : h.end], h.key, h.kind) for h in others]
    for spelling in dict.fromkeys(spellings):
        if spelling.written not in chooser.table:
            chooser.add(spelling, groups.get(spelling.key, spelling.key))
    return chooser.table


class _Chooser:
    def __init__(self, document: Document, hits: Sequence[Hit], names: Names) -> None:
        self.document = document
        self.hits: dict[str, list[Hit]] = {}
        for hit in hits:
            self.hits.setdefault(hit.key, []).append(hit)
        self.rng = random.Random(f"surrogates/{document.id}")
        self.text = fold("\n".join(_strings(document))).text
        self.avoid = frozenset(names.words)
        self.bases: dict[str, str] = {}
        self.table: dict[str, str] = {}
        self.shuffled: dict[tuple[str, bool], list[str]] = {}

    def add(self, spelling: Spelling, group: str) -> None:
        """Give one spelling its surrogate."""
        real, kind = spelling.written, spelling.kind
        if kind in _CONTACTS:
            self.table[real] = self.first_free(_numbered(_CONTACTS[kind]))
            return
        if group not in self.bases:
            self.bases[group] = self.first_free(self.candidates(spelling))
        taken, base = set(self.table.values()), self.bases[group]
        forms = (_like(real, base + base[-1] * n) for n in count())
        self.table[real] = next(
            form for form in forms if form not in taken and fold(form).text not in self.text
        )

    def first_free(self, candidates: Iterable[str]) -> str:
        """The first one that is nowhere in the text, no real name and not taken."""
        taken = {fold(s).text for s in (*self.table.values(), *self.bases.values())}
        return next(
            c
            for c in candidates
            if (folded := fold(c).text) not in self.text
            and folded not in self.avoid
            and not any(folded.startswith(t) or t.startswith(folded) for t in taken)
        )

    def candidates(self, spelling: Spelling) -> Iterator[str]:
        """Surrogates for a name, at random; without end."""
        hits = self.hits.get(spelling.key, [])
        vowel = _vowel(spelling.key, self.document.text, hits)
        pool: str = spelling.kind
        if pool == "first":
            pool = next(filter(None, (_gender(self.document, h) for h in hits)), "both")
        if (pool, vowel) not in self.shuffled:
            listed = _pools()[pool][vowel]
            self.shuffled[pool, vowel] = self.rng.sample(listed, len(listed))
        ending = ""
        while True:
            yield from (name + ending for name in self.shuffled[pool, vowel])
            ending += self.rng.choice(_ENDINGS)


def _numbered(pattern: str) -> Iterator[str]:
    twice = pattern.count("{") == 2
    return (pattern.format(*divmod(n, 100)) if twice else pattern.format(n) for n in count(1))


def _strings(document: Document) -> Iterator[str]:
    yield document.text
    yield document.meta.title or ""
    yield document.meta.source or ""
    yield from (str(entity.id) for entity in document.entities)


def _groups(document: Document, hits: Sequence[Hit], names: Names) -> dict[str, str]:
    """Key → the first key of its entity, for entities whose mentions are one word each."""
    groups: dict[str, str] = {}
    for entity in document.entities:
        if entity.type not in names.types:
            continue
        spans = {(m.start, m.end) for m in entity.mentions}
        keys = [h.key for h in hits if (h.start, h.end) in spans]
        for key in keys:
            groups.setdefault(key, groups.get(keys[0], keys[0]))
    return groups


def _like(real: str, surrogate: str) -> str:
    """The surrogate in capitals or small letters where the name is."""
    if len(real) > 1 and real.isupper():
        return surrogate.upper()
    return surrogate.lower() if real.islower() else surrogate


def _vowel(key: str, text: str, hits: Sequence[Hit]) -> bool:
    """True if *de* is elided before this name: by its first letter, or, of an h, by the text."""
    if key[0] in "aeiou" or re.match(r"y[^aeiouy]", key):
        return True
    return key[0] == "h" and any(_ELIDED.search(text[: h.start][-9:]) for h in hits)


def _gender(document: Document, hit: Hit) -> str | None:
    """``m`` or ``f`` by the relations of the person, else by a title before the name."""
    around = {e.id for e, m in document.mentions() if m.start <= hit.start and hit.end <= m.end}
    said: Any = [r.type for r in document.relations if r.head in around and r.head == r.tail]
    if any(kind.endswith("FEMALE") for kind in said):
        return "f"
    if any(kind.endswith("MALE") for kind in said):
        return "m"
    before = document.text[max(0, hit.start - 30) : hit.start]
    if _FEMALE.search(before):
        return "f"
    return "m" if _MALE.search(before) else None
