"""The ledger: every reply that was paid for, on disk before anybody reads it, never asked twice.

    data/ledger.sqlite, table replies:
    key 9f2c… | backend openai | model gpt-x | text "Kiev résiste. …" | finish stop | cost 0.0021

One SQLite file in WAL mode, shared by threads, processes and runs. What is in it is never changed:
the first reply to a request stays.
"""

from __future__ import annotations

import json
import os
import sqlite3
import tempfile
import threading
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType

from augment.errors import PathError, StoreError
from augment.schema import Response

_TABLE = """CREATE TABLE IF NOT EXISTS replies (
    key TEXT PRIMARY KEY, backend TEXT NOT NULL, model TEXT NOT NULL, text TEXT NOT NULL,
    finish TEXT NOT NULL, prompt_tokens INTEGER, completion_tokens INTEGER, cost REAL,
    downgrades TEXT NOT NULL, at REAL NOT NULL) WITHOUT ROWID"""
_READ = "key, text, finish, prompt_tokens, completion_tokens, cost, downgrades"
_BUSY_SECONDS = 60.0
_AT_ONCE = 500


class _Item:
    """A reply on its way to the disk."""

    def __init__(self, response: Response, backend: str, model: str) -> None:
        self.response, self.backend, self.model = response, backend, model
        self.stored: Response | None = None
        self.error: StoreError | None = None


class Ledger:
    """Replies by request key.

    Raises PathError if the file cannot be opened (or, with ``read_only``, is not there), StoreError
    if it is no ledger. ``reserve``: bytes of disk that must be free before a request is sent.
    """

    def __init__(self, path: Path, *, read_only: bool = False, reserve: int = 32_000_000) -> None:
        self.path, self.read_only, self.reserve = path, read_only, reserve
        self._queue: list[_Item] = []
        self._queue_lock, self._write_lock = threading.Lock(), threading.Lock()
        self._read_lock = threading.Lock()
        self._rescued: str | None = None
        if read_only:
            self._reader = self._writer = _open_to_read(path)
            return
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._writer = _open(path)
            self._reader = _open(path)
        except (OSError, sqlite3.OperationalError) as error:
            raise PathError(f"{path}: cannot be opened as a ledger: {error}") from error
        except sqlite3.DatabaseError as error:
            raise _no_ledger(path, error) from error

    def __enter__(self) -> Ledger:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; nothing is waiting to be written, since :meth:`put` waits itself."""
        self._reader.close()
        self._writer.close()

    def get(self, key: str) -> Response | None:
        """The reply to a request, None if there is none; its ``id`` is empty."""
        return self.find([key]).get(key)

    def find(self, keys: Sequence[str]) -> dict[str, Response]:
        """The replies there are to these requests, by key. Raises StoreError."""
        rows: list[tuple[object, ...]] = []
        try:
            with self._read_lock:
                for start in range(0, len(keys), _AT_ONCE):
                    some = keys[start : start + _AT_ONCE]
                    marks = ",".join("?" * len(some))
                    query = f"SELECT {_READ} FROM replies WHERE key IN ({marks})"
                    rows += self._reader.execute(query, some).fetchall()
        except sqlite3.DatabaseError as error:
            raise _no_ledger(self.path, error) from error
        return {str(row[0]): _response(row) for row in rows}

    def ready(self) -> None:
        """Raise StoreError if the disk is too full to be sure of keeping the next reply."""
        disk = os.statvfs(self.path.parent)
        free = disk.f_bavail * disk.f_frsize
        if free < self.reserve:
            raise StoreError(
                f"{self.path}: only {free // 1_000_000} MB free, nothing more is asked",
                hint="free some space and run again: all replies so far are kept",
            )

    def put(self, response: Response, *, backend: str, model: str) -> Response:
        """Store a reply and return once it is on disk; of two to one request the first stays.

        Returns the one that stays. Threads that come while another is writing are written
        together by the next (group commit): a reply waits for two commits at most.
        Raises StoreError if the disk does not take it; it is then in the file the message names.
        """
        item = _Item(response, backend, model)
        with self._queue_lock:
            self._queue.append(item)
        with self._write_lock:
            if item.stored is None and item.error is None:
                with self._queue_lock:
                    batch, self._queue = self._queue, []
                self._write(batch)
        if item.error is not None:
            raise item.error
        return item.stored or response

    def put_all(self, replies: Sequence[tuple[Response, str]], *, backend: str) -> int:
        """Store replies, each with its model, in one commit; how many of them were new.

        Raises as :meth:`put` does.
        """
        items = [_Item(response, backend, model) for response, model in replies]
        with self._write_lock:
            self._write(items)
        for item in items:
            if item.error is not None:
                raise item.error
        return sum(item.stored is item.response for item in items)

    def _write(self, batch: list[_Item]) -> None:
        db = self._writer
        try:
            db.execute("BEGIN IMMEDIATE")
            stored = [_insert(db, item) for item in batch]
            db.execute("COMMIT")
        except sqlite3.Error as error:
            if db.in_transaction:
                db.execute("ROLLBACK")
            failed = self._rescue(batch, error)
            for item in batch:
                item.error = failed
        else:
            for item, reply in zip(batch, stored, strict=True):
                item.stored = reply

    def _rescue(self, batch: list[_Item], error: sqlite3.Error) -> StoreError:
        """Keep replies that the ledger's disk does not take in a file elsewhere, as JSONL."""
        try:
            if self._rescued is None:
                handle, self._rescued = tempfile.mkstemp(prefix="augment-", suffix=".jsonl")
                os.close(handle)
            with Path(self._rescued).open("a", encoding="utf-8") as file:
                file.writelines(item.response.model_dump_json() + "\n" for item in batch)
                file.flush()
                os.fsync(file.fileno())
            where = f"are in {self._rescued}"
        except OSError as second:
            where = f"are lost ({second.strerror})"
        return StoreError(
            f"{self.path}: cannot store replies ({error}); those that came in since {where}",
            hint="free some space and run again; the backend `replay` reads that file",
        )


