"""What the order of review is worth: errors found by minutes spent, ranked against random.

$ python tests/benchmarks/bench_review_order.py CORPUS --reviewed 60

Reviewers are simulated on real documents: each relation type has an error rate of its own, each
document takes minutes by length and relations, with noise; 60 documents are reviewed at random
first, the rest in each order. Value of an error: 1, or more for rare types (``deficit``).
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from random import Random
from statistics import mean

from augment.read import read_all
from augment.review.cost import ranked
from augment.schema import Change, Document, Review

SHARES = (0.1, 0.25, 0.5)


def simulated(document: Document, rates: dict[str, float], random: Random) -> Document:
    """The document as a reviewer would give it back."""
    wrong = [random.random() < rates[r.type] for r in document.relations]
    changes = tuple(
        Change(kind="relation", action="removed", type=r.type, what=())
        for r, out in zip(document.relations, wrong, strict=True)
        if out
    )
    minutes = 0.3 + len(document.text) / 1500 + 0.04 * len(document.relations)
    review = Review(
        verdict="corrected" if changes else "accept",
        changes=changes,
        seconds=60 * minutes * random.lognormvariate(0, 0.4),
    )
    kept = tuple(r for r, out in zip(document.relations, wrong, strict=True) if not out)
    meta = document.meta.model_copy(update={"review": review})
    return document.model_copy(update={"relations": kept, "meta": meta})


def found(order: Sequence[Document], after: dict[str, Document], values: dict[str, float]):
    """Value of the errors found within each share of all minutes."""
    whole = sum(after[d.id].meta.review.seconds for d in order)
    spent, total, rows = 0.0, 0.0, dict.fromkeys(SHARES, 0.0)
    for document in order:
        review = after[document.id].meta.review
        spent += review.seconds
        total += sum(values[c.type] for c in review.changes)
        for share in SHARES:
            if spent <= share * whole:
                rows[share] = total
    return [rows[share] for share in SHARES]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--reviewed", type=int, default=60)
    parser.add_argument("--seeds", type=int, default=10)
    options = parser.parse_args()
    documents, _ = read_all(options.corpus)
    counts = Counter(r.type for d in documents for r in d.relations)
    worths = {
        "each error": dict.fromkeys(counts, 1.0),
        "deficit": {kind: 1 / (1 + n / 100) for kind, n in counts.items()},
    }
    print(f"{len(documents)} documents, {options.reviewed} reviewed first, {options.seeds} seeds")
    print("value        minutes  ranked  random  ratio")
    for name, values in worths.items():
        sums: dict[str, list[list[float]]] = {"ranked": [], "random": []}
        for seed in range(options.seeds):
            random = Random(seed)
            rates = {kind: random.betavariate(0.8, 6) for kind in sorted(counts)}
            after = {d.id: simulated(d, rates, random) for d in documents}
            shuffled = random.sample(documents, len(documents))
            first, rest = shuffled[: options.reviewed], shuffled[options.reviewed :]
            reviewed = [after[d.id] for d in first]
            order = [row.document for row in ranked(rest, reviewed=reviewed, values=values)]
            sums["ranked"].append(found(order, after, values))
            sums["random"].append(found(rest, after, values))
        for i, share in enumerate(SHARES):
            a, b = (mean(row[i] for row in sums[order]) for order in ("ranked", "random"))
            print(f"{name:12} {share:7.0%} {a:7.1f} {b:7.1f} {a / b:6.2f}")


if __name__ == "__main__":
    main()
