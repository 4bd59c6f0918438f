"""Rewrite, validate and filter in one process, on 1 and on 2 dask workers: speed, memory, scaling.

    nice python -m tests.benchmarks.bench_spread [ITEMS [PART]]

ITEMS documents are made of the sample's: all words outside mentions are drawn anew from its words.
4 % are exact copies of an earlier one, 3 % copies with two words changed. As many orders are
rewritten by `typos`, `tokens` and `mentions` in turn. Both clusters are up all the time, and this
process and they take block by block in turn, so that what else the machine does slows all alike.
"""

from __future__ import annotations

import os
import random
import re
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from augment.filter import Marker, gate
from augment.guide import load
from augment.overlap import Leaks
from augment.pipeline.samples import _checked, _marked, _rewritten, decided
from augment.pipeline.spread import each, here, in_parts
from augment.read import read_all
from augment.rewrite import Rewriter
from augment.run_folder import Line, RunFolder
from augment.schema import Candidate, Document, Order
from flows.cluster import cluster
from tests.helpers import ROOT

SAMPLE = ROOT / "data" / "sample"
EXACT, NEAR = 0.04, 0.03
BLOCK = 5000
STRATEGIES = ("typos", "tokens", "mentions")
WORD = re.compile(r"\w+")


def redrawn(
    document: Document, id: str, words: list[str], rng: random.Random, most: int
) -> Document:
    """The document with up to so many of the words outside mentions drawn anew."""
    inside = [False] * len(document.text)
    for _, mention in document.mentions():
        inside[mention.start : mention.end] = [True] * (mention.end - mention.start)
    free = [m for m in WORD.finditer(document.text) if not any(inside[m.start() : m.end()])]
    changed = sorted(rng.sample(free, min(most, len(free))), key=lambda m: m.start())
    text, at, moves = [], 0, [0] * (len(document.text) + 1)
    shift = 0
    for match in changed:
        new = rng.choice(words)
        moves[at : match.start() + 1] = [shift] * (match.start() + 1 - at)
        text += [document.text[at : match.start()], new]
        at, shift = match.end(), shift + len(new) - len(match[0])
    moves[at:] = [shift] * (len(moves) - at)
    text.append(document.text[at:])
    entities = tuple(
        e.model_copy(
            update={
                "mentions": tuple(
                    m.model_copy(
                        update={"start": m.start + moves[m.start], "end": m.end + moves[m.end - 1]}
                    )
                    for m in e.mentions
                )
            }
        )
        for e in document.entities
    )
    return document.model_copy(update={"id": id, "text": "".join(text), "entities": entities})


def items(sample: list[Document], count: int, planted: Counter[str]) -> Iterator[Candidate]:
    """Candidates; ``planted`` counts the copies among them."""
    rng = random.Random("bench/spread")
    words = [w for document in sample for w in WORD.findall(document.text) if w.islower()]
    earlier: list[Document] = []
    for i in range(count):
        draw, id = rng.random(), f"i{i:07d}"
        if earlier and draw < EXACT:
            made = rng.choice(earlier).model_copy(update={"id": id})
            planted["exact_duplicate"] += 1
        elif earlier and draw < EXACT + NEAR:
            made = redrawn(rng.choice(earlier), id, words, rng, 2)
            planted["near_duplicate"] += 1
        else:
            made = redrawn(sample[i % len(sample)], id, words, rng, 10_000)
            earlier[i % 500 : i % 500 + 1] = [made]
        yield Candidate(id=id, order="", strategy="compose", document=made)


