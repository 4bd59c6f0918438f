"""What a run orders: the plan, the orders that were given, and the texts that they work on.

>>> order(job, train, raw)[0]
Row(type='IS_BORN_ON', gold=7, f1=0.22, orders=15, share=0.15, why='rare: 7 examples; F1 0.22')
"""

from __future__ import annotations

import json
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from augment.errors import ConfigError
from augment.measure.cells import Cells
from augment.measure.splits import folds, near_twins
from augment.pipeline.fingerprint import fingerprint as student_fingerprint
from augment.pipeline.job import Run
from augment.pipeline.uncertainty import uncertainty
from augment.plan import Planning, Row, Settings
from augment.registry import resolve
from augment.schema import Document, Order
from augment.scores import count, f1, scored
from augment.store import read_lines, write_json

ORDERS = "one order a line, as data/sample/orders.jsonl"


def order(job: Run, train: list[Document], raw: list[Document]) -> tuple[Row, ...]:
    """The stage `plan`: the orders planned for this run, and those given; the rows of the plan."""
    config = job.config
    scores = out_of_fold(job, train) if config.samples else None
    planning = Planning(
        train,
        guide=job.guide,
        samples=config.samples,
        strategies=config.strategies,
        scores=scores,
        settings=Settings(exhaustive=config.write.exhaustive),
        seed=config.seed,
        raw=raw,
        uncertainty=unsure(job, train, raw),
    )
    orders = _with_given(planning, config.write.orders)
    job.stage("02_plan", orders)
    deque(orders, maxlen=0)  # where the stage was there already, the rows are still to be counted
    return planning.rows


def _with_given(planning: Iterable[Order], path: Path | None) -> Iterator[Order]:
    """The orders planned, then those of the file. Raises ConfigError if one has the id of both."""
    given = {order.id: order for order in frozen(path)} if path else {}
    for order in planning:
        if order.id in given:
            raise ConfigError(
                f"{path}: the plan has an order {order.id} too",
                hint="give the orders ids of their own, or --samples 0 to plan none beside them",
            )
        yield order
    yield from given.values()


def unsure(job: Run, train: list[Document], raw: list[Document]) -> dict[str, float]:
    """How unsure the student is of each raw item, where items are to be chosen; kept in a file."""
    config = job.config
    if not (raw and config.samples and "annotate" in config.strategies):
        return {}
    student = resolve("student", config.student)
    path = job.cells / f"unsure-{student_fingerprint(student, job.guide)}.json"
    if not path.is_file():
        found = uncertainty(raw, train=train, guide=job.guide, student=student(job.guide))
        write_json(path, found)
    values: dict[str, float] = json.loads(path.read_text(encoding="utf-8"))
    return values


def frozen(path: Path) -> tuple[Order, ...]:
    """Orders from a file.

    Raises ConfigError for a line that is none, or an id given twice; UnknownName for a strategy.
    """
    try:
        orders = tuple(read_lines(path, Order))
    except (ValidationError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not a file of orders", hint=ORDERS) from error
    twice = [name for name, n in Counter(order.id for order in orders).items() if n > 1]
    if twice:
        raise ConfigError(f"{path}: the order {twice[0]} is there twice")
    for name in dict.fromkeys(order.strategy for order in orders):
        resolve("strategy", name)
    return orders


def out_of_fold(job: Run, train: list[Document], number: int = 3) -> dict[str, float]:
    """F1 of each relation type on folds of the training documents, 0–1; empty if they are few."""
    groups = near_twins(train)
    if len(set(groups)) < 2 * number:
        return {}
    student = resolve("student", job.config.student)
    cells = Cells(
        partial(student, job.guide),
        job.cells,
        student_fingerprint(student, job.guide),
    )
    gold: list[Document] = []
    predicted: list[Any] = []
    for split in job.track(folds(train, groups, number, seeds=1), "scoring types", number):
        gold += split.test
        predicted += cells.predict(split.train, split.test)
    types = scored(gold, predicted).types
    return dict(zip(types, map(float, f1(count(gold, predicted, types).sum(axis=0))), strict=True))
