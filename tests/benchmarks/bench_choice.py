"""Do the raw items that `plan` chooses for `annotate` hold the wanted types, and teach the student?

    AUGMENT_CORPORA=… python tests/benchmarks/bench_choice.py [--gold 100] [--items 40] [--seeds 5]

textmine/train.csv: some documents are gold, some a test set, the others stand for raw items, their
annotation taken off. `first`: share of the items that hold the type they were chosen for; `all`:
the same over all types of their orders; beside them the share of all raw items that hold these
types, which is what a choice at random gets. F1: of the linear student that learns from the gold
and from the chosen items with their gold annotation, as a perfect annotator would give it.
"""

from __future__ import annotations

import argparse
import datetime
import os
import platform
import random
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from rich.console import Console
from rich.table import Table

from augment.guide import Guide, load
from augment.pipeline.names import canonical
from augment.pipeline.uncertainty import uncertainty
from augment.plan import plan
from augment.read import read_all
from augment.schema import Document
from augment.scores import count, metrics, scored
from augment.train.linear import Linear

TEST = 100
MANY = 3_000


class Figures(NamedTuple):
    """What one choice was like; shares and F1 in 0–1."""

    first: float
    first_random: float
    all: float
    all_random: float
    relations: float
    macro: float
    micro: float


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gold", type=int, default=100, help="documents to plan and learn from")
    parser.add_argument("--items", type=int, default=40, help="raw items that are chosen")
    parser.add_argument("--seeds", type=int, default=5)
    given = parser.parse_args(arguments)
    guide = load("textmine")
    path = Path(os.environ["AUGMENT_CORPORA"], "textmine", "train.csv")
    documents = canonical(read_all(path)[0], guide)
    made: dict[str, list[Figures]] = {}
    for seed in range(given.seeds):
        for name, figures in choices(documents, guide, given.gold, given.items, seed).items():
            made.setdefault(name, []).append(figures)
    table = Table("choice", "first", "random", "all", "random", "relations", "macro-F1", "micro-F1")
    for name, found in made.items():
        mean, error = np.mean(found, 0), np.std(found, 0) / max(len(found) - 1, 1) ** 0.5
        shares = [
            "" if np.isnan(m) else f"{100 * m:.1f} ± {100 * e:.1f}"
            for m, e in zip(mean, error, strict=True)
        ]
        shares[4] = f"{mean[4]:.1f}"
        table.add_row(name, *shares)
    console = Console(width=120)
    console.print(table)
    console.print(
        f"{MANY} raw items: {speed(documents, guide, given.gold):.0f} s of processor time"
    )
    console.print(
        f"{given.gold} gold documents, {given.items} items of "
        f"{len(documents) - given.gold - TEST}, {TEST} test documents, {given.seeds} draws, mean ± "
        f"standard error; {datetime.datetime.now(datetime.UTC):%Y-%m-%d}, "
        f"Python {platform.python_version()}, {platform.machine()}"
    )


def choices(
    documents: Sequence[Document], guide: Guide, gold: int, items: int, seed: int
) -> dict[str, Figures]:
    """One draw of gold, test and raw items, and what each way to choose gives."""
    order = list(documents)
    random.Random(f"{seed}/choice").shuffle(order)
    test, train, pool = order[:TEST], order[TEST : TEST + gold], order[TEST + gold :]
    raw = [bare(document) for document in pool]
    by_id = {document.id: document for document in pool}
    unsure = uncertainty(raw, train=train, guide=guide, student=Linear(guide))

    def planned(values: Mapping[str, float] | None) -> dict[str, tuple[str, ...]]:
        strategies = ["annotate"]
        made = plan(
            train, guide=guide, samples=items, strategies=strategies, seed=seed, raw=raw,
            uncertainty=values,
        )  # fmt: skip
        return {str(order.source): order.types for order in made.orders}

    nothing: tuple[str, ...] = ()
    drawn = random.Random(f"{seed}/random").sample(sorted(by_id), items)
    ways = {
        "none": {},
        "at random": dict.fromkeys(drawn, nothing),
        "most unsure": dict.fromkeys(sorted(by_id, key=lambda i: -unsure[i])[:items], nothing),
        "cues": planned(None),
        "cues and unsure": planned(unsure),
    }
    shares = {
        kind: float(np.mean([kind in {r.type for r in d.relations} for d in pool]))
        for kind in guide.relations
    }
    return {
        name: figures(chosen, by_id, shares, (train, test), guide) for name, chosen in ways.items()
    }


def figures(
    chosen: Mapping[str, tuple[str, ...]],
    pool: Mapping[str, Document],
    shares: Mapping[str, float],
    corpora: tuple[Sequence[Document], Sequence[Document]],
    guide: Guide,
) -> Figures:
    """What was chosen, and what the student makes of it."""
    train, test = corpora
    held = {id: {r.type for r in pool[id].relations} for id in chosen}
    first = [(types[0] in held[id], shares[types[0]]) for id, types in chosen.items() if types]
    every = [(kind in held[id], shares[kind]) for id, types in chosen.items() for kind in types]
    student = Linear(guide)
    student.fit([*train, *(pool[id] for id in chosen)])
    predicted = student.predict([bare(d, d.entities) for d in test])
    over = scored(test, predicted)
    found = metrics(count(test, predicted, over.types).sum(axis=0), over)
    relations = [len(pool[id].relations) for id in chosen]
    return Figures(
        *(np.mean(first, 0) if first else (np.nan, np.nan)),
        *(np.mean(every, 0) if every else (np.nan, np.nan)),
        float(np.mean(relations)) if relations else 0.0,
        float(found.macro_f1),
        float(found.micro_f1),
    )


def bare(document: Document, entities: Sequence[object] = ()) -> Document:
    """A text without annotation, or with its entities alone."""
    return Document(id=document.id, text=document.text, entities=tuple(entities))


def speed(documents: Sequence[Document], guide: Guide, gold: int) -> float:
    """Seconds for the uncertainty of many items, the student's training included."""
    raw = [
        Document(id=f"r{i}", text=f"{documents[i % len(documents)].text} {i}") for i in range(MANY)
    ]
    start = time.process_time()
    uncertainty(raw, train=documents[:gold], guide=guide, student=Linear(guide))
    return time.process_time() - start


if __name__ == "__main__":
    main()
