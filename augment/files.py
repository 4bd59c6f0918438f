"""Files here and in object stores: what is read is fetched, a finished folder is published.

>>> fetch("s3://presse/gold/train.csv", CACHE)
PosixPath('data/remote/3f2a9c11d0e4/train.csv')

URLs are those of fsspec: `s3://` with the extra `s3`, `file://`, `memory://` and its others.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple
from urllib.parse import unquote

from augment.errors import AugmentError, PathError, StoreError
from augment.registry import EXTRAS, missing

CACHE = Path("data/remote")
"""Where copies of what is read are kept: an object that has changed gets a new one."""
_URL = re.compile(r"[a-z][a-z0-9+.-]*://")
_STAMPS = ("ETag", "etag", "md5Hash", "mtime", "LastModified", "last_modified", "created")


class Listed(NamedTuple):
    """A file: name below the prefix, where it is, bytes, and what changes when its content does."""

    name: str
    url: str
    size: int
    stamp: str


def is_url(place: str | Path) -> bool:
    """True for ``s3://bucket/key``; False for a path, which may have been a URL once."""
    return isinstance(place, str) and _URL.match(place) is not None


def local(place: str | Path, folder: Path = CACHE) -> Path:
    """A path as it is, what a URL names as :func:`fetch` gives it."""
    return fetch(place, folder) if isinstance(place, str) and is_url(place) else Path(place)


def listing(prefix: str) -> list[Listed]:
    """All files below a folder or URL, at any depth, by name; of a single file that one.

    Raises PathError if there is nothing, or no right to see it, StoreError if nobody answers.
    """
    path = _here(prefix)
    if path is not None:
        return _below(path)
    with _told(prefix):
        system, root = _system(prefix)
        found = system.find(root, detail=True)
        if not found and not system.exists(root):
            raise FileNotFoundError(root)
    base = root if root not in found else root.rpartition("/")[0]
    return [
        Listed(
            key.removeprefix(base).lstrip("/"),
            system.unstrip_protocol(key),
            int(info["size"] or 0),
            _stamp(info),
        )
        for key, info in sorted(found.items())
        if info["type"] == "file" and not key.endswith("/")
    ]


def fetch(url: str, folder: Path) -> Path:
    """A local copy, below ``folder``, of the file or of all files that a URL names.

    It appears whole or not at all and never changes: what has changed since is fetched anew, to
    another place; what has not is not fetched again. Of ``file://`` it is the path itself. Raises
    as :func:`listing` does, StoreError also if the content changes meanwhile.
    """
    path = _here(url)
    if path is not None:
        return path
    files = listing(url)
    with _told(url):
        system, root = _system(url)
        copies = _copies(system, files, folder)
        if listing(url) != files:
            raise StoreError(f"{url}: changed while it was read", hint="run again")
        if len(files) == 1 and system.unstrip_protocol(root) == files[0].url:
            return copies[0]
        stamps = "".join(f"{file.name}\0{file.url}\0{file.stamp}\n" for file in files)
        return _together(folder / _short(stamps) / PurePosixPath(root).name, files, copies)


def _copies(system: Any, files: list[Listed], folder: Path) -> list[Path]:
    """Where the copy of each file is; those that are not there yet are fetched, together."""
    for file in files:
        if {"..", ""} & set(file.name.split("/")) or "\0" in file.name:
            raise PathError(f"{file.url}: no name for a file here", hint="rename the object")
    copies = [
        folder / _short(f"{file.url}\0{file.stamp}") / file.name.rpartition("/")[2]
        for file in files
    ]
    wanted = [pair for pair in zip(files, copies, strict=True) if not pair[1].exists()]
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".partial-") as scratch:
        parts = [f"{scratch}/{number}" for number in range(len(wanted))]
        if wanted:
            system.get([file.url for file, _ in wanted], parts)
        for (file, copy), part in zip(wanted, parts, strict=True):
            if Path(part).stat().st_size != file.size:
                raise StoreError(f"{file.url}: changed while it was read", hint="run again")
            copy.parent.mkdir(exist_ok=True)
            Path(part).replace(copy)
    return copies


def _together(place: Path, files: list[Listed], copies: list[Path]) -> Path:
    """A folder of all the copies, under the names the files have."""
    if place.is_dir():
        return place
    scratch = Path(tempfile.mkdtemp(dir=place.parent.parent, prefix=".partial-"))
    try:
        for file, copy in zip(files, copies, strict=True):
            target = scratch / file.name
            target.parent.mkdir(parents=True, exist_ok=True)
            os.link(copy, target)
        place.parent.mkdir(exist_ok=True)
        with suppress(OSError):  # another process was faster
            scratch.rename(place)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return place


def _here(place: str) -> Path | None:
    """The path, unless it is a URL of elsewhere."""
    if not is_url(place):
        return Path(place)
    return Path(unquote(place[7:])) if place.startswith("file://") else None


def _below(path: Path) -> list[Listed]:
    with _told(str(path)):
        path.stat()
        files = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file())
        base = path.parent if path.is_file() else path
        found = [(file, file.stat()) for file in files]
    return [
        Listed(file.relative_to(base).as_posix(), str(file), stat.st_size, str(stat.st_mtime_ns))
        for file, stat in found
    ]


def _system(url: str) -> tuple[Any, str]:
    """The file system of a URL, which remembers no listing, and the path in it."""
    from fsspec.core import url_to_fs

    system, root = url_to_fs(url, use_listings_cache=False)
    system.invalidate_cache()
    return system, str(root).rstrip("/")


def _stamp(info: dict[str, Any]) -> str:
    found = [str(info[name]) for name in _STAMPS if info.get(name)]
    return found[0] if found else str(info["size"])


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


@contextmanager
def _told(place: str) -> Iterator[None]:
    """What goes wrong, in the one line that a user can do something with."""
    try:
        yield
    except AugmentError:
        raise
    except Exception as error:
        raise _in_words(place, error) from error


def _in_words(place: str, error: Exception) -> AugmentError:
    cause, why = error.__cause__, " ".join(str(error).split()) or type(error).__name__
    if isinstance(cause, ModuleNotFoundError) and cause.name in EXTRAS:
        return missing("file system", place, cause)
    if isinstance(error, FileNotFoundError):
        return PathError(f"{place}: no such file, folder or bucket")
    if isinstance(error, PermissionError) or "credentials" in why:
        return PathError(f"{place}: not allowed: {why}", hint="check the key, as AWS_ACCESS_KEY_ID")
    if isinstance(error, ValueError | ImportError):
        return PathError(f"{place}: {why}")
    return StoreError(f"{place}: {why}", hint="is the server up, and its address right?")
