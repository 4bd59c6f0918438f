"""How the transformer is trained; the defaults are those of ATLOP where it has them.

>>> settings({"epochs": 10}).batch
4
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import Field, ValidationError

from augment.errors import ConfigError
from augment.schema import Record

C = TypeVar("C", bound="Course")


class Course(Record):
    """How any network is trained: what all students that have one can be told."""

    epochs: int = Field(default=30, ge=1)
    warmup: float = Field(default=0.06, ge=0, lt=1)
    """Share of the steps over which the rates rise."""
    clip: float = Field(default=1.0, gt=0)
    """Greatest norm of a gradient."""
    held_out: float = Field(default=0.1, ge=0, lt=1)
    """Share of the documents that decide when to stop; 0: the last epoch is kept."""
    patience: int = Field(default=5, ge=1)
    """Epochs without a better one after which training stops."""


class Settings(Course):
    """Lengths are in tokens of the encoder, ``batch`` in documents, ``at_once`` in windows."""

    window: int = Field(default=512, ge=16)
    """Longest stretch the encoder reads; longer texts take several windows."""
    overlap: int = Field(default=128, ge=0)
    """What two windows share."""
    batch: int = Field(default=4, ge=1)
    """Documents a step of the optimiser."""
    at_once: int = Field(default=8, ge=1)
    """Windows in memory together: less memory, same steps (gradients are accumulated)."""
    rate: float = Field(default=3e-5, gt=0)
    """Highest learning rate of the encoder."""
    head_rate: float = Field(default=1e-4, gt=0)
    """Highest learning rate of what is new."""


def settings(given: Mapping[str, Any]) -> Settings:
    """The settings with these values. Raises ConfigError, naming the field."""
    return checked(Settings, given, "transformer")


def checked(model: type[C], given: Mapping[str, Any], student: str) -> C:
    """A student's settings with these values. Raises ConfigError, naming the field."""
    try:
        return model(**given)
    except ValidationError as error:
        first = error.errors()[0]
        known = ", ".join(model.model_fields)
        raise ConfigError(
            f"{student}: {first['loc'][0]}: {first['msg']}", hint=f"its settings: {known}"
        ) from error
