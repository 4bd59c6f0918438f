"""How long the calls of a run take beside the ideal and beside other clients, in one run.

    python tests/benchmarks/bench_generate.py [--rounds 3] [--curator VENV] [--distilabel VENV]

A server on loopback answers each request after 200 ms with an annotated item of about 100 words
(``data/sample``); the requests are those of `compose`. 500 are asked at 32 in flight, 2 000 at 128.
Ours stores each reply in a ledger on disk, then aligns and validates it; the others only ask (their
own files apart). VENV is an environment with bespokelabs-curator 0.1.31 or distilabel 1.5.3.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from math import ceil
from pathlib import Path
from statistics import median
from typing import NamedTuple

from rich.console import Console
from rich.table import Table

from augment.codec import encode
from augment.guide import load
from augment.prompt import PromptSettings, prompt, template
from augment.read import read_all
from augment.schema import Document, Order, Request

HERE = Path(__file__).parent
SAMPLE = HERE.parents[1] / "data" / "sample" / "train.txt"
MILLISECONDS = 200
SIZES = ((500, 32), (2000, 128))
LONGEST = 300
CONSOLE = Console(width=120)


class Took(NamedTuple):
    """One run of one contestant; ``served``: CPU seconds of the server, ``late``: its delay."""

    seconds: float
    cpu: float
    replies: int
    served: float
    late: float
    load: float


def requests(documents: list[Document], most: int) -> list[dict[str, object]]:
    """Requests of `compose` with their orders; the seed says which document is the answer.

    Those with the same prefix follow each other: `generate` sends them so, and replies come out in
    the order of the requests.
    """
    guide, written, settings = load("ukraine_live"), template("compose"), PromptSettings(model="m")
    found: list[dict[str, object]] = []
    for place, document in enumerate(documents):
        order = Order(id="", strategy="compose", types=tuple(wanted(document)))
        request = prompt(order, guide=guide, template=written, settings=settings)
        assert isinstance(request, Request)
        for copy in range(most // len(documents) + (place < most % len(documents))):
            id = f"{len(found):06}"
            seed = copy * len(documents) + place
            found.append(
                request.model_copy(update={"id": id, "seed": seed}).model_dump()
                | {"order": order.model_copy(update={"id": id}).model_dump()}
            )
    return found


def wanted(document: Document) -> list[str]:
    """What the order of a document asks for: two of its relation types."""
    return sorted({relation.type for relation in document.relations})[:2]


@contextmanager
def server(replies: Path) -> Iterator[str]:
    """The address of a server of its own process."""
    command = [sys.executable, str(HERE / "slow_server.py"), str(replies), str(MILLISECONDS)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}/v1"
        finally:
            process.kill()


def run(who: str, python: Path, url: str, concurrency: int, asked: Path) -> Took | str:
    """What one contestant took, or the last line of what it said."""

    def state() -> list[float]:
        with urllib.request.urlopen(url) as answer:
            found: list[float] = json.load(answer)
            return found

    load_before, (served, _) = os.getloadavg()[0], state()
    with tempfile.TemporaryDirectory() as folder:
        command = [str(python), str(HERE / "callers.py"), who, url, str(concurrency)]
        try:
            done = subprocess.run(
                [*command, str(asked), folder], capture_output=True, text=True, timeout=LONGEST
            )
        except subprocess.TimeoutExpired:
            return f"nothing after {LONGEST} s"
    if done.returncode:
        return (done.stderr.strip() or done.stdout.strip()).splitlines()[-1][:300]
    after, late = state()
    return Took(*json.loads(done.stdout.splitlines()[-1]), after - served, late, load_before)


def measure(contestants: dict[str, Path], rounds: int, folder: Path) -> None:
    """Run all in turn, and print a table for each size."""
    documents = sorted(read_all(SAMPLE)[0], key=wanted)
    replies = folder / "replies.json"
    replies.write_text(json.dumps([encode(document) for document in documents]))
    with server(replies) as url:
        for n, concurrency in SIZES:
            asked = folder / f"{n}.json"
            asked.write_text(json.dumps(requests(documents, n)))
            took: dict[str, list[Took]] = {who: [] for who in contestants}
            failed = {}
            for _ in range(rounds):
                for who, python in contestants.items():
                    if who in failed:
                        continue
                    found = run(who, python, url, concurrency, asked)
                    if isinstance(found, str):
                        failed[who] = found
                    else:
                        took[who].append(found)
            show(n, concurrency, took, failed)


def show(n: int, concurrency: int, took: dict[str, list[Took]], failed: dict[str, str]) -> None:
    """One table: medians over the rounds, with the least and the most."""
    ideal = ceil(n / concurrency) * MILLISECONDS / 1000
    table = Table(
        *("", "seconds", "of ideal", "of openai", "CPU ms", "server CPU ms", "late ms"),
        *("replies", "load"),
        title=f"{n} requests, {concurrency} in flight, ideal {ideal:.1f} s",
    )
    plain = median(t.seconds for t in took["openai"])
    for who, rounds in took.items():
        if who in failed:
            table.add_row(who, "did not run")
            continue
        seconds = [t.seconds for t in rounds]
        table.add_row(
            who,
            f"{median(seconds):.2f} ({min(seconds):.2f}–{max(seconds):.2f})",
            f"{median(seconds) / ideal:.2f}",
            f"{median(seconds) / plain:.2f}",
            f"{median(t.cpu for t in rounds) / n * 1000:.2f}",
            f"{median(t.served for t in rounds) / n * 1000:.2f}",
            f"{max(t.late for t in rounds) * 1000:.0f}",
            str(rounds[-1].replies),
            f"{min(t.load for t in rounds):.1f}–{max(t.load for t in rounds):.1f}",
        )
    for who in ("curator", "distilabel"):
        if who not in took:
            table.add_row(who, "not run")
    CONSOLE.print(table)
    for who, why in failed.items():
        CONSOLE.print(f"{who}: {why}", markup=False)


def main() -> None:
    """Read the options, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--curator", type=Path, metavar="VENV")
    parser.add_argument("--distilabel", type=Path, metavar="VENV")
    given = parser.parse_args()
    contestants = {"openai": Path(sys.executable), "ours": Path(sys.executable)}
    for who in ("curator", "distilabel"):
        if (venv := getattr(given, who)) is not None:
            contestants[who] = venv / "bin" / "python"
    CONSOLE.print(
        f"{time.strftime('%Y-%m-%d %H:%M')}, {os.cpu_count()} cores, {given.rounds} rounds"
    )
    with tempfile.TemporaryDirectory() as folder:
        measure(contestants, given.rounds, Path(folder))


if __name__ == "__main__":
    main()
