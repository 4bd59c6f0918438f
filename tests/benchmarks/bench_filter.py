"""How long `filter` takes on many texts, in how much memory, and what it finds of planted copies.

    python tests/benchmarks/bench_filter.py [TEXTS]

Texts of 110 words drawn from a Zipf law over 30 000 invented words, one in six of them a French
function word; 2 % are exact copies of an earlier text, 5 % copies with 3 words changed.
"""

from __future__ import annotations

import random
import resource
import sys
import time
from collections import Counter
from collections.abc import Iterator
from itertools import accumulate

from rich.console import Console
from rich.table import Table

from augment.filter import filter
from augment.filter.language import FUNCTION_WORDS
from augment.guide.model import Guide
from augment.overlap import Leaks
from augment.schema import Candidate, Document, Drop

WORDS = 110


def texts(count: int, planted: Counter[str]) -> Iterator[str]:
    """Texts one at a time; ``planted`` counts the copies made."""
    rng = random.Random("bench/filter")
    common = sorted(FUNCTION_WORDS["fr"])
    words = ["".join(rng.choices("aeioulnrstdmpc", k=rng.randint(4, 9))) for _ in range(30_000)]
    weights = list(accumulate(1 / (rank + 10) for rank in range(len(words))))
    earlier: list[list[str]] = []
    for i in range(count):
        draw = rng.random()
        if earlier and draw < 0.07:
            text = list(rng.choice(earlier))
            if draw < 0.05:
                for place in rng.sample(range(WORDS), 3):
                    text[place] = rng.choice(words)
            planted["near" if draw < 0.05 else "exact"] += 1
        else:
            text = rng.choices(words, cum_weights=weights, k=WORDS)
            text[::6] = rng.choices(common, k=len(text[::6]))
            if i % 20 == 0:
                earlier.append(text)
        yield " ".join(text)


def main(count: int) -> None:
    """Run and print the figures."""
    planted: Counter[str] = Counter()
    made = list(texts(400 + count, planted))
    documents = [Document(id=f"gold{i}", text=text) for i, text in enumerate(made[:400])]
    guide = Guide(name="none", entities={}, relations={})
    candidates = (
        Candidate(id=str(i), order="o", strategy="compose", document=Document(id=str(i), text=text))
        for i, text in enumerate(made[400:])
    )
    found: Counter[str] = Counter()
    start, cpu = time.perf_counter(), time.process_time()
    leaks = Leaks(documents[:320], documents[320:])
    for record in filter(candidates, train=documents[:320], leaks=leaks, guide=guide):
        found[record.reason.value if isinstance(record, Drop) else "kept"] += 1
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    table = Table("figure", "value", title=f"filter, {count} texts of {WORDS} words")
    table.add_row("seconds", f"{seconds:.1f}")
    table.add_row("CPU seconds", f"{cpu:.1f}")
    table.add_row("texts a second", f"{count / seconds:.0f}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    table.add_row("peak memory of the process, GiB", f"{peak:.2f}")
    table.add_row("planted copies: exact, near", f"{planted['exact']}, {planted['near']}")
    for name, number in sorted(found.items()):
        table.add_row(name, str(number))
    Console().print(table)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
