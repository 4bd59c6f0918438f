"""The bundle's file: a zip that is the same bytes for the same content, and is read with suspicion.

bundle.json  README.md  requirements.txt  guide/guide.yaml  additions/compose-0.jsonl
"""

from __future__ import annotations

import json
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError

from augment.errors import PathError, StoreError, UsageError
from augment.pipeline.replicate.records import FORMAT, Bundle
from augment.store import replacing

HEAD = "bundle.json"
GUIDE = "guide/guide.yaml"
TEXTS = ("README.md", "requirements.txt")
LARGEST = 2**31
"""Bytes of a bundle's content; a larger one is refused before it is read."""
_FAULTS = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError)
AGAIN = "get the bundle again"


class Opened(NamedTuple):
    """A bundle, and the content of the files in it by name."""

    bundle: Bundle
    files: Mapping[str, bytes]


def write(files: Mapping[str, bytes], path: Path) -> None:
    """Write the files as a zip, sorted and without times. Raises PathError."""
    with replacing(path) as scratch, zipfile.ZipFile(scratch, "w") as made:
        for name in sorted(files):
            info = zipfile.ZipInfo(name)
            info.create_system, info.external_attr = 3, 0o644 << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            made.writestr(info, files[name], compresslevel=6)


def opened(path: Path) -> Opened:
    """The bundle of a file; nothing is unpacked.

    Raises PathError (no bundle), UsageError (of another format), StoreError (damaged or changed).
    """
    files = _files(path)
    if HEAD not in files:
        raise PathError(f"{path}: no bundle: no {HEAD} in it", hint="give what `make` wrote")
    bundle = _bundle(path, files[HEAD])
    expected = {HEAD, *TEXTS, *(part.file for part in bundle.parts if part.inside)}
    expected |= {GUIDE} if bundle.guide else set()
    for name in sorted(files.keys() ^ expected):
        what = "a file that does not belong there" if name in files else "this file is missing"
        raise StoreError(f"{path}: {name!r}: {what}", hint=AGAIN)
    return Opened(bundle, files)


def _files(path: Path) -> dict[str, bytes]:
    if not path.is_file():
        raise PathError(f"{path}: no such file")
    if not zipfile.is_zipfile(path):
        raise PathError(f"{path}: not a zip file, or cut off", hint=AGAIN)
    try:
        with zipfile.ZipFile(path) as found:
            infos = found.infolist()
            if sum(info.file_size for info in infos) > LARGEST:
                raise StoreError(f"{path}: larger than {LARGEST >> 30} GiB inside", hint=AGAIN)
            if len({info.filename for info in infos}) < len(infos):
                raise StoreError(f"{path}: a name occurs twice in it", hint=AGAIN)
            return {info.filename: found.read(info) for info in infos}
    except _FAULTS as error:
        raise StoreError(f"{path}: damaged: {error}", hint=AGAIN) from error


def _bundle(path: Path, content: bytes) -> Bundle:
    try:
        raw = json.loads(content)
        check_format(path, raw)
        bundle = Bundle.model_validate(raw)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise StoreError(f"{path}: {HEAD}: {where}: {first['msg']}", hint=AGAIN) from error
    except (ValueError, RecursionError) as error:
        raise StoreError(f"{path}: {HEAD}: not JSON", hint=AGAIN) from error
    if bundle.id != bundle.identity():
        raise StoreError(f"{path}: {HEAD} was changed after it was made", hint=AGAIN)
    return bundle


def check_format(path: Path, raw: object) -> None:
    """Raise UsageError if this is of another format than ours, StoreError if it has none."""
    found = raw.get("format") if isinstance(raw, dict) else None
    if not isinstance(found, int):
        raise StoreError(f"{path}: nothing that `augment replicate` wrote", hint="check the path")
    if found != FORMAT:
        raise UsageError(
            f"{path}: format {found}; this augment reads format {FORMAT}",
            hint="use the augment that made the bundle",
        )
