"""Mistral's API, through its own package.

>>> Mistral(Connection(base_url="http://127.0.0.1:8000")).complete(request).finish
'stop'
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from augment.errors import AuthError, BadReply, ConfigError, ConnectionLost
from augment.generate.chat import Chat, body
from augment.generate.connect import Connection, api_key, check_address, log_of
from augment.schema import Request

if TYPE_CHECKING:
    from augment.generate.transport import Table

ADDRESS = "https://api.mistral.ai"
_TELEMETRY = "MISTRAL_SDK_TELEMETRY"


class Mistral(Chat):
    """The mistralai package, its retries, telemetry and debug log off; MISTRAL_API_KEY."""

    name = "mistral"

    def __init__(self, connection: Connection) -> None:
        super().__init__()
        self._client, self._http = client(connection)
        from augment.generate import transport

        self._table, self._translate = table(), transport.translate
        self._errors = tuple(self._table)
        self._complete: Any = self._client.chat.complete

    def send(self, request: Request, without: tuple[str, ...]) -> dict[str, Any]:
        """One call; the body as the package read it. Raises a BackendError."""
        try:
            answer = self._complete(**arguments(request, without), retries=None)
        except self._errors as error:
            raise self._translate(error, self._table) from None
        return _body(answer)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()


def client(connection: Connection) -> tuple[Any, Any]:
    """The package's client and the HTTP client that it sends through; close the latter.

    Raises ConfigError for an address that is not allowed, or without a key where one is needed.
    """
    url = (connection.base_url or ADDRESS).rstrip("/").removesuffix("/v1")
    check_address(url, connection)
    key = api_key("MISTRAL_API_KEY", url)
    if os.environ.get(_TELEMETRY, "false").strip().lower() not in ("", "false"):
        raise ConfigError(
            f"{_TELEMETRY} is set: prompts and replies would be sent to a second address",
            hint=f"unset {_TELEMETRY}",
        )
    from mistralai.client import Mistral as Client
    from mistralai.client.utils.logger import NoOpLogger

    from augment.generate import transport

    http = transport.client(url, connection.timeout, log_of(url, connection))
    made = Client(
        api_key=key,
        server_url=url,
        client=http,
        retry_config=None,
        timeout_ms=round(connection.timeout * 1000),
        debug_logger=NoOpLogger(),
    )
    return made, http


def arguments(request: Request, without: tuple[str, ...]) -> dict[str, Any]:
    """The body of one call."""
    return body(request, without, seed="random_seed") | {"stream": False}


def _body(answer: Any) -> dict[str, Any]:
    """The package's record as the chat completion it was; what the server left out stays out."""
    usage = answer.usage.model_dump(include=answer.usage.model_fields_set)
    return {"choices": [_choice(choice) for choice in answer.choices], "usage": usage}


def _choice(choice: Any) -> dict[str, Any]:
    content = (choice.message.content or "") if choice.message else ""
    if not isinstance(content, str):
        content = [{"type": chunk.type, "text": getattr(chunk, "text", "")} for chunk in content]
    return {"message": {"content": content}, "finish_reason": choice.finish_reason}


def table() -> Table:
    """Every exception class of the mistralai package, and of what it sends through → its meaning.

    What the package calls a validation error of a good status is a reply that cannot be read.
    """
    import httpx2
    from mistralai.client import errors
    from mistralai.extra.exceptions import MistralClientException

    from augment.generate.transport import TRANSPORT, from_response

    by_status = (
        errors.MistralError,
        errors.SDKError,
        errors.HTTPValidationError,
        errors.ObservabilityError,
    )

    def by_body(error: Any) -> Any:
        """The body that the package has read: of a stream it cannot be read again."""
        wait = {name: v for name, v in error.headers.items() if name.lower() == "retry-after"}
        sent = error.raw_response.request
        answer = httpx2.Response(error.status_code, headers=wait, text=error.body, request=sent)
        return from_response(answer)

    return {
        **TRANSPORT,
        **dict.fromkeys(by_status, by_body),
        errors.ResponseValidationError: lambda error: (
            BadReply("not a chat completion") if error.status_code < 300 else by_body(error)
        ),
        errors.NoResponseError: lambda error: ConnectionLost(str(error)),
        MistralClientException: lambda error: AuthError(str(error)),
    }
