"""Settings of a plan, and what comes out of it: orders, and a table that says why.

Row(type="IS_BORN_ON", gold=7, f1=0.22, orders=15, share=0.15, why="rare: 7 examples; F1 0.22")
"""

from __future__ import annotations

from pydantic import Field

from augment.schema import Order, Record


class Settings(Record):
    """Caps and amounts; shares are of all types ordered.

    ``cap``: no type takes more. What is made out of gold takes at most ``per_source`` orders of a
    type for each of its gold examples and written patterns, for more would say the same again. A
    type with at least ``hopeless_gold`` examples and an F1 under ``hopeless_f1`` takes at most
    ``hopeless_cap``: more of the same has not helped it. An order names ``types_per_order`` types
    and ``negatives`` look-alikes; one for an LLM to write or annotate names up to
    ``types_together`` types, and ``negatives`` look-alikes for each. ``exhaustive``: an LLM labels
    all types of the guide, not only these.
    """

    cap: float = Field(default=0.15, gt=0, le=1)
    per_source: int = Field(default=5, ge=1)
    hopeless_f1: float = 0.05
    hopeless_gold: int = 100
    hopeless_cap: float = Field(default=0.02, gt=0, le=1)
    types_per_order: int = Field(default=1, ge=1)
    types_together: int = Field(default=4, ge=1)
    negatives: int = Field(default=1, ge=0)
    distractors: int = Field(default=2, ge=0)
    exhaustive: bool = False


class Row(Record):
    """One line of the table: a relation type and what the plan gives it."""

    type: str
    gold: int
    f1: float | None
    orders: int
    share: float
    why: str


class Plan(Record):
    """Orders in the order to make them, and the table; a larger plan begins with a smaller one."""

    orders: tuple[Order, ...]
    rows: tuple[Row, ...]
