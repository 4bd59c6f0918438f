"""The students by cross-validation: macro-F1, micro-F1, training and prediction time, memory.

    AUGMENT_CORPORA=… python tests/benchmarks/bench_student.py [--guide textmine] [--types]

Five folds of textmine/train.csv, pooled, then scored; gold entities. Macro-F1 is the mean over the
types that occur in the gold. Times are processor time of one core; prediction is timed on documents
that it has not seen before. Each student runs in a process of its own: so its memory is its own.
"""

from __future__ import annotations

import argparse
import datetime
import os
import platform
import random
import resource
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple

from rich.console import Console
from rich.table import Table

from augment.guide import load
from augment.read import read_all
from augment.registry import resolve
from augment.schema import Document, Triple
from augment.scores import count, metrics, scored

FOLDS = 5


class Figures(NamedTuple):
    """What one student did."""

    macro: float
    micro: float
    per_type: dict[str, float]
    fit: float
    """Seconds a fold, features included."""
    refit: float
    """Seconds for the last fold once more, features known."""
    predict: float
    """Documents a second."""
    memory: int
    """MiB at most."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--guide", help="name or folder; none by default")
    parser.add_argument("--seed", type=int, default=0, help="of the folds")
    parser.add_argument("--types", action="store_true", help="F1 of each relation type")
    given = parser.parse_args(arguments)
    documents = read_all(Path(os.environ["AUGMENT_CORPORA"], "textmine", "train.csv"))[0]
    console = Console()
    table = Table("student", "macro-F1", "micro-F1", "fit s", "refit s", "documents/s", "MiB")
    made: dict[str, Figures] = {}
    for name in ("linear", "rules"):
        with ProcessPoolExecutor(1) as process:
            made[name] = process.submit(measure, name, documents, given.guide, given.seed).result()
        f = made[name]
        table.add_row(
            name,
            f"{f.macro:.4f}",
            f"{f.micro:.4f}",
            f"{f.fit:.1f}",
            f"{f.refit:.1f}",
            f"{f.predict:.0f}",
            str(f.memory),
        )
    console.print(table)
    if given.types:
        types = Table("type", *made)
        for kind in made["linear"].per_type:
            types.add_row(kind, *(f"{f.per_type[kind]:.3f}" for f in made.values()))
        console.print(types)
    console.print(
        f"{len(documents)} documents, {FOLDS} folds of seed {given.seed}, guide {given.guide}; "
        f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d}, Python {platform.python_version()}, "
        f"{platform.machine()}"
    )


def measure(name: str, documents: list[Document], guide: str | None, seed: int) -> Figures:
    """Cross-validate one student."""
    rules = load(guide) if guide else None
    order = list(range(len(documents)))
    random.Random(seed).shuffle(order)
    predicted: list[frozenset[Triple]] = [frozenset()] * len(documents)
    fitting = 0.0
    for fold in range(FOLDS):
        out = order[fold::FOLDS]
        train = [documents[n] for n in sorted(set(order) - set(out))]
        student = resolve("student", name)(rules)
        fitting += timed(lambda: student.fit(train))  # noqa: B023
        for n, triples in zip(out, student.predict([documents[n] for n in out]), strict=True):
            predicted[n] = triples
    refit = timed(lambda: student.fit(train))
    fresh = [d.model_copy(update={"text": f"{d.text}\n"}) for d in documents]
    speed = len(fresh) / timed(lambda: student.predict(fresh))
    over = scored(documents, predicted)
    found = metrics(count(documents, predicted, over.types).sum(axis=0), over)
    return Figures(
        float(found.macro_f1),
        float(found.micro_f1),
        dict(zip(over.types, map(float, found.per_type), strict=True)),
        fitting / FOLDS,
        refit,
        speed,
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    )


def timed(work) -> float:
    """Processor seconds that a call takes."""
    start = time.process_time()
    work()
    return time.process_time() - start


if __name__ == "__main__":
    main()
