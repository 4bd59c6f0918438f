"""What the page is made of: plain data, filled by the pipeline.

>>> ReportData(title="sample", manifest={"accepted": 96, …}, measure=None, …).title
'sample'
"""

from __future__ import annotations

from typing import Any

from pydantic import Field

from augment.schema import Document, Drop, Record

Values = dict[str, dict[str, float]]
"""Entity type → its commonest values with their share, 0–1."""


class PlanLine(Record):
    """A relation type in the plan and what came of it; ``f1`` and ``share`` are in 0–1."""

    type: str
    gold: int
    f1: float | None
    share: float
    ordered: int
    accepted: int
    why: str


class Case(Record):
    """An accepted sample worth a look, and why."""

    why: str
    document: Document


class ReportData(Record):
    """One run.

    ``manifest`` is the run's ``manifest.json``; ``measure`` the contract of `measure --json`, None
    if nothing was measured; ``prompted`` sentences on LLMs that extract by themselves;
    ``additions`` the arms that were accepted samples; ``drift`` by
    addition the rows of :func:`augment.measure.drift.drift` (left gold, right samples);
    ``gold_values`` and ``values`` (by addition) those of :func:`augment.measure.drift.values`;
    ``families`` family → label and colour, ``family`` entity type → family; ``drops`` a few a
    reason; ``language`` that of the texts.
    """

    title: str
    manifest: dict[str, Any]
    measure: dict[str, Any] | None
    additions: tuple[str, ...] = ()
    prompted: tuple[str, ...] = ()
    plan: tuple[PlanLine, ...] = ()
    drift: dict[str, tuple[dict[str, Any], ...]] = Field(default_factory=dict)
    gold_values: Values = Field(default_factory=dict)
    values: dict[str, Values] = Field(default_factory=dict)
    families: dict[str, dict[str, str]] = Field(default_factory=dict)
    family: dict[str, str] = Field(default_factory=dict)
    relation_labels: dict[str, str] = Field(default_factory=dict)
    examples: tuple[Document, ...] = ()
    cases: tuple[Case, ...] = ()
    drops: tuple[Drop, ...] = ()
    card: dict[str, Any] = Field(default_factory=dict)
    language: str = "fr"
