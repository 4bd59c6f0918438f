"""What was seen of a watched place, in one SQLite file: files, items by content, batches.

>>> with Seen(Path("data/nightly/seen.sqlite")) as seen:
...     seen.unfinished()
['3f2a9c11d0e4']
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

from augment.errors import PathError, StoreError
from augment.files import Listed

_TABLES = """
CREATE TABLE IF NOT EXISTS looks
    (name TEXT PRIMARY KEY, size INTEGER, stamp TEXT, since REAL, digest TEXT);
CREATE TABLE IF NOT EXISTS files (digest TEXT PRIMARY KEY, name TEXT, refused TEXT);
CREATE TABLE IF NOT EXISTS items (digest TEXT PRIMARY KEY, batch TEXT);
CREATE TABLE IF NOT EXISTS posts (id TEXT PRIMARY KEY, modified TEXT, saved TEXT);
CREATE TABLE IF NOT EXISTS batches (name TEXT PRIMARY KEY, finished INTEGER);
"""
_BUSY_SECONDS = 60.0


class Look(NamedTuple):
    """A file as it is now: since when it is so, and whether it was read as it is."""

    since: float
    read: bool


class Seen:
    """The record; a context that keeps all that was noted, or, after an error, nothing of it.

    Raises PathError if the file cannot be opened, StoreError if it is no such record or cannot be
    written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._base = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None)
        except (OSError, sqlite3.Error) as error:
            raise PathError(f"{path}: cannot be opened: {error}") from error

    def __enter__(self) -> Self:
        self._do(*(part for part in _TABLES.split(";") if part.strip()))
        self._do("BEGIN IMMEDIATE")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self._do("COMMIT" if kind is None else "ROLLBACK")
        finally:
            self._base.close()

    def look(self, file: Listed, now: float) -> Look:
        """Note how a file looks now; ``since`` is the first look at which it looked so."""
        found = self._rows(
            "SELECT since, digest FROM looks WHERE name = ? AND size = ? AND stamp = ?",
            file.name, file.size, file.stamp,
        )  # fmt: skip
        if found:
            since, digest = found[0]
            return Look(float(since), digest is not None)
        row = (file.name, file.size, file.stamp, now)
        self._rows("INSERT OR REPLACE INTO looks VALUES (?, ?, ?, ?, NULL)", *row)
        return Look(now, False)

    def knows(self, digest: str) -> bool:
        """True if a file of this content was read."""
        return bool(self._rows("SELECT 1 FROM files WHERE digest = ?", digest))

    def note(self, file: Listed, digest: str, refused: str | None = None) -> None:
        """Note that a file was read, or why it cannot be; of copies, what was said of the first."""
        self._rows("INSERT OR IGNORE INTO files VALUES (?, ?, ?)", digest, file.name, refused)
        self._rows("UPDATE looks SET digest = ? WHERE name = ?", digest, file.name)

    def forget(self, file: Listed) -> None:
        """A file that is there no longer; should it come back, it is new."""
        self._rows("DELETE FROM looks WHERE name = ?", file.name)

    def new(self, digests: Iterable[str]) -> list[str]:
        """Those of these texts, by their hashes, that are in no batch yet."""
        query = "SELECT 1 FROM items WHERE digest = ?"
        return [digest for digest in digests if not self._rows(query, digest)]

    def post(self, id: str) -> tuple[str, str] | None:
        """When the newest version of a post that was taken was changed, and when it was saved."""
        found = self._rows("SELECT modified, saved FROM posts WHERE id = ?", id)
        return (str(found[0][0]), str(found[0][1])) if found else None

    def take(self, id: str, stamp: tuple[str, str]) -> None:
        """Note the version of a post that is taken."""
        self._rows("INSERT OR REPLACE INTO posts VALUES (?, ?, ?)", id, *stamp)

    def begin(self, batch: str, digests: Iterable[str]) -> None:
        """Note a batch and the hashes of its texts."""
        self._rows("INSERT OR REPLACE INTO batches VALUES (?, 0)", batch)
        for digest in digests:
            self._rows("INSERT OR REPLACE INTO items VALUES (?, ?)", digest, batch)

    def unfinished(self) -> list[str]:
        """Batches that were begun and not finished, the oldest first."""
        found = self._rows("SELECT name FROM batches WHERE NOT finished ORDER BY rowid")
        return [str(name) for (name,) in found]

    def finish(self, batch: str) -> None:
        """Note that a batch is done with."""
        self._rows("UPDATE batches SET finished = 1 WHERE name = ?", batch)

    def refused(self) -> list[tuple[str, str]]:
        """Names and reasons of the files that cannot be read and had to stay where they are."""
        query = "SELECT name, refused FROM files WHERE refused IS NOT NULL ORDER BY name"
        return [(str(name), str(why)) for name, why in self._rows(query)]

    def _do(self, *statements: str) -> None:
        for statement in statements:
            self._rows(statement)

    def _rows(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        try:
            return self._base.execute(statement, values).fetchall()
        except sqlite3.Error as error:
            hint = "is the disk full, or the file another one's? nothing was noted"
            raise StoreError(f"{self.path}: {error}", hint=hint) from error
