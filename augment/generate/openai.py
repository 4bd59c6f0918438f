"""OpenAI, and every server that speaks like it: vLLM, Ollama, llama.cpp, LM Studio.

>>> OpenAI(Connection(base_url="http://127.0.0.1:8000/v1")).complete(request).text
'[[e1:PLACE|Kiev]] résiste.'
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from augment.errors import BadReply, BadRequest, ConnectionLost, Refused, TimedOut
from augment.generate.chat import RENAMED, Chat, body
from augment.generate.connect import Connection, api_key, check_address, log_of
from augment.schema import Request

if TYPE_CHECKING:
    from augment.generate.transport import Table

ADDRESS = "https://api.openai.com/v1"
PATH = "/chat/completions"
_NEW_NAME = "max_completion_tokens"


class OpenAI(Chat):
    """The openai package, its retries off; the key from OPENAI_API_KEY.

    Bodies go through it as bytes: its function for chats would check and rebuild every message.
    A server that refuses ``max_tokens`` is asked with ``max_completion_tokens``.
    """

    name = "openai"

    def __init__(self, connection: Connection) -> None:
        super().__init__()
        made, self._http = client(connection)
        from augment.generate import transport

        self._table, self._translate = table(), transport.translate
        self._errors = tuple(self._table)
        self._post, self._raw = made.post, transport.RAW
        self._url = (connection.base_url or ADDRESS).rstrip("/") + PATH

    def send(self, request: Request, without: tuple[str, ...]) -> bytes:
        """One call; the body as it came. Raises a BackendError."""
        sent = json.dumps(arguments(request, without), ensure_ascii=False).encode()
        try:
            answer = self._post(self._url, content=sent, cast_to=self._raw)
        except self._errors as error:
            raise self._translate(error, self._table) from None
        content: bytes = answer.content
        return content

    def close(self) -> None:
        """Close the connections."""
        self._http.close()


def client(connection: Connection) -> tuple[Any, Any]:
    """The package's client and the HTTP client that it sends through; close the latter.

    Raises ConfigError for an address that is not allowed, or without a key where one is needed.
    """
    url = connection.base_url or ADDRESS
    check_address(url, connection)
    key = api_key("OPENAI_API_KEY", url)
    import openai

    from augment.generate import transport

    http = transport.client(url, connection.timeout, log_of(url, connection))
    made = openai.OpenAI(
        api_key=key,
        base_url=url,
        max_retries=0,
        timeout=connection.timeout,
        http_client=http,
    )
    return made, http


def arguments(request: Request, without: tuple[str, ...]) -> dict[str, Any]:
    """The body of one call. Newer models take the limit of tokens under another name only."""
    return body(request, without, tokens=_NEW_NAME if RENAMED in without else RENAMED)


def table() -> Table:
    """Every exception class of the openai package, and of what it sends through → its meaning."""
    import openai

    from augment.generate.transport import TRANSPORT, from_response, translate

    def by_cause(error: Exception) -> Any:
        cause = error.__cause__
        if isinstance(cause, Exception) and isinstance(cause, tuple(TRANSPORT)):
            return translate(cause, TRANSPORT)
        return (
            TimedOut(str(error)) if "imeout" in type(error).__name__ else ConnectionLost(str(error))
        )

    by_status = (
        openai.APIStatusError,
        openai.BadRequestError,
        openai.AuthenticationError,
        openai.OAuthError,
        openai.PermissionDeniedError,
        openai.NotFoundError,
        openai.ConflictError,
        openai.UnprocessableEntityError,
        openai.RateLimitError,
        openai.InternalServerError,
    )
    others = (
        openai.OpenAIError,
        openai.InvalidWebhookSignatureError,
        openai.WebSocketConnectionClosedError,
        openai.WebSocketQueueFullError,
        openai._exceptions.SubjectTokenProviderError,
    )
    return {
        **TRANSPORT,
        **{kind: lambda error: from_response(error.response) for kind in by_status},
        **{kind: lambda error: BadRequest(f"{type(error).__name__}: {error}") for kind in others},
        openai.APIError: by_cause,
        openai.APIConnectionError: by_cause,
        openai.APITimeoutError: by_cause,
        openai.APIResponseValidationError: lambda error: BadReply(error.message),
        openai.LengthFinishReasonError: lambda error: BadReply(str(error)),
        openai.ContentFilterFinishReasonError: lambda error: Refused(str(error)),
    }