def _open(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    if db.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    db.execute(_TABLE)
    return db


def _open_to_read(path: Path) -> sqlite3.Connection:
    """A folder that cannot be written needs ``immutable``: SQLite can make no lock file there."""
    if not path.is_file():
        raise PathError(f"{path}: no such ledger")
    for option in ("mode=ro", "immutable=1"):
        url = f"{path.resolve().as_uri()}?{option}"
        try:
            db = sqlite3.connect(url, uri=True, timeout=_BUSY_SECONDS, check_same_thread=False)
            db.execute("SELECT 1 FROM replies LIMIT 1").fetchall()
            return db
        except sqlite3.DatabaseError as error:
            failed = error
    raise _no_ledger(path, failed) from failed


def _no_ledger(path: Path, error: sqlite3.Error) -> StoreError:
    return StoreError(f"{path}: not a readable ledger: {error}", hint="choose another --ledger")


def _insert(db: sqlite3.Connection, item: _Item) -> Response:
    r = item.response
    row = (r.key, item.backend, item.model, r.text, r.finish, r.prompt_tokens)
    row_end = (r.completion_tokens, r.cost, json.dumps(r.downgrades), time.time())
    insert = "INSERT INTO replies VALUES (?,?,?,?,?,?,?,?,?,?) ON CONFLICT (key) DO NOTHING"
    if db.execute(insert, row + row_end).rowcount:
        return r
    first = db.execute(f"SELECT {_READ} FROM replies WHERE key = ?", (r.key,)).fetchone()
    return _response(first).model_copy(update={"id": r.id})


def _response(row: Iterable[object]) -> Response:
    names = ("key", "text", "finish", "prompt_tokens", "completion_tokens", "cost")
    *values, downgrades = row
    fields = dict(zip(names, values, strict=True))
    return Response.model_validate({"id": "", **fields, "downgrades": json.loads(str(downgrades))})
