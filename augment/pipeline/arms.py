"""The arms that need other stages: LLM-free samples, templates, and rules beside the student.

>>> sampled("mentions", guide, number=72)(view).documents[0].id
'mentions-0'
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from operator import is_

from augment.guide import Guide
from augment.guide.infer import infer
from augment.measure.arms import Answer, System, inner
from augment.measure.cells import Cells, Predictions, bare
from augment.protocols import Addition, Arm, Student, View
from augment.rewrite import rewrite
from augment.schema import Candidate, Document, Order
from augment.scores import count, f1, scored

TRIES = 3
"""Orders for each sample wanted, at most: some cannot be filled."""


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


def sampled(
    strategy: str,
    guide: Guide | None,
    *,
    number: int,
    types: Callable[[Sequence[Document]], list[str]] | None = None,
) -> Arm:
    """``number`` samples of an LLM-free strategy made from the training subset, fewer if it fails.

    ``types`` gives the relation types to order, in turn; without it the orders name none.
    """

    def arm(view: View) -> Addition:
        wanted = types(view.train) if types else []
        made = rewrite(
            _orders(strategy, number * TRIES, wanted, view.seed),
            view.train,
            guide=guide_of(view, guide),
        )
        documents = (c.document for c in made if isinstance(c, Candidate))
        return Addition(list(islice(documents, number)))

    return arm


def _orders(strategy: str, number: int, types: Sequence[str], seed: int) -> Iterator[Order]:
    for i in range(number):
        asked = (types[i % len(types)],) if types else ()
        yield Order(id=str(i), strategy=strategy, types=asked, seed=seed * 100_003 + i)


def rare(documents: Sequence[Document]) -> list[str]:
    """The rarer half of the relation types of a training subset, rarest first."""
    support = Counter(r.type for document in documents for r in document.relations)
    return sorted(support, key=lambda kind: (support[kind], kind))[: (len(support) + 1) // 2]


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
