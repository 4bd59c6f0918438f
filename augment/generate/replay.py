"""Replies from a ledger or a file instead of a server: free, offline, the same every time.

{"id": "compose-0001", "text": "[[e1:PLACE|Kiev]] résiste. …"}
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from augment.errors import ConfigError, NotRecorded, PathError
from augment.generate.connect import Connection
from augment.ledger import Ledger
from augment.schema import Request, Response


class Replay:
    """Looks a reply up by the request's key, then by its id.

    The file is a ledger, or JSONL: one reply a line with ``text`` and ``key`` or ``id``, and any
    other field of a Response. Raises PathError, ConfigError or StoreError if it is neither.
    """

    name = "replay"

    def __init__(self, connection: Connection) -> None:
        path = connection.replies
        if path is None or not path.is_file():
            raise PathError(
                f"replay: {path or 'no file given'}: not a file of replies",
                hint="give --replies FILE",
            )
        with path.open("rb") as file:
            is_ledger = file.read(15) == b"SQLite format 3"
        self._ledger = Ledger(path, read_only=True) if is_ledger else None
        self._replies = {} if is_ledger else _replies(path)

    def complete(self, request: Request) -> Response:
        """The recorded reply. Raises NotRecorded."""
        if self._ledger is not None:
            found = self._ledger.get(request.key)
        else:
            found = self._replies.get(request.key) or self._replies.get(request.id)
        if found is None:
            raise NotRecorded(f"{request.id}: no reply to this request is recorded")
        return found.model_copy(update={"id": request.id, "key": request.key})

    def close(self) -> None:
        """Close the ledger."""
        if self._ledger is not None:
            self._ledger.close()


def _replies(path: Path) -> dict[str, Response]:
    """Replies by key and id; a repeated line is fine, two different texts for one are not."""
    found: dict[str, Response] = {}
    with path.open(encoding="utf-8", newline="\n") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            reply = _reply(line, f"{path}:{number}")
            for name in filter(None, (reply.key, reply.id)):
                if found.setdefault(name, reply).text != reply.text:
                    raise ConfigError(f"{path}:{number}: a second, other reply for {name}")
    return found


def _reply(line: str, where: str) -> Response:
    try:
        value: Any = json.loads(line)
        reply = Response.model_validate({"id": "", "key": "", **value})
    except (ValueError, TypeError, ValidationError) as error:
        raise ConfigError(
            f"{where}: not a reply with `text` and `key` or `id`", hint="give --replies FILE"
        ) from error
    if not reply.id and not reply.key:
        raise ConfigError(f"{where}: neither `key` nor `id`")
    return reply
