"""The run folder: JSONL parts by stage, a manifest written last, hashes, one process at a time.

    data/runs/sample-1a2b3c4d/06_validate/part-0000.jsonl, dropped-0000.jsonl, manifest.json
    {"stage": "validate", "key": "9f…", "kept": 96, "dropped": {"unsafe_rewrite": 4}, "files": {…}}

A stage folder without a manifest is unfinished work of a killed run: it is made again.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

from augment.errors import FingerprintError, InUse, PathError, StoreError
from augment.schema import Drop, Record

R = TypeVar("R", bound=BaseModel)
PART_ROWS = 50_000


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A scratch path beside ``path``, for a file or folder that takes its place if all goes well.

    Raises PathError if the folder or the disk does not take it; what was there stays as it was.
    """
    target = path.resolve()
    scratch = target.with_name(f".{target.name}.partial")
    try:
        if target.exists() and not target.is_file() and not target.is_dir():
            raise PathError(f"{path}: neither a file nor a folder")
        target.parent.mkdir(parents=True, exist_ok=True)
        _remove(scratch)
        yield scratch
        scratch.replace(target)
    except OSError as error:
        raise PathError(
            f"{path}: cannot write: {error.strerror or error}",
            hint="free some space or choose another place; what was there before is untouched",
        ) from error
    finally:
        _remove(scratch)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    elif path.exists():
        path.unlink()


@contextmanager
def writing(path: Path) -> Iterator[Any]:
    """Open a UTF-8 text file that appears under its name only when complete and on disk.

    Raises as :func:`replacing` does.
    """
    with replacing(path) as scratch, scratch.open("w", encoding="utf-8", newline="") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


def write_json(path: Path, value: Any) -> None:
    """Write one JSON value, keys in the order given."""
    with writing(path) as file:
        json.dump(value, file, ensure_ascii=False, indent=1)
        file.write("\n")


def write_lines(path: Path, records: Iterable[BaseModel]) -> None:
    """Write records as JSONL."""
    with writing(path) as file:
        file.writelines(record.model_dump_json() + "\n" for record in records)


def read_lines(path: Path, model: type[R]) -> Iterator[R]:
    """Read what :func:`write_lines` wrote."""
    with path.open(encoding="utf-8", newline="\n") as file:
        for line in file:
            yield model.model_validate_json(line)


def digest(path: Path) -> str:
    """SHA-256 of a file, or of all files below a folder with their relative names."""
    if path.is_file():
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    total = hashlib.sha256()
    for file_path in sorted(p for p in path.rglob("*") if p.is_file()):
        total.update(f"{file_path.relative_to(path).as_posix()}\0{digest(file_path)}\n".encode())
    return total.hexdigest()


class RunFolder:
    """One run's folder; made by :func:`open_run`."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def manifest(self, stage: str) -> dict[str, Any] | None:
        """Manifest of a finished stage, None if it is not finished."""
        path = self.path / stage / "manifest.json"
        return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None

    def stage(self, stage: str, key: str, records: Iterable[Record | Drop]) -> dict[str, Any]:
        """Run a stage unless it is finished with the same key; return its manifest.

        ``records`` is consumed lazily: kept records go to parts, drops to dropped files.
        Raises StoreError if a finished stage's files were changed since.
        """
        done = self.manifest(stage)
        if done is not None and done["key"] == key:
            self._verify(stage, done)
            return done
        folder = self.path / stage
        shutil.rmtree(folder, ignore_errors=True)
        kept = _Parts(folder, "part")
        dropped = _Parts(folder, "dropped")
        reasons: Counter[str] = Counter()
        for record in records:
            if isinstance(record, Drop):
                reasons[record.reason.value] += 1
                dropped.add(record)
            else:
                kept.add(record)
        files = [*kept.close(), *dropped.close()]
        done = {
            "stage": stage,
            "key": key,
            "kept": kept.total,
            "dropped": dict(sorted(reasons.items())),
            "files": {path.name: digest(path) for path in files},
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
        for path in sorted((self.path / stage).glob("part-*.jsonl")):
            yield from read_lines(path, model)

    def drops(self, stage: str) -> Iterator[Drop]:
        """Dropped records of a finished stage."""
        for path in sorted((self.path / stage).glob("dropped-*.jsonl")):
            yield from read_lines(path, Drop)


class _Parts:
    """Numbered JSONL files of at most PART_ROWS rows each."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder, self.name = folder, name
        self.total = 0
        self.rows: list[BaseModel] = []
        self.paths: list[Path] = []

    def add(self, record: BaseModel) -> None:
        self.rows.append(record)
        self.total += 1
        if len(self.rows) == PART_ROWS:
            self._flush()

    def close(self) -> list[Path]:
        if self.rows or not self.paths:
            self._flush()
        return self.paths

    def _flush(self) -> None:
        path = self.folder / f"{self.name}-{len(self.paths):04d}.jsonl"
        write_lines(path, self.rows)
        self.paths.append(path)
        self.rows = []


@contextmanager
def open_run(path: Path, *, fingerprint: str, samples: int) -> Iterator[RunFolder]:
    """Open or make a run folder for one process.

    Raises FingerprintError if it was made with another configuration (or for more samples),
    InUse if another process holds it, PathError if it cannot be made or holds other files.
    """
    try:
        if path.is_dir() and any(path.iterdir()) and not (path / ".lock").exists():
            raise PathError(f"{path}: not a run folder", hint="choose a new or empty --out")
        path.mkdir(parents=True, exist_ok=True)
        lock = (path / ".lock").open("w")
    except OSError as error:
        raise PathError(
            f"{path}: cannot be made or written: {error.strerror}", hint="choose another --out"
        ) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise InUse(f"{path}: in use by another process") from error
        owner = path / "run.json"
        if owner.is_file():
            made = json.loads(owner.read_text(encoding="utf-8"))
            if made["fingerprint"] != fingerprint:
                raise FingerprintError(f"{path}: made with another configuration or other inputs")
            if made["samples"] > samples:
                raise FingerprintError(f"{path}: made with more samples ({made['samples']})")
        write_json(owner, {"fingerprint": fingerprint, "samples": samples})
        yield RunFolder(path)
