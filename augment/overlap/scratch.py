"""Tables of what was seen, in a file of their own that goes away: they may be larger than memory.

>>> seen = Scratch("CREATE TABLE text (digest BLOB PRIMARY KEY, key TEXT) WITHOUT ROWID")
>>> seen.add("INSERT INTO text VALUES (?, ?)", [(b"…", "s1")])
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from augment.errors import PathError

CACHE = 256_000
"""KiB of a table in memory; what is more goes to the disk."""


class Scratch:
    """An SQLite database in the folder for temporary files; nobody else sees it.

    Raises PathError if there is no room for it.
    """

    def __init__(self, *tables: str) -> None:
        with _on_disk():
            self._db = sqlite3.connect("", isolation_level=None, check_same_thread=False)
            self._db.execute(f"PRAGMA cache_size = -{CACHE}")
            self._db.execute("PRAGMA journal_mode = OFF")
            for table in tables:
                self._db.execute(table)
            self._db.execute("BEGIN")

    def rows(self, query: str, *given: Any) -> Iterator[tuple[Any, ...]]:
        """What a query finds."""
        with _on_disk():
            return iter(self._db.execute(query, given).fetchall())

    def add(self, statement: str, rows: Iterable[tuple[Any, ...]]) -> None:
        """Have a statement done for each row."""
        with _on_disk():
            self._db.executemany(statement, rows)

    def close(self) -> None:
        """Remove it all."""
        self._db.close()


@contextmanager
def _on_disk() -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        raise PathError(
            f"the folder for temporary files cannot be written: {error}",
            hint="free some space, or set TMPDIR to a folder that has some",
        ) from error
