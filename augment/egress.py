r"""The log of what left this machine: every request as it was sent, on disk before it is sent.

    {"time": "2026-11-22T04:12:01.123456+00:00", "method": "POST",
     "url": "https://api.mistral.ai/v1/chat/completions", "headers": {"authorization": "***", …},
     "size": 1234, "sha256": "9f2c…", "encoding": "utf-8", "body": "{\"model\": …"}

One JSON line a request, only ever appended. Keys are not in it; the digest is of the bytes sent. Of
a published file its path stands for its content.
"""

from __future__ import annotations

import base64
import fcntl
import hashlib
import os
import threading
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from augment.errors import PathError, StoreError
from augment.schema import Record

HIDDEN = "***"
_SECRET = ("authorization", "key", "token", "cookie", "secret")
_SHORTEST_SECRET = 8


class Sent(Record):
    """One request. ``masked``: a key stood in its body or address, and was taken out here.

    ``body`` is in Base64 where it is not UTF-8, and the path of a file that was published; ``size``
    and ``sha256`` are of the bytes sent.
    """

    time: datetime
    method: str
    url: str
    headers: dict[str, str]
    size: int
    sha256: str
    encoding: Literal["utf-8", "base64", "file"]
    body: str
    masked: bool = False

    def content(self) -> bytes:
        """The body as it was sent (unless ``masked``); of a file, what it holds now."""
        if self.encoding == "file":
            return Path(self.body).read_bytes()
        return base64.b64decode(self.body) if self.encoding == "base64" else self.body.encode()


class EgressLog:
    """Appends to one file, readable by its owner only; threads and processes may share it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()

    def add(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> None:
        """Store a request that is about to be sent; back only when it is on the disk.

        Raises StoreError if it cannot be stored; then it must not be sent.
        """
        self._store(_entry(method, url, headers, body))

    def add_file(self, url: str, path: Path, digest: str) -> None:
        """As :func:`add`, of a file (with its SHA-256) that is about to be published."""
        entry = Sent(
            time=datetime.now(UTC),
            method="PUT",
            url=url,
            headers={},
            size=path.stat().st_size,
            sha256=digest,
            encoding="file",
            body=str(path.resolve()),
        )
        self._store(entry)

    def _store(self, entry: Sent) -> None:
        line = (entry.model_dump_json() + "\n").encode()
        try:
            with self._lock:
                self._append(line)
        except OSError as error:
            raise StoreError(
                f"{self.path}: cannot log what is about to be sent, so nothing is sent: "
                f"{error.strerror or error}",
                hint="free some space or mend the place of the log, then run again",
            ) from error

    def _append(self, line: bytes) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            size = os.fstat(handle).st_size
            if size and os.pread(handle, 1, size - 1) != b"\n":
                line = b"\n" + line  # what a full disk cut off stays a line of its own
            while line:
                line = line[os.write(handle, line) :]
            os.fsync(handle)
        finally:
            os.close(handle)


def _entry(method: str, url: str, headers: Mapping[str, str], body: bytes) -> Sent:
    secrets = {
        value.removeprefix("Bearer ").strip()
        for name, value in headers.items()
        if any(word in name.lower() for word in _SECRET)
    }
    found = [s for s in sorted(secrets, key=len, reverse=True) if len(s) >= _SHORTEST_SECRET]
    encoding, text = _text(body)
    shown_url, shown = url, text
    for secret in found:
        shown_url, shown = shown_url.replace(secret, HIDDEN), shown.replace(secret, HIDDEN)
    kept = {
        name: HIDDEN if any(word in name.lower() for word in _SECRET) else value
        for name, value in headers.items()
    }
    return Sent(
        time=datetime.now(UTC),
        method=method,
        url=shown_url,
        headers=kept,
        size=len(body),
        sha256=hashlib.sha256(body).hexdigest(),
        encoding=encoding,
        body=shown,
        masked=(shown_url, shown) != (url, text),
    )


def _text(body: bytes) -> tuple[Literal["utf-8", "base64"], str]:
    try:
        return "utf-8", body.decode()
    except UnicodeDecodeError:
        return "base64", base64.b64encode(body).decode()


def read_log(path: Path) -> Iterator[tuple[int, Sent | None]]:
    """Number (from 1) and content of each line; None for one that a full disk cut off.

    Such a request was not sent. Raises PathError if there is no log.
    """
    try:
        with path.open(encoding="utf-8", errors="replace", newline="\n") as file:
            for number, line in enumerate(file, start=1):
                try:
                    yield number, Sent.model_validate_json(line)
                except ValidationError:
                    yield number, None
    except OSError as error:
        raise PathError(f"{path}: {error.strerror}", hint="nothing was logged there") from error
