"""How the language model is fine-tuned; the defaults are usual ones for LoRA, not tuned here.

>>> settings({"epochs": 3}).rank
16
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from augment.train.transformer.settings import Course, checked


class Settings(Course):
    """Lengths are in tokens of the model; ``batch`` and ``at_once`` in questions."""

    window: int = Field(default=512, ge=64)
    """Longest prompt: the text, its marks and the question."""
    negatives: float = Field(default=4.0, gt=0)
    """Questions to be answered « non » for each one to be answered « oui », drawn each epoch."""
    epochs: int = Field(default=5, ge=1)
    batch: int = Field(default=16, ge=1)
    """Questions a step of the optimiser."""
    at_once: int = Field(default=8, ge=1)
    """Questions in memory together: less memory, same steps (gradients are accumulated)."""
    rate: float = Field(default=2e-4, gt=0)
    """Highest learning rate."""
    patience: int = Field(default=2, ge=1)
    rank: int = Field(default=16, ge=1)
    """Rank of the update of each weight matrix."""
    alpha: float = Field(default=32.0, gt=0)
    """Scale of the updates: they count ``alpha / rank`` times."""
    dropout: float = Field(default=0.05, ge=0, lt=1)
    """Share of what goes into the updates that is left out in training."""


def settings(given: Mapping[str, Any]) -> Settings:
    """The settings with these values. Raises ConfigError, naming the field."""
    return checked(Settings, given, "seq2seq")