class Bench:
    """One way to spread, and what its stages took."""

    def __init__(self, name: str, spread: Any, part: int, decide: Any) -> None:
        self.name, self.spread, self.part, self.decide = name, spread, part, decide
        self.place, self.client = name.replace(" ", "-"), None if spread is here else spread.args[0]
        self.reasons = Counter[str]()
        self.wall, self.cpu, self.done = Counter[str](), Counter[str](), Counter[str]()

    def processor(self) -> float:
        """Seconds of processor of this process and of the workers."""
        workers = self.client.run(time.process_time).values() if self.client else ()
        return time.process_time() + sum(workers)

    def stage(self, name: str, work: Callable[[], Iterator[Line]], out: RunFolder) -> None:
        """Time a block of a stage; its lines are written as in a run."""
        start, cpu = time.perf_counter(), self.processor()
        made = out.stage(f"{name}-{self.place}", str(time.time()), work())
        self.wall[name] += time.perf_counter() - start
        self.cpu[name] += self.processor() - cpu
        self.done[name] += made["kept"] + sum(made["dropped"].values())
        self.reasons.update({f"{name}: {reason}": n for reason, n in made["dropped"].items()})

    def block(self, texts: list[str], orders: list[Order], tools: Any, out: RunFolder) -> None:
        """The three stages on one block."""
        rewriter, guide, marker = tools
        spread = partial(each, self.spread, size=self.part)
        self.stage("rewrite", lambda: spread(partial(_rewritten, rewriter), orders), out)
        given = [(text, None) for text in texts]
        self.stage("validate", lambda: spread(partial(_checked, guide), given), out)
        kept = partial(out.lines, f"validate-{self.place}")
        marked = partial(_marked, marker)
        self.stage("filter", lambda: decided(self.decide, kept(), spread(marked, kept())), out)

    def peak(self) -> str:
        """Largest memory of each worker so far, MiB."""
        workers = self.client.run(_peak).values() if self.client else ()
        return " ".join(f"{kib / 1024:.0f}" for kib in workers)


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def main(count: int, part: int) -> None:
    """Run and print the figures."""
    guide, planted = load("ukraine_live"), Counter[str]()
    (train, _), (test, _) = read_all(SAMPLE / "train.txt"), read_all(SAMPLE / "test.txt")
    leaks = Leaks(train, test, guide.person_names)
    tools = (Rewriter(train, guide), guide, Marker(leaks, guide.language))
    with tempfile.TemporaryDirectory() as place, cluster(1) as one, cluster(2) as two:
        out = RunFolder(Path(place))
        start = time.process_time()
        out.stage("items", "k", items(train, count, planted))
        print(f"{count} items made in {time.process_time() - start:.0f} s of processor", flush=True)
        places = {"here": here, "1 worker": one, "2 workers": two}
        benches = [Bench(*place, part, gate(train, leaks)) for place in places.items()]
        for number, block in enumerate(in_parts(out.lines("items"), min(BLOCK, count))):
            orders = [
                Order(id=f"{i:07d}", strategy=STRATEGIES[i % 3], seed=i)
                for i in range(number * BLOCK, number * BLOCK + len(block))
            ]
            for bench in [*benches[number % 3 :], *benches[: number % 3]]:
                bench.block(block, orders, tools, out)
            walls = [f"{sum(bench.wall.values()):.0f} s" for bench in benches]
            print(f"{time.strftime('%H:%M')} {walls}, load {os.getloadavg()[0]:.1f}", flush=True)
            if number % 4 == 3:
                show(benches, planted)
        show(benches, planted)


def show(benches: list[Bench], planted: Counter[str]) -> None:
    """The tables."""
    _, one, two = benches
    names = [bench.name for bench in benches]
    speeds, cpus = [f"{n}, /s" for n in names], [f"{n}, CPU ms" for n in names]
    table = Table("stage", "documents", *speeds, "scaling 1 to 2", *cpus)
    for name, count in one.done.items():
        table.add_row(
            name,
            str(count),
            *(f"{count / bench.wall[name]:.0f}" for bench in benches),
            f"{one.wall[name] / two.wall[name]:.2f}",
            *(f"{1000 * bench.cpu[name] / count:.2f}" for bench in benches),
        )
    console = Console(width=140)
    console.print(table)
    assert all(bench.reasons == one.reasons for bench in benches)
    console.print("planted", dict(planted), "found", dict(one.reasons))
    console.print(
        f"peak memory, MiB: worker of 1: {one.peak()}; workers of 2: {two.peak()}; "
        f"this process {_peak() / 1024:.0f}"
    )


if __name__ == "__main__":
    main(
        int(sys.argv[1]) if len(sys.argv) > 1 else 100_000,
        int(sys.argv[2]) if len(sys.argv) > 2 else 1000,
    )
