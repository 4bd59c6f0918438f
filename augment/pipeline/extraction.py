"""What an LLM found in texts, against their gold: mentions and relations, with intervals.

>>> extraction(gold, found, weights).figures["relations"]["macro"]
{'value': 0.64, 'low': 0.58, 'high': 0.69}
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from augment.match import f1, links, renamed, tally
from augment.schema import Document, Triple
from augment.scores import Floats, Metrics, Resamples, Scored, count, interval, metrics, scored
from augment.scores import f1 as f1_of

Found = Sequence[Document | None]
"""What was found in each text; None where no reply could be used: nothing was found there."""


class Extraction(NamedTuple):
    """Figures, and the macro-F1 of relations in each bootstrap draw, to be compared in pairs."""

    figures: dict[str, Any]
    draws: Floats


def extraction(gold: Sequence[Document], found: Found, weights: Resamples) -> Extraction:
    """F1 in 0–1, end to end.

    ``mentions``: exact span and type; ``clusters``: entities with exactly the same mentions;
    ``relations``: between entities taken for gold's through the text (:func:`augment.match.links`).
    Each with ``micro``, ``macro`` over gold's types, and ``types``. A draw of the bootstrap leaves
    out the types that its texts hold none of: with few texts the interval would else lie too low.
    """
    relations, draws = related(gold, [_triples(*pair) for pair in _pairs(gold, found)], weights)
    clusters: Counter[str] = Counter()
    for document, answer in _pairs(gold, found):
        tally(clusters, _clusters(document), _clusters(answer) if answer else ())
    counts, over = _mentions(gold, found)
    mentions, _ = _summary(counts, over, weights)
    figures = {"mentions": mentions, "clusters": f1(clusters), "relations": relations}
    return Extraction(figures, draws)


def related(
    gold: Sequence[Document], found: Sequence[frozenset[Triple]], weights: Resamples
) -> tuple[dict[str, Any], Floats]:
    """Figures of triples between gold's entities, and the draws of macro-F1."""
    over = scored(gold, found)
    return _summary(count(gold, found, over.types), over, weights)


def _pairs(gold: Sequence[Document], found: Found) -> list[tuple[Document, Document | None]]:
    return list(zip(gold, found, strict=True))


def _triples(gold: Document, answer: Document | None) -> frozenset[Triple]:
    if answer is None:
        return frozenset()
    return frozenset(r.triple for r in renamed(answer, links(gold, answer)).relations)


def _clusters(document: Document) -> set[frozenset[tuple[int, int]]]:
    return {frozenset((m.start, m.end) for m in e.mentions) for e in document.entities}


def _mentions(gold: Sequence[Document], found: Found) -> tuple[NDArray[np.int64], Scored]:
    """Counts (documents, types, 3) of mentions, as those of relations."""

    def spans(document: Document | None) -> set[tuple[str, int, int]]:
        return {(e.type, m.start, m.end) for e, m in document.mentions()} if document else set()

    support: Counter[str] = Counter(kind for d in gold for kind, _, _ in spans(d))
    extra = {kind for d in found for kind, _, _ in spans(d)}
    types = tuple(sorted({*support, *extra}))
    column = {kind: i for i, kind in enumerate(types)}
    counts = np.zeros((len(gold), len(types), 3), dtype=np.int64)
    for row, (document, answer) in zip(counts, _pairs(gold, found), strict=True):
        wanted, got = spans(document), spans(answer)
        for place, some in enumerate((wanted & got, got - wanted, wanted - got)):
            for kind, _, _ in some:
                row[column[kind], place] += 1
    return counts, Scored(types, np.array([support[t] for t in types], dtype=np.int64))


class Drawn(NamedTuple):
    """F1 as it is, and in each draw: micro, macro, and by type (NaN where a draw holds none)."""

    value: Metrics
    micro: Floats
    macro: Floats
    types: Floats


def _drawn(counts: NDArray[np.int64], over: Scored, weights: Resamples) -> Drawn:
    documents, kinds, _ = counts.shape
    flat = counts.reshape(documents, kinds * 3)
    drawn = (weights.documents @ flat).reshape(len(weights.documents), kinds, 3)
    there = drawn[..., 0] + drawn[..., 2] > 0
    per_type = np.where(there, f1_of(drawn), np.nan)
    macro = np.where(there, per_type, 0.0).sum(axis=1) / np.maximum(there.sum(axis=1), 1)
    return Drawn(metrics(counts.sum(axis=0), over), f1_of(drawn.sum(axis=1)), macro, per_type)


def _summary(
    counts: NDArray[np.int64], over: Scored, weights: Resamples
) -> tuple[dict[str, Any], Floats]:
    got = _drawn(counts, over, weights)
    types = {
        kind: estimate(got.value.per_type[i], got.types[:, i]) | {"gold": int(over.support[i])}
        for i, kind in enumerate(over.types)
        if over.support[i]
    }
    figures = {
        "micro": estimate(got.value.micro_f1, got.micro),
        "macro": estimate(got.value.macro_f1, got.macro) if types else None,
        "types": types,
    }
    return figures, got.macro


def contrast(
    gold: Sequence[Document], before: Found, after: Found, weights: Resamples
) -> dict[str, Any]:
    """What relations gain from one answer to another, on the same draws: macro, micro, types.

    Each with ``before``, ``after``, ``difference`` and its 95 % interval, in 0–1.
    """
    said = [[_triples(*pair) for pair in _pairs(gold, found)] for found in (before, after)]
    over = scored(gold, [*said[0], *said[1]])
    old, new = (_drawn(count(gold, one, over.types), over, weights) for one in said)
    types = {
        kind: gained(
            old.value.per_type[i], new.value.per_type[i], new.types[:, i] - old.types[:, i]
        )
        | {"gold": int(over.support[i])}
        for i, kind in enumerate(over.types)
        if over.support[i]
    }
    macro = gained(old.value.macro_f1, new.value.macro_f1, new.macro - old.macro)
    micro = gained(old.value.micro_f1, new.value.micro_f1, new.micro - old.micro)
    return {"macro": macro if types else None, "micro": micro, "types": types}


def gained(before: Any, after: Any, draws: Floats) -> dict[str, float]:
    """A paired difference with its 95 % bootstrap interval."""
    told = estimate(after - before, draws)
    told["difference"] = told.pop("value")
    return {"before": float(before), "after": float(after), **told}


def estimate(value: Any, draws: Floats) -> dict[str, float]:
    """A value and its 95 % bootstrap interval; draws that are NaN do not count."""
    low, high = interval(draws[~np.isnan(draws)])
    return {"value": float(value), "low": low, "high": high}
