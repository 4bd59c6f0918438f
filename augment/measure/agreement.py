"""How far two annotations of the same texts agree: mentions, clusters, relations.

Entity ids differ between annotators, so clusters are first matched one to one by the mentions they
share; relations are then compared through that matching.

    {"mentions": {"precision": 0.81, "recall": 0.78, "f1": 0.80}, "relations": {…}, "kappa": 0.71}
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.optimize import linear_sum_assignment

from augment.errors import UsageError
from augment.schema import Document, EntityId, Triple
from augment.spans import edit, move

Share = dict[str, float]


def match_entities(gold: Document, other: Document) -> dict[EntityId, EntityId]:
    """Other's entity id → gold's, one to one, so that the most exact mention spans are shared.

    Entities without a shared span stay unmatched. (The matching of CEAF, Luo 2005.)
    """
    spans = [{(m.start, m.end) for m in e.mentions} for e in gold.entities]
    theirs = [{(m.start, m.end) for m in e.mentions} for e in other.entities]
    if not spans or not theirs:
        return {}
    types = [[g.type == o.type for g in gold.entities] for o in other.entities]
    shared = np.array([[len(s & t) for s in spans] for t in theirs], float)
    rows, columns = linear_sum_assignment(shared + 0.01 * np.array(types), maximize=True)
    return {
        other.entities[i].id: gold.entities[j].id
        for i, j in zip(rows, columns, strict=True)
        if shared[i, j] > 0
    }


def agreement(gold: Sequence[Document], other: Sequence[Document]) -> dict[str, Any]:
    """Agreement of ``other`` with ``gold`` on the documents both have, in 0–1.

    ``mentions`` exact span and type; ``spans`` span only; ``clusters`` entities with exactly the
    same mentions; ``relations`` triples through matched entities, with ``relation_types`` F1 by
    type; ``kappa`` Cohen's, on (ordered pair, type) decisions over pairs of matched entities and
    the types either side uses. Raises UsageError if no document is in both, or a text differs by
    more than the white space around it.
    """
    ours = {d.id: _trimmed(d) for d in gold}
    pairs = [(ours[d.id], _trimmed(d)) for d in other if d.id in ours]
    if not pairs:
        raise UsageError("no document id is in both corpora")
    for a, b in pairs:
        if a.text != b.text:
            raise UsageError(f"document {a.id!r} has two different texts")
    tally: dict[str, Counter[str]] = {
        name: Counter() for name in ("mentions", "spans", "clusters", "relations")
    }
    by_type: dict[str, Counter[str]] = {}
    decisions: Counter[tuple[bool, bool]] = Counter()
    for a, b in pairs:
        for name, key in (("mentions", _mentions), ("spans", _spans), ("clusters", _clusters)):
            _add(tally[name], key(a), key(b))
        matched = match_entities(a, b)
        left, right = {r.triple for r in a.relations}, _through(matched, b)
        _add(tally["relations"], left, right)
        for kind in {t for _, t, _ in left} | {t for _, t, _ in right}:
            sides = ({x for x in s if x[1] == kind} for s in (left, right))
            _add(by_type.setdefault(kind, Counter()), *sides)
        _decide(decisions, left, right, set(matched.values()))
    types = {kind: _f1(c) for kind, c in sorted(by_type.items())}
    return {
        "documents": len(pairs),
        **{name: _scores(c) for name, c in tally.items()},
        "relation_types": types,
        "kappa": cohen_kappa(decisions),
    }


def _trimmed(d: Document) -> Document:
    """Drop white space around the text: those who annotate often lose it."""
    left, size = len(d.text) - len(d.text.lstrip()), len(d.text.rstrip())
    text, offsets = edit(d.text, [(0, left, ""), (size, len(d.text), "")])
    return d.model_copy(update={"text": text, "entities": move(d.entities, offsets, text)})


def _mentions(d: Document) -> set[Any]:
    return {(m.start, m.end, e.type) for e, m in d.mentions()}


def _spans(d: Document) -> set[Any]:
    return {(m.start, m.end) for _, m in d.mentions()}


def _clusters(d: Document) -> set[Any]:
    return {frozenset((m.start, m.end) for m in e.mentions) for e in d.entities}


def _through(matched: dict[EntityId, EntityId], d: Document) -> set[Triple]:
    """Relations with the other's ids where matched; an unmatched end can equal nothing."""
    return {
        (matched.get(r.head, f"?{r.head}"), r.type, matched.get(r.tail, f"?{r.tail}"))
        for r in d.relations
    }


def _add(counter: Counter[str], left: set[Any], right: set[Any]) -> None:
    counter["both"] += len(left & right)
    counter["left"] += len(left)
    counter["right"] += len(right)


def _f1(c: Counter[str]) -> float:
    total = c["left"] + c["right"]
    return 2 * c["both"] / total if total else 0.0


def _scores(c: Counter[str]) -> Share:
    return {
        "precision": c["both"] / c["right"] if c["right"] else 0.0,
        "recall": c["both"] / c["left"] if c["left"] else 0.0,
        "f1": _f1(c),
    }


def _decide(
    decisions: Counter[tuple[bool, bool]],
    left: set[Triple],
    right: set[Triple],
    entities: set[EntityId],
) -> None:
    types = sorted({t for _, t, _ in left | right})
    marked = {x for x in left | right if x[0] in entities and x[2] in entities}
    for triple in marked:
        decisions[triple in left, triple in right] += 1
    decisions[False, False] += len(entities) ** 2 * len(types) - len(marked)


def cohen_kappa(decisions: Counter[tuple[bool, bool]]) -> float:
    """Cohen's kappa (1960) of yes/no decisions counted as (left, right); 1 if all are the same."""
    total = decisions.total()
    if not total:
        return 1.0
    agreed = (decisions[True, True] + decisions[False, False]) / total
    yes = [_margin(decisions, side) / total for side in (0, 1)]
    chance = yes[0] * yes[1] + (1 - yes[0]) * (1 - yes[1])
    return 1.0 if chance == 1 else (agreed - chance) / (1 - chance)


def _margin(decisions: Counter[tuple[bool, bool]], side: int) -> int:
    return sum(n for answer, n in decisions.items() if answer[side])
