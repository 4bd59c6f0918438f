"""What reviewers corrected, by section of the guide: what is broken most, by whom, and where.

>>> feedback(reviewed, guide=guide)[0]
Broken(place='relations.IS_LOCATED_IN', llm=12, people=1, actions={'removed': 7, …}, examples=(…))
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple

from augment.codec import relation_rows, tag
from augment.errors import CodecError
from augment.guide.check import violations as not_admitted
from augment.guide.context import cut, nearest, sentences, spanning
from augment.guide.model import Example, Guide
from augment.guide.paragraphs import violations
from augment.schema import Change, Document, Entity, EntityId, Finding, Record

By = Literal["llm", "people"]
LONGEST = 400
"""Characters of an example, at most."""
SHOWN = 5
"""Corrected relations that are shown of a section."""


class Case(Record):
    """One corrected relation; ``example`` is its sentence as it is right now, None if it has none.

    ``head`` and ``tail`` are ids in the example.
    """

    document: str
    action: Literal["added", "removed", "retyped"]
    type: str
    was: str | None
    what: tuple[str | int, ...]
    example: Example | None
    head: EntityId | None = None
    tail: EntityId | None = None


class Broken(Record):
    """One section of the guide, a type's, and how often it was broken.

    ``llm``: in samples; ``people``: in documents that people had annotated. ``actions``: what was
    corrected, ``retyped: OTHER`` for a relation that became another; ``paragraphs``: findings of
    `validate` and of judges, where they were given.
    """

    place: str
    llm: int
    people: int
    actions: dict[str, int]
    paragraphs: dict[str, int]
    cases: tuple[Case, ...]


class _Section(NamedTuple):
    who: Counter[By]
    actions: Counter[str]
    paragraphs: Counter[str]
    cases: list[Case]


def feedback(
    reviewed: Sequence[Document],
    *,
    guide: Guide,
    findings: Mapping[By, Iterable[Finding]] | None = None,
) -> list[Broken]:
    """Sections by the number of corrections and findings, the most broken first.

    ``findings``: what `validate` or a judge found in samples, and in what people annotated. A
    document with a strategy is a sample; one without, such as gold mixed in, is people's work.
    Sentences are taken from samples that were not rejected: gold may be test data.
    """
    sections: dict[str, _Section] = defaultdict(
        lambda: _Section(Counter(), Counter(), Counter(), [])
    )
    for document in reviewed:
        review = document.meta.review
        if review is None:
            continue
        by: By = "llm" if document.meta.strategy else "people"
        quoted = by == "llm" and review.verdict != "reject"
        for change in review.changes:
            section = sections[_place(change)]
            section.who[by] += 1
            section.actions[_action(change)] += 1
            if change.kind == "relation" and quoted and len(section.cases) < SHOWN:
                section.cases.append(_case(document, change, guide))
    for who, found in (findings or {}).items():
        for paragraph, number in violations(found, guide).items():
            section = sections[".".join(paragraph.split(".")[:2])]
            section.who[who] += number
            section.paragraphs[paragraph] += number
    rows = [
        Broken(
            place=place,
            llm=section.who["llm"],
            people=section.who["people"],
            actions=_sorted(section.actions),
            paragraphs=_sorted(section.paragraphs),
            cases=tuple(section.cases),
        )
        for place, section in sections.items()
    ]
    return sorted(rows, key=lambda row: (-row.llm - row.people, row.place))


def _sorted(counts: Counter[str]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _place(change: Change) -> str:
    """Of a change of type, the section of the type that was wrong."""
    kinds = "relations" if change.kind == "relation" else "entities"
    return f"{kinds}.{change.was or change.type}"


def _action(change: Change) -> str:
    action = f"retyped: {change.type}" if change.action == "retyped" else change.action
    return action if change.kind == "relation" else f"{change.kind} {action}"


def _case(document: Document, change: Change, guide: Guide) -> Case:
    shown = _sentence(document, change, guide)
    return Case(
        document=document.id,
        action=change.action,
        type=change.type,
        was=change.was,
        what=change.what,
        **(shown._asdict() if shown else {"example": None}),
    )


class _Shown(NamedTuple):
    example: Example
    head: EntityId
    tail: EntityId


def _sentence(document: Document, change: Change, guide: Guide) -> _Shown | None:
    """The sentences that hold both ends; None where they are not clear, too long or not sound."""
    head, tail = _named(document, change.what[0]), _named(document, change.what[2])
    if head is None or tail is None:
        return None
    ends = nearest(head, tail)
    for start, end in spanning(sentences(document), ends):
        piece = cut(document, (start, end))
        ids = [
            e.id
            for entity, m in zip((head, tail), ends, strict=True)
            for e in piece.entities
            if e.type == entity.type
            and (m.start - start, m.end - start) in {(n.start, n.end) for n in e.mentions}
        ]
        if end - start > LONGEST or len(ids) != 2 or any(not_admitted(piece, guide)):
            return None
        try:
            rows = tuple(tuple(row) for row in relation_rows(piece.relations))
            return _Shown(Example(text=tag(piece), relations=rows), *ids)
        except CodecError:
            return None
    return None


def _named(document: Document, mention: str | int) -> Entity | None:
    """The one entity whose first mention this is."""
    found = [e for e in document.entities if e.mentions[0].value == mention]
    return found[0] if len(found) == 1 else None
