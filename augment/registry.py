"""Name → "module:object", imported when asked for.

>>> resolve("format", "nope")
Traceback (most recent call last):
augment.errors.UnknownName: no format 'nope'; there are: ...
"""

from __future__ import annotations

from functools import partial
from importlib import import_module
from inspect import signature
from typing import Any

from augment.errors import MissingExtra, UnknownName

NAMES: dict[str, dict[str, str]] = {
    "format": {
        "textmine": "augment.read.textmine:TextMine",
        "popcorn": "augment.read.popcorn:Popcorn",
        "jsonl": "augment.read.jsonl:Jsonl",
        "inline": "augment.read.inline:Inline",
        "brat": "augment.read.brat:Brat",
        "csv": "augment.read.table:Csv",
        "parquet": "augment.read.table:Parquet",
        "spacy": "augment.read.spacy:DocBin",
        "labelstudio": "augment.read.labelstudio:LabelStudio",
        "page": "augment.read.page:Live",
        "pdf": "augment.read.pdf:Pdf",
    },
    "strategy": {
        "mentions": "augment.rewrite.mentions:mentions",
        "tokens": "augment.rewrite.tokens:tokens",
        "shuffle": "augment.rewrite.shuffle:shuffle",
        "recombine": "augment.rewrite.recombine:recombine",
        "typos": "augment.rewrite.typos:typos",
        "templates": "augment.rewrite.templates:templates",
        "compose": "augment.align.strategies:compose",
        "realise": "augment.align.strategies:realise",
        "restyle": "augment.align.strategies:restyle",
        "substitute": "augment.align.strategies:substitute",
        "annotate": "augment.align.strategies:annotate",
        "contrast": "augment.align.strategies:contrast",
        "telegraphic": "augment.align.strategies:telegraphic",
    },
    "backend": {
        "openai": "augment.generate.openai:OpenAI",
        "mistral": "augment.generate.mistral:Mistral",
        "replay": "augment.generate.replay:Replay",
        "fake": "augment.generate.fake:Fake",
        "transformers": "augment.generate.transformers:Transformers",
        "vllm": "augment.generate.vllm:Vllm",
    },
    "batch": {
        "openai": "augment.generate.batch.openai:OpenAIBatches",
        "mistral": "augment.generate.batch.mistral:MistralBatches",
    },
    "text": {
        "pdf": "augment.guide.pdf:read",
        "docx": "augment.guide.word:read",
        "md": "augment.guide.text:plain",
        "txt": "augment.guide.text:plain",
    },
    "student": {
        "linear": "augment.train.linear:Linear",
        "rules": "augment.train.rules:Rules",
        "transformer": "augment.train.transformer.student:Transformer",
        "seq2seq": "augment.train.seq2seq.student:Seq2Seq",
    },
    "recogniser": {
        "linear": "augment.train.ner.linear:Recogniser",
        "transformer": "augment.train.ner.encoder:Recogniser",
    },
    "linker": {
        "linear": "augment.train.coref.linear:Linker",
        "transformer": "augment.train.coref.encoder:Linker",
    },
}
"""All plugs by kind. A new one is one line here and one module."""

EXTRAS: dict[str, str] = {
    "docx": "guide",
    "huggingface_hub": "transformers",
    "label_studio_sdk": "review",
    "pypdf": "guide",
    "llguidance": "transformers",
    "peft": "transformers",
    "s3fs": "s3",
    "safetensors": "transformers",
    "torch": "transformers",
    "transformers": "transformers",
    "vllm": "vllm",
}
"""Top-level package → the extra that installs it."""


def names(kind: str) -> list[str]:
    """Names of one kind, in the order of the table."""
    return list(NAMES[kind])


def resolve(kind: str, name: str) -> Any:
    """The object behind a name; behind ``name:MODEL`` (a student's encoder), with that ``model``.

    Raises UnknownName with the names there are, MissingExtra with the install line.
    """
    name, _, model = name.partition(":")
    try:
        target = NAMES[kind][name]
    except KeyError:
        known = ", ".join(names(kind))
        raise UnknownName(f"no {kind} {name!r}; there are: {known}") from None
    module, _, attribute = target.partition(":")
    try:
        plug = getattr(import_module(module), attribute)
    except ModuleNotFoundError as error:
        raise missing(kind, name, error) from error
    if model and "model" not in signature(plug).parameters:
        raise UnknownName(f"{kind} {name!r} takes no model: {model}", hint=f"write {name}")
    return partial(plug, model=model) if model else plug


def missing(kind: str, name: str, error: ModuleNotFoundError) -> MissingExtra:
    """What to install; raises the error itself if no extra brings the module."""
    extra = EXTRAS.get((error.name or "").partition(".")[0])
    if extra is None:
        raise error
    return MissingExtra(
        f"{kind} {name!r} needs the package {error.name}", hint=f"pip install 'augment[{extra}]'"
    )
