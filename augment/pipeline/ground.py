"""What all combinations of a comparison are given: orders, the texts they work on, their gold.

>>> ground(job).orders[0]
Order(id='000000', strategy='annotate', source='s07', types=(…), exhaustive=True, …)
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from random import Random
from typing import NamedTuple

from augment.errors import UsageError
from augment.guide import Guide
from augment.guide.changed import quoted
from augment.measure.splits import near_twins
from augment.pipeline.job import Run
from augment.pipeline.order import frozen
from augment.pipeline.run import read_corpora, read_raw
from augment.plan import Settings, plan
from augment.schema import Document, Order

ANNOTATE = "annotate"
BARE = {"entities": (), "relations": (), "masked": (), "labelled": "none"}


class Ground(NamedTuple):
    """``train`` may be quoted; ``raw`` is annotated; ``gold``: what raw should be, by order id."""

    train: list[Document]
    raw: list[Document]
    gold: dict[str, Document]
    orders: list[Order]


def ground(job: Run, guides: Sequence[Guide] = ()) -> Ground:
    """As many orders as samples are wanted. What `run` would test on is not looked at.

    `annotate` without raw items of its own is given training texts without their annotation; these
    and their near-twins are then quoted nowhere; a text that one of the guides (by default the
    run's) quotes is not among them. Raises NoResult, UsageError, ConfigError.
    """
    config = job.config
    (strategy,) = config.strategies
    train, _ = read_corpora(job)
    if config.write.orders is not None:
        orders = [o for o in frozen(config.write.orders) if o.strategy == strategy]
        return Ground(train, read_raw(job), {}, orders[: config.samples])
    if strategy == ANNOTATE and config.write.raw == config.corpus:
        told = quoted(train, guides or [job.guide])
        train, gold = set_aside(train, config.samples, config.seed, told)
        orders = [_order(i, document, job.guide) for i, document in enumerate(gold)]
        raw = [document.model_copy(update=BARE) for document in gold]
        by_order = {o.id: document for o, document in zip(orders, gold, strict=True)}
        return Ground(train, raw, by_order, orders)
    raw = read_raw(job)
    planned = plan(
        train,
        guide=job.guide,
        samples=config.samples,
        strategies=config.strategies,
        settings=Settings(exhaustive=config.write.exhaustive),
        seed=config.seed,
        raw=raw,
    )
    return Ground(train, raw, {}, list(planned.orders))


def set_aside(
    documents: Sequence[Document], number: int, seed: int, told: Collection[str] = ()
) -> tuple[list[Document], list[Document]]:
    """The documents that are left, and ``number`` drawn ones that are no near-twins of any.

    Those whose id is in ``told``, and their near-twins, are not drawn.
    Raises UsageError if more than half of the documents would be taken.
    """
    groups: dict[int, list[int]] = {}
    for place, group in enumerate(near_twins(documents)):
        groups.setdefault(group, []).append(place)
    drawn = [
        group
        for group in sorted(groups)
        if not any(documents[place].id in told for place in groups[group])
    ]
    Random(f"{seed}/compare").shuffle(drawn)
    most = min(len(drawn), len(documents) // 2)
    if number > most:
        raise UsageError(
            f"--sample {number}: {len(documents)} training texts, of which at most {most} can be"
            f" set aside{f' (a guide quotes {len(told)})' if told else ''}",
            hint="take a smaller sample, or items of their own with --raw",
        )
    held = {place for group in drawn[:number] for place in groups[group]}
    chosen = [documents[groups[group][0]] for group in drawn[:number]]
    return [d for i, d in enumerate(documents) if i not in held], chosen


def _order(number: int, document: Document, guide: Guide) -> Order:
    """To annotate all that gold says something of."""
    types = [kind for kind in guide.relations if document.claims(kind)]
    return Order(
        id=f"{number:06d}",
        strategy=ANNOTATE,
        types=tuple(types) if document.relations else (),
        source=document.id,
        seed=number,
        exhaustive=document.labelled == "full",
    )
