"""How far the mentions of two annotations agree: exactly, or one overlapping the other, by type.

>>> partial(gold, predicted)["PLACE"]  # gold « est de l'Ukraine », predicted « Ukraine »
Part(found=1, gold=1, right=1, predicted=1)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from augment.clusters import METRICS, Part, Share, share
from augment.schema import Document

Span = tuple[int, int]
Typed = tuple[int, int, str]
Parts = Mapping[str, Part]


def mentions(d: Document) -> set[Typed]:
    """(start, end, type) of every mention."""
    return {(m.start, m.end, e.type) for e, m in d.mentions()}


def spans(d: Document) -> set[Span]:
    """(start, end) of every mention."""
    return {(m.start, m.end) for _, m in d.mentions()}


def clusters(d: Document) -> set[frozenset[Span]]:
    """The spans of every entity."""
    return {frozenset((m.start, m.end) for m in e.mentions) for e in d.entities}


def exact(gold: Document, predicted: Document) -> dict[str, Part]:
    """Mentions with the same span and type, by type."""
    return _by_type(gold, predicted, mentions(gold) & mentions(predicted))


def partial(gold: Document, predicted: Document) -> dict[str, Part]:
    """Mentions of one type that overlap, matched one to one, by type.

    Of those that a mention overlaps the exact one is taken, then the longest stretch in common.
    (The "type" match of SemEval-2013 task 9.1, Segura-Bedmar et al. 2013.)
    """
    ours, theirs = mentions(gold), mentions(predicted)
    shared = sorted(
        ((a, b) for a in ours for b in theirs if a[2] == b[2] and _common(a, b) > 0),
        key=lambda pair: (pair[0] != pair[1], -_common(*pair), pair),
    )
    taken: tuple[set[Typed], set[Typed]] = (set(), set())
    for a, b in shared:
        if a not in taken[0] and b not in taken[1]:
            taken[0].add(a)
            taken[1].add(b)
    return _by_type(gold, predicted, taken[0])


def _common(a: Typed, b: Typed) -> int:
    return min(a[1], b[1]) - max(a[0], b[0])


def _by_type(gold: Document, predicted: Document, both: Iterable[Typed]) -> dict[str, Part]:
    counts = [Counter(kind for *_, kind in x) for x in (both, mentions(gold), mentions(predicted))]
    kinds = sorted(counts[1] | counts[2])
    return {k: Part(counts[0][k], counts[1][k], counts[0][k], counts[2][k]) for k in kinds}


def by_type(parts: Sequence[Parts]) -> dict[str, tuple[Share, int]]:
    """Scores of each type over all documents, and how many gold mentions it has."""
    kinds = sorted({kind for part in parts for kind in part})
    rows = {kind: [part[kind] for part in parts if kind in part] for kind in kinds}
    return {kind: (share(row), int(sum(p.gold for p in row))) for kind, row in rows.items()}


def whole(parts: Sequence[Parts]) -> Share:
    """Scores over all types and documents."""
    return share(part for by_kind in parts for part in by_kind.values())


def linked(pairs: Sequence[tuple[Document, Document]]) -> dict[str, Share]:
    """Scores of clusters over (gold, predicted) documents: MUC, B³, CEAF, exactly right.

    Mentions are their spans, whatever their type; the type tells apart mentions on one span.
    """
    keyed = [_keyed(*pair) for pair in pairs]
    found = {
        name: share(metric(*pair) for pair in keyed)
        for name, metric in METRICS.items()
        if name != "exact"
    }
    same = ((len(clusters(a) & clusters(b)), len(clusters(a)), len(clusters(b))) for a, b in pairs)
    return {**found, "exact": share(Part(both, a, both, b) for both, a, b in same)}


def _keyed(gold: Document, other: Document) -> tuple[list[set[Span | Typed]], ...]:
    sides = [Counter((m.start, m.end) for _, m in d.mentions()) for d in (gold, other)]
    shared = {span for side in sides for span, n in side.items() if n > 1}

    def side(d: Document) -> list[set[Span | Typed]]:
        return [
            {
                (m.start, m.end, e.type) if (m.start, m.end) in shared else (m.start, m.end)
                for m in e.mentions
            }
            for e in d.entities
        ]

    return side(gold), side(other)
