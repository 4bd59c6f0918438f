"""Which documents a person is to look at, each with one over the probability that it was drawn.

>>> select(batch, by="rare", number=50, seed=3)[0]
Selected(document=Document(id='s17', …), weight=2.4, why='types rares : END_DATE, SANCTION')

Every document of the batch can be drawn, so that weighted figures (:mod:`augment.review.rates`)
are those of the whole batch, however the documents were chosen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import accumulate
from random import Random
from typing import Literal

from augment.errors import UsageError
from augment.review.why import decimal, reported
from augment.schema import Document, Finding, Record

By = Literal["random", "uncertain", "rare", "violations", "traps"]
AT_MOST = 9.0
"""The document that matters most is this many times plus one as likely as one that does not."""
SHOWN = 3


class Selected(Record):
    """A document to look at; ``why`` is what the reviewer reads, in French."""

    document: Document
    weight: float
    why: str


def select(
    documents: Sequence[Document],
    *,
    by: By,
    number: int,
    seed: int = 0,
    scores: Mapping[str, float] | None = None,
    findings: Mapping[str, Sequence[Finding]] | None = None,
) -> list[Selected]:
    """``number`` documents in the order of the batch; all of a smaller batch, with weight 1.

    ``random``, and ``traps`` (:mod:`augment.review.traps` puts them in): all are as likely.
    ``uncertain``: by ``scores``, how unsure a student is (0–1) by
    document id. ``rare``: by the relation types held, each counted as one over the documents that
    have it. ``violations``: by the number of ``findings``. Raises UsageError where a method lacks
    what it goes by.
    """
    worth, whys = _worth(documents, by, scores, findings)
    highest = max(worth, default=0.0) or 1.0
    sizes = [1 + AT_MOST * value / highest for value in worth]
    chances = inclusion(sizes, number)
    drawn = systematic(chances, Random(f"{seed}/select/{by}"))
    return [Selected(document=documents[i], weight=1 / chances[i], why=whys[i]) for i in drawn]


def inclusion(sizes: Sequence[float], number: int) -> list[float]:
    """Probabilities proportional to the sizes, which sum to ``number`` and are at most 1.

    What would be above 1 is taken for certain, and the others share the rest (Särndal, Swensson &
    Wretman 1992, 3.6.1).
    """
    if number >= len(sizes):
        return [1.0] * len(sizes)
    certain: set[int] = set()
    while True:
        left = number - len(certain)
        rest = sum(size for i, size in enumerate(sizes) if i not in certain)
        over = {i for i, size in enumerate(sizes) if i not in certain and left * size >= rest > 0}
        if not over:
            return [1.0 if i in certain else left * s / rest for i, s in enumerate(sizes)]
        certain |= over


def systematic(chances: Sequence[float], random: Random) -> list[int]:
    """Places drawn without replacement, each exactly with its probability; sorted.

    Systematic sampling (Madow 1949) of the places in random order (Hartley & Rao 1962): as many as
    the probabilities sum to.
    """
    order = list(range(len(chances)))
    random.shuffle(order)
    number = round(sum(chances))
    start = random.random()
    drawn: list[int] = []
    for place, reached in zip(order, accumulate(chances[i] for i in order), strict=True):
        if len(drawn) < number and reached > start + len(drawn):
            drawn.append(place)
    if len(drawn) < number:  # the sum fell short of the last point by a rounding error
        drawn.append(next(i for i in reversed(order) if i not in drawn))
    return sorted(drawn)


def _worth(
    documents: Sequence[Document],
    by: By,
    scores: Mapping[str, float] | None,
    findings: Mapping[str, Sequence[Finding]] | None,
) -> tuple[list[float], list[str]]:
    if by in ("random", "traps"):
        return [0.0] * len(documents), ["tiré au hasard"] * len(documents)
    if by == "rare":
        return _rare(documents)
    if by == "uncertain" and scores is not None:
        doubts = [scores.get(d.id, 0.0) for d in documents]
        return doubts, [f"doute du modèle\u00a0: {decimal(doubt)}" for doubt in doubts]
    if by == "violations" and findings is not None:
        found = [findings.get(d.id, ()) for d in documents]
        return [float(len(own)) for own in found], [
            reported(own) or "rien de signalé" for own in found
        ]
    what = {"uncertain": "scores", "violations": "findings"}.get(by)
    raise UsageError(
        f"no way to select by {by!r}" + (f" without {what}" if what else ""),
        hint="use one of random, uncertain, rare, violations, traps",
    )


def _rare(documents: Sequence[Document]) -> tuple[list[float], list[str]]:
    held = [sorted({r.type for r in d.relations}) for d in documents]
    having = Counter(kind for kinds in held for kind in kinds)
    rarest = [sorted(kinds, key=lambda kind: (having[kind], kind))[:SHOWN] for kinds in held]
    return (
        [sum(1 / having[kind] for kind in kinds) for kinds in held],
        [f"types rares\u00a0: {', '.join(own)}" if own else "sans relation" for own in rarest],
    )
