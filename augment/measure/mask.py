"""Which relation types an addition leaves out or annotates too thinly, and how not to learn that.

An LLM that writes two of five "is located in" teaches a student that the other three are no
relation. Such a type is masked: its pairs in the addition are neither positive nor negative.

>>> thin(gold, addition)  # gold annotates START_DATE, the addition never does
['START_DATE']
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from augment.schema import Document, EntityId

Mask = Literal["auto", "gate", "none"]
"""``auto`` masks what is annotated too thinly; ``gate`` also what makes the student worse on the
training side (see :mod:`augment.measure.gate`)."""
HALF = 0.5
"""A type is thin below this share of the gold's rate."""
ONE_SIDED_95 = 1.645


def signatures(documents: Iterable[Document]) -> dict[str, frozenset[tuple[str, str]]]:
    """Relation type → the (head type, tail type) pairs seen with it."""
    seen: dict[str, set[tuple[str, str]]] = {}
    for document in documents:
        types = {entity.id: entity.type for entity in document.entities}
        for r in document.relations:
            seen.setdefault(r.type, set()).add((types[r.head], types[r.tail]))
    return {kind: frozenset(pairs) for kind, pairs in sorted(seen.items())}


def thin(gold: Sequence[Document], addition: Sequence[Document]) -> list[str]:
    """Relation types that the addition annotates at less than half of the gold's rate, sorted.

    The rate is relations per pair of entities whose types were seen with that relation in the
    gold. A type is thin if the upper end of the one-sided 95 % interval of the ratio of both rates
    is below one half: documents are the sampling unit, log ratio with linearised variances (Wolter
    2007, ch. 6), never less than the Poisson variance. So a type with few chances to occur in the
    addition (under about ten expected) is never thin, and one that is used more than in gold
    neither: orders ask for that.
    """
    seen = signatures(gold)
    return [
        kind
        for kind, pairs in seen.items()
        if _below(_rate(kind, pairs, addition), _rate(kind, pairs, gold))
    ]


def _rate(
    kind: str, pairs: frozenset[tuple[str, str]], documents: Sequence[Document]
) -> tuple[float, float]:
    """Log of relations per compatible pair, and its variance."""
    claiming = [document for document in documents if document.claims(kind)]
    found = np.array([sum(r.type == kind for r in d.relations) for d in claiming], dtype=float)
    chances = np.array([_chances(d, pairs) for d in claiming], dtype=float)
    return _log_rate(found, chances)


def _log_rate(found: NDArray[np.float64], chances: NDArray[np.float64]) -> tuple[float, float]:
    total = found.sum() + 0.5
    if not chances.sum():
        return 0.0, math.inf
    rate = total / chances.sum()
    clustered = ((found - rate * chances) ** 2).sum() / total**2
    return math.log(rate), max(float(clustered), 1 / total)


def _chances(document: Document, pairs: frozenset[tuple[str, str]]) -> int:
    types = Counter(entity.type for entity in document.entities)
    return sum(types[head] * types[tail] for head, tail in pairs)


def _below(addition: tuple[float, float], gold: tuple[float, float]) -> bool:
    spread = ONE_SIDED_95 * math.sqrt(addition[1] + gold[1])
    return addition[0] - gold[0] + spread < math.log(HALF)


def masked(
    addition: Sequence[Document], types: Sequence[str], known: Iterable[str]
) -> list[Document]:
    """The addition without what it says on ``types``; ``known`` are all relation types there are.

    Its ``labelled`` lists the types that are left, and entities that take part in none of its
    relations are set aside: all their pairs are masked, for nothing says why they are alone.
    """
    left_out = set(types)
    if not left_out:
        return list(addition)
    universe = sorted({*known, *(r.type for d in addition for r in d.relations)} - left_out)
    return [
        document.model_copy(
            update={
                "labelled": tuple(kind for kind in universe if document.claims(kind)),
                "masked": document.masked + tuple(_alone(document)),
            }
        )
        for document in addition
    ]


def _alone(document: Document) -> list[tuple[EntityId, None, EntityId]]:
    related = {end for r in document.relations for end in (r.head, r.tail)}
    ids = [entity.id for entity in document.entities]
    return [
        (head, None, tail)
        for head in ids
        for tail in ids
        if head not in related or tail not in related
    ]
