"""Files that cannot be read: moved aside with the reason, or, where they have to stay, noted.

>>> quarantine(Path("data/nightly"))
[Refused(name='9f2c31aa-live.html', reason='format not recognised', moved=PosixPath('…'))]
"""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from augment.files import Listed, is_url
from augment.pipeline.seen import Seen
from augment.schema import Record

FOLDER = "quarantine"
REASON = ".reason.txt"
"""Beside a file in quarantine: why it is there."""


class Refused(Record):
    """A file that cannot be read, and why; ``moved``: where it lies now, None if it had to stay."""

    name: str
    reason: str
    moved: Path | None = None


class File(NamedTuple):
    """A file and the hash of its content."""

    listed: Listed
    digest: str


def put_aside(work: Path, seen: Seen, file: File, why: str) -> Refused:
    """Move a broken file aside with its reason; where that cannot be done, note the reason.

    One that was moved is new again if somebody puts it back.
    """
    name, why = file.listed.name, why.encode("utf-8", "replace").decode()
    place = work / FOLDER / f"{file.digest[:8]}-{name.replace('/', '_')}"
    if not is_url(file.listed.url):
        with suppress(OSError):
            place.parent.mkdir(parents=True, exist_ok=True)
            place.with_name(place.name + REASON).write_text(f"{why}\n", encoding="utf-8")
            shutil.move(file.listed.url, place)
            seen.forget(file.listed)
            return Refused(name=name, reason=why, moved=place)
    seen.note(file.listed, file.digest, why)
    return Refused(name=name, reason=why)


def quarantine(work: Path) -> list[Refused]:
    """All files that could not be read, those that were moved first."""
    found = [
        Refused(name=place.name, reason=why.read_text(encoding="utf-8").strip(), moved=place)
        for why in sorted((work / FOLDER).glob(f"*{REASON}"))
        if (place := why.with_name(why.name.removesuffix(REASON))).exists()
    ]
    with Seen(work / "seen.sqlite") as seen:
        return found + [Refused(name=name, reason=why) for name, why in seen.refused()]
