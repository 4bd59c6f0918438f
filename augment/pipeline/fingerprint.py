"""What decides a student's predictions besides its documents, as one hash.

>>> fingerprint(resolve("student", "transformer:models/camembert"), guide)
'9f0c2d…'
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from hashlib import blake2b, sha256
from pathlib import Path

from augment import train as students
from augment.guide import Guide
from augment.protocols import Student
from augment.store import digest

WEIGHTS = (".safetensors", ".json", ".model", ".txt")
"""Files of a model's folder that decide what it computes."""


def fingerprint(student: Callable[..., Student], guide: Guide | None) -> str:
    """A hash of all students' code, the student's model, and the guide.

    A model that is a folder counts by its content, wherever it is; one of a name by the name.
    ``student`` is as :func:`augment.registry.resolve` gives it. Students share code, so a change
    of one of them makes another student of all.
    """
    plug, given = (
        (student.func, dict(student.keywords)) if isinstance(student, partial) else (student, {})
    )
    if Path(model := given.get("model", "")).is_dir() and model:
        given["model"] = weights(Path(model))
    package = Path(students.__file__).parent
    total = blake2b(f"{plug.__module__}:{plug.__qualname__}{given}".encode(), digest_size=16)
    total.update(of_files(package, package.rglob("*.py")).encode())
    total.update((guide.model_dump_json() if guide else "").encode())
    return total.hexdigest()


def weights(folder: Path) -> str:
    """SHA-256 of a model's folder: its files that count, with their names."""
    return of_files(folder, (path for path in folder.iterdir() if path.suffix in WEIGHTS))


def of_files(folder: Path, paths: Iterable[Path]) -> str:
    """SHA-256 of those that are files, with their names below the folder, in the names' order."""
    total = sha256()
    names = {path.relative_to(folder).as_posix(): path for path in paths if path.is_file()}
    for name in sorted(names):
        total.update(f"{name}\0{digest(names[name])}\n".encode())
    return total.hexdigest()
