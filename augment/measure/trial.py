"""Every arm on every split and size, in parallel; what comes out does not depend on how many jobs.

>>> trial(splits[0], 100, {"base": trained(nothing, cells)})["base"].triples[0]
frozenset({(0, 'IS_LOCATED_IN', 3), …})
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures.process import BrokenProcessPool
from typing import Any, NamedTuple

from joblib import Parallel, delayed, parallel_config

from augment.errors import NoResult
from augment.measure.arms import Answer, System
from augment.measure.cells import bare
from augment.measure.splits import Split, view

Track = Callable[[Iterable[Any], str, int], Iterable[Any]]


class Trial(NamedTuple):
    """The answers of one split at one size, by arm."""

    split: Split
    size: str
    answers: dict[str, Answer]


def trial(
    split: Split, size: int | None, systems: Mapping[str, System], owner: int | None = None
) -> dict[str, Answer]:
    """What each arm says of the split's test documents, whose relations it does not see.

    ``owner``: id of the process this one works for; it ends between two arms when that is gone.
    """
    seen = view(split, size)
    test = [bare(document) for document in split.test]
    answers = {}
    for name, system in systems.items():
        if owner is not None and os.getppid() != owner:
            raise SystemExit
        answer = system(seen, test)
        if answer is not None:
            answers[name] = answer
    return answers


def trials(
    splits: Sequence[Split],
    sizes: Mapping[str, int | None],
    systems: Mapping[str, System],
    *,
    jobs: int,
    track: Track,
) -> list[Trial]:
    """All of them, small sizes first, in the order of sizes and splits.

    Work is spread over ``jobs`` processes; what is finished is kept by the cells the systems use.
    """
    tasks = [(split, name) for name in sizes for split in splits]
    run = _here if jobs == 1 else _spread
    answered = run([(split, sizes[name], systems) for split, name in tasks], jobs)
    done = track(answered, "fit and predict", len(tasks))
    return [Trial(split, name, a) for (split, name), a in zip(tasks, done, strict=True)]


def _here(calls: list[tuple[Any, ...]], jobs: int) -> Iterator[dict[str, Answer]]:
    return (trial(*call) for call in calls)


def _spread(calls: list[tuple[Any, ...]], jobs: int) -> Iterator[dict[str, Answer]]:
    try:
        with parallel_config("loky", n_jobs=jobs, inner_max_num_threads=1):
            yield from Parallel(return_as="generator", pre_dispatch=jobs)(
                delayed(trial)(*call, owner=os.getpid()) for call in calls
            )
    except BrokenProcessPool as error:
        raise NoResult(
            "a process that fits students was killed, by the system for want of memory perhaps",
            hint="run it again, it goes on where it was; fewer --jobs need less memory",
        ) from error
