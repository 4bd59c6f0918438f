"""Which clusters of a document can be replaced as a whole, by what, and where.

In *Une [[1:MATERIEL|voiture]] brûle. La [[1:MATERIEL|voiture]] explose.* the cluster has two pieces
with the slot ``fs`` (feminine singular): any cluster of the same type and key that fills ``fs`` may
take its place, everywhere at once.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from typing import Any, NamedTuple

from augment.guide.model import Guide
from augment.rewrite.french import KIND, Gender, apostrophe, before, number_of
from augment.rewrite.lexicon import Lexicon, head_of
from augment.rewrite.names import FRAME_GENDER, Names
from augment.rewrite.nouns import COMPLEMENT, Piece, noun
from augment.rewrite.shapes import shape
from augment.rewrite.words import PRONOUNS
from augment.schema import Document, Entity, EntityId, Mention

_SHOWS: dict[str, Gender] = {
    **dict.fromkeys(("il", "m", "mr", "monsieur", "celui-ci", "ce dernier"), "m"),
    **dict.fromkeys(("elle", "mme", "madame", "mlle", "mademoiselle"), "f"),
    **dict.fromkeys(("celle-ci", "cette dernière"), "f"),
}
_GENDERED = frozenset("il elle ils elles le la celui-ci celle-ci ceux-ci celles-ci".split())


Key = tuple[Any, tuple[str, ...]]
Span = tuple[int, int, Entity]


class Cluster(NamedTuple):
    """A replaceable cluster, and what it offers as a donor: values by slot."""

    source: int
    entity: Entity
    kind: str
    key: Key
    pieces: tuple[Piece, ...]
    nouns: frozenset[str] = frozenset()
    roles: frozenset[tuple[str, str]] = frozenset()

    @property
    def words(self) -> frozenset[str]:
        """The names or head nouns of the pieces, lower-cased."""
        nominal = self.kind == "nominal"
        return frozenset(head_of(p.value) if nominal else p.value.lower() for p in self.pieces)

    def offers(self, slot: str) -> list[str]:
        """Distinct values for a slot, in the order of the record."""
        return list(dict.fromkeys(p.value for p in self.pieces if p.slot == slot))


class Source(NamedTuple):
    """A document with its replaceable clusters, and what checks need to know of its text."""

    document: Document
    clusters: list[Cluster]
    lower: str
    words: Counter[str]
    apostrophe: str


class Reader:
    """Reads the clusters of documents, with what the whole training view shows about words."""

    def __init__(self, lexicon: Lexicon, names: Names, guide: Guide) -> None:
        self.lexicon, self.names, self.guide = lexicon, names, guide

    def read(self, document: Document, number: int = -1) -> Source:
        """A document with its replaceable clusters; ``number`` is its place in the view."""
        spans = [(m.start, m.end, e) for e, m in document.mentions()]
        roles: defaultdict[EntityId, set[tuple[str, str]]] = defaultdict(set)
        for r in document.relations:
            roles[r.head].add((r.type, "self" if r.head == r.tail else "head"))
            roles[r.tail].add((r.type, "self" if r.head == r.tail else "tail"))
        found = []
        for entity in document.entities:
            if entity.type in self.guide.person_names:
                continue
            cluster = self._person(document, entity, spans) or self._other(document, entity, spans)
            if cluster:
                own = frozenset(roles[entity.id])
                selves = tuple(sorted(t for t, side in own if side == "self"))
                key = (cluster.key[0], selves)
                found.append(cluster._replace(source=number, key=key, roles=own))
        lower = document.text.lower()
        words = Counter(re.findall(r"[\w-]+", lower))
        return Source(document, found, lower, words, apostrophe(document.text))

    def _person(self, document: Document, entity: Entity, spans: list[Span]) -> Cluster | None:
        """A person with first and last names: these change, all else about the person stays."""
        wanted: dict[str, str] = {}
        for m in entity.mentions:
            inside = [
                (self.guide.canonical(other.type), document.text[s:e])
                for s, e, other in spans
                if m.start <= s and e <= m.end and other.type in self.guide.person_names
            ]
            if not inside and not (m.value[0].islower() or m.value.lower() in PRONOUNS):
                return None
            for slot, value in inside:
                if wanted.setdefault(slot, value) != value:
                    return None
        if not wanted or len(set(wanted.values())) < len(wanted):
            return None
        places = {
            (s, e): self.guide.canonical(other.type)
            for s, e, other in spans
            if other.type in self.guide.person_names
            and wanted.get(self.guide.canonical(other.type)) == document.text[s:e]
        }
        pieces = tuple(_piece(document.text, s, e, slot) for (s, e), slot in sorted(places.items()))
        if any(number_of(p.place.word) for p in pieces):
            return None
        return Cluster(-1, entity, "person", (shown_gender(document.text, entity), ()), pieces)

    def _other(self, document: Document, entity: Entity, spans: list[Span]) -> Cluster | None:
        if _entangled(entity, spans):
            return None
        text, values = document.text, {m.value for m in entity.mentions}
        demonym = self.names.demonyms(self.guide.canonical(entity.type))
        if len(values) == 1 and (key := shape(entity.mentions[0].value, demonym=demonym)):
            pieces = tuple(_piece(text, m.start, m.end, "value") for m in entity.mentions)
            day = key[0] == "number" and pieces[0].place.word in KIND  # *du 6 au 7 mai*
            return None if day else Cluster(-1, entity, "value", (key, ()), pieces)
        proper = [m for m in entity.mentions if self._is_proper(text, m)]
        return self._proper(text, entity, proper) if proper else self._nominal(text, entity)

    def _is_proper(self, text: str, m: Mention) -> bool:
        if m.value.lower() in PRONOUNS or not any(w[0].isupper() for w in m.value.split()):
            return False
        first = not text[: m.start].strip() or text[: m.start].rstrip()[-1] in ".!?…"
        return not first or not m.value[1:].islower() or m.value in self.names.inside

    def _proper(self, text: str, entity: Entity, proper: list[Mention]) -> Cluster | None:
        """A named place or organisation: the name changes, the nouns must suit the new one."""
        frame = self.names.frame(proper[0].value)
        rest = [m.value.lower() for m in entity.mentions if m not in proper]
        nouns = frozenset(head_of(v) for v in rest if v not in PRONOUNS)
        name = proper[0].value
        if len({m.value for m in proper}) > 1 or not name[0].isupper():
            return None
        if frame == "v":
            noun = name.split(" ")[0].lower()
            frame = self.lexicon.gender(noun) if self.lexicon.known(noun) else None
        attribute = self.names.attribute(self.guide.canonical(entity.type))
        if frame is None or (attribute and COMPLEMENT.match(text, proper[0].end)):
            return None
        if not nouns and frame not in FRAME_GENDER and any(v in _GENDERED for v in rest):
            return None
        if frame == "loose" and self.names.articled(self.guide.canonical(entity.type)):
            return None
        pieces = tuple(_piece(text, m.start, m.end, "name") for m in proper)
        return Cluster(-1, entity, "proper", (frame, ()), pieces, nouns)

    def _nominal(self, text: str, entity: Entity) -> Cluster | None:
        """A cluster of nouns and pronouns only: every noun changes, gender and number stay."""
        kind = self.guide.canonical(entity.type)
        attribute = self.names.attribute(kind)
        if attribute and self.names.shaped(kind):  # dates, numbers: *la veille* is no plain noun
            return None
        pieces = []
        for m in entity.mentions:
            if m.value.lower() not in PRONOUNS:
                piece = noun(text, m, self.lexicon, attribute=attribute)
                if piece is None:
                    return None
                pieces.append(piece)
        profiles = {self.names.profile(kind, p.value) for p in pieces}
        if len(profiles) != 1:
            return None
        return Cluster(-1, entity, "nominal", (profiles.pop(), ()), tuple(pieces))


def _piece(text: str, start: int, end: int, slot: str) -> Piece:
    return Piece(start, end, text[start:end], slot, before(text, start))


def shown_gender(text: str, entity: Entity) -> Gender | None:
    """Gender of a person by titles before its names and by pronouns, None if they disagree."""
    shown = set()
    for m in entity.mentions:
        title = re.search(r"(\w+)\.?\s+$", text[max(0, m.start - 16) : m.start])
        shown |= {_SHOWS.get(m.value.lower()), _SHOWS.get(title[1].lower()) if title else None}
    shown -= {None}
    return shown.pop() if len(shown) == 1 else None


def _entangled(entity: Entity, spans: list[Span]) -> bool:
    """True if another entity's mention lies inside, or a name around, one of this entity's."""
    for m in entity.mentions:
        for s, e, other in spans:
            if other.id == entity.id or s >= m.end or e <= m.start:
                continue
            if m.start <= s and e <= m.end:
                return True
            around = next(x.value for x in other.mentions if (x.start, x.end) == (s, e))
            if around[0].isupper():
                return True
    return False
