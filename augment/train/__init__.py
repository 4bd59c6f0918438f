"""Documents → a student that finds relations between gold entities.

>>> student = resolve("student", "linear")(guide)
>>> student.fit(documents)
>>> save(student, Path("model"))
>>> load(Path("model")).predict(documents)
"""

from __future__ import annotations

from pathlib import Path
from typing import cast

from augment.protocols import Student
from augment.registry import resolve
from augment.train import files

__all__ = ["load", "save"]


def save(student: Student, path: Path) -> None:
    """Write a model folder, without pickle; the same model gives the same bytes."""
    student.save(path)


def load(path: Path) -> Student:
    """The model of a folder, whichever student it is.

    Raises PathError if there is none, ConfigError if it is damaged or of another version,
    UnknownName if its student is not registered.
    """
    return cast(Student, resolve("student", str(files.head(path)["student"])).load(path))
