"""Who is trained on what and tested on what: folds, nested training subsets, near-twins together.

>>> [len(s.test) for s in folds(documents, near_twins(documents), 5, seeds=1)]  # of 400 documents
[80, 80, 80, 80, 80]
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Literal, NamedTuple

from pydantic import PositiveInt

from augment.errors import UsageError
from augment.overlap.twins import near_twins
from augment.protocols import View
from augment.schema import Document

__all__ = ["Size", "Split", "fixed", "folds", "near_twins", "sizes", "view"]

Size = PositiveInt | Literal["all"]


class Split(NamedTuple):
    """One fold of one seed. The first n of ``train`` are the training subset of size n."""

    seed: int
    fold: int
    train: tuple[Document, ...]
    test: tuple[Document, ...]


def folds(
    documents: Sequence[Document], groups: Sequence[int], number: int, *, seeds: int
) -> list[Split]:
    """``number`` folds for each seed, drawn anew, of about equal size; groups stay whole.

    Raises UsageError if there are fewer groups than folds.
    """
    if not 2 <= number <= len(set(groups)):
        raise UsageError(
            f"{number} folds of {len(set(groups))} documents that are no near-twins",
            hint="take between 2 folds and as many as there are such documents",
        )
    return [
        _split(seed, fold, documents, part)
        for seed in range(seeds)
        for fold, part in enumerate(_assign(groups, number, random.Random(f"{seed}/folds")))
    ]


def _assign(groups: Sequence[int], number: int, rng: random.Random) -> list[list[int]]:
    members: dict[int, list[int]] = {}
    for i, group in enumerate(groups):
        members.setdefault(group, []).append(i)
    drawn = list(members.values())
    rng.shuffle(drawn)
    parts: list[list[int]] = [[] for _ in range(number)]
    for rows in sorted(drawn, key=len, reverse=True):
        min(parts, key=len).extend(rows)
    return parts


def _split(seed: int, fold: int, documents: Sequence[Document], test: list[int]) -> Split:
    held_out = set(test)
    train = [d for i, d in enumerate(documents) if i not in held_out]
    random.Random(f"{seed}/{fold}/subset").shuffle(train)
    return Split(seed, fold, tuple(train), tuple(documents[i] for i in sorted(test)))


def fixed(train: Sequence[Document], test: Sequence[Document], *, seeds: int) -> list[Split]:
    """The same test set for every seed; the training subsets differ."""
    both = [*test, *train]
    return [_split(seed, 0, both, list(range(len(test)))) for seed in range(seeds)]


def sizes(wanted: Sequence[Size], splits: Sequence[Split]) -> dict[str, int | None]:
    """Size as it is printed → documents to take (None: all there are), ascending.

    ``all`` is called by the number in the smallest training part; sizes that reach it are left out.
    """
    most = min(len(split.train) for split in splits)
    numbers = sorted({n for n in wanted if isinstance(n, int) and n < most})
    named: dict[str, int | None] = {str(n): n for n in numbers}
    if "all" in wanted or not named:
        named[str(most)] = None
    return named


def view(split: Split, size: int | None) -> View:
    """What an arm sees of a split: its training subset, and the rest of the training part."""
    return View(
        train=split.train[:size], pool=split.train[len(split.train[:size]) :], seed=split.seed
    )
