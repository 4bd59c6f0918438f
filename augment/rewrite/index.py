"""The training view, read once for all orders of a call.

``Index(documents, guide)`` knows which documents carry a relation type, which clusters can be
replaced in each, and which clusters may take their place.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from random import Random
from typing import Any

from augment.errors import RecordError
from augment.guide.model import Guide
from augment.reasons import Reason
from augment.rewrite.clusters import Cluster, Key, Reader, Source
from augment.rewrite.french import sentences
from augment.rewrite.lexicon import Lexicon
from augment.rewrite.names import Names
from augment.rewrite.words import PRONOUNS
from augment.rights import inherited
from augment.schema import Candidate, Document, Drop, Entity, EntityId, Meta, Order, Relation
from augment.spans import check

Mask = tuple[EntityId, str | None, EntityId]
TRIES = 8


class Index:
    """What the strategies look up; all of it comes from the documents given."""

    def __init__(self, documents: Sequence[Document], guide: Guide) -> None:
        self.documents, self.guide = documents, guide
        self.carriers: defaultdict[str, list[int]] = defaultdict(list)
        for i, document in enumerate(documents):
            for kind in dict.fromkeys(r.type for r in document.relations):
                self.carriers[kind].append(i)
        self.patterns: dict[str, list[Document]] = {}
        self._sentences: dict[int, list[tuple[int, int]]] = {}
        self.types = [frozenset(e.type for e in d.entities) for d in documents]

    @cached_property
    def lexicon(self) -> Lexicon:
        """Nouns of the view."""
        return Lexicon(d.text for d in self.documents)

    @cached_property
    def reader(self) -> Reader:
        """Reads the clusters of a document, of the view or cut from it."""
        return Reader(self.lexicon, Names(self.documents, self.guide), self.guide)

    @cached_property
    def read(self) -> list[Source]:
        """Each document with its replaceable clusters."""
        return [self.reader.read(d, i) for i, d in enumerate(self.documents)]

    @property
    def clusters(self) -> Iterator[Cluster]:
        """All replaceable clusters of the view."""
        return (cluster for source in self.read for cluster in source.clusters)

    @cached_property
    def donors(self) -> dict[tuple[str, str, Key, str], list[Cluster]]:
        """Clusters by canonical type, kind, key and slot they can fill."""
        found: defaultdict[tuple[str, str, Key, str], list[Cluster]] = defaultdict(list)
        for cluster in self.clusters:
            kind = self.guide.canonical(cluster.entity.type)
            for slot in dict.fromkeys(p.slot for p in cluster.pieces):
                found[kind, cluster.kind, cluster.key, slot].append(cluster)
        return found

    @cached_property
    def by_type(self) -> dict[str, list[Cluster]]:
        """Clusters by canonical type."""
        found: defaultdict[str, list[Cluster]] = defaultdict(list)
        for cluster in self.clusters:
            found[self.guide.canonical(cluster.entity.type)].append(cluster)
        return found

    @cached_property
    def values(self) -> dict[str, list[tuple[str, int]]]:
        """Distinct mention values by canonical type, pronouns left out, and a document of each."""
        found: defaultdict[str, dict[str, int]] = defaultdict(dict)
        for i, document in enumerate(self.documents):
            for entity, m in document.mentions():
                if m.value.lower() not in PRONOUNS:
                    found[self.guide.canonical(entity.type)][m.value] = i
        return {kind: list(values.items()) for kind, values in found.items()}

    @cached_property
    def words(self) -> frozenset[str]:
        """All words of the view, lower-cased."""
        return frozenset(w for d in self.documents for w in re.findall(r"\w+", d.text.lower()))

    def sentences(self, number: int) -> list[tuple[int, int]]:
        """Sentence spans of a document of the view; no border inside a mention."""
        if number not in self._sentences:
            document = self.documents[number]
            spans = [(m.start, m.end) for _, m in document.mentions()]
            self._sentences[number] = sentences(document.text, spans)
        return self._sentences[number]

    def sources(self, order: Order, rng: Random) -> list[int]:
        """A few documents to make the order from, the fittest first: they carry its types.

        With ``negatives``, documents that carry these look-alikes too come before the others.
        """
        wanted: list[int] = sorted({i for t in order.types for i in self.carriers.get(t, ())})
        if not order.types:
            wanted = list(range(len(self.documents)))
        some = rng.sample(wanted, min(2 * TRIES, len(wanted)))
        asked = [set(self.carriers.get(t, ())) for t in (*order.types, *order.negatives)]
        return sorted(some, key=lambda i: -sum(i in a for a in asked))[:TRIES]


def drop(order: Order, reason: Reason, detail: str, parent: str | None = None) -> Drop:
    """A drop of this stage for an order."""
    raw = order.model_dump_json()
    return Drop(id=order.id, stage="rewrite", reason=reason, detail=detail, parent=parent, raw=raw)


def build(
    order: Order,
    parents: Sequence[Document],
    text: str,
    entities: Iterable[Entity],
    **parts: Any,
) -> Candidate | Drop:
    """The candidate made for an order; a Drop if the new text and spans do not agree.

    ``parts`` may give relations, labelled and masked; they default to the first parent's.
    """
    first = parents[0]
    meta = Meta(
        origin="synthetic",
        parents=tuple(dict.fromkeys(p.id for p in parents)),
        strategy=order.strategy,
        time=first.meta.time,
        rights=inherited(parents),
    )
    name = f"{order.strategy}-{order.id}"
    document = Document(
        id=name,
        text=text,
        entities=tuple(entities),
        relations=parts.get("relations", first.relations),
        labelled=parts.get("labelled", first.labelled),
        masked=parts.get("masked", first.masked),
        meta=meta,
    )
    try:
        check(document)
    except RecordError as error:
        return drop(order, Reason.UNSAFE_REWRITE, str(error), first.id)
    return Candidate(id=name, order=order.id, strategy=order.strategy, document=document)


def restrict(document: Document, kept: Sequence[Entity]) -> tuple[list[Relation], list[Mask]]:
    """Relations and masks of a document whose both ends are among the entities kept."""
    ids = {e.id for e in kept}
    relations = [r for r in document.relations if r.head in ids and r.tail in ids]
    return relations, [m for m in document.masked if m[0] in ids and m[2] in ids]
