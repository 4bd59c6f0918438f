"""The folder of one night: what is put there, how far it is, and what is left in the end.

folder.put()
while not folder.over("align"): ...
assert folder.contents() == undisturbed
"""

import json
import os
import re
import shutil
import sqlite3
import time
from contextlib import closing, suppress
from hashlib import sha256

import psutil

from tests.helpers import ROOT

SAMPLE = ROOT / "data" / "sample"
ITEMS, FILES = 24, 2
SECONDS = 300
STAGES = {
    "look": ("work/seen.sqlite", "work/batches/*/batch.json"),
    "read": ("runs/*/01_read", "runs/*/01_read/manifest.json"),
    "plan": ("runs/*/02_plan", "runs/*/02_plan/manifest.json"),
    "rewrite": ("runs/*/04_rewrite", "runs/*/04_rewrite/manifest.json"),
    "prompt": ("runs/*/03_prompt", "runs/*/03_prompt/manifest.json"),
    "generate": ("runs/*/04_generate", "runs/*/04_generate/manifest.json"),
    "align": ("runs/*/05_align", "runs/*/05_align/manifest.json"),
    "validate": ("runs/*/06_validate", "runs/*/06_validate/manifest.json"),
    "filter": ("runs/*/07_filter", "runs/*/07_filter/manifest.json"),
    "report": ("runs/*/accepted.jsonl", "runs/*/manifest.json"),
    "keep": ("runs/*/manifest.json", "work/samples/*.jsonl"),
    "measure": ("runs/*/cells", "runs/*/measure.json"),
    "train": ("runs/*/measure.json", "work/latest"),
}
"""What of a stage is there first, and what last, below the folder of the night."""
MARKS = STAGES | {"push": ("work/reviews/*", "work/reviews/*/pushed.json")}
NOT_COMPARED = {"timings.json", ".lock", "cells", "ledger.sqlite", "seen.sqlite", "reviews"}


class NightFolder:
    """The same path for each night, so that the bytes can be the same."""

    def __init__(self, home):
        self.home, self.night = home, home / "night"
        self.asked, self.items = home / "asked.log", home / "items.jsonl"
        with self.items.open("w") as file:
            file.writelines(json.dumps(item) + "\n" for item in items())

    def said(self):
        """The ends of all logs."""
        logs = sorted(self.home.glob("*.log"))
        return "\n".join(f"{log.name}:\n{log.read_text(errors='replace')[-3000:]}" for log in logs)

    def until(self, what, pause=0.2):
        """Wait for something to be true, and give it."""
        end = time.monotonic() + SECONDS
        while not (found := what()):
            assert time.monotonic() < end, self.said()
            time.sleep(pause)
        return found

    def put(self):
        """A new night: files of items, one that is broken, nothing done yet."""
        shutil.rmtree(self.night, ignore_errors=True)
        self.asked.write_text("")
        live = self.night / "live"
        live.mkdir(parents=True)
        lines = self.items.read_text().splitlines(keepends=True)
        each = len(lines) // FILES
        for n in range(FILES):
            (live / f"{n}.jsonl").write_text("".join(lines[n * each : (n + 1) * each]))
        (live / "broken.jsonl").write_text("{broken\n")
        for n, path in enumerate(sorted(live.iterdir())):
            os.utime(path, (1_700_000_000 + n,) * 2)

    def reach(self, pattern, process):
        """Wait until there is such a file or the process has ended; True if there is."""

        def found():
            return any(self.night.glob(pattern)) or not alive(process)

        self.until(found, 0.001)
        return any(self.night.glob(pattern))

    def over(self, stage):
        """True once a stage is done with."""
        return any(self.night.glob(MARKS[stage][1]))

    def requests(self):
        """Numbers of the items that the LLM was asked about, in order."""
        return self.asked.read_text().split()

    def stored(self):
        """Numbers of the items whose reply is in the ledger."""
        ledger = self.night / "ledger.sqlite"
        found = _rows(ledger, "replies", "text") if ledger.exists() else []
        return [re.findall(r"n°\]\] (\d+)\.", text)[0] for (text,) in found]

    def paid(self):
        """The ledger, but for the time of each reply."""
        return _rows(self.night / "ledger.sqlite", "replies", "key, model, text, finish, cost")

    def contents(self):
        """All that a night leaves behind, by hash: the same for each that ends well."""
        files = [p for p in sorted(self.night.rglob("*")) if p.is_file()]
        found = {
            str(p.relative_to(self.night)): sha256(p.read_bytes()).hexdigest()
            for p in files
            if not {name.removesuffix("-wal").removesuffix("-shm") for name in p.parts}
            & NOT_COMPARED
        }
        seen = self.night / "work" / "seen.sqlite"
        found |= {table: _rows(seen, table) for table in ("files", "items", "batches")}
        return found | {"ledger": self.paid()}


def items():
    """New items: those of the sample over and over, each with its number."""
    texts = [json.loads(line)["text"] for line in (SAMPLE / "raw.jsonl").read_text().splitlines()]
    for n in range(ITEMS):
        yield {"id": f"item-{n}", "text": f"Point n° {n}. {texts[n % len(texts)]}"}


def alive(process):
    """True while a process works."""
    with suppress(psutil.NoSuchProcess):
        return process.status() != psutil.STATUS_ZOMBIE
    return False


def _rows(path, table, columns="*"):
    with closing(sqlite3.connect(path)) as base:
        return sorted(base.execute(f"SELECT {columns} FROM {table}").fetchall())
