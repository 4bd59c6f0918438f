"""The configuration of a run, from YAML and options; and what of it decides the output.

corpus: train.csv
guide: textmine
strategies: [mentions, compose]
samples: 200
write: {llm: ["openai:mistral-small"], examples: 3}
call: {base_url: ["http://127.0.0.1:8000/v1"], concurrency: 16}
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, PositiveInt, ValidationError

from augment import __version__
from augment.errors import ConfigError, PathError
from augment.guide.model import folder as guide_folder
from augment.guide.model import shipped_folder, yaml_fault
from augment.registry import resolve
from augment.store import digest

NOT_IN_FINGERPRINT = frozenset({"out", "samples", "jobs", "strict", "call"})
"""Fields that cannot change the output: where it goes and how fast; `samples` may grow.

What `call` keeps from being asked now is asked by the next call.
"""

INPUTS = ("corpus", "test")
WRITE_INPUTS = ("raw", "orders", "replies", "prompts", "policy")
CORPUS = "a corpus is given with --corpus; see `augment run --help`"
GoldSize = PositiveInt | Literal["all"]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class WriteConfig(_Strict):
    """How LLMs write and check samples."""

    llm: tuple[str, ...] = ()
    """``NAME:MODEL``; several take the orders in turn."""
    raw: Path | None = None
    """Items without annotation, for `annotate`."""
    orders: Path | None = None
    """Orders to carry out beside those of the plan, JSONL."""
    replies: Path | None = None
    """What the backend `replay` answers: a ledger, or JSONL."""
    prompts: Path | None = None
    """A folder of templates that go before those that ship."""
    prompt: tuple[str, ...] = ()
    """Versions of templates, as ``compose.v2``; the newest where none is named."""
    examples: int = Field(default=3, ge=0)
    """Gold texts in a prompt, as far as there is room."""
    steps: Literal[1, 2] = 1
    """2 lets `annotate` ask for the relations again, of the entities that the first reply has."""
    form: Literal["inline", "json"] = "inline"
    exhaustive: bool = False
    """All relation types are asked for and count as labelled, not only those ordered."""
    temperature: float = Field(default=1.0, ge=0)
    top_p: float = Field(default=1.0, gt=0, le=1)
    reply_tokens: int = Field(default=4096, ge=1)
    """The most of a reply."""
    prompt_tokens: int = Field(default=8000, ge=1)
    """The most of a prompt, estimated; what does not fit of guide and examples is left out."""
    verify: int = Field(default=0, ge=0)
    """Blind annotations of each sample."""
    verifier: str | None = None
    """``NAME:MODEL`` of who makes them; the first writer if None."""
    agreement: float = Field(default=0.5, ge=0, le=1)
    """F1 between writer and verifiers that a sample needs."""
    judge: str | None = None
    """``NAME:MODEL`` that objects by the guide's rules."""
    policy: Path | None = None
    """What may leave this machine, beside the machine's own policy."""
    direct: bool = False
    """Each of ``llm`` extracts by itself too, and is measured beside the student …"""
    direct_documents: int = Field(default=60, ge=1)
    """… on at most so many of the test documents …"""
    direct_seeds: int = Field(default=1, ge=1)
    """… and for so many of the training subsets of each size."""


class CallConfig(_Strict):
    """How LLMs are called: addresses (one for all LLMs or one each), pace, limits, the ledger.

    ``deadline`` and ``timeout`` are in seconds; ``max_tokens`` counts prompts and replies of the
    whole run, ``max_cost`` is in the currency of the ``prices`` file. ``dry_run``: render, count
    and price, send nothing.
    """

    base_url: tuple[str, ...] = ()
    concurrency: int = Field(default=8, ge=1)
    requests_per_minute: int | None = Field(default=None, ge=1)
    tokens_per_minute: int | None = Field(default=None, ge=1)
    timeout: float = Field(default=120.0, gt=0)
    deadline: float | None = Field(default=None, gt=0)
    max_cost: float | None = Field(default=None, ge=0)
    max_tokens: int | None = Field(default=None, ge=0)
    prices: Path | None = None
    ledger: Path = Path("data/ledger.sqlite")
    dry_run: bool = False


class RunConfig(_Strict):
    """Settings of `augment run`; unknown fields are refused."""

    corpus: Path
    test: Path | None = None
    guide: str
    add: dict[str, Path] = Field(default_factory=dict)
    strategies: tuple[str, ...] = ("mentions", "templates")
    samples: int = Field(default=100, ge=0)
    holdout: float = Field(default=0.25, gt=0, lt=1)
    student: str = "linear"
    gold_sizes: tuple[GoldSize, ...] = ("all",)
    seeds: int = Field(default=3, ge=1)
    mask: Literal["auto", "none"] = "auto"
    seed: int = 0
    measure: bool = True
    write: WriteConfig = WriteConfig()
    call: CallConfig = CallConfig()
    demonstration: bool = False
    jobs: int = Field(default=2, ge=1)
    strict: bool = False
    out: Path | None = None


