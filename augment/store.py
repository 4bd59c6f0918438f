"""Files that are written whole or not at all, records as JSONL, and hashes of content.

>>> write_lines(Path("accepted.jsonl"), documents)
>>> next(read_lines(Path("accepted.jsonl"), Document)).id
'gold-17'
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

from augment.errors import DiskFull, PathError

R = TypeVar("R", bound=BaseModel)
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A scratch path beside ``path``, for a file or folder that takes its place if all goes well.

    Raises PathError if the folder does not take it, DiskFull if the disk does not; what was there
    stays as it was.
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
        raise not_written(path, error) from error
    finally:
        _remove(scratch)


def not_written(path: Path, error: OSError) -> PathError:
    """What to raise for a file that the system does not take."""
    kind = DiskFull if error.errno in FULL else PathError
    return kind(
        f"{path}: cannot write: {error.strerror or error}",
        hint="free some space or choose another place; what was there before is untouched",
    )


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
