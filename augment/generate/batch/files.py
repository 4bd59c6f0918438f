"""Requests as the vendors' batch files, split where the vendors' limits are.

{"custom_id": "9f2c…", "method": "POST", "url": "/v1/chat/completions",
 "body": {"model": "gpt-x", "messages": [{"role": "user", "content": "…"}], "max_tokens": 2048}}

``custom_id`` is the request's key (64 characters); Mistral's lines have no ``method`` and ``url``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from augment.errors import UnknownName
from augment.generate import mistral, openai
from augment.generate.chat import OPTIONAL
from augment.ledger import Ledger
from augment.schema import Request
from augment.store import writing

ENDPOINT = "/v1/chat/completions"


class Limits(NamedTuple):
    """The most that one file may hold."""

    lines: int
    bytes: int


class Format(NamedTuple):
    """A vendor's batch file: its limits, and the line of a request."""

    limits: Limits
    line: Callable[[Request, tuple[str, ...]], dict[str, Any]]


def _openai(request: Request, without: tuple[str, ...]) -> dict[str, Any]:
    body = openai.arguments(request, without)
    return {"custom_id": request.key, "method": "POST", "url": ENDPOINT, "body": body}


def _mistral(request: Request, without: tuple[str, ...]) -> dict[str, Any]:
    return {"custom_id": request.key, "body": mistral.arguments(request, without)}


FORMATS = {
    # developers.openai.com/api/docs/guides/batch: 50,000 requests, 200 MB
    "openai": Format(Limits(50_000, 200_000_000), _openai),
    # docs.mistral.ai/resources/known-limitations: 100,000 requests, 512 MB
    "mistral": Format(Limits(100_000, 512_000_000), _mistral),
}


class File(NamedTuple):
    """A batch file: requests to one model."""

    path: Path
    model: str
    requests: int
    bytes: int


class Missing(NamedTuple):
    """Requests to be asked, each once; ``known`` have a reply, ``under_way`` are in a batch."""

    requests: list[Request]
    known: int
    under_way: int
    equal: int


class Exported(NamedTuple):
    """The files written, and how many requests are not in them and why."""

    files: list[File]
    known: int
    under_way: int
    equal: int


def missing(
    requests: Sequence[Request], ledger: Ledger | None, under_way: Collection[str] = ()
) -> Missing:
    """What is left to be asked: requests that are equal once, none that has a reply.

    ``under_way``: keys of requests in batches that are not collected yet.
    """
    different = {request.key: request for request in requests}
    known = ledger.find(list(different)) if ledger else {}
    waiting = [key for key in different if key not in known and key in under_way]
    left = [r for key, r in different.items() if key not in known and key not in under_way]
    return Missing(left, len(known), len(waiting), len(requests) - len(different))


def export(
    requests: Sequence[Request],
    format: str,
    *,
    path: Path,
    ledger: Ledger | None,
    under_way: Collection[str] = (),
    without: tuple[str, ...] = (),
) -> Exported:
    """Write what is missing to ``path``; to ``<name>-1.jsonl`` … if it takes several files.

    One model a file, at the vendor's limits several. ``without``: parts of the request that the
    model does not take (see :data:`augment.generate.chat.OPTIONAL`). No file if nothing is missing.
    Raises UnknownName, PathError.
    """
    left = missing(requests, ledger, under_way)
    chunks = list(split(left.requests, format, without))
    files = []
    for number, (chosen, lines) in enumerate(chunks, start=1):
        place = path if len(chunks) == 1 else path.with_stem(f"{path.stem}-{number}")
        files.append(write(place, chosen[0].model, lines))
    return Exported(files, left.known, left.under_way, left.equal)


def split(
    requests: Iterable[Request], format: str, without: tuple[str, ...] = ()
) -> Iterator[tuple[list[Request], list[str]]]:
    """Requests and lines of each file: one model, as many as the limits allow; lines are ASCII.

    Raises UnknownName for a format, or part of a request, that is none.
    """
    if format not in FORMATS:
        raise UnknownName(f"no batch format {format!r}; there are: {', '.join(FORMATS)}")
    for part in without:
        if part not in OPTIONAL:
            raise UnknownName(f"no part {part!r} of a request; there are: {', '.join(OPTIONAL)}")
    limits, line = FORMATS[format]
    by_model: dict[str, list[Request]] = {}
    for request in requests:
        by_model.setdefault(request.model, []).append(request)
    for group in by_model.values():
        chosen: list[Request] = []
        lines: list[str] = []
        size = 0
        for request in group:
            written = json.dumps(line(request, without)) + "\n"
            if chosen and (len(chosen) == limits.lines or size + len(written) > limits.bytes):
                yield chosen, lines
                chosen, lines, size = [], [], 0
            chosen.append(request)
            lines.append(written)
            size += len(written)
        yield chosen, lines


def write(path: Path, model: str, lines: Sequence[str]) -> File:
    """Write a file that appears when it is complete and on disk. Raises PathError."""
    with writing(path) as file:
        file.writelines(lines)
    return File(path, model, len(lines), sum(map(len, lines)))
