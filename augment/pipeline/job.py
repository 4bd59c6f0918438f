"""One run at work: its configuration, folder and guide, and how long each stage took.

>>> job.stage("06_validate", records)["kept"]
96
"""

from __future__ import annotations

import hashlib
import json
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sized
from typing import Any, TypeVar

from augment.config import RunConfig, fingerprint
from augment.errors import NoResult, UsageError
from augment.guide import Guide, load
from augment.measure.records import PROMPTED, RESERVED
from augment.pipeline.experiment import plainly
from augment.pipeline.spread import PART, each, here
from augment.protocols import Backend, Spread
from augment.run_folder import RunFolder
from augment.schema import Document, Response

T = TypeVar("T")
R = TypeVar("R")
SAMPLES = "samples"
"""Name of the arm that holds what the run's own strategies made."""


def check_fields(config: RunConfig) -> None:
    """Raise UsageError for fields that do not go together.

    An addition with the name of an arm that is there anyway; a gate without what it judges by.
    """
    if config.gate and not config.measure:
        raise UsageError("gate: needs measure, which is off", hint="leave one of them out")
    taken = (*RESERVED, SAMPLES, *([PROMPTED] if config.write.direct else []))
    for name in config.add:
        if name in taken:
            raise UsageError(f"add: the name {name!r} is reserved", hint="give another NAME=PATH")


class Run:
    """One run at work: its configuration, folder and guide, and how long each step took.

    ``spread``: where its work is done, in parts of ``part`` records.
    """

    def __init__(
        self,
        config: RunConfig,
        folder: RunFolder,
        track: Any = plainly,
        spread: Spread = here,
        part: int = PART,
    ) -> None:
        self.config, self.folder, self.track = config, folder, track
        self.spread, self.part = spread, part
        self.guide: Guide = load(config.guide)
        self.key = f"{fingerprint(config)}:{config.samples}"
        self.timings: dict[str, float] = {}
        self.served: dict[str, Counter[str]] = {}
        """Replies and failures of each address of an LLM."""
        self.cells = folder.path / "cells"
        """Predictions of finished trials: a cache that lets a killed measurement go on."""
        self.around: Callable[[Backend], Backend] = lambda backend: backend
        """Put around the backends, to look at the calls."""
        self.elsewhere: dict[str, Response] = {}
        """Replies by key that count towards the caps beside the run's own."""

    def stage(self, name: str, records: Iterable[Any]) -> dict[str, Any]:
        """Run one stage (see :meth:`RunFolder.stage`) and note its seconds."""
        start = time.perf_counter()
        manifest = self.folder.stage(name, self.key, records)
        self.timings[name] = round(time.perf_counter() - start, 3)
        return manifest

    def serve(self, served: Mapping[str, Mapping[str, int]]) -> None:
        """Add what addresses of LLMs have answered."""
        for url, figures in served.items():
            self.served.setdefault(url, Counter()).update(figures)

    def each(self, function: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
        """What a pure function makes of each item, worked out wherever this run's work is done."""
        return each(self.spread, function, items, self.part)

    def follow(self, name: str) -> None:
        """Make what comes next depend on what this stage kept and dropped."""
        done = self.folder.manifest(name) or {}
        files = json.dumps(done.get("files"), sort_keys=True)
        self.key = f"{self.key}:{hashlib.sha256(files.encode()).hexdigest()[:16]}"

    def documents(self, name: str) -> list[Document]:
        """What a finished stage kept."""
        return list(self.folder.read(name, Document))

    def need(self, stage: str, train: Sized, test: Sized) -> None:
        """Raise NoResult, with the way out, unless there is something to train and to test on."""
        if train and test:
            return
        done = self.folder.manifest(stage)
        if done and not done["kept"]:
            drops = self.folder.path / stage / "dropped-0000.jsonl"
            source = self.config.test if stage == "01_test" else self.config.corpus
            raise NoResult(f"{source}: no document could be read", hint=f"{drops} says why")
        raise NoResult(
            f"{self.config.corpus}: too few different texts to hold some out for a test",
            hint="give a test set with --test",
        )
