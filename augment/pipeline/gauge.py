"""How long calls to an LLM took, and what energy the machine used meanwhile: kept beside them.

    calls.jsonl
    {"key": "9f2c…", "seconds": 1.84}
    {"trial": "01", "joules": 912.5, "calls": 20}

Written when a call returns, so that a comparison that was killed knows of those before.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from augment.protocols import Backend
from augment.schema import Request, Response

RAPL = Path("/sys/class/powercap")


class Gauge:
    """Looks at calls; what the file holds already counts too."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.seconds: dict[str, float] = {}
        self.energy: dict[str, list[tuple[float, int]]] = {}
        self._lock = threading.Lock()
        self._calls = 0
        if path.is_file():
            whole, end, _ = path.read_bytes().rpartition(b"\n")
            os.truncate(path, len(whole + end))  # a process that was killed leaves half a line
            for line in whole.decode().splitlines():
                self._take(json.loads(line))

    def around(self, backend: Backend) -> Backend:
        """The backend, its calls timed."""
        return _Timed(backend, self)

    @contextmanager
    def running(self, trial: str) -> Iterator[None]:
        """Note the energy of the calls that are made meanwhile, where the machine reports it."""
        calls, before = self._calls, joules()
        yield
        after = joules()
        made = self._calls - calls
        if made and before is not None and after is not None and after >= before:
            self.note({"trial": trial, "joules": after - before, "calls": made})

    def joules_per_call(self, trial: str) -> float | None:
        """Mean over the calls of a trial that were looked at; None if there are none."""
        rows = self.energy.get(trial, [])
        calls = sum(number for _, number in rows)
        return sum(used for used, _ in rows) / calls if calls else None

    def note(self, row: dict[str, Any]) -> None:
        """Keep a line."""
        with self._lock:
            self._take(row)
            self._calls += "key" in row
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(row) + "\n")

    def _take(self, row: dict[str, Any]) -> None:
        if "key" in row:
            self.seconds[row["key"]] = row["seconds"]
        else:
            self.energy.setdefault(row["trial"], []).append((row["joules"], row["calls"]))


class _Timed:
    def __init__(self, backend: Backend, gauge: Gauge) -> None:
        self.backend, self.gauge, self.name = backend, gauge, backend.name

    def complete(self, request: Request) -> Response:
        start = time.perf_counter()
        reply = self.backend.complete(request)
        seconds = round(time.perf_counter() - start, 4)
        self.gauge.note({"key": request.key, "seconds": seconds})
        return reply

    def close(self) -> None:
        self.backend.close()


def joules(folder: Path = RAPL) -> float | None:
    """Energy used so far by the processors (RAPL), without graphics cards; None if not readable.

    The counters start again at some limit: a difference may then be negative.
    """
    try:
        packages = sorted(folder.glob("intel-rapl:[0-9]*/energy_uj"))
        found = [int(path.read_text()) for path in packages if path.parent.name.count(":") == 1]
    except (OSError, ValueError):
        return None
    return sum(found) / 1e6 if found else None
