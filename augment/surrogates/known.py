"""Which names a corpus shows, and where they stand in a text.

>>> names = known([document], frozenset({"FIRSTNAME", "LASTNAME"}))
>>> [document.text[h.start : h.end] for h in find(document, names)]
['Volodymyr', 'Zelensky', 'Zelensky']
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from augment.schema import Document, Entity, Mention
from augment.surrogates.fold import fold, words

Kind = Literal["first", "last", "other", "email", "url", "phone", "account"]
PERSON_SHARE = 0.1
"""Of a type's mentions, the share with a name inside from which the type is one of persons."""
FAR_MORE = 10

_PARTICLES = frozenset(
    "le la les de du des di da do dos van von der den el al ben bin ibn abou abu mac ter".split()
)
_UNIT = re.compile(r"(?:[dDlL]['’])?([^\W_](?:\S*[^\W_])?)")
_LOWER = re.compile(r"[^\W\d_]+")
PLAIN_ID = re.compile(r"[A-Za-z]{0,2}\d+")
"""Entity ids that hold no name."""
_EDGE = r"(?<![^\W_])", r"(?![^\W_])"
_PATTERNS: dict[Kind, str] = {
    "email": r"[\w.%+-]*[^\W_]@[^\W_][\w-]*(?:\.[\w-]+)*\.[^\W\d_]+",
    "url": r"(?:https?://|www\.)[^\s<>\"«»“”\[\]|\\]*[^\s<>\"«»“”\[\]|\\.,;:!?)’'…]",
    "phone": r"(?:\+\d{1,3}[ .\-\u00a0\u202f]?|0)[1-9](?:[ .\-\u00a0\u202f]?\d{2,3}){3,5}",
    "account": r"@\w*[^\W_]",
}
_CONTACTS = {
    kind: re.compile(f"{_EDGE[0]}(?:{pattern}){_EDGE[1]}", re.IGNORECASE)
    for kind, pattern in _PATTERNS.items()
}


class Names(NamedTuple):
    """What a corpus shows of names. ``types``: entity types of personal names.

    ``others``: types whose names are hidden too. ``people``: types whose mentions hold names.
    ``words``: names by folded spelling; ``common``: those that are everyday words or names of other
    things as well, and are names only where a document says so.
    """

    types: frozenset[str]
    others: frozenset[str]
    people: frozenset[str]
    words: Mapping[str, Kind]
    common: frozenset[str]


class Hit(NamedTuple):
    """A name or contact in a text, as a key that all its spellings share."""

    start: int
    end: int
    key: str
    kind: Kind


def known(
    documents: Sequence[Document], types: frozenset[str], others: frozenset[str] = frozenset()
) -> Names:
    """The names of a corpus. ``types`` as in :attr:`augment.guide.Guide.person_names`."""
    people = _people(documents, types)
    names = Names(types, others, people, {}, frozenset())
    found: dict[str, Kind] = {}
    for document in documents:
        for key, kind in own(document, names).items():
            found.setdefault(key, kind)
    common = _everyday(documents) | _homonyms(documents, names)
    for document in documents:
        for key in _unannotated(document, names):
            if key not in common:
                found.setdefault(key, "last")
    return names._replace(words=found, common=common.intersection(found))


def _people(documents: Sequence[Document], types: frozenset[str]) -> frozenset[str]:
    """Types of persons: a mention in ten or more has a personal name inside."""
    total, named = Counter[str](), Counter[str]()
    for document in documents:
        spans = [(m.start, m.end) for e, m in document.mentions() if e.type in types]
        for entity, m in document.mentions():
            total[entity.type] += 1
            named[entity.type] += any(m.start <= s and e <= m.end for s, e in spans)
    return frozenset(t for t, n in named.items() if n >= PERSON_SHARE * total[t] and t not in types)


def _everyday(documents: Sequence[Document]) -> frozenset[str]:
    """Words that two or more of the texts have in small letters."""
    found = Counter[str]()
    for document in documents:
        lower = {word for word in _LOWER.findall(document.text) if word.islower()}
        found.update({fold(word).text for word in lower})
    return frozenset(word for word, n in found.items() if n > 1)


def _homonyms(documents: Sequence[Document], names: Names) -> frozenset[str]:
    """Values that are far more often annotated as a place or another thing than within a name."""
    other, named = Counter[str](), Counter[str]()
    for document in documents:
        for entity, m in document.mentions():
            if entity.type in names.types or entity.type in names.others:
                named.update(fold(m.value[s:e]).text for s, e in units(m.value))
            elif entity.type not in names.people:
                other[fold(m.value).text] += 1
    return frozenset(key for key, n in other.items() if n >= FAR_MORE * named[key])


