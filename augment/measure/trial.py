"""Every arm on every split and size; what comes out does not depend on where the work is done.

>>> trial({"base": trained(nothing, cells)}, (splits[0], 100))["base"].triples[0]
frozenset({(0, 'IS_LOCATED_IN', 3), …})
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from augment.measure.arms import Answer, System
from augment.measure.cells import bare
from augment.measure.splits import Split, view
from augment.protocols import Spread

Track = Callable[[Iterable[Any], str, int], Iterable[Any]]


class Trial(NamedTuple):
    """The answers of one split at one size, by arm."""

    split: Split
    size: str
    answers: dict[str, Answer]


def trial(systems: Mapping[str, System], at: tuple[Split, int | None]) -> dict[str, Answer]:
    """What each arm says of the split's test documents, whose relations it does not see."""
    split, size = at
    seen = view(split, size)
    test = [bare(document) for document in split.test]
    answers = {name: system(seen, test) for name, system in systems.items()}
    return {name: answer for name, answer in answers.items() if answer is not None}


def trials(
    splits: Sequence[Split],
    sizes: Mapping[str, int | None],
    systems: Mapping[str, System],
    *,
    spread: Spread,
    track: Track,
) -> list[Trial]:
    """All of them, small sizes first, in the order of sizes and splits.

    A trial is a part of the spread; what is finished is kept by the cells the systems use.
    """
    tasks = [(split, name) for name in sizes for split in splits]
    answered = spread(partial(trial, systems), ((split, sizes[name]) for split, name in tasks))
    done = track(answered, "fit and predict", len(tasks))
    return [Trial(split, name, a) for (split, name), a in zip(tasks, done, strict=True)]
