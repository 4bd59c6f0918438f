"""Chat completions, the shape that both vendors and all compatible servers speak.

{"choices": [{"message": {"content": "Kiev résiste."}, "finish_reason": "stop"}],
 "usage": {"prompt_tokens": 12, "completion_tokens": 5}}
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from typing import Any

from pydantic import BaseModel, Field, ValidationError

from augment.errors import BadReply, BadRequest
from augment.schema import Request, Response

OPTIONAL = ("form", "seed", "temperature", "top_p", "max_tokens")
"""Parts of a request that a server may refuse; then it is asked again without them."""
RENAMED = "max_tokens"
"""This one is never left out: newer models take it under another name."""

_FORM_WORDS = ("response_format", "json_schema", "structured", "guided", "grammar")
_FINISHES = {"model_length": "length", "content_filter": "refusal"}


class Chat(ABC):
    """Asks one server; a subclass gives :meth:`send`. What a model's server refused is kept."""

    name = "chat"
    refused: dict[str, tuple[str, ...]]

    def __init__(self) -> None:
        self.refused = {}

    @abstractmethod
    def send(self, request: Request, without: tuple[str, ...]) -> bytes | dict[str, Any]:
        """One call; the body of the answer. Raises a BackendError."""

    def complete(self, request: Request) -> Response:
        """One reply; a part of the request that the server refuses is left out, and recorded."""
        while True:
            without = self.refused.get(request.model, ())
            try:
                body = self.send(request, without)
            except BadRequest as error:
                part = refused_part(error, request, without)
                if part is None:
                    raise
                self.refused[request.model] = (*without, part)
            else:
                return read(body, request, without)


def refused_part(error: BadRequest, request: Request, without: tuple[str, ...]) -> str | None:
    """The optional part of the request that the server's message names, if it was sent."""
    message = str(error).lower()
    for part in OPTIONAL:
        if part in without or getattr(request, part) is None:
            continue
        if part == "form":
            found = any(word in (error.param or message) for word in _FORM_WORDS)
        elif error.param is not None:
            found = error.param == part
        else:
            found = re.search(rf"['\"`](random_)?{part}['\"`]", message) is not None
        if found:
            return part
    return None


def body(
    request: Request, without: tuple[str, ...], *, seed: str = "seed", tokens: str = RENAMED
) -> dict[str, Any]:
    """The JSON body that asks for it, online and in a batch file; two fields by the vendor's name.

    ``without``: the parts of the request that are left out.
    """
    messages = [message.model_dump() for message in request.messages]
    sent = {"model": request.model, "messages": messages, tokens: request.max_tokens}
    for part, name in {"seed": seed, "temperature": "temperature", "top_p": "top_p"}.items():
        value = getattr(request, part)
        if value is not None and part not in without:
            sent[name] = value
    if request.form is not None and "form" not in without:
        schema = {"name": "reply", "schema": request.form, "strict": True}
        sent["response_format"] = {"type": "json_schema", "json_schema": schema}
    return sent


class _Message(BaseModel):
    content: str | list[dict[str, Any]] | None = None
    refusal: str | None = None


class _Choice(BaseModel):
    message: _Message
    finish_reason: str | None = None


class _Usage(BaseModel):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


class _Body(BaseModel):
    choices: list[_Choice] = Field(min_length=1)
    usage: _Usage | None = None


def read(body: bytes | dict[str, Any], request: Request, without: tuple[str, ...]) -> Response:
    """The reply in an answer's body; of a refusal its text, with ``finish="refusal"``.

    Raises BadReply if the body is no chat completion.
    """
    try:
        if isinstance(body, bytes):
            parsed = _Body.model_validate_json(body)
        else:
            parsed = _Body.model_validate(body)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        said = f"{where}: {first['msg']}" if where else first["msg"]
        raise BadReply(f"not a chat completion: {said}") from error
    choice, usage = parsed.choices[0], parsed.usage or _Usage()
    content = choice.message.content or ""
    if not isinstance(content, str):
        content = "".join(str(p["text"]) for p in content if p.get("type") == "text")
    finish = choice.finish_reason or "stop"
    finish = _FINISHES.get(finish, finish)
    if choice.message.refusal:
        content, finish = choice.message.refusal, "refusal"
    return Response(
        id=request.id,
        key=request.key,
        text=content,
        finish=finish,
        prompt_tokens=usage.prompt_tokens,
        completion_tokens=usage.completion_tokens,
        downgrades=tuple(p for p in without if p != RENAMED and getattr(request, p) is not None),
    )
