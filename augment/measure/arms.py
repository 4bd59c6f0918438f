"""The arms every addition is compared with, and the additions themselves.

>>> random_gold(View(train=documents[:50], pool=documents[50:], seed=0), number=20)
Addition(documents=(…), weights=None)
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from augment.measure.cells import Cells, Predictions
from augment.measure.cover import cover
from augment.measure.gate import worse
from augment.measure.mask import Mask, masked, signatures, thin
from augment.overlap import Leaks
from augment.protocols import Addition, Arm, View
from augment.schema import Document
from augment.scores import count, metrics, scored

INNER = 100
"""Training documents on which the LLM-free best is chosen, at most."""


class Answer(NamedTuple):
    """What an arm says of the test documents of one trial, and what it did for it."""

    triples: Predictions
    added: int = 0
    masked: tuple[str, ...] = ()
    chosen: str = ""


System = Callable[[View, Sequence[Document]], Answer | None]
"""Anything that answers; None where it has nothing to offer at this size (no pool left)."""


def trained(arm: Arm, cells: Cells) -> System:
    """The student, trained on the subset with what the arm adds."""

    def answer(view: View, test: Sequence[Document]) -> Answer | None:
        addition = arm(view)
        if addition is None:
            return None
        return Answer(cells.added(view, addition, test), len(addition.documents))

    return answer


def nothing(view: View) -> Addition:
    """Base: the training subset as it is."""
    return Addition()


def duplicated(view: View, *, number: int) -> Addition:
    """Placebo: training documents once more, in random order, ``number`` of them."""
    order = list(view.train)
    random.Random(f"{view.seed}/placebo").shuffle(order)
    return Addition([order[i % len(order)] for i in range(number)])


def reweighted(view: View) -> Addition:
    """Documents with rare relation types count more.

    Weight: mean over a document's types of 1 / sqrt(documents with that type), scaled to a mean of
    1 over the subset and kept within 1/4 and 4.
    """
    types = [{r.type for r in document.relations} for document in view.train]
    holders = Counter(kind for kinds in types for kind in kinds)
    raw = [sum(holders[k] ** -0.5 for k in sorted(kinds)) / max(len(kinds), 1) for kinds in types]
    mean = sum(raw) / len(raw) or 1.0
    return Addition(weights=[min(4.0, max(0.25, value / mean)) for value in raw])


def random_gold(view: View, *, number: int) -> Addition | None:
    """``number`` more gold documents; None if the fold has not that many left."""
    return Addition(view.pool[:number]) if len(view.pool) >= number else None


def targeted_gold(view: View, *, number: int, wanted: Mapping[str, int]) -> Addition | None:
    """``number`` more gold documents, chosen for the relation types that ``wanted`` counts.

    Greedy: each time the document that covers most of what is still missing, every type counted
    as a share of what was wanted of it. None if the fold has not that many documents left.
    """
    if len(view.pool) < number:
        return None
    held = [Counter(r.type for r in document.relations) for document in view.pool]

    def covered(kind: str, n: int) -> float:
        return min(n, wanted[kind]) / wanted[kind] if wanted.get(kind) else 0.0

    return Addition([view.pool[i] for i in cover(held, number, covered)])


def outside(
    batches: Sequence[Sequence[Document]],
    cells: Cells,
    *,
    mask: Mask,
    person_names: frozenset[str] = frozenset(),
) -> System:
    """An addition that was made elsewhere; seed s takes batch s modulo their number.

    Documents that leak into the test texts at hand are left out (see :mod:`augment.measure.wall`).
    ``mask``: see :data:`augment.measure.mask.Mask`.
    """

    def answer(view: View, test: Sequence[Document]) -> Answer:
        documents, types = usable(view, test, batches, cells, mask=mask, person_names=person_names)
        triples = cells.added(view, Addition(documents), test)
        return Answer(triples, len(documents), tuple(types))

    return answer


def usable(
    view: View,
    test: Sequence[Document],
    batches: Sequence[Sequence[Document]],
    cells: Cells,
    *,
    mask: Mask,
    person_names: frozenset[str],
) -> tuple[list[Document], list[str]]:
    """What :func:`outside` trains on, and the types that are masked there."""
    leaks = Leaks([*view.train, *view.pool], test, person_names)
    batch = [d for d in batches[view.seed % len(batches)] if not leaks.find(d)]
    known = signatures(view.train)
    types = thin(view.train, batch) if mask != "none" else []
    if mask == "gate":
        fallen = worse(view, masked(batch, types, known), cells)
        if fallen is None:
            return [], list(known)
        types = sorted({*types, *fallen})
    return masked(batch, types, known), types


def best_of(strategies: Mapping[str, Arm], cells: Cells) -> System:
    """The LLM-free strategy that does best on the training side, then used on all of it.

    The choice: macro-F1 on the last quarter of the first 100 documents of the subset, after
    training on the other three with the samples made from them.
    """

    def answer(view: View, test: Sequence[Document]) -> Answer:
        name = max(strategies, key=lambda name: _inner_score(strategies[name], view, cells))
        addition = strategies[name](view) or Addition()
        return Answer(cells.added(view, addition, test), len(addition.documents), chosen=name)

    return answer


def inner(view: View) -> tuple[View, Sequence[Document]]:
    """Training and validation documents within a training subset."""
    subset = view.train[:INNER]
    cut = max(1, len(subset) * 3 // 4)
    return View(subset[:cut], (), view.seed), subset[cut:]


def _inner_score(arm: Arm, view: View, cells: Cells) -> float:
    inside, validation = inner(view)
    predicted = cells.added(inside, arm(inside) or Addition(), validation)
    over = scored(validation, predicted)
    return float(metrics(count(validation, predicted, over.types).sum(axis=0), over).macro_f1)
