"""Which clusters of a document can be replaced as a whole, by what, and where.

In *Une [[1:MATERIEL|voiture]] brûle. La [[1:MATERIEL|voiture]] explose.* the cluster has two pieces
with the slot ``fs`` (feminine singular): any cluster of the same type and key that fills ``fs`` may
take its place, everywhere at once.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Any, NamedTuple

from augment.guide.model import Guide
from augment.rewrite.french import ELIDABLE, before, gender_of, number_of
from augment.rewrite.lexicon import Lexicon, head_of
from augment.rewrite.names import Names
from augment.rewrite.words import PREPOSED, PRONOUNS
from augment.schema import Document, Entity, EntityId, Mention

MONTH = r"(?:janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre)"
_DATE = re.compile(
    rf"(?P<d>(?:1er|[12]?\d|3[01]|0\d)[ \u00a0])?(?P<m>{MONTH})(?P<y>[ \u00a0][12]\d{{3}})?$"
)
_NUMBER = re.compile(
    r"(?:\d{1,3}(?:[ \u00a0\u202f]\d{3})*|quatre|cinq|six|sept|huit|neuf|dix|onze|douze|treize|"
    r"quatorze|quinze|seize|vingt|trente|quarante|cinquante|soixante|dix mille)"
    r"(?P<unit>[ \u00a0]\w+)?$"
)
_DEMONYM = re.compile(r"(?:é?en(?:ne)?|ain(?:e)?|ais(?:e)?|ois(?:e)?|an(?:e)?)s?$")
_COMPLEMENT = re.compile(r"[ \u00a0](?:de|du|des|à|au|aux|en)\b|[ \u00a0]d['’]|-\w|['’]?\w", re.I)
_LOWER = re.compile(r"[a-zà-ÿœ][a-zà-ÿœ '’-]*$")
_LEADS = frozenset([*ELIDABLE, "d'", "qu'", "en", "par", "avec", "sans", "sur", "et", "comme"])
_GENDERED = frozenset("il elle ils elles le la celui-ci celle-ci ceux-ci celles-ci".split())


Key = tuple[Any, tuple[str, ...]]


class Piece(NamedTuple):
    """A stretch of text to replace; pieces with the same slot and value change alike."""

    start: int
    end: int
    value: str
    slot: str
    article: str = ""


class Cluster(NamedTuple):
    """A replaceable cluster, and what it offers as a donor: values by slot."""

    document: int
    entity: Entity
    kind: str
    key: Key
    pieces: tuple[Piece, ...]
    nouns: frozenset[str] = frozenset()

    def offers(self, slot: str) -> list[str]:
        """Distinct values for a slot, in the order of the record."""
        return list(dict.fromkeys(p.value for p in self.pieces if p.slot == slot))


class Reader:
    """Reads the clusters of documents, with what the whole training view shows about words."""

    def __init__(self, lexicon: Lexicon, names: Names, guide: Guide) -> None:
        self.lexicon, self.names, self.guide = lexicon, names, guide

    def clusters(self, number: int, document: Document) -> list[Cluster]:
        """The replaceable clusters of one document; ``number`` is its place in the view."""
        person_names = self.guide.person_names
        spans = [(m.start, m.end, e) for e, m in document.mentions()]
        selves: defaultdict[EntityId, list[str]] = defaultdict(list)
        for relation in document.relations:
            if relation.head == relation.tail:
                selves[relation.head].append(relation.type)
        found = []
        for entity in document.entities:
            if entity.type in person_names:
                continue
            own = tuple(sorted(selves[entity.id]))
            cluster = self._person(number, document, entity, spans) or self._other(
                number, document, entity, spans
            )
            if cluster:
                found.append(cluster._replace(key=(cluster.key[0], own)))
        return found

    def _person(
        self, number: int, document: Document, entity: Entity, spans: list[tuple[int, int, Entity]]
    ) -> Cluster | None:
        """A person with first and last names: these change, all else about the person stays."""
        wanted: dict[str, str] = {}
        for m in entity.mentions:
            inside = [
                (s, e, other)
                for s, e, other in spans
                if m.start <= s and e <= m.end and other.type in self.guide.person_names
            ]
            if not inside and not (m.value[0].islower() or m.value.lower() in PRONOUNS):
                return None
            for s, e, other in inside:
                slot = self.guide.canonical(other.type)
                if wanted.setdefault(slot, document.text[s:e]) != document.text[s:e]:
                    return None
        if not wanted or len(set(wanted.values())) < len(wanted):
            return None
        places = {
            (s, e): self.guide.canonical(other.type)
            for s, e, other in spans
            if other.type in self.guide.person_names
            and wanted.get(self.guide.canonical(other.type)) == document.text[s:e]
        }
        pieces = tuple(Piece(s, e, document.text[s:e], k) for (s, e), k in sorted(places.items()))
        if any(number_of(before(document.text, p.start).word) for p in pieces):
            return None
        return Cluster(number, entity, "person", (None, ()), pieces)

    def _other(
        self, number: int, document: Document, entity: Entity, spans: list[tuple[int, int, Entity]]
    ) -> Cluster | None:
        if _entangled(entity, spans):
            return None
        text, values = document.text, {m.value for m in entity.mentions}
        if len(values) == 1:
            m = entity.mentions[0]
            if key := self.shape(entity.type, m.value):
                pieces = tuple(Piece(x.start, x.end, x.value, "value") for x in entity.mentions)
                return Cluster(number, entity, "value", (key, ()), pieces)
        proper = [m for m in entity.mentions if self._is_proper(text, m)]
        if proper:
            return self._proper(number, document, entity, proper)
        return self._nominal(number, document, entity)

    def shape(self, entity_type: str, value: str) -> tuple[str, ...] | None:
        """A key that values of the same form share: dates, numbers, demonyms; None for others."""
        if date := _DATE.match(value):
            return "date", *(k for k in "dmy" if date[k])
        if (number := _NUMBER.match(value)) and value not in ("0", "1"):
            return "number", str(bool(number["unit"])), str(value[0].isdigit())
        ending = _DEMONYM.search(value)
        if ending and self.names.demonyms(self.guide.canonical(entity_type)):
            return "demonym", ending[0], str(value[0].isupper())
        return None

    def _is_proper(self, text: str, m: Mention) -> bool:
        if m.value.lower() in PRONOUNS:
            return False
        if not any(w[0].isupper() for w in m.value.split()):
            return False
        first = not text[: m.start].strip() or text[: m.start].rstrip()[-1] in ".!?…"
        return not (first and m.value[1:].islower() and self.lexicon.known(head_of(m.value)))

    def _proper(
        self, number: int, document: Document, entity: Entity, proper: list[Mention]
    ) -> Cluster | None:
        """A named place or organisation: the name changes, the nouns must suit the new one."""
        kind = self.names.frame(proper[0].value)
        rest = [m.value.lower() for m in entity.mentions if m not in proper]
        nouns = frozenset(head_of(v) for v in rest if v not in PRONOUNS)
        if len({m.value for m in proper}) > 1 or kind is None:
            return None
        if not nouns and any(v in _GENDERED for v in rest) and kind[0] not in "mf":
            return None
        if kind == "loose" and self.names.articled(self.guide.canonical(entity.type)):
            return None
        pieces = tuple(Piece(m.start, m.end, m.value, "name") for m in proper)
        return Cluster(number, entity, "proper", (kind, ()), pieces, nouns)

    def _nominal(self, number: int, document: Document, entity: Entity) -> Cluster | None:
        """A cluster of nouns and pronouns only: every noun changes, gender and number stay."""
        pieces = []
        for m in entity.mentions:
            if m.value.lower() in PRONOUNS:
                continue
            piece = self._noun(document.text, m)
            if piece is None:
                return None
            pieces.append(piece)
        if not pieces:
            return None
        kinds = {self.names.profile(self.guide.canonical(entity.type), p.value) for p in pieces}
        if len(kinds) > 1:
            return None
        return Cluster(number, entity, "nominal", (kinds.pop(), ()), tuple(pieces))

    def _noun(self, text: str, m: Mention) -> Piece | None:
        """A mention as a noun phrase with gender and number, None if it is not surely one."""
        head, previous = head_of(m.value), before(text, m.start).word
        if not _LOWER.match(m.value[0].lower() + m.value[1:]) or _COMPLEMENT.match(text, m.end):
            return None
        if re.search(r" (?:et|ou) |,", m.value) or not self.lexicon.known(head):
            return None
        if not (number_of(previous) or previous in _LEADS or previous in PREPOSED):
            return None
        number = number_of(previous) or ("p" if self.lexicon.plural(head) else "s")
        gender = gender_of(previous, m.value) or self.lexicon.gender(head)
        if gender is None or (number == "p" and not head.endswith(("s", "x", "z"))):
            return None
        article = "bare" if previous in ("de", "d'", "en", "par", "sans") and number == "s" else ""
        return Piece(
            m.start,
            m.end,
            m.value,
            gender + number,
            previous if previous in ("un", "une") else article,
        )


def _entangled(entity: Entity, spans: list[tuple[int, int, Entity]]) -> bool:
    """True if another entity's mention lies inside, or a name around, one of this entity's."""
    for m in entity.mentions:
        for s, e, other in spans:
            if other.id == entity.id:
                continue
            if m.start <= s and e <= m.end:
                return True
            if (
                s <= m.start
                and m.end <= e
                and any(v[0].isupper() for v in (x.value for x in other.mentions if x.start == s))
            ):
                return True
    return False
