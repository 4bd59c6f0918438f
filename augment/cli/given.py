"""What is written after the options of `measure` and `replicate` → what it means.

>>> masks_of(["none", "compose=gate"])
{'mask': 'none', 'masks': {'compose': 'gate'}}
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from augment.cli.common import name_and_path, read_documents

if TYPE_CHECKING:
    from augment.measure.recipe import Recipe
    from augment.pipeline.experiment import Settings
    from augment.schema import Document


def amount(written: str) -> tuple[str, float]:
    """``"NAME=4.20"`` → both parts. Raises UsageError."""
    from augment.errors import UsageError

    name, _, amount = written.rpartition("=")
    try:
        return name, float(amount)
    except ValueError:
        raise UsageError(
            f"--cost {written}: no amount", hint="NAME=AMOUNT, as compose=4.20"
        ) from None


def masks_of(given: list[str]) -> dict[str, Any]:
    """``["none", "a=gate"]`` → the fields ``mask`` and ``masks`` of the settings."""
    named = dict(text.split("=", 1) for text in given if "=" in text)
    return {"mask": next((m for m in given if "=" not in m), "auto"), "masks": named}


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
