"""What both vendors' packages send through: one HTTP client, and what its errors mean.

>>> translate(httpx2.ReadTimeout("…"), TRANSPORT)
TimedOut('ReadTimeout: …')

Imported by the vendor modules inside their constructors only: httpx2 takes a while to load.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.request import getproxies

import httpx2

from augment.egress import EgressLog
from augment.errors import (
    AugmentError,
    AuthError,
    BackendError,
    BadReply,
    BadRequest,
    ConfigError,
    ConnectionLost,
    ContextTooLong,
    ModelNotFound,
    OutOfCredit,
    RateLimited,
    Refused,
    ServerError,
    TimedOut,
    Unreachable,
)
from augment.generate.connect import is_local

Make = Callable[[Any], BackendError]
Table = Mapping[type[Exception], Make]
RAW = httpx2.Response
"""What vendors' packages give back when nothing is to be parsed."""
_LONGEST_MESSAGE = 300

_BY_STATUS: dict[int, type[BackendError]] = {
    401: AuthError,
    402: OutOfCredit,
    403: AuthError,
    404: ModelNotFound,
    408: TimedOut,
    409: ServerError,
    413: ContextTooLong,
    425: ServerError,
    429: RateLimited,
}
_BY_CODE: dict[str, type[BackendError]] = {
    "insufficient_quota": OutOfCredit,
    "billing_hard_limit_reached": OutOfCredit,
    "context_length_exceeded": ContextTooLong,
    "model_not_found": ModelNotFound,
    "content_filter": Refused,
    "content_policy_violation": Refused,
    "invalid_prompt": Refused,
}
_TOO_LONG = ("context length", "context window", "maximum context", "context size")


def client(url: str, timeout: float, log: Path | None = None) -> httpx2.Client:
    """An HTTP client that goes to that address and nowhere else: no redirects, no local proxy.

    What it sends is in ``log`` before it is sent, whichever package makes the request. Raises
    ConfigError for an address of another machine without a log.
    """
    if log is None and not is_local(url):
        raise ConfigError(f"{url}: what is sent to another machine must be logged")
    kept = EgressLog(log) if log else None
    home = httpx2.URL(url)

    def leaving(request: httpx2.Request) -> None:
        if (request.url.scheme, request.url.netloc) != (home.scheme, home.netloc):
            raise ConfigError(f"{request.url.host}: not the server that was chosen")
        if kept:
            kept.add(request.method, str(request.url), dict(request.headers), request.read())

    proxied = not is_local(url) and getproxies()
    return httpx2.Client(
        timeout=timeout,
        trust_env=not is_local(url),
        follow_redirects=False,
        event_hooks={"request": [leaving]},
        transport=None if proxied else Connections(),
        limits=httpx2.Limits(max_connections=None, max_keepalive_connections=None),
    )


class Connections(httpx2.BaseTransport):
    """As many connections as there are calls under way, each with one call at a time.

    A pool of httpx2 looks through all that it has, twice a request: at 128 that takes as long as
    the request itself.
    """

    def __init__(self) -> None:
        self._idle: list[httpx2.HTTPTransport] = []
        self._certificates = httpx2.create_ssl_context()

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """The answer, read to its end."""
        try:
            connection = self._idle.pop()
        except IndexError:
            connection = httpx2.HTTPTransport(verify=self._certificates)
        try:
            response = connection.handle_request(request)
            response.read()
        except BaseException:
            connection.close()
            raise
        self._idle.append(connection)
        return response

    def close(self) -> None:
        """Close those that are idle: all, once no call is under way."""
        while self._idle:
            self._idle.pop().close()


def from_response(response: httpx2.Response) -> BackendError:
    """The error that a status and body stand for; the server's message, without the key."""
    status = response.status_code
    code, param, message = _body(response)
    key = response.request.headers.get("authorization", "").removeprefix("Bearer ")
    message = message.replace(key, "***") if key else message
    kind = _BY_CODE.get(code) if 400 <= status < 500 else None
    if kind is None and status in (400, 422) and any(s in message.lower() for s in _TOO_LONG):
        kind = ContextTooLong
    if kind is None:
        kind = _BY_STATUS.get(status) or _by_range(status)
    wait = _seconds(response.headers)
    return kind(f"{status}: {message[:_LONGEST_MESSAGE]}", retry_after=wait, param=param)


def _by_range(status: int) -> type[BackendError]:
    if status < 300:
        return BadReply
    return ServerError if status >= 500 else BadRequest


def _body(response: httpx2.Response) -> tuple[str, str | None, str]:
    """Code, parameter and message of an error's body, in the shapes servers are known to use."""
    text = response.text.strip()
    try:
        body = json.loads(text)
    except ValueError:
        return "", None, text or response.reason_phrase
    error = body.get("error", body) if isinstance(body, dict) else body
    if not isinstance(error, dict):
        return "", None, str(error)
    param = error.get("param")
    message = error.get("message") or error.get("detail") or text
    return str(error.get("code")), str(param) if param else None, str(message)


def _seconds(headers: Mapping[str, str]) -> float | None:
    """Retry-After in seconds, given as such or as a date; None if absent or unreadable."""
    value = headers.get("retry-after", "")
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        return max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None


def _named(kind: type[BackendError]) -> Make:
    return lambda error: kind(f"{type(error).__name__}: {error}")


TRANSPORT: Table = {
    httpx2.HTTPStatusError: lambda error: from_response(error.response),
    **{
        error: _named(kind)
        for kind, errors in {
            Unreachable: (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.ProxyError),
            TimedOut: (
                httpx2.TimeoutException,
                httpx2.ReadTimeout,
                httpx2.WriteTimeout,
                httpx2.PoolTimeout,
            ),
            ConnectionLost: (
                httpx2.HTTPError,
                httpx2.RequestError,
                httpx2.TransportError,
                httpx2.NetworkError,
                httpx2.ReadError,
                httpx2.WriteError,
                httpx2.CloseError,
                httpx2.ProtocolError,
                httpx2.RemoteProtocolError,
            ),
            BadReply: (
                httpx2.DecodingError,
                httpx2.CookieConflict,
                httpx2.SSEError,
                httpx2.StreamError,
                httpx2.StreamConsumed,
                httpx2.StreamClosed,
                httpx2.ResponseNotRead,
                httpx2.RequestNotRead,
            ),
            BadRequest: (
                httpx2.InvalidURL,
                httpx2.LocalProtocolError,
                httpx2.UnsupportedProtocol,
                httpx2.TooManyRedirects,
            ),
        }.items()
        for error in errors
    },
}
"""Every exception class of httpx2 → what it means here."""


def translate(error: Exception, table: Table) -> BackendError:
    """What a vendor's exception means, by its nearest class in the table.

    Raises the error of our own that stopped a request before it was sent, if that is the cause.
    """
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, AugmentError):
            raise cause
        cause = cause.__cause__
    return next(table[kind] for kind in type(error).__mro__ if kind in table)(error)
