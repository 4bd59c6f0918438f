"""A model run in this process by the vllm package, many requests at a time.

>>> Vllm(Connection()).complete(request.model_copy(update={"model": "models/tiny"})).text
'[[e1:PLACE|Kiev]] résiste.'

Threads hand their requests to one event loop, where vLLM's engine batches what is under way.
"""

from __future__ import annotations

import asyncio
import os
import threading
from itertools import count
from typing import Any, NamedTuple

from augment.errors import BadRequest, ServerError
from augment.generate import local
from augment.generate.chat import Chat
from augment.generate.connect import Connection
from augment.schema import Request


class _Loaded(NamedTuple):
    engine: Any
    tokenizer: Any
    context: int


class Vllm(Chat):
    """Starts an engine for each model when it is first asked for.

    ``Request.model`` is a folder, or the name it was downloaded under. The context is the longest
    for which there is memory. What else vLLM can be told is told to its server: `vllm serve`, and
    the backend `openai`.
    """

    name = "vllm"

    def __init__(self, connection: Connection) -> None:
        super().__init__()
        local.quiet()
        os.environ.setdefault("VLLM_LOGGING_LEVEL", "ERROR")
        os.environ.setdefault("VLLM_HOST_IP", "127.0.0.1")
        from vllm import AsyncEngineArgs, AsyncLLMEngine

        self._options, self._start = AsyncEngineArgs, AsyncLLMEngine.from_engine_args
        self._loaded: dict[str, _Loaded] = {}
        self._numbers = count()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="vllm", daemon=True)
        self._thread.start()

    def send(self, request: Request, without: tuple[str, ...]) -> dict[str, Any]:
        """One answer. Raises ModelNotFound, ContextTooLong, BadRequest, ServerError."""
        answer = self._answer(request, without)
        return asyncio.run_coroutine_threadsafe(answer, self._loop).result()

    def close(self) -> None:
        """End the engines and their processes."""

        async def shut() -> None:
            for loaded in self._loaded.values():
                loaded.engine.shutdown()
            self._loaded.clear()

        asyncio.run_coroutine_threadsafe(shut(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _answer(self, request: Request, without: tuple[str, ...]) -> dict[str, Any]:
        from vllm.exceptions import VLLMClientError, VLLMError

        if request.model not in self._loaded:  # no `await` here: nobody else loads meanwhile
            self._loaded[request.model] = self._load(request.model)
        loaded = self._loaded[request.model]
        tokens = local.prompt(request, loaded.tokenizer, loaded.context)
        try:
            params = _sampling(request, without, loaded.context - len(tokens))
            id, inputs = str(next(self._numbers)), {"prompt_token_ids": tokens}
            async for output in loaded.engine.generate(inputs, params, id):
                done = output.outputs[0]
        except (VLLMClientError, ValueError) as error:
            raise BadRequest(f"{request.model}: {local.line(error)}") from error
        except VLLMError as error:
            if loaded.engine.errored and self._loaded.get(request.model) is loaded:
                del self._loaded[request.model]  # the engine is dead; the next try starts another
                loaded.engine.shutdown()
            raise ServerError(f"{request.model}: {local.line(error)}") from error
        return local.body(done.text, done.finish_reason, len(tokens), len(done.token_ids))

    def _load(self, name: str) -> _Loaded:
        """Forms hold with llguidance; the default's strings may hold raw control characters."""
        from vllm.exceptions import VLLMError
        from vllm.platforms import current_platform

        path = local.folder(name)
        try:
            options = self._options(
                model=path,
                max_model_len=-1,
                enforce_eager=current_platform.is_cpu(),
                structured_outputs_config={"backend": "guidance", "disable_any_whitespace": True},
                disable_log_stats=True,
            )
            engine = self._start(options)
        except (OSError, ValueError, ImportError, RuntimeError, VLLMError) as error:
            raise local.not_loaded(name, error) from error
        return _Loaded(engine, engine.get_tokenizer(), engine.model_config.max_model_len)


def _sampling(request: Request, without: tuple[str, ...], room: int) -> Any:
    from vllm.sampling_params import RequestOutputKind, SamplingParams, StructuredOutputsParams

    form = None if "form" in without else request.form
    return SamplingParams(
        temperature=request.temperature,
        top_p=request.top_p,
        max_tokens=min(request.max_tokens, room),
        seed=request.seed,
        structured_outputs=None if form is None else StructuredOutputsParams(json=form),
        output_kind=RequestOutputKind.FINAL_ONLY,
    )
