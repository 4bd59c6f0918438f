"""How many samples a second each LLM-free strategy makes, on one core.

    python tests/benchmarks/bench_rewrite.py [CORPUS [GUIDE [SAMPLES]]]

CORPUS is by default textmine/train.csv under AUGMENT_CORPORA. The view is read anew for each
strategy, as in a call of `rewrite`; "with index" counts that in. Orders name no type, except for
`templates`, which takes the types in turn.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from augment.guide import load
from augment.plan import LLM_FREE
from augment.read import read_all
from augment.rewrite import rewrite
from augment.schema import Candidate, Order


def main(corpus: Path, guide: str, samples: int) -> None:
    """Run and print the figures."""
    documents, _ = read_all(corpus)
    rules = load(guide)
    types = list(rules.relations)
    table = Table("strategy", "samples/s", "by CPU time", "with index", "dropped", "index s")
    for name in sorted(LLM_FREE):
        orders = [
            Order(
                id=str(i),
                strategy=name,
                types=(types[i % len(types)],) if name == "templates" else (),
                seed=i,
            )
            for i in range(samples)
        ]
        begin = time.process_time()
        results = rewrite([orders[0], *orders], documents, guide=rules)
        next(results)
        start, cpu = time.perf_counter(), time.process_time()
        made = sum(isinstance(result, Candidate) for result in results)
        seconds, end = time.perf_counter() - start, time.process_time()
        table.add_row(
            name,
            f"{made / seconds:.0f}",
            f"{made / (end - cpu):.0f}",
            f"{made / (end - begin):.0f}",
            str(samples - made),
            f"{cpu - begin:.2f}",
        )
    Console().print(table)


if __name__ == "__main__":
    given = sys.argv[1:]
    root = os.environ.get("AUGMENT_CORPORA")
    if not given and not root:
        sys.exit("set AUGMENT_CORPORA, or give a corpus")
    main(
        Path(given[0]) if given else Path(root or "", "textmine", "train.csv"),
        given[1] if len(given) > 1 else "textmine",
        int(given[2]) if len(given) > 2 else 2000,
    )
