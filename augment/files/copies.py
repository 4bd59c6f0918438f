"""Local copies of what is read from elsewhere, each of one state of it.

>>> fetch("s3://presse/gold/train.csv", CACHE)
PosixPath('data/remote/3f2a9c11d0e4/train.csv')
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections import Counter
from contextlib import suppress
from pathlib import Path, PurePosixPath

from augment.errors import PathError, StoreError
from augment.files.place import Listed, connected, here, is_url, listing, told

CACHE = Path("data/remote")
"""Where commands keep the copies of what they read."""


def local(place: str | Path, folder: Path = CACHE) -> Path:
    """A path as it is, what a URL names as :func:`fetch` gives it."""
    return fetch(place, folder) if isinstance(place, str) and is_url(place) else Path(place)


def fetch(url: str, folder: Path) -> Path:
    """A local copy, below ``folder``, of the file or of all files that a URL names.

    It appears whole or not at all and never changes: what has changed since is fetched anew, to
    another place; what has not is not fetched again. Of ``file://`` it is the path itself. Raises
    as :func:`listing` does, StoreError also if the content changes meanwhile.
    """
    path = here(url)
    if path is not None:
        return path
    files = listing(url)
    _check_names(url, [file.name for file in files])
    copies = [folder / _short(f"{f.url}\0{f.stamp}") / _last(f.name) for f in files]
    missing = {f.url: copy for f, copy in zip(files, copies, strict=True) if not copy.exists()}
    with told(url):
        system, root = connected(url)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".partial-") as scratch:
            parts = [Path(scratch, str(number)) for number in range(len(missing))]
            if missing:
                system.get(list(missing), [str(part) for part in parts])
                if listing(url) != files:
                    raise StoreError(f"{url}: changed while it was read", hint="run again")
            for part, copy in zip(parts, missing.values(), strict=True):
                part.chmod(0o400)
                copy.parent.mkdir(exist_ok=True)
                part.replace(copy)
        if len(files) == 1 and system.unstrip_protocol(root) == files[0].url:
            return copies[0]
    stamps = "".join(f"{file.name}\0{file.url}\0{file.stamp}\n" for file in files)
    with told(url):
        return _together(folder / _short(stamps) / _last(root), files, copies)


def _check_names(url: str, names: list[str]) -> None:
    """Raise PathError unless each of them can be a file below one folder, and another one."""
    folders = {str(parent) for name in names for parent in PurePosixPath(name).parents}
    number = Counter(names)
    for name in (url, *names):
        strange = {"..", "."} if name is url else {"..", ".", ""}
        twice = name in folders or number[name] > 1
        if twice or "\0" in name or not strange.isdisjoint(name.split("/")):
            raise PathError(f"{url}: {name}: no name for a file here", hint="rename the object")


def _together(place: Path, files: list[Listed], copies: list[Path]) -> Path:
    """A folder of all the copies, under the names the files have."""
    if place.is_dir():
        return place
    scratch = Path(tempfile.mkdtemp(dir=place.parent.parent, prefix=".partial-"))
    try:
        for file, copy in zip(files, copies, strict=True):
            target = scratch / file.name
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                os.link(copy, target)
            except OSError:  # not on every file system
                shutil.copy(copy, target)
        place.parent.mkdir(exist_ok=True)
        with suppress(OSError):  # another process was faster
            scratch.rename(place)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return place


def _last(name: str) -> str:
    return name.rpartition("/")[2]


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]
