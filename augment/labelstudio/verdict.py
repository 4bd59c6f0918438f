"""Who reviewed a task, how long it took, and the verdict.

>>> review(given, {"result": [], "lead_time": 31.5, "completed_by": {"email": "a@b.org"}}, ())
Review(reviewer='a@b.org', time=None, seconds=31.5, verdict='accept', reasons=(), …)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from augment.labelstudio.names import REASON, REASONS, VERDICT, VERDICTS
from augment.labelstudio.pushed import Json
from augment.schema import Change, Review


def review(task: Json, annotation: Json, changes: Sequence[Change]) -> Review:
    """What was said of a task: rejected, corrected if something changed, else as was ticked.

    The weight of the sample is ``weight`` in the task's data. Reasons that are not ours are kept as
    they were written.
    """
    data = task.get("data") or {}
    ticked = next(iter(_choices(annotation, VERDICT)), "accepter")
    verdict = VERDICTS.get(ticked, "accept")
    if changes and verdict == "accept":
        verdict = "corrected"
    seconds, weight = annotation.get("lead_time"), data.get("weight")
    return Review(
        reviewer=_name(annotation.get("completed_by")),
        time=annotation.get("updated_at") or annotation.get("created_at"),
        seconds=None if seconds is None else float(seconds),
        verdict=verdict,
        reasons=tuple(REASONS.get(line, line) for line in _choices(annotation, REASON)),
        changes=tuple(changes),
        weight=None if weight is None else float(weight),
        model_version=data.get("model_version"),
    )


def _choices(annotation: Json, control: str) -> list[str]:
    results = annotation.get("result") or []
    found = [r.get("value") or {} for r in results if r.get("from_name") == control]
    return [str(line) for value in found for line in value.get("choices", [])]


def _name(person: Any) -> str | None:
    if isinstance(person, dict):
        person = person.get("email") or person.get("id")
    return None if person is None else str(person)
