"""What a student takes as given about types: from the guide, or read off its training documents.

>>> schema(documents, None).relations["IS_LOCATED_IN"].pairs
frozenset({("CIVILIAN", "PLACE"), ...})
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from augment.guide.families import families
from augment.guide.model import Guide, RelationType
from augment.guide.signatures import read_relations
from augment.schema import Document
from augment.train.layout import SAME, Gate, Kinds


class Typed(NamedTuple):
    """A relation type: its candidate pairs, and how its predictions are decoded."""

    pairs: Gate
    symmetric: bool
    one_head: bool


class Schema(NamedTuple):
    """Entity types with their canonical names and families, and the relation types, sorted."""

    kinds: Kinds
    relations: dict[str, Typed]

    def only(self, relations: Iterable[str]) -> Schema:
        """The same with these relation types alone."""
        kept = {kind: self.relations[kind] for kind in sorted(set(relations))}
        return self._replace(relations=kept)

    def joined(self, other: Schema) -> Schema:
        """What both know; where they differ, this one, with the candidate pairs of both."""
        relations = other.relations | self.relations
        for kind in self.relations.keys() & other.relations.keys():
            pairs = self.relations[kind].pairs | other.relations[kind].pairs
            relations[kind] = self.relations[kind]._replace(pairs=pairs)
        return Schema({**other.kinds, **self.kinds}, relations)

    def written(self) -> dict[str, Any]:
        """As JSON; :meth:`read` is the way back."""
        relations = {k: [sorted(r.pairs), *r[1:]] for k, r in self.relations.items()}
        return {"kinds": dict(self.kinds), "relations": relations}

    @classmethod
    def read(cls, written: dict[str, Any]) -> Schema:
        """A schema from JSON."""
        return cls(
            {alias: (kind, family) for alias, (kind, family) in written["kinds"].items()},
            {
                kind: Typed(frozenset((head, tail) for head, tail in pairs), *properties)
                for kind, (pairs, *properties) in written["relations"].items()
            },
        )

    @property
    def gate(self) -> Gate:
        """The pairs that are candidates for some relation type."""
        return frozenset().union(*(relation.pairs for relation in self.relations.values()))


def schema(documents: Sequence[Document], guide: Guide | None) -> Schema:
    """Types of the guide and of the documents; without a guide families and pairs are inferred.

    What the guide does not know is read off the documents too.
    """
    named = [_canonical(document, guide) for document in documents]
    family = families(named)
    if guide:
        family |= {kind: guide.family(kind) or family[kind] for kind in family}
        family |= {kind: entity.family for kind, entity in guide.entities.items()}
    relations = _few(read_relations(named, family))
    if guide:
        relations |= guide.relations
    members: dict[str, list[str]] = {kind: [kind] for kind in family}
    for kind, group in sorted(family.items()):
        members.setdefault(group, []).append(kind)
    spelled = (guide.aliases if guide else {}) | {kind: kind for kind in family}
    return Schema(
        {alias: (kind, family[kind]) for alias, kind in sorted(spelled.items())},
        {kind: _typed(relation, members) for kind, relation in sorted(relations.items())},
    )


def _canonical(document: Document, guide: Guide | None) -> Document:
    if guide is None or all(e.type in guide.entities for e in document.entities):
        return document
    entities = [e.model_copy(update={"type": guide.canonical(e.type)}) for e in document.entities]
    return document.model_copy(update={"entities": tuple(entities)})


def _few(relations: dict[str, RelationType]) -> dict[str, RelationType]:
    """Relation types read off documents; with one or two examples, an attribute has one head."""
    proper = [r for r in relations.values() if r.self_relation != "only"]
    heads = {head for relation in proper for head, _ in relation.signatures}
    return {
        kind: r.model_copy(update={"one_head": r.one_head or (r.support < 3 and leaves)})
        for kind, r in relations.items()
        for leaves in [heads.isdisjoint(tail for _, tail in r.signatures)]
    }


def _typed(relation: RelationType, members: dict[str, list[str]]) -> Typed:
    ends = [(members[head], members[tail]) for head, tail in relation.signatures]
    pairs = {(h, t) for heads, tails in ends for h in heads for t in tails}
    if relation.self_relation == "only":
        pairs = {(head, SAME) for head, _ in pairs}
    return Typed(frozenset(pairs), relation.symmetric, relation.one_head)
