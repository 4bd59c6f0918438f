"""Gold documents to work on: whole ones, or excerpts in which one relation can be turned.

>>> turn = gold.turn("IS_COOPERATING_WITH")
>>> turn.excerpt.id, turn.triples
('d1#0-87', (('e1', 'IS_IN_CONTACT_WITH', 'e2'), ('e1', 'IS_COOPERATING_WITH', 'e2')))
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from functools import cached_property
from random import Random
from typing import NamedTuple

from augment.guide.closure import closed, turned
from augment.guide.context import Span, cue_pattern, cut, folded, nearest, sentences, spanning
from augment.guide.model import Guide
from augment.schema import Document, Entity, Mention, Relation, Triple
from augment.text_figures import PRONOUNS, is_name

LONGEST = 80
"""Most words of an excerpt."""
APART = 120
"""Most characters from one end of a relation to the other where one clause can turn it."""
AROUND = 30
"""Characters before and behind them in which a word has to announce the relation."""


class Turn(NamedTuple):
    """An excerpt, and two triples: the one it states, and the look-alike to state instead."""

    excerpt: Document
    triples: tuple[Triple, Triple]


class Gold:
    """The documents by what they hold; those used least come first."""

    def __init__(self, documents: Sequence[Document], guide: Guide, seed: int) -> None:
        self._documents, self._guide, self._seed = documents, guide, seed
        self._used: Counter[int] = Counter()
        self._turns: dict[str, Iterator[Turn]] = {}
        self._borders: dict[str, list[Span]] = {}

    @cached_property
    def _carriers(self) -> dict[str, list[int]]:
        found: defaultdict[str, list[int]] = defaultdict(list)
        for i, document in enumerate(self._documents):
            for kind in dict.fromkeys(r.type for r in document.relations):
                found[kind].append(i)
        return found

    def carrier(self, kind: str, rng: Random) -> Document | None:
        """One of the documents with this relation type that were used least."""
        carriers = self._carriers.get(kind, [])
        least = min((self._used[i] for i in carriers), default=0)
        fresh = [i for i in carriers if self._used[i] == least]
        if not fresh:
            return None
        chosen = rng.choice(fresh)
        self._used[chosen] += 1
        return self._documents[chosen]

    def turn(self, kind: str) -> Turn | None:
        """The next excerpt in which a relation can be turned into this look-alike of it."""
        if kind not in self._turns:
            self._turns[kind] = self._find(kind)
        return next(self._turns[kind], None)

    def _find(self, kind: str) -> Iterator[Turn]:
        """Each excerpt once, drawn with the plan's seed; those that keep the pair come first."""
        relations = self._guide.relations
        others = {t for t, r in relations.items() if kind in r.lookalikes}
        others.update(relations[kind].lookalikes)
        places = [
            (i, r)
            for i, document in enumerate(self._documents)
            for r in document.relations
            if r.type in others and r.head != r.tail
        ]
        Random(f"{self._seed}/turns/{kind}").shuffle(places)
        seen = set()
        for same_pair in (True, False):
            for i, relation in places:
                turn = self._turn(self._documents[i], relation, kind, same_pair)
                if turn and turn.excerpt.id not in seen:
                    seen.add(turn.excerpt.id)
                    yield turn

    def _turn(
        self, document: Document, relation: Relation, kind: str, same_pair: bool
    ) -> Turn | None:
        """The relation turned, between the same two or towards another entity of the excerpt."""
        entities = document.by_id
        ends = entities[relation.head], entities[relation.tail]
        if same_pair and not self._guide.allows(kind, *(e.type for e in ends), same=False):
            return None
        near = nearest(*ends)
        if not self._announced(document, relation.type, near):
            return None
        span = next(spanning(self._sentences(document), near), None)
        if span is None or len(document.text[slice(*span)].split()) > LONGEST:
            return None
        excerpt = excerpted(document, span)
        head, tail = (_same(excerpt, e, span) for e in ends)
        old = (head.id, relation.type, tail.id)
        others = [e for e in excerpt.entities if e.id not in (head.id, tail.id)]
        tails = [tail] if same_pair else others
        new = next(
            (t for e in tails if self._turns_into(excerpt, old, t := (head.id, kind, e.id))), None
        )
        return Turn(excerpt, (old, new)) if new else None

    def _announced(self, document: Document, kind: str, near: tuple[Mention, Mention]) -> bool:
        """True if the two are close, with a cue of the relation about them (if it has cues)."""
        start, end = min(m.start for m in near), max(m.end for m in near)
        if end - start > APART:
            return False
        pattern = self._patterns[kind]
        around = document.text[max(start - AROUND, 0) : end + AROUND]
        return pattern is None or bool(pattern.search(folded(around)))

    @cached_property
    def _patterns(self) -> dict[str, re.Pattern[str] | None]:
        return {kind: cue_pattern(r.cues) for kind, r in self._guide.relations.items()}

    def _sentences(self, document: Document) -> list[Span]:
        if document.id not in self._borders:
            self._borders[document.id] = sentences(document)
        return self._borders[document.id]

    def _turns_into(self, excerpt: Document, old: Triple, new: Triple) -> bool:
        """True if the guide admits the new triple, and nothing else has to change with it."""
        guide = self._guide
        types = {e.id: e.type for e in excerpt.entities}
        triples = {r.triple for r in excerpt.relations}
        if old not in triples or new in triples:
            return False
        if not guide.allows(new[1], types[new[0]], types[new[2]], same=False):
            return False
        if any(
            other in closed(triples - {other}, types, guide)
            and other not in closed(triples - {other, old}, types, guide)
            for other in triples - {old}
            if other[1] == old[1] and guide.relations[old[1]].transitive
        ):
            return False  # another one follows from it
        after = turned(triples, old, new, guide)
        return set(closed(after, types, guide)) == after


def excerpted(document: Document, span: Span) -> Document:
    """A part of a document, with the span in its id and the document as its parent."""
    meta = document.meta.model_copy(update={"parents": (document.id,)})
    name = f"{document.id}#{span[0]}-{span[1]}"
    return cut(document, span).model_copy(update={"id": name, "meta": meta})


def _same(excerpt: Document, entity: Entity, span: Span) -> Entity:
    """The entity of an excerpt that is this one of the document."""
    start, end = span
    inside = {
        (m.start - start, m.end - start)
        for m in entity.mentions
        if start <= m.start and m.end <= end
    }
    return next(
        e
        for e in excerpt.entities
        if e.type == entity.type and {(m.start, m.end) for m in e.mentions} == inside
    )


def named(document: Document, guide: Guide, kind: str) -> dict[str, str]:
    """Entities to substitute, id → type: the ends of relations of a type, and all with a name.

    With one goes what has a mention of the same span, such as the function of a person.
    """
    ends = {end for r in document.relations if r.type == kind for end in (r.head, r.tail)}

    def replaceable(entity: Entity) -> bool:
        values = [m.value for m in entity.mentions if m.value.lower() not in PRONOUNS]
        return any(map(is_name, values)) or bool(values and entity.id in ends)

    spans = {(m.start, m.end) for e in document.entities if replaceable(e) for m in e.mentions}
    return {
        str(e.id): e.type
        for e in document.entities
        if replaceable(e) or any((m.start, m.end) in spans for m in e.mentions)
    }
