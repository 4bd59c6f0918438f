"""What symmetry and transitivity ask of a set of relations.

>>> closed([("a", "IS_IN_CONTACT_WITH", "b")], {"a": "CIVILIAN", "b": "CIVILIAN"}, guide)
(('a', 'IS_IN_CONTACT_WITH', 'b'), ('b', 'IS_IN_CONTACT_WITH', 'a'))
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from augment.guide.model import Guide
from augment.schema import EntityId, Triple


def closed(triples: Iterable[Triple], types: Mapping[Any, str], guide: Guide) -> tuple[Triple, ...]:
    """Triples with the partners and the shortcuts that symmetric and transitive types ask for."""
    found = dict.fromkeys(triples)
    new = list(found)
    while new:
        more = [
            triple
            for head, kind, tail in new
            for triple in _implied(head, kind, tail, found, guide)
            if guide.allows(kind, types[triple[0]], types[triple[2]], same=triple[0] == triple[2])
        ]
        new = [triple for triple in dict.fromkeys(more) if triple not in found]
        found |= dict.fromkeys(new)
    return tuple(found)


def _implied(
    head: EntityId, kind: str, tail: EntityId, found: Iterable[Triple], guide: Guide
) -> list[Triple]:
    relation = guide.relations.get(kind)
    if relation is None:
        return []
    implied: list[Triple] = [(tail, kind, head)] if relation.symmetric and head != tail else []
    if relation.transitive:
        implied += [(head, kind, c) for b, k, c in found if k == kind and b == tail != c != head]
        implied += [(a, kind, tail) for a, k, b in found if k == kind and b == head != a != tail]
    return implied


def turned(triples: Iterable[Triple], old: Triple, new: Triple, guide: Guide) -> set[Triple]:
    """Triples with one relation in the place of another; of symmetric types, both directions."""
    return (set(triples) - _both(old, guide)) | _both(new, guide)


def _both(triple: Triple, guide: Guide) -> set[Triple]:
    head, kind, tail = triple
    relation = guide.relations.get(kind)
    return {triple, (tail, kind, head)} if relation and relation.symmetric else {triple}
