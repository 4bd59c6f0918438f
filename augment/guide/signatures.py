"""What a corpus says of its relation types: who relates to whom, and with which properties.

>>> read_relations([document], {"PLACE": "place"})["IS_LOCATED_IN"]
RelationType(signatures=(("place", "place"),), transitive=True, ...)
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from augment.guide.model import RelationType
from augment.schema import Document, EntityId

Pair = tuple[str, str]


@dataclass
class Seen:
    """Counts for one relation type: relations, and documents, by what was observed."""

    total: int = 0
    pairs: Counter[Pair] = field(default_factory=Counter)
    documents: Counter[Pair | None] = field(default_factory=Counter)
    selfs: int = 0
    partnered: int = 0
    paths: int = 0
    closed: int = 0
    heads_of_a_tail: list[int] = field(default_factory=list)


def observe(documents: Iterable[Document], families: Mapping[str, str]) -> dict[str, Seen]:
    """Counts by relation type. ``families``: every entity type, in any spelling, → its family.

    ``Seen.documents[None]`` counts the documents with a self-relation.
    """
    seen: dict[str, Seen] = defaultdict(Seen)
    for document in documents:
        family = {entity.id: families[entity.type] for entity in document.entities}
        links: dict[str, set[tuple[EntityId, EntityId]]] = defaultdict(set)
        for relation in document.relations:
            links[relation.type].add((relation.head, relation.tail))
        for kind, pairs in links.items():
            _count(seen[kind], pairs, family)
    return dict(seen)


def _count(
    seen: Seen, links: set[tuple[EntityId, EntityId]], family: Mapping[EntityId, str]
) -> None:
    found = Counter((family[head], family[tail]) for head, tail in links)
    proper = {(head, tail) for head, tail in links if head != tail}
    seen.total += len(links)
    seen.pairs.update(found)
    seen.documents.update(found.keys())
    seen.selfs += len(links) - len(proper)
    seen.documents[None] += len(links) > len(proper)
    seen.partnered += sum((tail, head) in proper for head, tail in proper)
    seen.heads_of_a_tail += Counter(tail for _, tail in links).values()
    for ends in _paths(proper):
        seen.paths += 1
        seen.closed += ends in proper


def _paths(links: set[tuple[EntityId, EntityId]]) -> Iterator[tuple[EntityId, EntityId]]:
    """Ends of all chains a → b → c of three different entities."""
    after: dict[EntityId, list[EntityId]] = defaultdict(list)
    for head, tail in links:
        after[head].append(tail)
    return ((a, c) for a, b in links for c in after.get(b, ()) if c != a)


def read_relations(
    documents: Iterable[Document], families: Mapping[str, str]
) -> dict[str, RelationType]:
    """Relation types with signatures over families and properties, the most frequent first."""
    seen = observe(documents, families)
    heads = {head for s in seen.values() if s.selfs < s.total for head, _ in s.pairs}
    ordered = sorted(seen, key=lambda kind: (-seen[kind].total, kind))
    return {kind: _relation(seen[kind], heads) for kind in ordered}


def _relation(seen: Seen, heads: set[str]) -> RelationType:
    proper = seen.total - seen.selfs
    pairs = admitted(seen)
    symmetric = proper >= 4 and seen.partnered >= 0.95 * proper
    if symmetric:
        pairs |= {(tail, head) for head, tail in pairs}
    single = sum(n == 1 for n in seen.heads_of_a_tail)
    leaves = not {tail for _, tail in pairs} & heads
    return RelationType(
        support=seen.total,
        signatures=tuple(sorted(pairs)),
        symmetric=symmetric,
        transitive=seen.paths >= 20 and seen.closed >= 0.8 * seen.paths,
        self_relation=self_relation(seen),
        one_head=leaves and seen.total >= 3 and single >= 0.85 * len(seen.heads_of_a_tail),
    )


def self_relation(seen: Seen) -> Literal["never", "allowed", "only"]:
    """``only`` if nearly all relate an entity to itself, ``never`` if hardly any."""
    if seen.selfs >= 0.99 * seen.total:
        return "only"
    return "allowed" if _holds(seen.selfs, seen.documents[None], seen) else "never"


def admitted(seen: Seen) -> set[Pair]:
    """Family pairs a signature should admit: those well attested, and the products they imply.

    Head and tail families are multiplied out where more than half of the product was seen: a pair
    that only chance kept out of the corpus is admitted, two separate halves stay apart.
    """
    attested = {pair for pair, n in seen.pairs.items() if _holds(n, seen.documents[pair], seen)}
    product = {(head, tail) for head, _ in attested for _, tail in attested}
    return product if 2 * len(attested) > len(product) else attested


def _holds(count: int, documents: int, seen: Seen) -> bool:
    """Not a slip of the pen: in three documents, or half a percent of the relation type."""
    return count > 0 and (documents >= 3 or count >= 0.005 * seen.total)
