"""What a set of documents looks like, and how another one differs: density, style, diversity, bias.

{"metric": "relations per text", "left": 36.4, "right": 61.0}
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from re import Pattern
from statistics import mean, median
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import HashingVectorizer

from augment.schema import Document
from augment.text_figures import ATTRIBUTION, NEGATION, PRONOUNS, QUOTATION, WORD, unrelated

Figures = dict[str, float | None]


def counts(documents: Iterable[Document]) -> dict[str, Any]:
    """Counts of documents, entities, mentions and relations, the last three also by type."""
    total: Counter[str] = Counter()
    entities: Counter[str] = Counter()
    mentions: Counter[str] = Counter()
    relations: Counter[str] = Counter()
    for document in documents:
        total["documents"] += 1
        for entity in document.entities:
            entities[entity.type] += 1
            mentions[entity.type] += len(entity.mentions)
        relations.update(relation.type for relation in document.relations)
    return {
        "documents": total["documents"],
        "entities": entities.total(),
        "mentions": mentions.total(),
        "relations": relations.total(),
        "entity_types": dict(entities.most_common()),
        "relation_types": dict(relations.most_common()),
    }


def describe(documents: Sequence[Document]) -> Figures:
    """Figures of a corpus, by name; None where there is nothing to divide by.

    Shares are in 0–1, lengths in words. ``distinct-n`` is the share of distinct word n-grams
    among the first 10 000 (Li et al. 2016), so that sizes compare; ``self-similarity`` is the mean
    cosine of a text's hashed word counts with its nearest other text.
    """
    if not documents:
        return {}
    words = [WORD.findall(d.text.lower()) for d in documents]
    mentions = [m.value.lower() for d in documents for _, m in d.mentions()]
    entities = sum(len(d.entities) for d in documents)
    return {
        "words per text (median)": float(median(len(w) for w in words)),
        "entities per text": entities / len(documents),
        "relations per text": mean(len(d.relations) for d in documents),
        "relation types per text": mean(len({r.type for r in d.relations}) for d in documents),
        "mentions per entity": _share(len(mentions), entities),
        "pronouns among mentions": _share(sum(m in PRONOUNS for m in mentions), len(mentions)),
        "entities without relation per text": mean(unrelated(d) for d in documents),
        "texts with a negation": _with(NEGATION, documents),
        "texts with « selon », « d’après »": _with(ATTRIBUTION, documents),
        "texts with a quotation": _with(QUOTATION, documents),
        "distinct-1": _distinct(words, 1),
        "distinct-2": _distinct(words, 2),
        "self-similarity": _self_similarity(documents),
    }


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def _with(pattern: Pattern[str], documents: Sequence[Document]) -> float:
    return mean(bool(pattern.search(d.text)) for d in documents)


def _distinct(words: Sequence[Sequence[str]], n: int, first: int = 10_000) -> float | None:
    grams = [g for w in words for g in (w if n == 1 else pairwise(w))][:first]
    return _share(len(set(grams)), len(grams))


def _self_similarity(documents: Sequence[Document], most: int = 1_000) -> float | None:
    if len(documents) < 2:
        return None
    step = max(1, len(documents) // most)
    texts = [d.text for d in documents[::step]]
    vectors = HashingVectorizer(n_features=2**16, alternate_sign=False).transform(texts)
    cosine = (vectors @ vectors.T).toarray()
    np.fill_diagonal(cosine, 0)
    return float(cosine.max(axis=1).mean())


def values(documents: Iterable[Document], top: int = 8) -> dict[str, dict[str, float]]:
    """Entity type → its commonest values with their share of the type's entities (first mention).

    Self-relations (grammatical gender and the like) come under ``self-relations``.
    """
    found: dict[str, Counter[str]] = {}
    for document in documents:
        for entity in document.entities:
            found.setdefault(entity.type, Counter())[entity.mentions[0].value] += 1
        loops = (r.type for r in document.relations if r.head == r.tail)
        found.setdefault("self-relations", Counter()).update(loops)
    return {
        kind: {value: n / counter.total() for value, n in counter.most_common(top)}
        for kind, counter in sorted(found.items())
        if counter
    }


def divergence(left: Mapping[str, int], right: Mapping[str, int]) -> float | None:
    """Jensen–Shannon divergence of two count tables, in bits: 0 same shares, 1 nothing shared."""
    names = sorted({*left, *right})
    p, q = (np.array([side.get(n, 0) for n in names], float) for side in (left, right))
    if not p.sum() or not q.sum():
        return None
    p, q = p / p.sum(), q / q.sum()
    m = (p + q) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = [np.where(x > 0, x * np.log2(x / m), 0).sum() for x in (p, q)]
    return float(sum(terms) / 2)


def drift(left: Sequence[Document], right: Sequence[Document]) -> list[dict[str, Any]]:
    """One row a metric: ``{"metric", "left", "right"}``; figures of both first, then comparisons.

    Comparisons have only a ``right`` value: vocabulary and signatures of right not in left, and the
    divergence of type shares.
    """
    ours, theirs = describe(left), describe(right)
    rows: list[dict[str, Any]] = [
        {"metric": name, "left": ours.get(name), "right": theirs.get(name)}
        for name in ours or theirs
    ]
    known = {w for d in left for w in WORD.findall(d.text.lower())}
    seen = [w for d in right for w in WORD.findall(d.text.lower())]
    signed, new = _signatures(left), _signatures(right)
    a, b = counts(left), counts(right)
    compared = {
        "new vocabulary (share of words)": _share(sum(w not in known for w in seen), len(seen)),
        "relations with a new signature": _share(
            sum(n for s, n in new.items() if s not in signed), new.total()
        ),
        "divergence of entity types (bits)": divergence(a["entity_types"], b["entity_types"]),
        "divergence of relation types (bits)": divergence(a["relation_types"], b["relation_types"]),
    }
    return rows + [{"metric": k, "left": None, "right": v} for k, v in compared.items()]


def _signatures(documents: Iterable[Document]) -> Counter[tuple[str, str, str]]:
    found: Counter[tuple[str, str, str]] = Counter()
    for document in documents:
        types = {entity.id: entity.type for entity in document.entities}
        found.update((types[r.head], r.type, types[r.tail]) for r in document.relations)
    return found
