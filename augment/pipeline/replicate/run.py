"""A bundle and its documents → figures with the machine, the date and the versions behind them.

>>> run(found, gather(found, paths), settings_of(found.bundle), work=work)
Replicated(bundle='3f2a…', students=(Ran(name='linear', …),), result=Result(…), …)
"""

from __future__ import annotations

import json
import platform
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from augment.errors import UsageError
from augment.measure.records import Result
from augment.measure.trial import Track
from augment.pipeline.experiment import Settings, experiment, plainly
from augment.pipeline.replicate.gather import guide_of
from augment.pipeline.replicate.machine import encoder, machine, packages, shown, sources
from augment.pipeline.replicate.records import Bundle, Part, Ran, Replicated, sealed
from augment.pipeline.replicate.zipped import Opened
from augment.registry import resolve
from augment.schema import Document


def settings_of(bundle: Bundle, **changed: Any) -> Settings:
    """The bundle's settings, some of them replaced. Raises UsageError: one this augment lacks."""
    try:
        return Settings(**{**bundle.settings, **changed})
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise UsageError(
            f"bundle of {bundle.augment}, this is {sources()}: setting {where}: {first['msg']}",
            hint="install the augment that the bundle was made with",
        ) from error


def run(
    found: Opened,
    parts: Sequence[tuple[Part, list[Document]]],
    settings: Settings,
    *,
    work: Path,
    track: Track = plainly,
) -> Replicated:
    """Measure the students of the settings; finished cells are kept in ``work``.

    Raises MissingExtra or PathError, before any work, for a student that cannot be had here,
    UsageError for two whose names differ by their place only.
    """
    version, students = sources(), tuple(dict.fromkeys(settings.students))
    for name, number in Counter(map(shown, students)).items():
        if number > 1:
            raise UsageError(
                f"{number} students are called {name} in the result",
                hint="give their folders different names, or run them apart",
            )
    for student in students:
        resolve("student", student)
    asked = found.bundle.settings["students"]
    ran = tuple(Ran(name=shown(s), asked=s in asked, encoder=encoder(s)) for s in students)
    rules = guide_of(found)
    resumed = work.is_dir() and any(work.iterdir())
    start = time.monotonic()
    result = experiment(
        _documents(parts, "train"),
        _documents(parts, "test"),
        additions=_additions(parts),
        settings=settings,
        guide=rules,
        work=work,
        track=track,
    )
    return sealed(
        Replicated(
            bundle=found.bundle.id,
            augment=version,
            python=platform.python_version(),
            packages=packages(),
            students=ran,
            result=_placeless(result, students),
            machine=machine(),
            date=datetime.now(UTC).isoformat(timespec="seconds"),
            seconds=round(time.monotonic() - start, 1),
            resumed=resumed,
        )
    )


def _placeless(result: Result, students: Sequence[str]) -> Result:
    """The result with students named as :func:`shown` does, wherever they are named."""
    text = json.dumps(result.model_dump(mode="json"))
    for student in sorted(students, key=len, reverse=True):  # a folder may be in another's
        text = text.replace(json.dumps(student)[1:-1], json.dumps(shown(student))[1:-1])
    return Result.model_validate_json(text)


def differences(bundle: Bundle) -> Iterator[str]:
    """What is not here as it was where the bundle was made, a line each."""
    here = sources()
    if here != bundle.augment:
        yield f"made with {bundle.augment}, this is {here}: figures may differ"
    if platform.python_version() != bundle.python:
        yield f"made with Python {bundle.python}, this is {platform.python_version()}"
    installed = packages()
    pinned = dict(line.split("==", 1) for line in bundle.requirements)
    other = [f"{n} {installed.get(n)} for {v}" for n, v in pinned.items() if installed.get(n) != v]
    if other:
        yield f"other versions of packages: {', '.join(other)}"


def _documents(parts: Sequence[tuple[Part, list[Document]]], role: str) -> list[Document]:
    return [document for part, documents in parts if part.role == role for document in documents]


def _additions(parts: Sequence[tuple[Part, list[Document]]]) -> dict[str, list[list[Document]]]:
    additions: dict[str, list[list[Document]]] = {}
    for part, documents in parts:
        if part.role == "addition":
            additions.setdefault(part.name, []).append(documents)
    return additions