def load(path: Path | None, overrides: dict[str, Any]) -> RunConfig:
    """Read a YAML file (if any) and lay the options that were given over it.

    Fields of `write` and `call` are given as ``write.llm``; None means not given. Paths in the
    file are relative to the file. Raises PathError or ConfigError, naming the field, and
    UnknownName.
    """
    values: dict[str, Any] = {}
    if path is not None:
        values = _relative_to(path.parent, _yaml(path))
    for name, value in overrides.items():
        if value is not None:
            group, _, field = name.rpartition(".")
            place = values.setdefault(group, {}) if group else values
            place[field] = value
    try:
        config = RunConfig.model_validate(values)
    except ValidationError as error:
        raise _refused(path, error) from error
    for name, given in [*_inputs(config), ("prices", config.call.prices)]:
        if given is not None and not given.exists():
            raise PathError(f"{given}: no such file or folder (given as {name})")
    for name in config.strategies:
        resolve("strategy", name)
    resolve("student", config.student)
    return config


def _yaml(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise PathError(f"{path}: no such configuration file", hint=CORPUS)
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not YAML: {yaml_fault(error)}", hint=CORPUS) from error
    if not isinstance(values, dict):
        raise ConfigError(f"{path}: no configuration, `field: value` lines", hint=CORPUS)
    for group in ("write", "call"):
        if not isinstance(values.get(group, {}), dict):
            raise ConfigError(f"{path}: {group}: no `field: value` lines", hint=CORPUS)
    return values


def _inputs(config: RunConfig) -> list[tuple[str, Path | None]]:
    """All that is read, by the name of its field."""
    found = [(name, getattr(config, name)) for name in INPUTS]
    found += [(name, getattr(config.write, name)) for name in WRITE_INPUTS]
    return [*found, *((f"add {name}", path) for name, path in sorted(config.add.items()))]


def _refused(path: Path | None, error: ValidationError) -> ConfigError:
    """The first field that is wrong, in words."""
    first = error.errors()[0]
    field = ".".join(str(part) for part in first["loc"] if isinstance(part, str))
    if first["type"] == "missing":
        where = f" in {path}" if path else ""
        return ConfigError(f"no {field} given{where}", hint=f"give --{field}, or a configuration")
    if first["type"] == "extra_forbidden":
        groups: dict[str, type[BaseModel]] = {"write": WriteConfig, "call": CallConfig}
        known = ", ".join(groups.get(str(first["loc"][0]), RunConfig).model_fields)
        where = f"{path}: " if path else ""
        return ConfigError(f"{where}no such field: {field}", hint=f"there are: {known}")
    option = field.rpartition(".")[2].replace("_", "-")
    where = f"{path}: {field}" if path else f"--{option}"
    said = first["msg"].replace("tuple", "list")
    return ConfigError(f"{where}: {first['input']!r}: {said}")


def _relative_to(folder: Path, values: dict[str, Any]) -> dict[str, Any]:
    """The values of a file, its paths taken from where it lies."""

    def placed(fields: dict[str, Any], names: Iterable[str]) -> dict[str, Any]:
        found = {n: folder / fields[n] for n in names if isinstance(fields.get(n), str)}
        return {**fields, **found}

    values = placed(values, (*INPUTS, "out"))
    if isinstance(values.get("add"), dict):
        values["add"] = placed(values["add"], values["add"])
    if "write" in values:
        values["write"] = placed(values["write"], WRITE_INPUTS)
    if "call" in values:
        values["call"] = placed(values["call"], ("prices", "ledger"))
    return values


def fingerprint(config: RunConfig) -> str:
    """SHA-256 over all that can change the output: fields, contents of inputs and guide, version.

    Inputs count by content, not by path. Raises GuideError for an unknown guide.
    """
    fields = config.model_dump(mode="json", exclude=set(NOT_IN_FINGERPRINT))
    for name in INPUTS:
        path = getattr(config, name)
        fields[name] = digest(path) if path else None
    for name in WRITE_INPUTS:
        path = getattr(config.write, name)
        fields["write"][name] = digest(path) if path else None
    if config.write.llm and config.write.prompts is None:
        fields["write"]["prompts"] = digest(shipped_folder("prompts"))
    fields["add"] = {name: digest(path) for name, path in sorted(config.add.items())}
    fields["guide"] = digest(guide_folder(config.guide) / "guide.yaml")
    fields["version"] = __version__
    return hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()


def run_folder(config: RunConfig, stem: str) -> Path:
    """Where the run goes: ``--out``, or ``data/runs/<stem>-<8 hex of the fingerprint>``."""
    return config.out or Path("data/runs") / f"{stem}-{fingerprint(config)[:8]}"
