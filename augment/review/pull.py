"""What people said: annotations as documents, each with who, when and what they changed.

>>> pull(server.annotations(project.id), server.people(), guide=guide).counts()
{'annotations': 12, 'accepted': 8, 'corrected': 2, 'rejected': 1, 'dropped': 1}
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from augment.errors import RecordError
from augment.guide.model import Guide
from augment.labelstudio import diff, read, review
from augment.labelstudio.pushed import Pushed
from augment.reasons import Reason
from augment.review.server import Json
from augment.schema import Document, Drop, Record, Review


class Said(Record):
    """One annotation read: the number of its task, and the document with ``meta.review``."""

    task: int
    document: Document
    review: Review


class Pulled(Record):
    """All annotations of a project, read or dropped.

    ``done``: tasks that as many people submitted or skipped as were asked to; ``drafts``: tasks
    with work not submitted.
    """

    tasks: int
    done: int
    drafts: int
    said: tuple[Said, ...]
    drops: tuple[Drop, ...]

    def counts(self) -> dict[str, int]:
        """Annotations = accepted + corrected + rejected + dropped."""
        verdicts = [said.review.verdict for said in self.said]
        return {
            "annotations": len(self.said) + len(self.drops),
            "accepted": verdicts.count("accept"),
            "corrected": verdicts.count("corrected"),
            "rejected": verdicts.count("reject"),
            "dropped": len(self.drops),
        }

    def chosen(self, annotator: str | None = None) -> list[Said]:
        """One annotation a task: the latest that could be read, of that annotator if named."""
        latest: dict[int, Said] = {}
        for said in sorted(self.said, key=lambda said: said.review.time or ""):
            if annotator in (None, said.review.reviewer):
                latest[said.task] = said
        return [latest[task] for task in sorted(latest)]


def pull(
    tasks: Sequence[Json],
    people: Mapping[int, str],
    *,
    guide: Guide | None = None,
    each: int = 1,
) -> Pulled:
    """Read every annotation of an export.

    ``people``: number → address of whoever annotated; ``each``: how many annotate a task.
    """
    found = [
        _said(task, annotation, people, guide)
        for task in sorted(tasks, key=lambda task: int(task["id"]))
        for annotation in task.get("annotations") or ()
    ]
    return Pulled(
        tasks=len(tasks),
        done=sum(len(task.get("annotations") or ()) >= each for task in tasks),
        drafts=sum(bool(task.get("drafts")) for task in tasks),
        said=tuple(said for said in found if isinstance(said, Said)),
        drops=tuple(drop for drop in found if isinstance(drop, Drop)),
    )


def _said(
    task: Json, annotation: Json, people: Mapping[int, str], guide: Guide | None
) -> Said | Drop:
    whole = json.dumps(annotation, ensure_ascii=False).encode("utf-8", "replace")
    annotation = json.loads(whole)  # half an emoji, which no file can hold, is « ? »
    person: Any = annotation.get("completed_by")
    if isinstance(person, int) and person in people:
        annotation = annotation | {"completed_by": {"email": people[person]}}
    id = str((task.get("data") or {}).get("augment_id") or task["id"])
    if annotation.get("was_cancelled"):
        return _drop(id, annotation, Reason.SKIPPED, "the reviewer skipped it")
    try:
        before, after = Pushed.of(task).document, read(task, annotation, guide=guide)
    except RecordError as error:
        return _drop(id, annotation, Reason(error.code), f"task {task['id']}: {error}")
    said = review(task, annotation, diff(before, after))
    meta = after.meta.model_copy(update={"origin": "reviewed", "review": said})
    document = after.model_copy(update={"meta": meta})
    return Said(task=int(task["id"]), document=document, review=said)


def _drop(id: str, annotation: Json, reason: Reason, detail: str) -> Drop:
    raw = json.dumps(annotation, ensure_ascii=False)
    return Drop(id=id, stage="review", reason=reason, detail=detail, parent=id, raw=raw)
