"""Two annotations of one text: whose entity is whose, and how far their yes and no agree.

>>> linked(gold, other)  # other's "e7" and gold's 1 are both a CIVILIAN at "Olha"
{'e7': 1}
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Collection, Iterable
from itertools import accumulate
from typing import Any

import numpy as np
from scipy.optimize import linear_sum_assignment

from augment.schema import Document, EntityId, Triple
from augment.scores import gold_triples, judged
from augment.spans import edit, move

Links = dict[EntityId, EntityId]
Decisions = Counter[tuple[bool, bool]]
"""Yes or no of the left and of the right side → how often."""


def linked(gold: Document, other: Document) -> Links:
    """Other's entity id → gold's of the same type with the most spans in common.

    Exact spans go first, then those that overlap (nested ones do too). Several entities may have
    one image: a border or a split cluster, which the scores of mentions and clusters count, is
    not counted in every relation again. Of equals gold's first entity is taken; an entity that
    overlaps none of its type has no image.
    """
    ordered = sorted(((m.start, m.end, i) for i, e in enumerate(gold.entities) for m in e.mentions))
    starts = [start for start, _, _ in ordered]
    reach = list(accumulate((end for _, end, _ in ordered), max))
    links: Links = {}
    for entity in other.entities:
        shared: dict[int, list[int]] = {}
        for m in entity.mentions:
            for start, end, i in ordered[bisect_right(reach, m.start) : bisect_left(starts, m.end)]:
                if end > m.start and gold.entities[i].type == entity.type:
                    counts = shared.setdefault(i, [0, 0])
                    counts[0] += (start, end) == (m.start, m.end)
                    counts[1] += 1
        if shared:
            best = min(shared, key=lambda i: (-shared[i][0], -shared[i][1], i))
            links[entity.id] = gold.entities[best].id
    return links


def matched(gold: Document, other: Document) -> Links:
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


def links(gold: Document, other: Document) -> Links:
    """By id where all of other's entities are gold's, mention by mention; else :func:`linked`.

    By id too where the texts differ in more than the white space around them.
    """
    gold, other = trimmed(gold), trimmed(other)
    ours, theirs = (
        {e.id: {(m.start, m.end) for m in e.mentions} for e in d.entities} for d in (gold, other)
    )
    if gold.text != other.text or theirs.items() <= ours.items():
        return {key: key for key in theirs}
    return linked(gold, other)


def trimmed(d: Document) -> Document:
    """A document without white space around its text: those who annotate often lose it."""
    left, size = len(d.text) - len(d.text.lstrip()), len(d.text.rstrip())
    if size - left == len(d.text):
        return d
    text, offsets = edit(d.text, [(0, left, ""), (size, len(d.text), "")])
    return d.model_copy(update={"text": text, "entities": move(d.entities, offsets, text)})


def renamed(d: Document, links: Links) -> Document:
    """Relations and masks with the ids that ``links`` gives; ``"?7"``, which equals nothing, for 7.

    Entities stay as they are.
    """

    def name(key: EntityId) -> EntityId:
        return links.get(key, f"?{key}")

    relations = tuple(
        r.model_copy(update={"head": name(r.head), "tail": name(r.tail)}) for r in d.relations
    )
    masked = tuple((name(head), kind, name(tail)) for head, kind, tail in d.masked)
    return d.model_copy(update={"relations": relations, "masked": masked})


def told(a: Document, b: Document) -> tuple[frozenset[Triple], frozenset[Triple]]:
    """The triples of each side that the other labels and does not mask; ids of both are a's."""
    left, right = gold_triples(a), gold_triples(b)
    return (
        frozenset(triple for triple in left if judged(b, triple)),
        frozenset(triple for triple in right if judged(a, triple)),
    )


def tally(counter: Counter[str], left: Collection[Any], right: Collection[Any]) -> None:
    """Add two sets to a count of what is in ``both``, in ``left`` and in ``right``."""
    counter["both"] += len(set(left) & set(right))
    counter["left"] += len(left)
    counter["right"] += len(right)


def f1(counter: Counter[str]) -> float:
    """F1 of what :func:`tally` counted; 0 where there is nothing."""
    total = counter["left"] + counter["right"]
    return 2 * counter["both"] / total if total else 0.0


def decide(
    left: Collection[Triple],
    right: Collection[Triple],
    entities: Collection[EntityId],
    kinds: Iterable[str],
) -> dict[str, Decisions]:
    """By relation type, the yes and no of both sides on all ordered pairs of ``entities``."""
    found = {}
    for kind in kinds:
        marked = {
            (head, tail)
            for head, own, tail in (*left, *right)
            if own == kind and head in entities and tail in entities
        }
        told = Counter(((h, kind, t) in left, (h, kind, t) in right) for h, t in marked)
        told[False, False] += len(entities) ** 2 - len(marked)
        found[kind] = told
    return found


def cohen_kappa(decisions: Decisions) -> float:
    """Cohen's kappa (1960) of yes/no decisions counted as (left, right); 1 if all are the same."""
    total = decisions.total()
    if not total:
        return 1.0
    agreed = (decisions[True, True] + decisions[False, False]) / total
    left, right = (sum(n for told, n in decisions.items() if told[i]) / total for i in (0, 1))
    chance = left * right + (1 - left) * (1 - right)
    return 1.0 if chance == 1 else (agreed - chance) / (1 - chance)
