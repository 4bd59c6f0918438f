"""Encoders by name or folder, and the folder of a fine-tuned one; nothing is downloaded.

>>> model, tokenizer = pretrained("almanach/camembert-base")
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
import transformers
from huggingface_hub import snapshot_download
from safetensors import SafetensorError
from safetensors.torch import load_file

from augment.errors import ConfigError, PathError
from augment.store import replacing
from augment.train.transformer.checkpoint import save

WEIGHTS = "weights.safetensors"
LOCAL = {"local_files_only": True, "trust_remote_code": False}
"""Nothing is downloaded, no code of a model's folder is run."""
FAULTS = (OSError, ValueError, ImportError, RuntimeError, KeyError, SafetensorError)
"""What the libraries raise for a folder that they cannot use."""
transformers.utils.logging.disable_progress_bar()
transformers.utils.logging.set_verbosity_error()


def folder(name: str, what: str = "encoder") -> Path:
    """The folder of a model given by path, or by the name it was downloaded under.

    Raises PathError.
    """
    if Path(name).is_dir():
        return Path(name)
    try:
        return Path(snapshot_download(name, local_files_only=True))
    except (OSError, ValueError) as error:
        raise PathError(
            f"{name}: not a folder, and no {what} of that name on this machine",
            hint=f"give the {what}'s folder, or get it first: `hf download NAME`",
        ) from error


def pretrained(name: str) -> tuple[Any, Any]:
    """Encoder and tokenizer. Raises PathError (not there), ConfigError (cannot be used)."""
    path = folder(name)
    try:
        if transformers.AutoConfig.from_pretrained(path, **LOCAL).is_encoder_decoder:
            raise ValueError("it is an encoder–decoder, for the student seq2seq")
        tokenizer = read_tokenizer(path)
        encoder = transformers.AutoModel.from_pretrained(
            path, use_safetensors=True, dtype=torch.float32, attn_implementation="eager", **LOCAL
        )
        return encoder, limited(tokenizer, encoder.config)
    except FAULTS as error:
        raise unusable(name, error) from error


def untrained(path: Path) -> tuple[Any, Any]:
    """Encoder and tokenizer that :func:`write` wrote, the weights still random."""
    try:
        config = transformers.AutoConfig.from_pretrained(path, **LOCAL)
        encoder = transformers.AutoModel.from_config(config, attn_implementation="eager")
        return encoder, limited(read_tokenizer(path), config)
    except FAULTS as error:
        raise unusable(str(path), error) from error


def read_tokenizer(path: Path) -> Any:
    """The tokenizer of a folder, as its ``tokenizer.json`` says if there is one.

    (The class that the folder names would build another from its words alone: CamemBERT 2 and
    CamemBERTa 2 name RoBERTa's, which knows no word pieces.) Raises one of :data:`FAULTS`.
    """
    whole = (path / "tokenizer.json").is_file()
    plug = transformers.PreTrainedTokenizerFast if whole else transformers.AutoTokenizer
    tokenizer = plug.from_pretrained(path, **LOCAL)
    if not tokenizer.is_fast:
        raise ValueError("its tokenizer gives no offsets")
    return tokenizer


def limited(tokenizer: Any, config: Any) -> Any:
    """The tokenizer with the length that the model takes; RoBERTa's keeps two places."""
    if places := getattr(config, "max_position_embeddings", None):
        tokenizer.model_max_length = min(tokenizer.model_max_length, places - 2)
    return tokenizer


def write(path: Path, model: torch.nn.Module, tokenizer: Any) -> None:
    """Write configuration, tokenizer and weights to a folder, in place of what was there."""
    with replacing(path) as scratch:
        model.encoder.config.save_pretrained(scratch)
        tokenizer.save_pretrained(scratch)
        tensors = {name: t.detach().cpu().contiguous() for name, t in model.state_dict().items()}
        save(tensors, scratch / WEIGHTS)


def read_weights(path: Path, model: torch.nn.Module) -> None:
    """Give a model the weights of a folder."""
    try:
        model.load_state_dict(load_file(path / WEIGHTS))
    except FAULTS as error:
        raise unusable(str(path), error) from error


def unusable(name: str, error: BaseException, what: str = "encoder") -> ConfigError:
    """What to raise for a model that cannot be used; what the libraries said, in one line."""
    said = " ".join(str(error).split())[:300] or type(error).__name__
    hint = f"the {what} has to be in safetensors with a fast tokenizer; see the message"
    return ConfigError(f"{name}: cannot be used as the {what}: {said}", hint=hint)
