"""How many documents a second are read and validated, and in how much memory.

    python tests/benchmarks/bench_validate.py [CORPUS [GUIDE [DOCUMENTS]]]

CORPUS is by default textmine/train.csv under AUGMENT_CORPORA; its documents are repeated under new
ids until DOCUMENTS (20 000) are written, as JSONL and in the format of the challenge.
"""

from __future__ import annotations

import os
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import count, cycle, islice
from pathlib import Path

from rich.console import Console
from rich.table import Table

from augment.guide import load
from augment.read import read, read_all, write
from augment.schema import Document
from augment.validate import summarise


def repeated(corpus: Path) -> Iterator[Document]:
    """The documents of a corpus again and again, each with an id of its own."""
    documents, _ = read_all(corpus)
    for number, document in zip(count(), cycle(documents)):
        yield document.model_copy(update={"id": f"{document.id}/{number}"})


def main(corpus: Path, guide: str, documents: int) -> None:
    """Run and print the figures."""
    rules = load(guide)
    table = Table(
        "format", "documents/s", "the same by CPU time", "mentions", "relations", "peak MiB"
    )
    for format, name in (("jsonl", "corpus.jsonl"), ("textmine", "corpus.csv")):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, name)
            write(islice(repeated(corpus), documents), path, format=format)
            start, cpu = time.perf_counter(), time.process_time()
            found = summarise(read(path, format=format), rules)
            seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 2**10
        table.add_row(
            format,
            f"{documents / seconds:.0f}",
            f"{documents / cpu:.0f}",
            f"{found['mentions'] / documents:.1f}",
            f"{found['relations'] / documents:.1f}",
            str(peak),
        )
    Console().print(table)


if __name__ == "__main__":
    given = sys.argv[1:]
    main(
        Path(given[0] if given else Path(os.environ["AUGMENT_CORPORA"], "textmine", "train.csv")),
        given[1] if len(given) > 1 else "textmine",
        int(given[2]) if len(given) > 2 else 20_000,
    )
