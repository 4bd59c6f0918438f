"""A model run in this process by the transformers package, one request at a time.

>>> Transformers(Connection()).complete(request.model_copy(update={"model": "models/tiny"})).text
'[[e1:PLACE|Kiev]] résiste.'

JSON forms hold by constrained decoding (llguidance): at each step only the tokens are left with
which the reply can still become JSON of the schema, as `json.dumps` writes it.
"""

from __future__ import annotations

import json
import threading
from typing import Any, NamedTuple

from augment.errors import BackendError, BadRequest, ContextTooLong
from augment.generate import local
from augment.generate.chat import Chat
from augment.generate.connect import Connection
from augment.schema import Request

Answer = dict[str, Any]
_AS_JSON_DUMPS = {"whitespace_flexible": False, "item_separator": ", ", "key_separator": ": "}


class _Loaded(NamedTuple):
    model: Any
    tokenizer: Any
    grammars: Any
    context: int
    ends: frozenset[int]


class Transformers(Chat):
    """Loads each model once, on the GPU if there is one; threads wait for each other.

    ``Request.model`` is a folder, or the name it was downloaded under.
    """

    name = "transformers"

    def __init__(self, connection: Connection) -> None:
        super().__init__()
        local.quiet()
        import llguidance
        import torch
        import transformers

        transformers.utils.logging.disable_progress_bar()
        transformers.utils.logging.set_verbosity_error()
        self._torch, self._transformers, self._llguidance = torch, transformers, llguidance
        self._lock = threading.Lock()
        self._loaded: dict[str, _Loaded] = {}

    def send(self, request: Request, without: tuple[str, ...]) -> Answer:
        """One answer. Raises ModelNotFound, ContextTooLong, BadRequest, BackendError."""
        with self._lock:
            if request.model not in self._loaded:
                self._loaded[request.model] = self._load(request.model)
            return self._answer(self._loaded[request.model], request, without)

    def close(self) -> None:
        """Let go of the models."""
        self._loaded.clear()

    def _load(self, name: str) -> _Loaded:
        from llguidance.hf import from_tokenizer
        from safetensors import SafetensorError

        path = local.folder(name)
        device = "cuda" if self._torch.cuda.is_available() else "cpu"
        made = self._transformers
        try:
            tokenizer = made.AutoTokenizer.from_pretrained(path, local_files_only=True)
            model = made.AutoModelForCausalLM.from_pretrained(
                path, local_files_only=True, dtype="auto", use_safetensors=True
            ).to(device)
            config = model.config.get_text_config()
            ends = model.generation_config.eos_token_id
            ends = tokenizer.eos_token_id if ends is None else ends
            ends = [ends] if isinstance(ends, int) else list(ends or ())
            words = max(len(tokenizer), config.vocab_size)
            grammars = from_tokenizer(tokenizer, n_vocab=words, eos_token=ends or None)
        except (OSError, ValueError, ImportError, RuntimeError, SafetensorError) as error:
            raise local.not_loaded(name, error) from error
        context = getattr(config, "max_position_embeddings", tokenizer.model_max_length)
        return _Loaded(model, tokenizer, grammars, context, frozenset(ends))

    def _answer(self, loaded: _Loaded, request: Request, without: tuple[str, ...]) -> Answer:
        tokens = local.prompt(request, loaded.tokenizer, loaded.context)
        form = None if "form" in without else request.form
        processors = [self._form(loaded, form, len(tokens))] if form is not None else []
        try:
            new = self._generate(loaded, request, tokens, processors)
        except (RuntimeError, MemoryError) as error:
            raise failed(error, request, len(tokens)) from error
        text = loaded.tokenizer.decode(new, skip_special_tokens=True)
        finish = "stop" if new[-1] in loaded.ends else "length"
        return local.body(text, finish, len(tokens), len(new))

    def _generate(
        self, loaded: _Loaded, request: Request, tokens: list[int], processors: list[_Form]
    ) -> list[int]:
        """The tokens of the reply, its end included."""
        torch = self._torch
        sampling: dict[str, Any] = {"do_sample": False}
        if request.temperature > 0:
            sampling = {
                "do_sample": True,
                "temperature": request.temperature,
                "top_p": request.top_p,
                "top_k": 0,
            }
        if request.seed is not None:
            torch.manual_seed(request.seed)
        ids = torch.tensor([tokens], device=loaded.model.device)
        with torch.inference_mode():
            out = loaded.model.generate(
                ids,
                attention_mask=torch.ones_like(ids),
                max_new_tokens=min(request.max_tokens, loaded.context - len(tokens)),
                pad_token_id=min(loaded.ends, default=0),
                logits_processor=processors,
                **sampling,
            )
        new: list[int] = out[0, len(tokens) :].tolist()
        return new

    def _form(self, loaded: _Loaded, form: dict[str, Any], start: int) -> _Form:
        make = self._llguidance.LLMatcher
        grammar = make.grammar_from_json_schema(json.dumps(form), _AS_JSON_DUMPS)
        matcher = make(loaded.grammars, grammar, log_level=0)
        return _Form(matcher, start, self._torch)


class _Form:
    """A logits processor: the tokens that the form does not allow next get no chance."""

    def __init__(self, matcher: Any, start: int, torch: Any) -> None:
        self._matcher, self._read, self._torch = matcher, start, torch
        self._check()

    def __call__(self, input_ids: Any, scores: Any) -> Any:
        self._matcher.consume_tokens(input_ids[0, self._read :].tolist())
        self._read = input_ids.shape[1]
        bias = bytearray(self._matcher.compute_logit_bias())
        self._check()
        allowed = self._torch.frombuffer(bias, dtype=self._torch.uint8).to(scores.device)
        return scores.masked_fill(allowed[: scores.shape[-1]] == 0, float("-inf"))

    def _check(self) -> None:
        if self._matcher.is_error():
            message = self._matcher.get_error().strip().splitlines()[0]
            raise BadRequest(f"json_schema: {message}", param="response_format")


def failed(error: RuntimeError | MemoryError, request: Request, tokens: int) -> BackendError:
    """Out of memory is about this request: a shorter one may do."""
    if isinstance(error, MemoryError) or "memory" in str(error):
        asked = f"{tokens} tokens of prompt and {request.max_tokens} of reply"
        return ContextTooLong(f"{request.model}: out of memory with {asked}")
    return BackendError(f"{request.model}: {local.line(error)}")
