"""Documents → a student that finds relations between gold entities.

>>> student = resolve("student", "linear")(guide)
>>> student.fit(documents)
>>> save(student, Path("model"))
>>> load(Path("model")).predict(documents)
"""

from __future__ import annotations

from collections.abc import Mapping
from inspect import Parameter, signature
from pathlib import Path
from typing import Any, Protocol, cast, runtime_checkable

from augment.errors import ConfigError
from augment.guide.model import Guide
from augment.protocols import Student
from augment.registry import resolve
from augment.train import files

__all__ = ["Resumable", "load", "make", "save"]


@runtime_checkable
class Resumable(Protocol):
    """A student that takes long to train: killed, it goes on from what it kept in this folder."""

    checkpoints: Path | None


def make(
    name: str,
    guide: Guide | None,
    seed: int,
    settings: Mapping[str, Any],
    kind: str = "student",
) -> Any:
    """An untrained student, by its name or ``name:MODEL``, with settings of its own.

    ``kind`` is that of the registry: ``student``, ``recogniser`` or ``linker``.

    Raises UnknownName, MissingExtra, ConfigError if it has no such settings.
    """
    plug = resolve(kind, name)
    kinds = {parameter.kind for parameter in signature(plug).parameters.values()}
    if settings and Parameter.VAR_KEYWORD not in kinds:
        raise ConfigError(
            f"{kind} {name!r} has no settings: {', '.join(settings)}", hint="leave them out"
        )
    return plug(guide, seed, **settings)


def save(student: Student, path: Path) -> None:
    """Write a model folder, without pickle; the same model gives the same bytes."""
    student.save(path)


def load(path: Path) -> Student:
    """The model of a folder, whichever student it is.

    Raises PathError if there is none, ConfigError if it is damaged or of another version,
    UnknownName if its student is not registered.
    """
    return cast(Student, resolve("student", str(files.head(path)["student"])).load(path))
