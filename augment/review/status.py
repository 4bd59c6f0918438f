"""How far a review is: tasks, verdicts, reviewers and their minutes.

>>> status(pulled).people["claire@example.org"]
Share(annotations=12, minutes=9.5)
"""

from __future__ import annotations

from augment.review.pull import Pulled
from augment.schema import Record

UNKNOWN = "unknown"


class Share(Record):
    """What one reviewer did; minutes as the editor counted them."""

    annotations: int
    minutes: float


class Status(Record):
    """Tasks in all and with an annotation, counts by verdict, what each reviewer did, minutes."""

    tasks: int
    annotated: int
    drafts: int
    verdicts: dict[str, int]
    people: dict[str, Share]
    minutes: float


def status(pulled: Pulled) -> Status:
    """Counts of what :func:`augment.review.pull.pull` read; skipped and unreadable are dropped."""
    seconds: dict[str, list[float]] = {}
    for said in pulled.said:
        name = said.review.reviewer or UNKNOWN
        seconds.setdefault(name, []).append(said.review.seconds or 0.0)
    people = {
        name: Share(annotations=len(spent), minutes=round(sum(spent) / 60, 1))
        for name, spent in sorted(seconds.items())
    }
    return Status(
        tasks=pulled.tasks,
        annotated=len({said.task for said in pulled.said}),
        drafts=pulled.drafts,
        verdicts=pulled.counts(),
        people=people,
        minutes=round(sum(sum(spent) for spent in seconds.values()) / 60, 1),
    )
