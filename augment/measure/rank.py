"""Which documents of an addition come first, by what the training side says of them.

>>> ranked("deficit", train, documents, number=20, seed=0, fit=fit)[:3]
[41, 7, 12]

Every rule sees the training subset and the addition, nothing else.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

from augment.measure.cover import cover
from augment.measure.recipe import Recipe, Rule
from augment.overlap import words
from augment.protocols import Scoring
from augment.schema import Document, Triple
from augment.scores import judged

DOUBTFUL = 20
"""Triples of a document, the nearest to their threshold, that say how unsure a student is."""
LIMIT = 10.0
"""Log-odds of a triple that is no candidate lie this far below the threshold."""
Fitted = Callable[[Sequence[Document]], Scoring]
"""Training documents → a student that has learnt from them."""


def chosen(
    recipe: Recipe, train: Sequence[Document], documents: Sequence[Document], seed: int, fit: Fitted
) -> list[Document]:
    """The share of ``documents`` that the recipe takes, in their own order.

    A smaller share is part of a larger one.
    """
    number = recipe.number(len(documents))
    if number == len(documents):
        return list(documents)
    first = ranked(recipe.choose, train, documents, number=number, seed=seed, fit=fit)
    return [documents[i] for i in sorted(first)]


def ranked(
    rule: Rule,
    train: Sequence[Document],
    documents: Sequence[Document],
    *,
    number: int,
    seed: int,
    fit: Fitted,
) -> list[int]:
    """Positions of the ``number`` documents that come first, in that order.

    ``loss``, ``margin``: see :func:`loss` and :func:`doubt`, of a student fitted on ``train``.
    ``nearness``: see :func:`nearness`. ``deficit``: types with few triples in ``train`` first.
    """
    if rule == "random":
        order = list(range(len(documents)))
        random.Random(f"{seed}/choose").shuffle(order)
        return order[:number]
    if rule == "deficit":
        return deficit(train, documents, number)
    if rule == "nearness":
        values = [-value for value in nearness(train, documents)]
    else:
        margins = fit(train).margins(documents)
        known = {r.type for document in train for r in document.relations}
        values = [
            loss(document, found, known) if rule == "loss" else doubt(document, found)
            for document, found in zip(documents, margins, strict=True)
        ]
    return sorted(range(len(documents)), key=lambda i: (values[i], i))[:number]


def deficit(train: Sequence[Document], documents: Sequence[Document], number: int) -> list[int]:
    """Those that add most where the training subset is weak, types without a triple first.

    n triples of a type, those of the subset included, are worth √n (concave over modular: Lin &
    Bilmes 2011, "A class of submodular functions for document summarization").
    """
    seen = sum(map(_taught, train), Counter[str]())
    held = [_taught(document) for document in documents]
    return cover(held, number, lambda kind, n: math.sqrt(seen[kind] + n))


def _taught(document: Document) -> Counter[str]:
    """Triples that a student learns from, by type."""
    return Counter(r.type for r in document.relations if judged(document, r.triple))


def loss(document: Document, margins: Mapping[Triple, float], known: set[str]) -> float:
    """Mean logistic loss of the triples that the document states or the student finds.

    Small-loss selection takes the lowest first: what a student of clean data contradicts is noise
    more often than news (Han et al. 2018, "Co-teaching"). The thousands of pairs that both call
    unrelated would drown the others. Types the student has not seen (not in ``known``) are no
    fault of the document; 0 if nothing is left to judge.
    """
    stated = {r.triple for r in document.relations if r.type in known}
    found = {triple for triple, margin in margins.items() if margin >= 0}
    signed = [
        margins.get(triple, -LIMIT) * (1 if triple in stated else -1)
        for triple in stated | found
        if judged(document, triple)
    ]
    losses = (max(0.0, -odds) + math.log1p(math.exp(-abs(odds))) for odds in signed)
    return math.fsum(losses) / max(len(signed), 1)


def doubt(document: Document, margins: Mapping[Triple, float]) -> float:
    """Mean distance from the threshold of the 20 labelled triples that are nearest to it.

    Margin sampling (Scheffer et al. 2001, "Active hidden Markov models for information
    extraction"; Settles 2009): the lowest first. The single nearest is close to 0 in any text.
    """
    nearest = sorted(abs(m) for triple, m in margins.items() if judged(document, triple))
    return math.fsum(nearest[:DOUBTFUL]) / len(nearest[:DOUBTFUL]) if nearest else LIMIT


def nearness(train: Sequence[Document], documents: Sequence[Document]) -> list[float]:
    """How near each document is to the nearest training document, 0–1.

    The mean of two cosines, each with its own nearest: of the words and pairs of words (TF-IDF),
    and of the relation types with the types of their ends. (Similarity to the target as the
    criterion: Ruder & Plank 2017, "Learning to select data for transfer learning".)
    """
    bags: tuple[Callable[[Document], list[Any]], ...] = (_grams, _signatures)
    parts = [_nearest(map(bag, train), map(bag, documents)) for bag in bags]
    return [float(value) for value in np.mean(parts, axis=0)]


def _nearest(train: Iterable[list[Any]], documents: Iterable[list[Any]]) -> Any:
    bags, others = list(train), list(documents)
    if not any(bags):
        return np.zeros(len(others))
    vectors = TfidfVectorizer(analyzer=list, sublinear_tf=True).fit(bags)
    return (vectors.transform(others) @ vectors.transform(bags).T).toarray().max(axis=1)


def _grams(document: Document) -> list[Any]:
    found = words(document.text)
    return [*found, *(" ".join(pair) for pair in pairwise(found))]


def _signatures(document: Document) -> list[Any]:
    types = {entity.id: entity.type for entity in document.entities}
    return [f"{types[r.head]} {r.type} {types[r.tail]}" for r in document.relations]
