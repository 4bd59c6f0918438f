"""The run folder: JSONL parts by stage, a manifest written last, hashes, one process at a time.

    data/runs/sample-1a2b3c4d/06_validate/part-0000.jsonl, dropped-0000.jsonl, manifest.json
    {"stage": "validate", "key": "9f…", "kept": 96, "dropped": {"unsafe_rewrite": 4}, "files": {…}}

A stage folder without a manifest is unfinished work of a killed run: it is made again.
"""

from __future__ import annotations

import json
import os
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple, Self, TextIO

from pydantic import BaseModel

from augment.errors import FingerprintError, PathError, StoreError
from augment.hold import hold
from augment.schema import Drop, Record
from augment.store import R, digest, not_written, read_lines, write_json

PART_ROWS = 50_000


class Line(NamedTuple):
    """A record as it is written; of a drop, with its reason."""

    text: str
    reason: str | None = None


def line(record: BaseModel) -> Line:
    """The line of a record."""
    reason = record.reason.value if isinstance(record, Drop) else None
    return Line(record.model_dump_json(), reason)


class RunFolder:
    """One run's folder; made by :func:`open_run`."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def manifest(self, stage: str) -> dict[str, Any] | None:
        """Manifest of a finished stage, None if it is not finished."""
        path = self.path / stage / "manifest.json"
        return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None

    def stage(
        self, stage: str, key: str, records: Iterable[Record | Drop | Line]
    ) -> dict[str, Any]:
        """Run a stage unless it is finished with the same key; return its manifest.

        ``records`` is consumed lazily, and written as it comes: kept records go to parts, drops to
        dropped files. Raises StoreError if a finished stage's files were changed since, PathError
        if the disk does not take them.
        """
        done = self.manifest(stage)
        if done is not None and done["key"] == key:
            self._verify(stage, done)
            return done
        folder = self.path / stage
        shutil.rmtree(folder, ignore_errors=True)
        reasons: Counter[str] = Counter()
        with _Parts(folder, "part") as kept, _Parts(folder, "dropped") as dropped:
            for record in records:
                text, reason = record if isinstance(record, Line) else line(record)
                if reason is None:
                    kept.add(text)
                else:
                    reasons[reason] += 1
                    dropped.add(text)
        done = {
            "stage": stage,
            "key": key,
            "kept": kept.total,
            "dropped": dict(sorted(reasons.items())),
            "files": {path.name: digest(path) for path in [*kept.paths, *dropped.paths]},
        }
        write_json(folder / "manifest.json", done)
        return done

    def forget(self, stage: str) -> None:
        """Take a stage for unfinished, so that it is run again."""
        (self.path / stage / "manifest.json").unlink(missing_ok=True)

    def _verify(self, stage: str, manifest: dict[str, Any]) -> None:
        for name, expected in manifest["files"].items():
            path = self.path / stage / name
            if not path.is_file() or digest(path) != expected:
                raise StoreError(
                    f"{path}: not what this stage wrote",
                    hint=f"delete {path.parent} and run again",
                )

    def read(self, stage: str, model: type[R]) -> Iterator[R]:
        """Kept records of a finished stage."""
        for text in self.lines(stage):
            yield model.model_validate_json(text)

    def lines(self, stage: str) -> Iterator[str]:
        """Kept records of a finished stage, as they are written."""
        for path in sorted((self.path / stage).glob("part-*.jsonl")):
            with path.open(encoding="utf-8", newline="\n") as file:
                for text in file:
                    yield text.rstrip("\n")

    def drops(self, stage: str) -> Iterator[Drop]:
        """Dropped records of a finished stage."""
        for path in sorted((self.path / stage).glob("dropped-*.jsonl")):
            yield from read_lines(path, Drop)


class _Parts:
    """Numbered JSONL files of at most PART_ROWS rows each, which get their names at the end.

    Leaving the block by an error leaves nothing that is read.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self.folder, self.name = folder, name
        self.total = 0
        self.paths: list[Path] = []
        self._file: TextIO | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            if self._file is not None:
                with suppress(OSError):
                    self._file.close()
            return
        try:
            if self._file is None:
                self._next()
            self._finish()
            self.paths = [path.rename(path.with_name(path.name[1:])) for path in self.paths]
        except OSError as error:
            raise not_written(self.folder, error) from error

    def add(self, text: str) -> None:
        try:
            if self._file is None or self.total % PART_ROWS == 0:
                self._file = self._next()
            self._file.write(f"{text}\n")
        except OSError as error:
            raise not_written(self.folder, error) from error
        self.total += 1

    def _next(self) -> TextIO:
        self._finish()
        self.folder.mkdir(parents=True, exist_ok=True)
        self.paths.append(self.folder / f".{self.name}-{len(self.paths):04d}.jsonl")
        self._file = self.paths[-1].open("w", encoding="utf-8", newline="")
        return self._file

    def _finish(self) -> None:
        if self._file is not None:
            with self._file:
                self._file.flush()
                os.fsync(self._file.fileno())


@contextmanager
def open_run(path: Path, *, fingerprint: str, samples: int) -> Iterator[RunFolder]:
    """Open or make a run folder for one process.

    Raises FingerprintError if it was made with another configuration (or for more samples),
    InUse if another process holds it, PathError if it cannot be made or holds other files.
    """
    hint = "choose another --out"
    try:
        foreign = path.is_dir() and any(path.iterdir()) and not (path / ".lock").exists()
    except OSError as error:
        raise PathError(f"{path}: cannot be read: {error.strerror}", hint=hint) from error
    if foreign:
        raise PathError(f"{path}: not a run folder", hint="choose a new or empty --out")
    with hold(path, hint):
        owner = path / "run.json"
        if owner.is_file():
            made = json.loads(owner.read_text(encoding="utf-8"))
            if made["fingerprint"] != fingerprint:
                raise FingerprintError(f"{path}: made with another configuration or other inputs")
            if made["samples"] > samples:
                raise FingerprintError(f"{path}: made with more samples ({made['samples']})")
        write_json(owner, {"fingerprint": fingerprint, "samples": samples})
        yield RunFolder(path)
