"""Entity types → families: types that play the same roles in relations and look alike.

>>> families(documents)
{"CIVILIAN": "civilian", "MILITARY": "civilian", "PLACE": "place", ...}
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

from augment.guide.habits import PRONOUNS
from augment.schema import Document, Entity

FORM_WEIGHT = 0.2
CUT = 0.35


def families(documents: Iterable[Document]) -> dict[str, str]:
    """Entity type → family, named after its most frequent member in lower case.

    Average linkage on one minus a similarity: the Hellinger affinity of the two types' shares of
    roles (relation type and side), and with weight 0.2 the likeness of their mentions (capitals,
    digits, pronouns, plurals, length). Types without relations are compared by their mentions.
    """
    roles, forms, counts = _profiles(documents)
    names = sorted(counts)
    if len(names) < 2:
        return {name: name.lower() for name in names}
    keys = sorted({role for name in names for role in roles[name]})
    shares = np.array([[roles[name][key] for key in keys] for name in names], dtype=float)
    shares = shares.reshape(len(names), len(keys))
    totals = shares.sum(axis=1, keepdims=True)
    affinity = np.sqrt(shares / np.where(totals, totals, 1))
    played = affinity @ affinity.T
    looks = np.array([np.mean(forms[name], axis=0) for name in names])
    alike = 1 - np.abs(looks[:, None] - looks[None]).mean(axis=2)
    idle = (totals == 0) & (totals == 0).T
    similar = np.where(idle, alike, (1 - FORM_WEIGHT) * played + FORM_WEIGHT * alike)
    distances = np.clip(1 - similar, 0, 1)
    np.fill_diagonal(distances, 0)
    tree = linkage(squareform(distances, checks=False), "average")
    clusters: dict[int, list[str]] = defaultdict(list)
    for name, cluster in zip(names, fcluster(tree, CUT, "distance"), strict=True):
        clusters[int(cluster)].append(name)
    return {
        name: max(members, key=lambda m: (counts[m], m)).lower()
        for members in clusters.values()
        for name in members
    }


def _profiles(
    documents: Iterable[Document],
) -> tuple[dict[str, Counter[tuple[str, str]]], dict[str, list[list[float]]], Counter[str]]:
    roles: dict[str, Counter[tuple[str, str]]] = defaultdict(Counter)
    forms: dict[str, list[list[float]]] = defaultdict(list)
    counts: Counter[str] = Counter()
    for document in documents:
        types = {entity.id: entity.type for entity in document.entities}
        counts.update(types.values())
        for entity in document.entities:
            forms[entity.type].append(_form(entity))
        for r in document.relations:
            side = ("head", "tail") if r.head != r.tail else ("self", "self")
            roles[types[r.head]][r.type, side[0]] += 1
            roles[types[r.tail]][r.type, side[1]] += r.head != r.tail
    return roles, forms, counts


def _form(entity: Entity) -> list[float]:
    values = [m.value for m in entity.mentions]
    tests = (
        [v[0].isupper() for v in values],
        [any(c.isdigit() for c in v) for v in values],
        [v.lower() in PRONOUNS for v in values],
        [v.endswith(("s", "x")) for v in values],
        [min(v.count(" "), 4) / 4 for v in values],
    )
    return [sum(test) / len(values) for test in tests]
