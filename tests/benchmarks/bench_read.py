"""Documents a second, format by format: parsed, read with the structural check, written.

    AUGMENT_CORPORA=… python tests/benchmarks/bench_read.py [DOCUMENTS]

The documents are those of textmine/train.csv, repeated under new ids. Each figure is the best of
three; reading is timed as a stream, and once more with all records held in a list.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator
from itertools import count, cycle, islice
from pathlib import Path

from rich.console import Console
from rich.table import Table

from augment.read import plug, read, read_all, write
from augment.read.base import Row
from augment.read.detect import PAGES, sources
from augment.registry import names
from augment.schema import Document
from tests.helpers import corpora


def corpus(size: int) -> list[Document]:
    """So many documents, in the annotation density of TextMine."""
    gold = read_all(corpora("textmine", "train.csv"))[0]
    repeated = enumerate(islice(cycle(gold), size))
    return [document.model_copy(update={"id": str(i)}) for i, document in repeated]


def rate(size: int, action: Callable[[], object]) -> str:
    """Documents a second, the best of three."""
    best = float("inf")
    for _ in range(3):
        start = time.perf_counter()
        action()
        best = min(best, time.perf_counter() - start)
    return f"{size / best:,.0f}"


def figures(documents: list[Document], format: str, folder: Path) -> list[str]:
    """Rates of parsing, reading as a stream, reading into a list and writing; megabytes."""
    size, path = len(documents), folder / format
    fresh = count()

    def save() -> None:
        write(documents, folder / f"{format}{next(fresh)}", format=format)

    write(documents, path, format=format)
    rates = [
        rate(size, lambda: deque(_parsed(path, format), 0)),
        rate(size, lambda: deque(read(path, format=format), 0)),
        rate(size, lambda: read_all(path, format=format)),
        rate(size, save),
    ]
    files = [p for p in (path, *path.rglob("*")) if p.is_file()]
    return [format, *rates, f"{sum(p.stat().st_size for p in files) / 1e6:.1f}"]


def _parsed(path: Path, format: str) -> Iterator[Row]:
    for file, _ in sources(path, format):
        yield from plug(format).read(file, {})


def main() -> None:
    """Print the table."""
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    documents = corpus(size)
    columns = ("format", "parsed", "read", "held", "written", "MB")
    table = Table(*columns, title=f"{size} documents, documents/s")
    for format in [name for name in names("format") if name not in PAGES]:
        with tempfile.TemporaryDirectory() as folder:
            table.add_row(*figures(documents, format, Path(folder)))
    Console().print(table)


if __name__ == "__main__":
    main()
