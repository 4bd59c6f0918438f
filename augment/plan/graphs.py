"""Graphs for a text to state: entities and relations as the guide admits and gold has them.

>>> graphs.sample(["IS_BORN_IN", "IS_LOCATED_IN"], Random(1))
({'e1': 'CIVILIAN', 'e2': 'PLACE', 'e3': 'PLACE'}, (('e1', 'IS_BORN_IN', 'e2'), …))

After SynthIE (Josifoski et al. 2023, "Exploiting Asymmetry for Synthetic Training Data
Generation"): what is hard to read off a text is easy to write into one.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from random import Random
from statistics import median

from augment.guide.closure import closed
from augment.guide.model import Guide
from augment.schema import Document, EntityId, Triple

REUSE = 0.7
"""How often a triple goes on from an entity that is already there."""
MOST = 4
"""Most triples of a type, before what symmetry and transitivity add."""


class Graphs:
    """Samples graphs; how many relations of a type, between what, is read off the documents."""

    def __init__(self, documents: Iterable[Document], guide: Guide) -> None:
        self.guide = guide
        self.pairs: dict[str, Counter[tuple[str, str]]] = {t: Counter() for t in guide.relations}
        self.sizes: defaultdict[str, list[int]] = defaultdict(list)
        self.fans: defaultdict[str, list[int]] = defaultdict(list)
        for document in documents:
            self._read(document)
        for kind, pairs in self.pairs.items():
            if not pairs:
                pairs.update(sorted(guide.pairs[kind]))

    def _read(self, document: Document) -> None:
        types = {e.id: self.guide.canonical(e.type) for e in document.entities}
        kinds: Counter[str] = Counter()
        tails: Counter[tuple[EntityId, str]] = Counter()
        for head, kind, tail in dict.fromkeys(r.triple for r in document.relations):
            if self.guide.allows(kind, types[head], types[tail], same=head == tail):
                self.pairs[kind][types[head], types[tail]] += 1
                kinds[kind] += 1
                tails[head, kind] += 1
        for kind, n in kinds.items():
            self.sizes[kind].append(-(-n // 2) if self.guide.relations[kind].symmetric else n)
        for (_, kind), n in tails.items():
            self.fans[kind].append(n)

    def sample(
        self, types: Sequence[str], rng: Random
    ) -> tuple[dict[str, str], tuple[Triple, ...]]:
        """Nodes (id → entity type) and triples: at least one of each type, all that they imply."""
        graph = _Graph(self, rng)
        for kind in types:
            if not self.pairs[kind]:
                continue  # a guide without a signature for it
            for _ in range(min(rng.choice(self.sizes[kind] or [1, 2]), MOST)):
                graph.grow(kind)
        return graph.nodes, graph.triples


class _Graph:
    """A graph that grows by one relation at a time."""

    def __init__(self, graphs: Graphs, rng: Random) -> None:
        self.graphs, self.guide, self.rng = graphs, graphs.guide, rng
        self.nodes: dict[str, str] = {}
        self.triples: tuple[Triple, ...] = ()

    def grow(self, kind: str) -> None:
        """Add a relation, between entities that are there if that can be, else with new ones."""
        pairs = self.graphs.pairs[kind]
        head_type, tail_type = self.rng.choices(list(pairs), list(pairs.values()))[0]
        relation = self.guide.relations[kind]
        fresh = relation.one_head
        for new_head, new_tail in ((False, fresh), (False, True), (True, True)):
            nodes = dict(self.nodes)
            head = self._node(nodes, head_type, new_head)
            if relation.self_relation == "only":
                tail = head
            else:
                tail = self._node(nodes, tail_type, new_tail, other_than=head)
            triples = closed((*self.triples, (head, kind, tail)), dict(nodes), self.guide)
            if self._sound((head, kind, tail), triples):
                self.nodes, self.triples = nodes, triples
                return

    def _node(self, nodes: dict[str, str], kind: str, new: bool, other_than: str = "") -> str:
        there = [id for id, t in nodes.items() if t == kind and id != other_than]
        if there and not new and self.rng.random() < REUSE:
            return self.rng.choice(there)
        nodes[f"e{len(nodes) + 1}"] = kind
        return f"e{len(nodes)}"

    def _sound(self, new: Triple, triples: Sequence[Triple]) -> bool:
        """True if the relation is new and contradicts nothing."""
        head, kind, tail = new
        relation = self.guide.relations[kind]
        if new in self.triples or (head == tail and relation.self_relation == "never"):
            return False
        if not relation.symmetric and head != tail and self._path(tail, kind, head):
            return False
        fan = median(self.graphs.fans[kind] or [1])
        tails = sum(h == head and k == kind for h, k, _ in self.triples)
        if not (relation.symmetric or relation.transitive) and tails >= fan:
            return False
        return not self._alike(triples)

    def _path(self, start: EntityId, kind: str, end: EntityId) -> bool:
        """True if relations of the type lead from one entity to another."""
        seen, ahead = {start}, [start]
        while ahead:
            here = ahead.pop()
            after = [c for b, k, c in self.triples if k == kind and b == here and c not in seen]
            seen.update(after)
            ahead += after
        return end in seen

    def _alike(self, triples: Iterable[Triple]) -> bool:
        """True if two look-alikes hold between the same two entities."""
        between: defaultdict[frozenset[EntityId], set[str]] = defaultdict(set)
        for head, kind, tail in triples:
            between[frozenset((head, tail))].add(kind)
        return any(
            not kinds.isdisjoint(self.guide.lookalikes([k]))
            for kinds in between.values()
            for k in kinds
        )
