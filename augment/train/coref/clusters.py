"""What the linkers share: which types have clusters, pairs scored → clusters, the best threshold.

>>> best_first(Pairs(i, j, rank), odds=np.array([-1.0, 2.0]), threshold=0.0, mentions=3)
array([0, 1, 1])
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np

from augment.clusters import conll, scores
from augment.guide.model import Guide
from augment.schema import Document, Entity, Mention
from augment.train.columns import Ints
from augment.train.coref.mentions import Mentions, columns, places
from augment.train.coref.pairs import Pairs, pairs
from augment.train.decode import Floats

BLOCK = 64
"""Documents that are linked at once: bounds the memory."""
GRID = np.linspace(-1.5, 1.0, 11)
"""Thresholds that are tried, as log-odds."""
Odds = Callable[[Sequence[Document], Mentions, Pairs], Floats]
"""Log-odds of the pairs of a batch."""


def linkable(documents: Sequence[Document], guide: Guide | None) -> dict[str, str]:
    """Spelling → canonical name of the types that have an entity of several mentions."""

    def canonical(kind: str) -> str:
        return guide.canonical(kind) if guide else kind

    entities = [e for d in documents for e in d.entities]
    several = {canonical(e.type) for e in entities if len(e.mentions) > 1}
    spelled = {e.type for e in entities} | set(guide.aliases if guide else ())
    named = {kind: canonical(kind) for kind in sorted(spelled)}
    return {kind: name for kind, name in named.items() if name in several}


def linked(
    documents: Sequence[Document], kinds: Mapping[str, str], odds: Odds, threshold: float
) -> list[tuple[Entity, ...]]:
    """The mentions of each document in clusters; how they are clustered now is not looked at.

    Clusters are numbered, and their mentions sorted, in the order of the text.
    """
    found: list[tuple[Entity, ...]] = []
    for start in range(0, len(documents), BLOCK):
        found += _block(documents[start : start + BLOCK], kinds, odds, threshold)
    return found


def _block(
    documents: Sequence[Document], kinds: Mapping[str, str], odds: Odds, threshold: float
) -> list[tuple[Entity, ...]]:
    found = places(documents, kinds)
    m = columns(documents, found)
    p = pairs(m)
    root: Ints = np.arange(len(found))
    if len(p.i):
        root = best_first(p, odds(documents, m, p), threshold, len(found))
    together: list[dict[int, list[tuple[str, Mention]]]] = [{} for _ in documents]
    for place, first in zip(found, root.tolist(), strict=True):
        kind = documents[place.document].entities[place.entity].type
        together[place.document].setdefault(first, []).append((kind, place.mention))
    return [_entities(d, t.values(), kinds) for d, t in zip(documents, together, strict=True)]


def best_first(p: Pairs, odds: Floats, threshold: float, mentions: int) -> Ints:
    """The first mention of each mention's cluster: shape (mentions,)."""
    root = np.arange(mentions)
    good = np.flatnonzero(odds >= threshold)
    order = np.lexsort((p.rank[good], -odds[good], p.j[good]))  # the nearest of equals
    second, which = np.unique(p.j[good][order], return_index=True)
    for j, i in zip(second.tolist(), p.i[good][order][which].tolist(), strict=True):
        root[j] = root[i]
    return root


def curve(m: Mentions, p: Pairs, odds: Floats, documents: int) -> list[float]:
    """The mean of MUC, B³ and CEAF-e with each threshold of :data:`GRID`."""
    gold = _clusters(m.document, m.entity, documents)
    got = []
    for low in GRID:
        found = _clusters(m.document, best_first(p, odds, low, len(m.document)), documents)
        got.append(conll(scores(list(zip(gold, found, strict=True)))))
    return got


def _clusters(document: Ints, label: Ints, documents: int) -> list[list[set[int]]]:
    """Clusters of mention numbers, document by document."""
    found: list[dict[int, set[int]]] = [{} for _ in range(documents)]
    for n, (d, key) in enumerate(zip(document.tolist(), label.tolist(), strict=True)):
        found[d].setdefault(key, set()).add(n)
    return [list(clusters.values()) for clusters in found]


def _entities(
    document: Document, clusters: Iterable[list[tuple[str, Mention]]], kinds: Mapping[str, str]
) -> tuple[Entity, ...]:
    """Clusters, and the mentions of all other types each alone, numbered in the text's order."""
    alone = [[(e.type, m)] for e, m in document.mentions() if e.type not in kinds]
    ordered = sorted([*clusters, *alone], key=lambda c: (c[0][1].start, -c[0][1].end, c[0][0]))
    return tuple(
        Entity(id=n, type=cluster[0][0], mentions=tuple(m for _, m in cluster))
        for n, cluster in enumerate(ordered)
    )
