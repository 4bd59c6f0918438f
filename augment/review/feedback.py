"""What reviewers corrected, by section of the guide: what is broken most, by whom, and where.

>>> feedback(reviewed, guide=guide)[0]
Broken(place='relations.IS_LOCATED_IN', llm=12, people=1, disputed=2, actions={…}, cases=(…), …)
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from augment.codec import relation_rows, tag
from augment.errors import CodecError
from augment.guide.check import violations as not_admitted
from augment.guide.context import cut, nearest, sentences, spanning
from augment.guide.model import Example, Guide
from augment.guide.paragraphs import violations
from augment.policy import Level, of_document
from augment.schema import Change, Document, Entity, EntityId, Finding, Record

By = Literal["llm", "people"]
RETYPED = "retyped: "
"""What a relation's correction to another type is called, before the name of that type."""
LONGEST = 400
"""Characters of an example, at most."""
SHOWN = 5
"""Sentences that are shown of a section, of what was wrong and of what was missing."""


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

    ``llm``: in samples; ``people``: in documents that people had annotated; ``disputed``: what some
    of several reviewers of a document corrected and others did not. ``actions``: what was
    corrected, ``retyped: OTHER`` for what became another type; ``paragraphs``: findings of
    `validate` and of judges, where they were given.
    """

    place: str
    llm: int
    people: int
    disputed: int
    actions: dict[str, int]
    paragraphs: dict[str, int]
    cases: tuple[Case, ...]
    disputes: tuple[Case, ...]


class _Section(NamedTuple):
    who: Counter[str]
    actions: Counter[str]
    paragraphs: Counter[str]
    cases: list[Case]
    disputes: list[Case]


def feedback(
    reviewed: Sequence[Document],
    *,
    guide: Guide,
    findings: Mapping[By, Iterable[Finding]] | None = None,
) -> list[Broken]:
    """Sections by the number of corrections and findings, the most broken first.

    ``findings``: what `validate` or a judge found in samples, and in what people annotated. A
    document with a strategy is a sample; one without, such as gold mixed in, is people's work.
    What all reviewers of a document corrected alike counts once, the rest as disputed.
    """
    sections: dict[str, _Section] = defaultdict(
        lambda: _Section(Counter(), Counter(), Counter(), [], [])
    )
    for document, change, agreed in _corrections(reviewed, guide):
        section = sections[_place(change)]
        by: By = "llm" if document.meta.strategy else "people"
        section.who[by if agreed else "disputed"] += 1
        if agreed:
            section.actions[_action(change)] += 1
        shown = section.cases if agreed else section.disputes
        if change.kind == "relation" and _quotable(document):
            shown.append(_case(document, change, guide))
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
            disputed=section.who["disputed"],
            actions=_sorted(section.actions),
            paragraphs=_sorted(section.paragraphs),
            cases=_clearest(section.cases),
            disputes=_clearest(section.disputes),
        )
        for place, section in sections.items()
    ]
    return sorted(rows, key=lambda row: (-row.llm - row.people - row.disputed, row.place))


def _quotable(document: Document) -> bool:
    """True of samples that were not rejected: gold may be test data.

    What a guide quotes is shown to LLMs, so rights that forbid that keep a text out of it too.
    """
    rejected = document.meta.review is not None and document.meta.review.verdict == "reject"
    allowed = of_document(document, Level.EXAMPLES) is Level.EXAMPLES
    return bool(document.meta.strategy) and allowed and not rejected


def _corrections(
    reviewed: Iterable[Document], guide: Guide
) -> Iterator[tuple[Document, Change, bool]]:
    """Each correction once, with a document that has it, and whether all its reviewers made it.

    Of what one reviewer said twice the last counts. Who rejected a document need not have corrected
    it, and is not asked where others did not reject it.
    """
    together: dict[tuple[str, str], dict[str | None, Document]] = defaultdict(dict)
    for document in reviewed:
        if document.meta.review is not None:
            together[document.id, document.text][document.meta.review.reviewer] = document
    for said in together.values():
        voices = [d for d in said.values() if d.meta.review and d.meta.review.verdict != "reject"]
        voices = voices or list(said.values())
        own = [_once(document, guide) for document in voices]
        for key in dict.fromkeys(key for changes in own for key in changes):
            having = [i for i, changes in enumerate(own) if key in changes]
            yield voices[having[0]], own[having[0]][key], len(having) == len(voices)


def _once(document: Document, guide: Guide) -> dict[tuple[Any, ...], Change]:
    """The corrections of a document by what they are; both directions of a symmetric one are one.

    What is there twice by the words, as « il » that joined the same entity twice, counts twice.
    """
    found: dict[tuple[Any, ...], Change] = {}
    seen: Counter[tuple[Any, ...]] = Counter()
    for change in document.meta.review.changes if document.meta.review else ():
        relation = guide.relations.get(change.was or change.type)
        key: tuple[Any, ...] = (change.kind, change.action, change.type, change.was)
        if change.kind == "relation" and relation and relation.symmetric:
            key = (*key, *sorted((change.what[0], change.what[2]), key=str))
        else:
            seen[key, change.what] += 1
            key = (*key, *change.what, seen[key, change.what])
        found.setdefault(key, change)
    return found


def _clearest(cases: Iterable[Case]) -> tuple[Case, ...]:
    """Of what was missing, and of what was wrong, the shortest sentences; each sentence once."""
    ordered = sorted(
        cases, key=lambda c: (c.example is None, len(c.example.text if c.example else ""))
    )
    found: dict[bool, dict[tuple[str, str], Case]] = {False: {}, True: {}}
    for case in ordered:
        text = case.example.text if case.example else f"{case.document} {case.what}"
        own = found[case.action == "added"]
        if len(own) < SHOWN:
            own.setdefault((case.action, text), case)
    return (*found[False].values(), *found[True].values())


def _sorted(counts: Counter[str]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _place(change: Change) -> str:
    """Of a change of type, the section of the type that was wrong."""
    kinds = "relations" if change.kind == "relation" else "entities"
    return f"{kinds}.{change.was or change.type}"


def _action(change: Change) -> str:
    action = f"{RETYPED}{change.type}" if change.action == "retyped" else change.action
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
