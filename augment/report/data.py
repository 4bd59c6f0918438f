"""What the page is made of: plain data, filled by the pipeline.

>>> ReportData(title="sample", manifest={"accepted": 96, …}, measure=None, …).title
'sample'
"""

from __future__ import annotations

from typing import Any

from augment.schema import Document, Drop, Record


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
    if nothing was measured; ``drift`` rows of :func:`augment.measure.drift.drift` (left gold, right
    accepted samples); ``values`` its ``values`` of both sides by ``gold`` and ``samples``;
    ``families`` family → label and colour, ``family`` entity type → family; ``drops`` a few a
    reason.
    """

    title: str
    manifest: dict[str, Any]
    measure: dict[str, Any] | None
    plan: tuple[PlanLine, ...]
    drift: tuple[dict[str, Any], ...]
    values: dict[str, dict[str, dict[str, float]]]
    families: dict[str, dict[str, str]]
    family: dict[str, str]
    relation_labels: dict[str, str]
    examples: tuple[Document, ...]
    cases: tuple[Case, ...]
    drops: tuple[Drop, ...]
    card: dict[str, Any]
