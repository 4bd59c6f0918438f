"""A model on disk without pickle: ``model.json`` and ``arrays.npz``, bound by a hash.

{"student": "linear", "format": 1, "sha256": "9f2c…", "thresholds": {"CREATED": -0.75}}
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from augment.errors import ConfigError, PathError
from augment.store import replacing, write_json

FORMAT = 1
Arrays = dict[str, npt.NDArray[Any]]


def write(path: Path, student: str, header: Mapping[str, Any], arrays: Arrays) -> None:
    """Write a model folder; equal models give equal bytes. Raises PathError if it cannot."""
    buffer = BytesIO()
    np.savez_compressed(buffer, **arrays)  # type: ignore[arg-type]
    with replacing(path / "arrays.npz") as scratch:
        scratch.write_bytes(buffer.getvalue())
    model = {"student": student, "format": FORMAT, **header}
    model["sha256"] = _digest(model, buffer.getvalue())
    write_json(path / "model.json", model)


def head(path: Path) -> dict[str, Any]:
    """``model.json``. Raises PathError (no model there), ConfigError (damaged, other format)."""
    try:
        model = json.loads((path / "model.json").read_text(encoding="utf-8"))
    except OSError as error:
        raise PathError(f"{path}: no model there (model.json cannot be read)") from error
    except ValueError as error:
        raise damaged(path, "model.json is not JSON") from error
    if not isinstance(model, dict) or "student" not in model:
        raise damaged(path, "model.json names no student")
    if model.get("format") != FORMAT:
        raise ConfigError(
            f"{path}: model of format {model.get('format')}, this version reads {FORMAT}",
            hint="train it again with `augment train`",
        )
    return model


def read(path: Path, student: str) -> tuple[dict[str, Any], Arrays]:
    """Header and arrays of a model of this student.

    Raises PathError, ConfigError as :func:`head`, and if the arrays are not those written.
    """
    model = head(path)
    if model["student"] != student:
        raise ConfigError(f"{path}: a model of student {model['student']!r}, not {student!r}")
    try:
        content = (path / "arrays.npz").read_bytes()
    except OSError as error:
        raise damaged(path, "arrays.npz cannot be read") from error
    if _digest(model, content) != model.get("sha256"):
        raise damaged(path, "not what was written")
    with np.load(BytesIO(content), allow_pickle=False) as arrays:
        return model, dict(arrays)


def _digest(model: Mapping[str, Any], arrays: bytes) -> str:
    header = {key: value for key, value in model.items() if key != "sha256"}
    return sha256(json.dumps(header, sort_keys=True).encode() + arrays).hexdigest()


def damaged(path: Path, what: str) -> ConfigError:
    """What to raise for a model that cannot be what was written."""
    return ConfigError(f"{path}: damaged model: {what}", hint="train it again with `augment train`")
