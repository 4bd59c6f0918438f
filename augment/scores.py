"""F1, macro-F1, intervals: the only definitions, on counts per document so that all is a sum.

>>> f1(np.array([[2, 1, 1], [0, 0, 0]]))  # true positives, false positives, false negatives
array([0.66666667, 0.        ])
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from augment.schema import Document, Triple

Floats = NDArray[np.float64]
FREQUENT = 50
"""Test triples a type needs to count in ``macro_f1_50``."""


class Scored(NamedTuple):
    """Which types the averages run over, fixed by the gold of the whole test set.

    ``types`` are sorted; ``support`` is their number of gold triples; a type that is predicted but
    never gold has support 0 and counts in micro-F1 only.
    """

    types: tuple[str, ...]
    support: NDArray[np.int64]

    def at_least(self, triples: int) -> NDArray[np.bool_]:
        """True for the types with that many gold triples."""
        return self.support >= triples


class Metrics(NamedTuple):
    """Scores in 0–1 over the leading axes; ``per_type`` has the types as its last axis.

    ``macro_f1_50`` is NaN where no type is frequent enough.
    """

    macro_f1: Any
    macro_f1_50: Any
    micro_f1: Any
    per_type: Any

    def minus(self, other: Metrics) -> Metrics:
        """Paired differences."""
        return Metrics(*(a - b for a, b in zip(self, other, strict=True)))


def judged(document: Document, triple: Triple) -> bool:
    """True if the annotation says whether this triple holds: type labelled, pair not masked."""
    head, kind, tail = triple
    pair = {(head, kind, tail), (head, None, tail)}
    return document.claims(kind) and pair.isdisjoint(document.masked)


def gold_triples(document: Document) -> frozenset[Triple]:
    """The triples to be found; a relation that is written twice is one triple."""
    return frozenset(r.triple for r in document.relations if judged(document, r.triple))


def scored(gold: Iterable[Document], predicted: Iterable[Iterable[Triple]] = ()) -> Scored:
    """The types of the gold and of all predictions, with their number of gold triples."""
    support: dict[str, int] = {}
    for document in gold:
        for _, kind, _ in gold_triples(document):
            support[kind] = support.get(kind, 0) + 1
    for triples in predicted:
        for _, kind, _ in triples:
            support.setdefault(kind, 0)
    types = tuple(sorted(support))
    return Scored(types, np.array([support[t] for t in types], dtype=np.int64))


def count(
    gold: Sequence[Document], predicted: Sequence[frozenset[Triple]], types: Sequence[str]
) -> NDArray[np.int64]:
    """True positives, false positives and false negatives: an array (documents, types, 3).

    Predictions that the annotation says nothing about (see :func:`judged`) are not counted.
    Raises ValueError unless there is one set of predictions a document.
    """
    column = {kind: i for i, kind in enumerate(types)}
    counts = np.zeros((len(gold), len(types), 3), dtype=np.int64)
    for row, document, found in zip(counts, gold, predicted, strict=True):
        wanted = gold_triples(document)
        for triple in wanted | found:
            if triple in wanted:
                row[column[triple[1]], 0 if triple in found else 2] += 1
            elif judged(document, triple):
                row[column[triple[1]], 1] += 1
    return counts


def f1(counts: NDArray[Any]) -> Floats:
    """F1 from (…, 3) counts: 2 tp / (2 tp + fp + fn), 0 where all three are 0."""
    tp, errors = counts[..., 0] * 2.0, counts[..., 1] + counts[..., 2]
    return np.asarray(tp / np.maximum(tp + errors, 1))


def metrics(counts: NDArray[Any], over: Scored) -> Metrics:
    """Scores of (…, types, 3) counts that are already summed over documents.

    Macro-F1 is the unweighted mean over the types with at least one gold triple in the whole test
    set, 0 for a type that is never found (DESIGN, rule 7).
    """
    per_type = f1(counts)
    frequent = over.at_least(FREQUENT)
    nothing = np.full(per_type.shape[:-1], np.nan)
    return Metrics(
        per_type[..., over.at_least(1)].mean(axis=-1) if over.at_least(1).any() else nothing,
        per_type[..., frequent].mean(axis=-1) if frequent.any() else nothing,
        f1(counts.sum(axis=-2)),
        per_type,
    )


class Resamples(NamedTuple):
    """Bootstrap weights: ``documents`` (draws, documents), ``seeds`` (draws, seeds; rows sum 1)."""

    documents: Floats
    seeds: Floats


def resamples(
    groups: Sequence[int], seeds: int, *, draws: int = 10_000, seed: int = 0
) -> Resamples:
    """Weights of a hierarchical bootstrap over seeds × clusters of test documents.

    A seed stands for one training subsample with one generation batch. ``groups`` gives the
    cluster of each document: near-twins are drawn together. Both factors are drawn independently,
    as they are crossed (Owen 2007, "The pigeonhole bootstrap"); of ``n`` seeds ``n - 1`` are drawn,
    so that few of them do not understate the variance (Rao & Wu 1988).
    """
    rng = np.random.default_rng(seed)
    _, cluster = np.unique(np.asarray(groups), return_inverse=True)
    clusters = int(cluster.max()) + 1
    drawn = rng.multinomial(clusters, np.full(clusters, 1 / clusters), size=draws)
    size = max(seeds - 1, 1)
    drawn_seeds = rng.multinomial(size, np.full(seeds, 1 / seeds), size=draws) / size
    return Resamples(drawn[:, cluster].astype(float), drawn_seeds)


def bootstrap(counts: NDArray[Any], over: Scored, weights: Resamples) -> Metrics:
    """Scores of every draw, averaged over its seeds.

    ``counts`` is (seeds, documents, types, 3): each document was tested once a seed, folds pooled.
    Two arms are paired by giving the same ``weights`` and subtracting.
    """
    seeds, documents, types, _ = counts.shape
    total: list[Any] = [0.0, 0.0, 0.0, 0.0]
    for s in range(seeds):
        flat = counts[s].reshape(documents, types * 3).astype(float)
        drawn = (weights.documents @ flat).reshape(-1, types, 3)
        share = weights.seeds[:, s]
        for i, values in enumerate(metrics(drawn, over)):
            total[i] = total[i] + values * (share[:, None] if i == 3 else share)
    return Metrics(*total)


def interval(draws: Floats, level: float = 0.95) -> tuple[float, float]:
    """Percentile interval of bootstrap draws."""
    low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def p_value(draws: Floats) -> float:
    """Two-sided bootstrap p-value of "the difference is 0"; a draw of exactly 0 counts twice."""
    smaller = min(int((draws <= 0).sum()), int((draws >= 0).sum()))
    return min(1.0, 2 * (smaller + 1) / (len(draws) + 1))


def holm(p_values: Mapping[str, float]) -> dict[str, float]:
    """Adjusted p-values (Holm 1979); keys in the order given."""
    adjusted: dict[str, float] = {}
    largest = 0.0
    for rank, (name, p) in enumerate(sorted(p_values.items(), key=lambda item: item[1])):
        largest = max(largest, min(1.0, p * (len(p_values) - rank)))
        adjusted[name] = largest
    return {name: adjusted[name] for name in p_values}


def wilson(part: float, whole: float, z: float = 1.959964) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927); (0, 1) of nothing."""
    if not whole:
        return 0.0, 1.0
    share, square = part / whole, z * z / whole
    middle = share + square / 2
    half = z * float(np.sqrt(share * (1 - share) / whole + square / (4 * whole)))
    return max(0.0, (middle - half) / (1 + square)), min(1.0, (middle + half) / (1 + square))
