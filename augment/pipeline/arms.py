"""The arms that need other stages: LLM-free samples, templates, and rules beside the student.

>>> sampled("mentions", guide, number=72)(view).documents[0].id
'mentions-000000'
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from itertools import islice
from operator import is_
from random import Random

from augment.guide import Guide
from augment.guide.infer import infer
from augment.measure.arms import Answer, System, inner
from augment.measure.cells import Cells, Predictions, bare
from augment.plan import Settings, plan
from augment.protocols import Addition, Arm, Student, View
from augment.rewrite import rewrite
from augment.schema import Candidate, Document, Order
from augment.scores import count, f1, scored

TRIES = 3
"""Orders for each sample wanted, at most: some cannot be filled."""
TYPES = 4
"""Relation types of one text made from templates."""


_INFERRED: deque[tuple[Sequence[Document], Guide]] = deque(maxlen=4)


def guide_of(view: View, guide: Guide | None) -> Guide:
    """The guide; without one, what the training subset says of itself."""
    if guide is not None:
        return guide
    for train, known in _INFERRED:
        if len(train) == len(view.train) and all(map(is_, train, view.train)):
            return known
    _INFERRED.append((view.train, infer(view.train, name="inferred")))
    return _INFERRED[-1][1]


def sampled(strategy: str, guide: Guide | None, *, number: int) -> Arm:
    """``number`` samples of an LLM-free strategy, made from the training subset.

    Fewer if even ``TRIES`` times as many orders do not give them. Sources are drawn from the whole
    subset: drawn for rare types, they would be the same few documents again and again, which costs
    the linear student 2 to 4 points of micro-F1. Only templates, which write one sentence a type,
    are ordered by a plan, for as many types a text as an LLM is asked for.
    """

    def arm(view: View) -> Addition:
        known = guide_of(view, guide)
        make = _planned if strategy == "templates" else _plain
        made = rewrite(make(strategy, view, known, number * TRIES), view.train, guide=known)
        documents = (c.document for c in made if isinstance(c, Candidate))
        return Addition(list(islice(documents, number)))

    return arm


def _plain(strategy: str, view: View, guide: Guide, number: int) -> Sequence[Order]:
    rng = Random(f"{view.seed}/{strategy}/orders")
    return [
        Order(id=f"{i:06d}", strategy=strategy, seed=rng.getrandbits(32)) for i in range(number)
    ]


def _planned(strategy: str, view: View, guide: Guide, number: int) -> Sequence[Order]:
    settings = Settings(types_per_order=TYPES)
    return plan(
        view.train,
        guide=guide,
        samples=number,
        strategies=[strategy],
        settings=settings,
        seed=view.seed,
    ).orders


def ruled(cells: Cells, rules: Callable[[Guide], Student], guide: Guide | None) -> System:
    """The student without any addition, joined by the rules for some types.

    Those are the types of which at least half of what the rules find in the training subset is
    right, but for those whose F1 falls on its validation part (see :func:`inner`).
    """

    def found(known: Guide, documents: Sequence[Document], test: Sequence[Document]) -> Predictions:
        student = rules(known)
        student.fit(documents)
        return student.predict([bare(document) for document in test])

    def answer(view: View, test: Sequence[Document]) -> Answer:
        known = guide_of(view, guide)
        inside, validation = inner(view)
        kinds = right(view.train, found(known, view.train, view.train)) - harmed(
            validation,
            cells.predict(inside.train, validation),
            found(known, inside.train, validation),
        )
        base, more = cells.predict(view.train, test), found(known, view.train, test)
        return Answer(
            [a | {t for t in b if t[1] in kinds} for a, b in zip(base, more, strict=True)]
        )

    return answer


def harmed(gold: Sequence[Document], base: Predictions, more: Predictions) -> set[str]:
    """Types whose F1 falls when both predictions are joined."""
    joined = [a | b for a, b in zip(base, more, strict=True)]
    types = scored(gold, joined).types
    before, after = (f1(count(gold, found, types).sum(axis=0)) for found in (base, joined))
    return {kind for i, kind in enumerate(types) if after[i] < before[i]}


def right(gold: Sequence[Document], found: Predictions) -> set[str]:
    """Types of which at least half of what was found is gold."""
    types = scored(gold, found).types
    totals = count(gold, found, types).sum(axis=0)
    return {kind for i, kind in enumerate(types) if totals[i, 0] >= max(1, totals[i, 1])}
