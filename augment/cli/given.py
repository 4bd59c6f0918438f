"""What is written after the options of `measure` and `replicate` → what it means.

>>> masks_of(["none", "compose=gate"])
{'mask': 'none', 'masks': {'compose': 'gate'}}
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from math import inf, nan
from pathlib import Path
from typing import TYPE_CHECKING, Any

from augment.cli.common import check_target, name_and_path, read_documents

if TYPE_CHECKING:
    import typer

    from augment.measure.recipe import Recipe
    from augment.pipeline.experiment import Settings
    from augment.schema import Document


def refuse(
    context: typer.Context,
    why: str,
    options: Iterable[str] | None = None,
    but: Iterable[str] = (),
) -> None:
    """Raise UsageError if one of ``options`` was given, for it would do nothing.

    Without ``options``: if any other than ``but`` was.
    """
    from augment.errors import UsageError

    by_name = {str(option.name): option.opts[0] for option in context.command.params}
    for name in [n for n in by_name if n not in but] if options is None else options:
        source = context.get_parameter_source(name)
        if source is not None and source.name == "COMMANDLINE":
            raise UsageError(f"{by_name[name]} {why}", hint="see `augment measure --help`")


def targets(written: Iterable[Path | None], inputs: Sequence[Path]) -> None:
    """Raise, before any work, if files to write are one, an input, or cannot be written."""
    from augment.errors import UsageError

    places = [path for path in written if path]
    for path in places:
        check_target(path, *inputs)
    if len({path.resolve() for path in places}) < len(places):
        raise UsageError(f"{places[0]}: two files of one name", hint="give two names")


def costs_of(given: list[str]) -> dict[str, float]:
    """``["compose=4.20"]`` → name and amount. Raises UsageError."""
    from augment.errors import UsageError

    found: dict[str, float] = {}
    for written in given:
        name, _, amount = written.rpartition("=")
        try:
            value = float(amount)
        except ValueError:
            value = nan
        if not name or not 0 <= value < inf:
            raise UsageError(f"--cost {written}: no amount", hint="NAME=AMOUNT, as compose=4.20")
        if name in found:
            raise UsageError(f"--cost {written}: {name} has one already", hint="give their sum")
        found[name] = value
    return found


def masks_of(given: list[str]) -> dict[str, Any]:
    """``["none", "a=gate"]`` → the fields ``mask`` and ``masks`` of the settings.

    Raises UsageError if one is given twice.
    """
    from augment.errors import UsageError

    found: dict[str, str] = {}
    for written in given:
        name, _, mask = written.rpartition("=")
        if name in found:
            raise UsageError(f"--mask {written}: {name or 'one for all'} is given twice")
        found[name] = mask
    return {"mask": found.pop("", "auto"), "masks": found}


def recipes_of(given: list[str]) -> tuple[Recipe, ...]:
    """``["deficit:50%,weight=auto"]`` → recipes. Raises ConfigError, UsageError."""
    from augment.errors import UsageError
    from augment.measure.recipe import Recipe

    found = []
    for written in given:
        rule, *fields = written.split(",")
        named = dict(field.split("=", 1) for field in fields if "=" in field)
        if len(named) < len(fields) or not named.keys() <= {"weight", "order"}:
            raise UsageError(f"--choose {written}", hint="RULE:SHARE,weight=W,order=O")
        found.append(Recipe.read(rule, **named))
    return tuple(found)


def settings_of(given: dict[str, Any]) -> Settings:
    """The settings of an experiment. Raises UsageError: the option whose value will not do."""
    from pydantic import ValidationError

    from augment.errors import UsageError
    from augment.pipeline.experiment import Settings

    try:
        return Settings(**given)
    except ValidationError as error:
        first = error.errors()[0]
        field = str(first["loc"][0])
        option = {"masks": "mask"}.get(field, field).replace("_", "-")
        raise UsageError(
            f"--{option} {first['input']}: {first['msg']}", hint="see `augment measure --help`"
        ) from error


def additions_of(given: list[str]) -> dict[str, list[list[Document]]]:
    """Name → batches. Raises UsageError for a reserved name, or two files of one stem."""
    from augment.errors import UsageError
    from augment.measure.records import RESERVED

    found: dict[str, list[list[Document]]] = {}
    for written in given:
        name, path, named = name_and_path(written)
        if not named and name in found:
            raise UsageError(f"--add {written}: {name} is taken", hint="give NAME=PATH")
        if name in RESERVED or not name:
            raise UsageError(
                f"--add {written}: the name {name!r} is reserved", hint="give another NAME=PATH"
            )
        found.setdefault(name, []).append(read_documents(path))
    return found


def processes(students: Iterable[str]) -> int:
    """All cores, but one process where networks share a GPU."""
    from augment.pipeline.replicate.machine import machine

    networks = any(":" in student for student in students)
    return 1 if networks and machine().gpus else os.cpu_count() or 1
