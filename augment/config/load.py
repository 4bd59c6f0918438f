"""A configuration from a YAML file and options, checked; each fault in one line.

corpus: train.csv
guide: textmine
strategies: [mentions, compose]
samples: 200
write: {llm: ["openai:mistral-small"], examples: 3}
call: {base_url: ["http://127.0.0.1:8000/v1"], concurrency: 16}
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from augment.config.fields import CallConfig, RunConfig, WriteConfig
from augment.config.fingerprint import INPUTS, WRITE_INPUTS
from augment.errors import ConfigError, PathError
from augment.files import is_url
from augment.guide.model import yaml_fault
from augment.registry import resolve

CORPUS = "a corpus is given with --corpus; see `augment run --help`"


def load(path: Path | None, overrides: dict[str, Any]) -> RunConfig:
    """Read a YAML file (if any) and lay the options that were given over it.

    Fields of `write` and `call` are given as ``write.llm``; None means not given. Paths in the
    file are relative to the file, URLs are fetched. Raises PathError or ConfigError, naming the
    field, and UnknownName.
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
    given = field if "." in field else f"--{option}"
    where = f"{path}: {field}" if path else given
    said = first["msg"].replace("tuple", "list")
    return ConfigError(f"{where}: {first['input']!r}: {said}")


def _relative_to(folder: Path, values: dict[str, Any]) -> dict[str, Any]:
    """The values of a file, its paths taken from where it lies."""

    def placed(fields: dict[str, Any], names: Iterable[str]) -> dict[str, Any]:
        given = {n: fields[n] for n in names if isinstance(fields.get(n), str)}
        found = {n: path if is_url(path) else folder / path for n, path in given.items()}
        return {**fields, **found}

    values = placed(values, (*INPUTS, "out"))
    if isinstance(values.get("add"), dict):
        values["add"] = placed(values["add"], values["add"])
    if "write" in values:
        values["write"] = placed(values["write"], WRITE_INPUTS)
    if "call" in values:
        values["call"] = placed(values["call"], ("prices", "ledger"))
    return values
