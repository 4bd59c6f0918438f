"""Local copies of what is read from elsewhere, each of one state of it.

>>> fetch("s3://presse/gold/train.csv", CACHE)
PosixPath('data/remote/3f2a9c11d0e4/train.csv')
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Any

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
    with told(url):
        system, root = connected(url)
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
            Path(part).chmod(0o400)
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


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]