def own(document: Document, names: Names) -> dict[str, Kind]:
    """The names that a document's own mentions show: folded spelling → kind."""
    found: dict[str, Kind] = {}
    for entity, m in document.mentions():
        if entity.type in names.types or entity.type in names.others:
            for number, (start, end) in enumerate(units(m.value)):
                kind = _kind(entity, m, number, names)
                found.setdefault(fold(m.value[start:end]).text, kind)
    return found


def units(value: str) -> list[tuple[int, int]]:
    """The parts of a name that are hidden, each by itself; particles and initials are not."""
    found = [match.span(1) for match in _UNIT.finditer(value)]
    found = [(s, e) for s, e in found if e - s > 1]
    if len(found) == 1:
        return found
    proper = [(s, e) for s, e in found if not value[s].islower()]
    return [(s, e) for s, e in proper or found if value[s:e].lower() not in _PARTICLES]


def _kind(entity: Entity, m: Mention, number: int, names: Names) -> Kind:
    if entity.type not in names.types:
        return "other"
    written = fold(entity.type).text
    if "first" in written or "prenom" in written:
        return "first"
    several = "last" not in written and len(units(m.value)) > 1
    return "first" if several and number == 0 else "last"


def _unannotated(document: Document, names: Names) -> Iterator[str]:
    """Capitalised words in mentions of persons that no mention of a name covers."""
    spans = [(m.start, m.end) for e, m in document.mentions() if e.type in names.types]
    for entity, m in document.mentions():
        if entity.type not in names.people:
            continue
        for start, end in units(m.value):
            at, to = m.start + start, m.start + end
            if m.value[start].isupper() and not any(s < to and at < e for s, e in spans):
                yield fold(m.value[start:end]).text


def find(document: Document, names: Names) -> list[Hit]:
    """All names and contacts in a document's text, left to right, none overlapping.

    Names of the whole corpus, wherever they stand and in any case; those that are ``common`` only
    in mentions of names, and with a capital in a document that has such a mention.
    """
    mine = own(document, names)
    keys = {**names.words, **mine}
    named = [
        (m.start, m.end)
        for e, m in document.mentions()
        if e.type in names.types or e.type in names.others
    ]
    hits = contacts(document.text)
    for start, end, key in words(document.text, keys):
        if any(h.start < end and start < h.end for h in hits):
            continue
        inside = any(s <= start and end <= e for s, e in named)
        name = key in mine and not document.text[start].islower()
        if inside or name or key not in names.common:
            hits.append(Hit(start, end, key, keys[key]))
    return sorted(hits)


def glued(document: Document, names: Names, hits: Sequence[Hit]) -> bool:
    """True if a name of its own mentions is only part of a word, and so not among the hits."""
    spans = [(h.start, h.end) for h in hits]
    return any(
        not any(s <= m.start + start and m.start + end <= e for s, e in spans)
        for entity, m in document.mentions()
        if entity.type in names.types or entity.type in names.others
        for start, end in units(m.value)
    )


def contacts(text: str) -> list[Hit]:
    """E-mail and web addresses, telephone numbers and accounts, none overlapping."""
    hits: list[Hit] = []
    for kind, pattern in _CONTACTS.items():
        for match in pattern.finditer(text):
            start, end = match.span()
            if start and unicodedata.combining(text[start - 1]):
                continue
            if not any(h.start < end and start < h.end for h in hits):
                hits.append(Hit(start, end, match[0], kind))
    return hits


def elsewhere(document: Document, names: Names) -> dict[str, list[Hit]]:
    """Names and contacts in a document's title, source and entity ids, by these strings."""
    mine = own(document, names)
    usual = {key: kind for key, kind in names.words.items() if key not in names.common}
    meta = [text for text in (document.meta.title, document.meta.source) if text]
    ids = [
        e.id for e in document.entities if isinstance(e.id, str) and not PLAIN_ID.fullmatch(e.id)
    ]
    found: dict[str, list[Hit]] = {}
    for text in dict.fromkeys([*meta, *ids]):
        hits = contacts(text) if text in meta else []
        for start, end, key in words(text, {**usual, **mine}):
            if not any(h.start < end and start < h.end for h in hits):
                hits.append(Hit(start, end, key, mine.get(key) or usual[key]))
        found[text] = sorted(hits)
    return found
