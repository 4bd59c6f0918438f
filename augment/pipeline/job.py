"""One run at work: its configuration, folder and guide, and how long each stage took.

>>> job.stage("06_validate", records)["kept"]
96
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

from augment.config import RunConfig, fingerprint
from augment.guide import Guide, load
from augment.pipeline.experiment import plainly
from augment.schema import Document
from augment.store import RunFolder


class Run:
    """One run at work: its configuration, folder and guide, and how long each step took."""

    def __init__(self, config: RunConfig, folder: RunFolder, track: Any = plainly) -> None:
        self.config, self.folder, self.track = config, folder, track
        self.guide: Guide = load(config.guide)
        self.key = f"{fingerprint(config)}:{config.samples}"
        self.timings: dict[str, float] = {}
        self.cells = folder.path / "cells"
        """Predictions of finished trials: a cache that lets a killed measurement go on."""

    def stage(self, name: str, records: Iterable[Any]) -> dict[str, Any]:
        """Run one stage (see :meth:`RunFolder.stage`) and note its seconds."""
        start = time.perf_counter()
        manifest = self.folder.stage(name, self.key, records)
        self.timings[name] = round(time.perf_counter() - start, 3)
        return manifest

    def documents(self, name: str) -> list[Document]:
        """What a finished stage kept."""
        return list(self.folder.read(name, Document))
