"""What a URL names: which files there are, and in one line why they cannot be seen.

>>> listing("s3://presse/gold")
[Listed(name='train.csv', url='s3://presse/gold/train.csv', size=81023, stamp='"9dd4e461…"')]
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote

from augment.errors import AugmentError, PathError, StoreError
from augment.registry import EXTRAS, missing

_URL = re.compile(r"[a-z][a-z0-9+.-]*://")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]+:")
_PASSWORD = re.compile(r"://(?!arn:)[^/@:]*:(?![:/]|\d+/).*@")
"""Up to the last @: a password may hold any character. Not a port, nor the name of a bucket."""
_WEB = re.compile(r"(?:^|::)https?:")
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_STAMPS = ("ETag", "etag", "md5Hash", "mtime", "LastModified", "last_modified", "created")


class Listed(NamedTuple):
    """A file: name below the prefix, where it is, bytes, and what changes when its content does."""

    name: str
    url: str
    size: int
    stamp: str


def is_url(place: object) -> bool:
    """True for ``s3://bucket/key``; False for a path, which may have been a URL once."""
    return isinstance(place, str) and _URL.match(place) is not None


def stays_local(path: Path) -> Path:
    """The path; raises PathError if it was a URL once, as an option that is written to may be."""
    if path.parts and _SCHEME.fullmatch(path.parts[0]):
        raise PathError(
            f"{path}: cannot be written in place",
            hint="write here, then send it: `augment run --publish URL`, `augment convert IN URL`",
        )
    return path


def listing(prefix: str) -> list[Listed]:
    """All files below a folder or URL, at any depth, by name; of a single file that one.

    Raises PathError if there is nothing, or no right to see it, StoreError if nobody answers.
    """
    path = here(prefix)
    if path is not None:
        return _below(path)
    with told(prefix):
        system, root = connected(prefix)
        found = below(system, root)
        if not found and not system.exists(root):
            raise FileNotFoundError(root)
    return found


def below(system: Any, root: str) -> list[Listed]:
    """As :func:`listing`, of a connected file system; empty if there is nothing."""
    try:
        found = system.find(root, detail=True)
    except FileNotFoundError:
        return []
    base = root if root not in found else root.rpartition("/")[0]
    return [
        Listed(
            key.removeprefix(base).lstrip("/"),
            system.unstrip_protocol(key),
            int(info["size"] or 0),
            stamp(info),
        )
        for key, info in sorted(found.items())
        if info["type"] == "file" and not key.endswith("/")
    ]


def here(place: str) -> Path | None:
    """The path, unless it is a URL of elsewhere."""
    if not is_url(place):
        return Path(place)
    return Path(unquote(place[7:])) if place.startswith("file://") else None


def _walk(path: Path) -> Iterator[Path]:
    """All below a folder but folders; one that is gone since has nothing. Raises OSError."""

    def failed(error: OSError) -> None:
        if not isinstance(error, FileNotFoundError):
            raise error

    for folder, _, names in os.walk(path, onerror=failed):
        yield from (Path(folder, name) for name in names)


def _below(path: Path) -> list[Listed]:
    with told(str(path)):
        path.stat()
        files = [path] if path.is_file() else sorted(p for p in _walk(path) if p.is_file())
        base = path.parent if path.is_file() else path
        found = []
        for file in files:
            with suppress(FileNotFoundError):  # gone since, as one that was renamed
                found.append((file, file.stat()))
    return [
        Listed(file.relative_to(base).as_posix(), str(file), stat.st_size, str(stat.st_mtime_ns))
        for file, stat in found
    ]


def connected(url: str) -> tuple[Any, str]:
    """The file system of a URL, which remembers no listing, and the path in it.

    Not of the web: fsspec would take whatever a page links to for its files.
    """
    if _PASSWORD.search(url):
        raise PathError(
            f"{_PASSWORD.sub('://***@', url)}: whoever sees a URL sees the password in it",
            hint="fsspec reads it from its configuration too: ~/.config/fsspec/conf.json",
        )
    if _WEB.search(url):
        raise PathError(
            f"{url.partition('?')[0]}: pages are not read from the web",
            hint="download it, give the file",
        )
    from fsspec.core import url_to_fs

    path = here(url)
    make_folders = {"auto_mkdir": True} if path else {}
    system, root = url_to_fs(
        f"file://{path}" if path else url, use_listings_cache=False, **make_folders
    )
    system.invalidate_cache()
    return system, str(root).rstrip("/")


def stamp(info: dict[str, Any]) -> str:
    """What changes when the content of a file does, of what its file system says of it."""
    for name in _STAMPS:
        if found := info.get(name):
            return str(found.timestamp() if isinstance(found, datetime) else found)
    return repr(sorted(info.items()))


@contextmanager
def told(place: str) -> Iterator[None]:
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
    if isinstance(error, OSError) and error.errno in _FULL:
        return StoreError(f"{place}: {error.strerror}", hint="free some space here")
    if isinstance(error, OSError) and error.filename:
        return PathError(f"{error.filename}: {error.strerror}")
    if isinstance(error, FileNotFoundError):
        return PathError(f"{place}: no such file, folder or bucket")
    if isinstance(error, PermissionError) or "credentials" in why:
        return PathError(f"{place}: not allowed: {why}", hint="check the key, as AWS_ACCESS_KEY_ID")
    if isinstance(error, ValueError | ImportError):
        return PathError(f"{place}: {why}")
    return StoreError(f"{place}: {why}", hint="is the server up, and its address right?")
