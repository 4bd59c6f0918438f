"""What of a batch a person is to look at, how sure one can be of each, and why to look.

>>> picked(documents, Picking(by="rare", number=50), guide)[0]
Picked(document=Document(id='s17', …), weight=2.4, version='compose/v1/mistral-small', score=0.67,
 why='types rares : END_DATE ; accord avec une annotation à l’aveugle : 0,67')
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from augment.errors import UsageError
from augment.guide.model import Guide
from augment.labelstudio import version
from augment.pipeline.uncertainty import Unsure
from augment.review.select import By, Selected, select
from augment.review.why import decimal, reported, score, together, why
from augment.schema import Document, Record
from augment.train import load as load_student
from augment.validate.stage import inspect


class Picking(Record):
    """How ``number`` documents are drawn: ``by`` None for all.

    ``student``: a model that says how unsure it is, for the scores and to draw by its doubts.
    """

    by: By | None = None
    number: int = 100
    seed: int = 0
    student: Path | None = None


class Picked(Record):
    """A document, one over its chance to be drawn, what made it, its score, why to look."""

    document: Document
    weight: float
    version: str
    score: float | None
    why: str


def picked(documents: Sequence[Document], picking: Picking, guide: Guide) -> list[Picked]:
    """The documents drawn as asked, in their order; without ``by`` all, with weight 1.

    Raises UsageError for ``uncertain`` without a student, and for one that cannot say how unsure
    it is.
    """
    doubts = _doubts(documents, picking)
    if picking.by is None:
        drawn = [Selected(document=document, weight=1.0, why="") for document in documents]
    else:
        violations = picking.by == "violations"
        drawn = select(
            documents,
            by=picking.by,
            number=picking.number,
            seed=picking.seed,
            scores=doubts,
            findings={d.id: inspect(d, guide) for d in documents} if violations else None,
        )
    return [_picked(selected, doubts, picking.by, guide) for selected in drawn]


def _doubts(documents: Sequence[Document], picking: Picking) -> dict[str, float] | None:
    """Document id → how unsure the student is, 0–1; None without a student."""
    student = load_student(picking.student) if picking.student else None
    if student is None and picking.by != "uncertain":
        return None
    if not isinstance(student, Unsure):
        hint = "give --student with the folder of a linear or transformer student"
        raise UsageError("no student that can say how unsure it is", hint=hint)
    ids = (document.id for document in documents)
    return dict(zip(ids, student.doubts(documents), strict=True))


def _picked(
    selected: Selected, doubts: dict[str, float] | None, by: By | None, guide: Guide
) -> Picked:
    document = selected.document
    doubt = doubts[document.id] if doubts else None
    parts = [selected.why]
    if doubt is not None and by != "uncertain":
        parts.append(f"doute du modèle\u00a0: {decimal(doubt)}")
    parts.append(why(document, guide))
    if by != "violations":
        parts.append(reported(f for f in inspect(document, guide) if f.action != "info"))
    return Picked(
        document=document,
        weight=selected.weight,
        version=version(document),
        score=score(document, doubt),
        why=together(parts),
    )
