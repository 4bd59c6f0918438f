"""How far two clusterings of mentions agree: MUC, B³ and CEAF, as sums over documents.

>>> muc([{"a", "b", "c", "d"}], [{"a", "b"}, {"c", "d"}])  # two of three links, none wrong
Part(found=2, gold=3, right=2, predicted=2)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple

import numpy as np
from scipy.optimize import linear_sum_assignment

Cluster = AbstractSet[Hashable]
Clusters = Sequence[Cluster]


class Part(NamedTuple):
    """What one document adds: recall is ``found / gold``, precision ``right / predicted``."""

    found: float
    gold: float
    right: float
    predicted: float


class Share(NamedTuple):
    """Precision, recall and F1 in 0–1; 0 where there is nothing."""

    precision: float
    recall: float
    f1: float


def share(parts: Iterable[Part]) -> Share:
    """The scores of all documents together: numerators and denominators are summed."""
    found, gold, right, predicted = (
        sum(column) for column in zip(Part(0, 0, 0, 0), *parts, strict=True)
    )
    precision = right / predicted if predicted else 0.0
    recall = found / gold if gold else 0.0
    both = precision + recall
    return Share(precision, recall, 2 * precision * recall / both if both else 0.0)


def muc(gold: Clusters, predicted: Clusters) -> Part:
    """Links (Vilain et al. 1995): of a cluster, its size less the parts the other breaks it into.

    Clusters of one mention have no links.
    """
    return Part(*_links(gold, predicted), *_links(predicted, gold))


def _links(clusters: Clusters, other: Clusters) -> tuple[int, int]:
    owner = {mention: n for n, cluster in enumerate(other) for mention in cluster}
    found = total = 0
    for cluster in clusters:
        known = [owner[mention] for mention in cluster if mention in owner]
        parts = len(set(known)) + len(cluster) - len(known)
        found += len(cluster) - parts
        total += len(cluster) - 1
    return found, total


def b_cubed(gold: Clusters, predicted: Clusters) -> Part:
    """By mention, the share of its cluster that the other's keeps (Bagga & Baldwin 1998).

    A mention that the other side has not is 0 (as in the reference scorer, Pradhan et al. 2014).
    """
    return Part(*_kept(gold, predicted), *_kept(predicted, gold))


def _kept(clusters: Clusters, other: Clusters) -> tuple[float, int]:
    owner = {mention: n for n, cluster in enumerate(other) for mention in cluster}
    kept = 0.0
    for cluster in clusters:
        parts = Counter(owner[mention] for mention in cluster if mention in owner)
        kept += sum(n * n for n in parts.values()) / len(cluster)
    return kept, sum(map(len, clusters))


def ceaf_e(gold: Clusters, predicted: Clusters) -> Part:
    """Entities matched one to one, by their F1 (CEAF with φ4, Luo 2005)."""
    total = _aligned(gold, predicted, lambda a, b: 2 * len(a & b) / (len(a) + len(b)))
    return Part(total, len(gold), total, len(predicted))


def ceaf_m(gold: Clusters, predicted: Clusters) -> Part:
    """Mentions shared by entities matched one to one (CEAF with φ3, Luo 2005)."""
    total = _aligned(gold, predicted, lambda a, b: len(a & b))
    return Part(total, sum(map(len, gold)), total, sum(map(len, predicted)))


def exact(gold: Clusters, predicted: Clusters) -> Part:
    """Clusters that have exactly the same mentions."""
    both = len({frozenset(c) for c in gold} & {frozenset(c) for c in predicted})
    return Part(both, len(gold), both, len(predicted))


def _aligned(
    gold: Clusters, predicted: Clusters, alike: Callable[[Cluster, Cluster], float]
) -> float:
    """Sum of ``alike`` over the pairs of the best one-to-one matching."""
    if not gold or not predicted:
        return 0.0
    table = np.array([[alike(a, b) if a & b else 0.0 for b in predicted] for a in gold])
    rows, columns = linear_sum_assignment(table, maximize=True)
    return float(table[rows, columns].sum())


METRICS: dict[str, Callable[[Clusters, Clusters], Part]] = {
    "muc": muc,
    "b_cubed": b_cubed,
    "ceaf_e": ceaf_e,
    "ceaf_m": ceaf_m,
    "exact": exact,
}
"""Every score by name; ``exact`` is the share of clusters exactly right."""
MEAN = ("muc", "b_cubed", "ceaf_e")
"""Those whose F1 is averaged (the CoNLL score: Pradhan et al. 2012)."""


def scores(pairs: Collection[tuple[Clusters, Clusters]]) -> dict[str, Share]:
    """All scores over documents, (gold, predicted) clusters each; mentions are hashable."""
    return {name: share(metric(*pair) for pair in pairs) for name, metric in METRICS.items()}


def conll(found: dict[str, Share]) -> float:
    """The mean F1 of MUC, B³ and CEAF-e."""
    return sum(found[name].f1 for name in MEAN) / len(MEAN)
