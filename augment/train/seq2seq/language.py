"""Language models by name or folder, and the folder of an adapter; nothing is downloaded.

>>> language_model, tokenizer = pretrained("google/flan-t5-base")
"""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import torch
import transformers
from safetensors.torch import load_file

from augment.errors import ConfigError, PathError
from augment.store import digest, replacing
from augment.train.seq2seq.model import Answerer
from augment.train.transformer.checkpoint import save
from augment.train.transformer.encoder import (
    FAULTS,
    LOCAL,
    folder,
    limited,
    read_tokenizer,
    unusable,
)

WHAT = "language model"
WEIGHTS, CONFIG = "adapter_model.safetensors", "adapter_config.json"
"""Names that other tools know: PEFT reads the folder too."""


def pretrained(name: str) -> tuple[Any, Any]:
    """Language model and tokenizer: an encoder–decoder or a decoder, as its configuration says.

    In bf16 on a GPU, float32 otherwise. Raises PathError (not there), ConfigError (cannot be used).
    """
    path = folder(name, WHAT)
    device, kind = ("cuda", torch.bfloat16) if torch.cuda.is_available() else ("cpu", torch.float32)
    try:
        config = transformers.AutoConfig.from_pretrained(path, **LOCAL)
        if any("MaskedLM" in made for made in config.architectures or ()):
            raise ValueError("it writes nothing: an encoder, for the student transformer")
        if config.is_encoder_decoder:
            plug = transformers.AutoModelForSeq2SeqLM
        else:
            plug = transformers.AutoModelForCausalLM
        found = plug.from_pretrained(path, use_safetensors=True, dtype=kind, **LOCAL)
        return found.to(device), limited(read_tokenizer(path), config)
    except FAULTS as error:
        raise unusable(name, error, WHAT) from error


def base_digest(name: str) -> str:
    """SHA-256 of a language model's configuration and weights. Raises PathError."""
    path = folder(name, WHAT)
    total = sha256()
    for file in sorted([*path.glob("config.json"), *path.glob("*.safetensors")]):
        total.update(f"{file.name}\0{digest(file)}\n".encode())
    return total.hexdigest()


def write(path: Path, answerer: Answerer, tokenizer: Any, base: str) -> None:
    """Write adapter and tokenizer to a folder, in place of what was there; PEFT reads it too."""
    adapter = answerer.adapter
    about = {
        "peft_type": "LORA",
        "task_type": adapter.task_type,
        "base_model_name_or_path": base,
        "r": adapter.r,
        "lora_alpha": adapter.lora_alpha,
        "lora_dropout": adapter.lora_dropout,
        "target_modules": sorted(adapter.target_modules),
    }
    tensors = {n: t.detach().cpu().contiguous() for n, t in answerer.state_dict().items()}
    with replacing(path) as scratch:
        tokenizer.save_pretrained(scratch)
        (scratch / CONFIG).write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")
        save(tensors, scratch / WEIGHTS)


def base_again(path: Path, name: str, wanted: str) -> tuple[Any, Any]:
    """The language model that an adapter was trained on, and the tokenizer in its folder.

    Raises PathError if it is not there, ConfigError if it is another or cannot be used.
    """
    try:
        found = base_digest(name)
    except PathError as error:
        raise PathError(
            f"{path.parent}: needs its language model {name}, which is not on this machine",
            hint="put the folder back, seen from here, or get it: `hf download NAME`",
        ) from error
    if found != wanted:
        raise ConfigError(
            f"{path.parent}: {name} is not the language model it was trained on",
            hint="put that one back, or train again with `augment train`",
        )
    language_model, _ = pretrained(name)
    try:
        return language_model, limited(read_tokenizer(path), language_model.config)
    except FAULTS as error:
        raise unusable(str(path), error, WHAT) from error


def read_weights(path: Path, answerer: Answerer) -> None:
    """Give a model the adapter of a folder. Raises ConfigError if it is none of this model's."""
    try:
        answerer.load_state_dict(load_file(path / WEIGHTS))
    except FAULTS as error:
        raise unusable(str(path), error, WHAT) from error
