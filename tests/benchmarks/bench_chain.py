"""The chain by cross-validation: mentions, clusters on gold mentions, and all of it from raw text.

    AUGMENT_CORPORA=… python tests/benchmarks/bench_chain.py [--guide NAME] [--types] [--folds 1]

Five folds of textmine/train.csv, pooled, then scored (``--folds 1``: the first one only). Times are
processor time of one core.
"""

from __future__ import annotations

import argparse
import os
import random
import time
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from augment import mentions
from augment.clusters import Share, conll
from augment.guide import load
from augment.measure.evaluate import evaluate
from augment.read import read_all
from augment.schema import Document
from augment.train.chain import Chain, untrained

FOLDS = 5


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--guide", help="name or folder; none by default")
    parser.add_argument("--seed", type=int, default=0, help="of the folds")
    parser.add_argument("--folds", type=int, default=FOLDS, help="how many of the five")
    parser.add_argument("--types", action="store_true", help="F1 of each entity type")
    given = parser.parse_args(arguments)
    documents = read_all(Path(os.environ["AUGMENT_CORPORA"], "textmine", "train.csv"))[0]
    random.Random(given.seed).shuffle(documents)
    gold: list[Document] = []
    linked: list[Document] = []
    found: list[Document] = []
    fit = predict = 0.0
    for fold in range(given.folds):
        test = documents[fold::FOLDS]
        train = [d for n, d in enumerate(documents) if n % FOLDS != fold]
        parts = untrained("all", "linear", load(given.guide) if given.guide else None, 0, {})
        start = time.process_time()
        for part in parts.values():
            part.fit(train)
        middle = time.process_time()
        found += Chain(**parts).answer([d.model_copy(update={"entities": ()}) for d in test])
        fit, predict = fit + middle - start, predict + time.process_time() - middle
        linked += Chain(coref=parts["coref"]).answer(test)
        gold += test
    show(gold, linked, found, given.types)
    Console().print(
        f"{len(gold)} documents; {fit / given.folds:.1f} s to train a fold, "
        f"{len(gold) / predict:.0f} documents/s from raw text to relations"
    )


def show(gold: list[Document], linked: list[Document], found: list[Document], types: bool) -> None:
    """Scores of the clusters on gold mentions, then of everything from raw text."""
    scores = evaluate(gold, found)
    got = scores.entities
    assert got is not None
    table = Table("from", "score", "precision", "recall", "F1")

    def row(source: str, name: str, one: Share) -> None:
        table.add_row(source, name, *(f"{100 * x:.1f}" for x in one))

    clusters = mentions.linked(list(zip(gold, linked, strict=True)))
    for name, one in clusters.items():
        row("gold mentions", name, one)
    table.add_row("gold mentions", "mean", "", "", f"{100 * conll(clusters):.1f}")
    table.add_section()
    rows = {"mentions": got.exact, "mentions: overlap": got.overlap, "spans": got.spans}
    for name, one in {**rows, **got.clusters}.items():
        row("raw text", name, Share(one.precision, one.recall, one.f1))
    table.add_row("raw text", "mean", "", "", f"{100 * got.conll:.1f}")
    row("raw text", "relations", Share(scores.precision, scores.recall, scores.micro_f1))
    Console().print(table)
    macro = scores.macro_f1 or 0.0, got.macro_f1 or 0.0
    Console().print("macro-F1: relations {:.1f}, mentions {:.1f}".format(*(100 * x for x in macro)))
    if types:
        each = Table("type", "F1", "overlap", "gold")
        for kind, one in got.per_type.items():
            near = got.per_type_overlap[kind].f1
            each.add_row(kind, f"{100 * one.f1:.1f}", f"{100 * near:.1f}", str(one.support))
        Console().print(each)


if __name__ == "__main__":
    main()
