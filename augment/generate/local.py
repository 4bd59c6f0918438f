"""What the backends share that run a model in this process: its folder, its prompts, its answers.

>>> prompt(request, tokenizer, context=8192)   # by the model's own chat template
[1, 733, 16289, …]
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from augment.errors import BadRequest, ContextTooLong, ModelNotFound
from augment.schema import Request

_LONGEST_MESSAGE = 300


def quiet() -> None:
    """Nothing is reported to anybody; before the packages are imported."""
    for name in ("HF_HUB_DISABLE_TELEMETRY", "DO_NOT_TRACK", "VLLM_NO_USAGE_STATS"):
        os.environ[name] = "1"


def folder(model: str) -> str:
    """The folder of a model given by path, or by the name it was downloaded under.

    Nothing is downloaded here. Raises ModelNotFound.
    """
    if Path(model).is_dir():
        return model
    from huggingface_hub import snapshot_download

    try:
        return str(snapshot_download(model, local_files_only=True))
    except (OSError, ValueError) as error:
        raise ModelNotFound(
            f"{model}: not a folder, and no model of that name on this machine",
            hint="give the model's folder, or get it first: `hf download NAME`",
        ) from error


def prompt(request: Request, tokenizer: Any, context: int) -> list[int]:
    """The tokens of a request; ``context``: how many the model takes, reply included.

    Raises ContextTooLong, BadRequest if the model's template does not take the messages.
    """
    from jinja2 import TemplateError

    messages = [message.model_dump() for message in request.messages]
    try:
        tokens: list[int] = tokenizer.apply_chat_template(
            messages, add_generation_prompt=True, return_dict=False
        )
    except (TemplateError, ValueError) as error:
        raise BadRequest(f"{request.model}: chat template: {line(error)}") from error
    if len(tokens) >= context:
        raise ContextTooLong(
            f"{request.model}: {len(tokens)} tokens of prompt, the model takes {context} in all"
        )
    return tokens


def body(text: str, finish: str, prompt_tokens: int, completion_tokens: int) -> dict[str, Any]:
    """An answer as the chat completion a server would send."""
    return {
        "choices": [{"message": {"content": text}, "finish_reason": finish}],
        "usage": {"prompt_tokens": prompt_tokens, "completion_tokens": completion_tokens},
    }


def line(error: BaseException) -> str:
    """An error's message in one line, or its kind."""
    return " ".join(str(error).split())[:_LONGEST_MESSAGE] or type(error).__name__


def not_loaded(model: str, error: BaseException) -> ModelNotFound:
    """Why a model that is there cannot be used."""
    hint = "is it a chat model in safetensors that fits the memory? see the message"
    return ModelNotFound(f"{model}: cannot be loaded: {line(error)}", hint=hint)
