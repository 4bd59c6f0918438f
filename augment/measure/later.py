"""Trained on the earlier documents, tested on the later ones; and the same without regard to time.

>>> earlier, mixed = in_time(documents, 5, seeds=2)  # the same test documents in both
>>> {d.meta.time[:7] for d in earlier[0].train}, {d.meta.time[:7] for d in mixed[0].train}
({'2022-02'}, {'2022-02', '2022-03'})
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from augment.measure.splits import Split, folds, near_twins
from augment.schema import Document

TIMED = 0.5
"""Share of the documents that must say their time."""


class InTime(NamedTuple):
    """Splits with the same test documents in the same order, trained on equally many.

    ``earlier``: on the earlier half. ``mixed``: on any other documents, the later half included.
    ``test``: the later half, each document in one fold a seed. ``size``: documents to train on.
    """

    earlier: list[Split]
    mixed: list[Split]
    test: list[Document]
    size: int


def in_time(documents: Sequence[Document], number: int, *, seeds: int) -> InTime | str:
    """Splits by ``meta.time``, in ``number`` folds of the later half; or why there are none.

    No near-twin of a test document is trained on.
    """
    told = [(when, document) for document in documents if (when := _time(document))]
    if len(told) < TIMED * len(documents) or not told:
        return f"{len(told)} of {len(documents)} documents say when they were written"
    ordered = [document for _, document in sorted(told, key=lambda pair: pair[0])]
    half = len(ordered) // 2
    group = dict(zip((d.id for d in ordered), near_twins(ordered), strict=True))
    first, later = ordered[:half], ordered[half:]
    groups = [group[d.id] for d in later]
    if len(set(groups)) < number or not any(d.relations for d in later):
        return f"{len(later)} later documents are too few"
    mixed, earlier = [], []
    for split in folds(later, groups, number, seeds=seeds):
        held_out = {group[d.id] for d in split.test}
        before = [d for d in first if group[d.id] not in held_out]
        rng = random.Random(f"{split.seed}/{split.fold}/time")
        earlier.append(split._replace(train=tuple(rng.sample(before, len(before)))))
        both = [*before, *split.train]
        mixed.append(split._replace(train=tuple(rng.sample(both, len(both)))))
    size = min(len(split.train) for split in earlier)
    return InTime(earlier, mixed, later, size) if size else "no earlier documents to train on"


def _time(document: Document) -> datetime | None:
    """When it was written, in UTC where it does not say; None if it cannot be read."""
    try:
        found = datetime.fromisoformat(document.meta.time or "")
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
