"""What the linear student loses on test texts that are not clean, by folds on TextMine's texts.

    AUGMENT_CORPORA=… python tests/benchmarks/bench_robustness.py --work DIR --size all --seeds 2

Prints a markdown table: the student alone, with 72 `typos` samples made from its gold, and with 72
composed texts (``../replies``, not part of the product). Finished cells are kept in DIR, so that a
second call goes on where the first was stopped.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from augment.guide import load
from augment.measure.records import Robustness
from augment.pipeline.experiment import Settings
from augment.pipeline.robustness import robustness
from augment.read import read_all

CORPORA = Path(os.environ.get("AUGMENT_CORPORA", "."))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--size", default="all")
    parser.add_argument("--jobs", type=int, default=1)
    args = parser.parse_args()
    size = int(args.size) if args.size.isdigit() else args.size
    found = robustness(
        read_all(CORPORA / "textmine" / "train.csv")[0],
        additions={"compose": [read_all(CORPORA.parent / "replies" / "compose")[0]]},
        settings=Settings(folds=5, gold_sizes=(size,), seeds=args.seeds, jobs=args.jobs),
        guide=load("textmine"),
        work=args.work,
        track=told,
    )
    sys.stdout.write(f"{table(found)}\n\nNot measured: {found.left_out}\n")


def told(items, what, total):
    for i, item in enumerate(items, 1):
        sys.stderr.write(f"{what} {i}/{total}\n")
        yield item


def table(found: Robustness) -> str:
    """One row a version and arm: points, with 95 % intervals."""
    rows = [
        "| test texts | changed | gold | arm | macro | change | over base "
        "| micro | change | over base |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for name, version in found.versions.items():
        for arm, entry in version.arms.items():
            cells = [name, str(version.changed), version.gold, arm]
            for score in ("macro_f1", "micro_f1"):
                cells.append(f"{100 * getattr(entry, score):.1f}")
                both = (entry.change, entry.gain)
                cells += [_points(getattr(found, score)) if found else "" for found in both]
            rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def _points(found) -> str:
    """``+3.5 [+1.2, +5.6]``."""
    mean, low, high = (f"{100 * x:+.1f}" for x in (found.mean, found.low, found.high))
    return f"{mean} [{low}, {high}]".replace("-", "−")


if __name__ == "__main__":
    main()
