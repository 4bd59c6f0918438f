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
BESIDE = 0.9
"""A look-alike that gold has at this share of a type's tails is implied by it: the number of deaths
counts a group too."""


class Graphs:
    """Samples graphs; how many relations of a type, between what, is read off the documents."""

    def __init__(self, documents: Iterable[Document], guide: Guide) -> None:
        self.guide = guide
        self.pairs: dict[str, Counter[tuple[str, str]]] = {t: Counter() for t in guide.relations}
        self.sizes: defaultdict[str, list[int]] = defaultdict(list)
        self.fans: defaultdict[str, list[int]] = defaultdict(list)
        self.heads: defaultdict[str, list[int]] = defaultdict(list)
        self._beside: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for document in documents:
            self._read(document)
        for kind, pairs in self.pairs.items():
            if not pairs:
                pairs.update(sorted(guide.pairs[kind]))

    def _read(self, document: Document) -> None:
        types = {e.id: self.guide.canonical(e.type) for e in document.entities}
        kinds: Counter[str] = Counter()
        tails: Counter[tuple[EntityId, str]] = Counter()
        heads: Counter[tuple[EntityId, str]] = Counter()
        for head, kind, tail in dict.fromkeys(r.triple for r in document.relations):
            if self.guide.allows(kind, types[head], types[tail], same=head == tail):
                self.pairs[kind][types[head], types[tail]] += 1
                kinds[kind] += 1
                tails[head, kind] += 1
                heads[tail, kind] += 1
        for kind, n in kinds.items():
            self.sizes[kind].append(-(-n // 2) if self.guide.relations[kind].symmetric else n)
        for (_, kind), n in tails.items():
            self.fans[kind].append(n)
        for (tail, kind), n in heads.items():
            self.heads[kind].append(n)
            self._beside[kind].update(other for end, other in heads if end == tail)

    def beside(self, kind: str) -> list[str]:
        """Look-alikes that gold hardly ever leaves out where it has the type, at the same tail."""
        least = BESIDE * len(self.heads[kind])
        alike = self.guide.lookalikes([kind])
        return [t for t in alike if self._beside[kind][t] >= max(least, 1)]

    def sample(
        self, types: Sequence[str], rng: Random
    ) -> tuple[dict[str, str], tuple[Triple, ...]]:
        """Nodes (id → entity type) and triples: at least one of each type, all that they imply.

        What a relation to itself says (the sex of a person) is said of all nodes, or of a new one.
        """
        graph = _Graph(self, rng)
        known = [kind for kind in types if self.pairs[kind]]  # the guide has a signature for it
        alone = [k for k in known if self.guide.relations[k].self_relation == "only"]
        for kind in known:
            if kind not in alone:
                for _ in range(min(rng.choice(self.sizes[kind] or [1, 2]), MOST)):
                    graph.grow(kind)
        for kind in known:
            for beside in self.beside(kind):
                if beside in known:
                    graph.join(beside, [t for _, k, t in graph.triples if k == kind])
        graph.describe(alone)
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
            if self._add((head, kind, tail), nodes):
                return

    def _add(self, new: Triple, nodes: dict[str, str]) -> bool:
        """True if the relation, with these nodes, could be added with all that it implies."""
        triples = closed((*self.triples, new), dict(nodes), self.guide)
        if not self._sound(new, triples):
            return False
        self.nodes, self.triples = nodes, triples
        return True

    def join(self, kind: str, tails: Iterable[EntityId]) -> None:
        """Relate a new entity to each of these, as far as the guide admits it."""
        for tail in tails:
            pairs = self.graphs.pairs[kind]
            heads = {h: n for (h, t), n in pairs.items() if t == self.nodes[str(tail)]}
            if heads:
                nodes = dict(self.nodes)
                head = self._node(
                    nodes, self.rng.choices(list(heads), list(heads.values()))[0], True
                )
                self._add((head, kind, tail), nodes)

    def describe(self, kinds: Sequence[str]) -> None:
        """Add relations of nodes to themselves: to each node one that fits, and each once."""
        for id, node in self.nodes.items():
            fit = [k for k in kinds if self.guide.allows(k, node, node, same=True)]
            if fit:
                self.triples = (*self.triples, (id, self.rng.choice(fit), id))
        said = {kind for _, kind, _ in self.triples}
        for kind in kinds:
            if kind not in said:
                self.grow(kind)

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
        if not (relation.symmetric or relation.transitive):
            heads = sum(t == tail and k == kind for _, k, t in self.triples)
            if tails >= fan or heads >= self.rng.choice(self.graphs.heads[kind] or [1]):
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
