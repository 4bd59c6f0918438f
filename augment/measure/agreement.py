"""How far two annotations of the same texts agree: mentions, clusters, relations.

Entity ids differ between annotators, so entities are first linked through the text; relations are
then compared through these links.

    {"mentions": {"precision": 0.81, "recall": 0.78, "f1": 0.80}, "relations": {…}, "kappa": 0.71}
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

from augment.errors import UsageError
from augment.match import (
    cohen_kappa,
    decide,
    f1,
    linked,
    matched,
    renamed,
    tally,
    told,
    trimmed,
)
from augment.mentions import clusters, mentions, spans
from augment.schema import Document
from augment.scores import count, metrics, scored

Pairs = Sequence[tuple[Document, Document]]


def agreement(gold: Sequence[Document], other: Sequence[Document]) -> dict[str, Any]:
    """Agreement of ``other`` with ``gold`` on the documents both have, in 0–1.

    ``mentions``: exact span and type; ``spans``: span only; ``clusters``: entities with exactly the
    same mentions. ``relations``: triples end to end, between entities of the same type that overlap
    (:func:`augment.match.linked`), with ``macro_f1`` over the types gold has and
    ``relation_types``, F1 by type. ``relations_exact``: triples between entities matched one to one
    that share an exact span, whatever their types (:func:`augment.match.matched`). ``kappa``:
    Cohen's, on (ordered pair, type) decisions over pairs of the matched entities and the types
    either side uses.

    Types that one side does not label, and pairs that one side masks, are left out. Raises
    UsageError if no document is in both, or a text differs by more than the white space around it.
    """
    pairs = _paired(gold, other)
    tallies: dict[str, Counter[str]] = {
        name: Counter() for name in ("mentions", "spans", "clusters", "relations_exact")
    }
    decisions: Counter[tuple[bool, bool]] = Counter()
    for a, b in pairs:
        for name, key in (("mentions", mentions), ("spans", spans), ("clusters", clusters)):
            tally(tallies[name], key(a), key(b))
        one_to_one = matched(a, b)
        left, right = told(a, renamed(b, one_to_one))
        tally(tallies["relations_exact"], left, right)
        kinds = sorted({kind for _, kind, _ in left | right})
        for both in decide(left, right, set(one_to_one.values()), kinds).values():
            decisions.update(both)
    shares = {name: _scores(c) for name, c in tallies.items()}
    exact = shares.pop("relations_exact")
    return {
        "documents": len(pairs),
        **shares,
        **_end_to_end(pairs),
        "relations_exact": exact,
        "kappa": cohen_kappa(decisions),
    }


def _paired(gold: Sequence[Document], other: Sequence[Document]) -> Pairs:
    ours = {d.id: trimmed(d) for d in gold}
    pairs = [(ours[d.id], trimmed(d)) for d in other if d.id in ours]
    if not pairs:
        raise UsageError("no document id is in both corpora")
    for a, b in pairs:
        if a.text != b.text:
            raise UsageError(f"document {a.id!r} has two different texts")
    return pairs


def _end_to_end(pairs: Pairs) -> dict[str, Any]:
    gold, found = [], []
    for a, b in pairs:
        left, right = told(a, renamed(b, linked(a, b)))
        kept = tuple(r for r in a.relations if r.triple in left)
        gold.append(a.model_copy(update={"relations": kept}))
        found.append(right)
    over = scored(gold, found)
    counts = count(gold, found, over.types).sum(axis=0)
    got = metrics(counts, over)
    both, extra, missed = (int(n) for n in counts.sum(axis=0))
    whole = Counter(both=both, left=both + missed, right=both + extra)
    macro = None if math.isnan(got.macro_f1) else float(got.macro_f1)
    types = zip(over.types, got.per_type, strict=True)
    return {
        "relations": {**_scores(whole), "macro_f1": macro},
        "relation_types": {kind: float(share) for kind, share in types},
    }


def _scores(c: Counter[str]) -> dict[str, float]:
    return {
        "precision": c["both"] / c["right"] if c["right"] else 0.0,
        "recall": c["both"] / c["left"] if c["left"] else 0.0,
        "f1": f1(c),
    }
