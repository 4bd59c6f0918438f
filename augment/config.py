"""The configuration of a run, from YAML and options; and what of it decides the output.

corpus: train.csv
guide: textmine
strategies: [mentions, templates]
samples: 200
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, PositiveInt, ValidationError

from augment import __version__
from augment.errors import ConfigError, PathError
from augment.guide.model import folder as guide_folder
from augment.guide.model import yaml_fault
from augment.registry import resolve
from augment.store import digest

NOT_IN_FINGERPRINT = frozenset({"out", "samples", "jobs", "strict"})
"""Fields that cannot change the output: where it goes and how fast; `samples` may grow."""

INPUTS = ("corpus", "test")
CORPUS = "a corpus is given with --corpus; see `augment run --help`"
GoldSize = PositiveInt | Literal["all"]


class RunConfig(BaseModel):
    """Settings of `augment run`; unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")

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
    demonstration: bool = False
    jobs: int = Field(default=2, ge=1)
    strict: bool = False
    out: Path | None = None


def load(path: Path | None, overrides: dict[str, Any]) -> RunConfig:
    """Read a YAML file (if any) and lay the options that were given over it.

    Paths in the file are relative to the file. Raises PathError or ConfigError, naming the field,
    and UnknownName.
    """
    values: dict[str, Any] = {}
    if path is not None:
        if not path.is_file():
            raise PathError(f"{path}: no such configuration file", hint=CORPUS)
        try:
            values = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            raise ConfigError(f"{path}: not YAML: {yaml_fault(error)}", hint=CORPUS) from error
        if not isinstance(values, dict):
            raise ConfigError(f"{path}: no configuration, `field: value` lines", hint=CORPUS)
        values = _relative_to(path.parent, values)
    values |= {name: value for name, value in overrides.items() if value is not None}
    try:
        config = RunConfig.model_validate(values)
    except ValidationError as error:
        raise _refused(path, error) from error
    for name, given in [*((n, getattr(config, n)) for n in INPUTS), *config.add.items()]:
        if given is not None and not given.exists():
            raise PathError(f"{given}: no such file or folder (given as {name})")
    for name in config.strategies:
        resolve("strategy", name)
    resolve("student", config.student)
    return config


def _refused(path: Path | None, error: ValidationError) -> ConfigError:
    """The first field that is wrong, in words."""
    first = error.errors()[0]
    field = str(first["loc"][0])
    if first["type"] == "missing":
        where = f" in {path}" if path else ""
        return ConfigError(f"no {field} given{where}", hint=f"give --{field}, or a configuration")
    if first["type"] == "extra_forbidden":
        known = ", ".join(RunConfig.model_fields)
        return ConfigError(f"{path}: no such field: {field}", hint=f"there are: {known}")
    where = f"{path}: {field}" if path else f"--{field.replace('_', '-')}"
    said = first["msg"].replace("tuple", "list")
    return ConfigError(f"{where}: {first['input']!r}: {said}")


def _relative_to(folder: Path, values: dict[str, Any]) -> dict[str, Any]:
    placed = dict(values)
    for name in (*INPUTS, "out"):
        if isinstance(placed.get(name), str):
            placed[name] = folder / placed[name]
    if isinstance(placed.get("add"), dict):
        placed["add"] = {
            k: folder / v if isinstance(v, str) else v for k, v in placed["add"].items()
        }
    return placed


def fingerprint(config: RunConfig) -> str:
    """SHA-256 over all that can change the output: fields, contents of inputs and guide, version.

    Inputs count by content, not by path. Raises GuideError for an unknown guide.
    """
    fields = config.model_dump(mode="json", exclude=set(NOT_IN_FINGERPRINT))
    for name in INPUTS:
        path = getattr(config, name)
        fields[name] = digest(path) if path else None
    fields["add"] = {name: digest(path) for name, path in sorted(config.add.items())}
    fields["guide"] = digest(guide_folder(config.guide) / "guide.yaml")
    fields["version"] = __version__
    return hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()


def run_folder(config: RunConfig, stem: str) -> Path:
    """Where the run goes: ``--out``, or ``data/runs/<stem>-<8 hex of the fingerprint>``."""
    return config.out or Path("data/runs") / f"{stem}-{fingerprint(config)[:8]}"
