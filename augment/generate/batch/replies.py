"""Replies out of batch output and error files, whoever wrote them, into the ledger.

{"id": "batch_req_1", "custom_id": "9f2c…", "error": null, "response": {"status_code": 200,
 "body": {"choices": [{"message": {"content": "Kiev résiste."}, "finish_reason": "stop"}],
          "usage": {"prompt_tokens": 12, "completion_tokens": 5}}}}
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import BaseModel, Field, ValidationError

from augment.errors import BackendError, BadRequest, PathError, Refused
from augment.generate.chat import read, refused_part
from augment.generate.prices import Price, priced
from augment.ledger import Ledger
from augment.schema import Record, Request, Response

_AT_ONCE = 500
_BOM = b"\xef\xbb\xbf"


class Imported(Record):
    """What came of the lines: lines = stored + known + errors + unknown + broken.

    ``known``: replies to requests that have one already. ``errors``: lines without a reply, by
    kind (``said`` has the first message of each). ``unknown``: lines of other runs. ``broken``:
    lines that cannot be read. ``unanswered``: requests, equal ones once, that are still without a
    reply. ``refused``: parts of the requests that the model does not take, to be left out.
    """

    lines: int = 0
    stored: int = 0
    known: int = 0
    errors: dict[str, int] = Field(default_factory=dict)
    said: dict[str, str] = Field(default_factory=dict)
    unknown: int = 0
    broken: int = 0
    unanswered: int = 0
    refused: tuple[str, ...] = ()


class _Reply(BaseModel):
    """Some servers put the chat completion here itself, without ``body``."""

    status_code: int | None = None
    body: dict[str, Any] | str | None = None
    choices: list[Any] | None = None
    usage: dict[str, Any] | None = None


class _Line(BaseModel):
    custom_id: str | int
    response: _Reply | None = None
    error: Any = None


class _Trouble(NamedTuple):
    """A line without a reply: ``refused`` is the part of the request that the model refuses."""

    kind: str
    message: str
    refused: str | None = None


def import_(
    files: Iterable[Path],
    requests: Sequence[Request],
    ledger: Ledger,
    *,
    backend: str,
    without: tuple[str, ...] = (),
    prices: Mapping[str, Price] | None = None,
) -> Imported:
    """Store the reply of each line under its request's key; the first reply to a request stays.

    Any order, part or repetition of the lines is fine. ``without``: what the export left out.
    ``prices``: by model; a vendor's discount on batches is not taken off.
    Raises PathError, StoreError.
    """
    files = list(files)
    for path in files:
        if not path.is_file():
            raise PathError(f"{path}: no such file")
    ledger.ready()
    by_key = {request.key: request for request in requests}
    counts: Counter[str] = Counter()
    errors: Counter[str] = Counter()
    said: dict[str, str] = {}
    refused: dict[str, None] = {}
    lines = _lines(files)
    while some := list(islice(lines, _AT_ONCE)):
        replies = []
        for raw in some:
            found = _outcome(raw, by_key, without)
            if isinstance(found, Response):
                model = by_key[found.key].model
                replies.append((priced(found, (prices or {}).get(model)), model))
            elif isinstance(found, _Trouble):
                errors[found.kind] += 1
                said.setdefault(found.kind, found.message)
                refused |= {found.refused: None} if found.refused else {}
            else:
                counts[found] += 1
        stored = ledger.put_all(replies, backend=backend) if replies else 0
        counts.update(lines=len(some), stored=stored, known=len(replies) - stored)
    answered = ledger.find(list(by_key))
    return Imported(
        **counts,
        errors=dict(sorted(errors.items())),
        said=dict(sorted(said.items())),
        unanswered=len(by_key) - len(answered),
        refused=tuple(refused),
    )


def _lines(files: Iterable[Path]) -> Iterator[bytes]:
    """Lines that are not empty, without line end; files with a byte order mark can be joined."""
    for path in files:
        try:
            with path.open("rb") as file:
                stripped = (line.removeprefix(_BOM).strip() for line in file)
                yield from filter(None, stripped)
        except OSError as error:
            raise PathError(f"{path}: cannot be read: {error.strerror}") from error


def _outcome(
    raw: bytes, by_key: Mapping[str, Request], without: tuple[str, ...]
) -> Response | _Trouble | str:
    """The reply, or the error, or ``unknown`` or ``broken``."""
    try:
        line = _Line.model_validate_json(raw)
    except ValidationError:
        return "broken"
    request = by_key.get(str(line.custom_id))
    if request is None:
        return "unknown"
    answer = line.response or _Reply()
    body = answer.body or (answer.model_dump() if answer.choices else None)
    status = answer.status_code or 200
    if body is None and status < 300:
        return _no_answer(line.error)
    try:
        if body is None or status >= 300:
            raise _failed(status, body or line.error)
        return read(body.encode() if isinstance(body, str) else body, request, without)
    except Refused as error:
        return Response(id=request.id, key=request.key, text=str(error), finish="refusal")
    except BackendError as error:
        part = refused_part(error, request, without) if isinstance(error, BadRequest) else None
        return _Trouble(type(error).__name__, str(error), part)


def _no_answer(error: Any) -> _Trouble:
    """The request was not carried out: the batch expired, or was cancelled."""
    if isinstance(error, dict):
        return _Trouble(str(error.get("code") or "no_answer"), str(error.get("message") or error))
    return _Trouble("no_answer", str(error or "neither a response nor an error in the line"))


def _failed(status: int, body: Any) -> BackendError:
    """The error that the online call would have raised."""
    import httpx2

    from augment.generate.transport import from_response

    text = body if isinstance(body, str) else json.dumps(body)
    asked = httpx2.Request("POST", "http://localhost")
    return from_response(httpx2.Response(status, text=text, request=asked))
