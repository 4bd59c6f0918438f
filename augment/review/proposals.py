"""Corrections as edits of a guide, and the guide with those that a person took.

>>> propose(broken, guide).proposals[0].at
'relations.IS_LOCATED_IN.negative'
>>> apply(guide, edited, date=datetime.date(2026, 11, 22)).version
3
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Sequence
from difflib import unified_diff
from itertools import islice
from typing import Any

from pydantic import ValidationError

from augment.errors import GuideError
from augment.guide.check import check
from augment.guide.feedback import Feedback, Source, Taken
from augment.guide.model import Example, Guide
from augment.guide.write import dump
from augment.review.edits import Proposal, Proposals
from augment.review.feedback import RETYPED, Broken, Case

EACH = 2
"""Examples proposed of a type and a side."""
OFTEN = 2
"""Times that a type was corrected to another before the guide should warn of it."""


def propose(broken: Sequence[Broken], guide: Guide, reviewed: Iterable[Source] = ()) -> Proposals:
    """Negative examples of what was removed or retyped, positive ones of what had been forgotten.

    Where a type became another at least twice: the look-alike, and a sentence for the rule. What
    :func:`augment.guide.check.check` would object to is not proposed.
    """
    found = [
        p
        for section in broken
        if section.place.partition(".")[2] in guide.relations
        for p in _of(section, guide)
        if not _troubles(guide, [p])
    ]
    return Proposals(
        guide=guide.name, version=guide.version, reviewed=tuple(reviewed), proposals=tuple(found)
    )


def _of(section: Broken, guide: Guide) -> Iterator[Proposal]:
    kind = section.place.partition(".")[2]
    own = guide.relations[kind]
    wrong = sum(n for action, n in section.actions.items() if action != "added")
    for side, count in (("negative", wrong), ("positive", section.actions.get("added", 0))):
        cases = [c for c in section.cases if (c.action == "added") == (side == "positive")]
        known = {example.text for example in getattr(own, side)}
        found = (e for e in _examples(cases, kind, guide) if e.text not in known)
        for example in islice(found, EACH):
            yield Proposal(at=f"{section.place}.{side}", count=count, example=example)
    turned = [action for action in section.actions if action.startswith(RETYPED)]
    for action in turned:
        count, other = section.actions[action], action.removeprefix(RETYPED)
        if count < OFTEN or other not in guide.relations:
            continue
        if other not in own.lookalikes:
            yield Proposal(at=f"{section.place}.lookalikes", count=count, add=other)
        if f"({other})" not in own.rule:
            warning = _warning(other, guide, most=action == next(iter(section.actions)))
            yield Proposal(at=f"{section.place}.rule", count=count, add=warning)


def _warning(other: str, guide: Guide, *, most: bool) -> str:
    named = f"{_quoted(other, guide)} ({other})"
    if not most:
        return f"À ne pas confondre avec {named}."
    return (
        f"À ne pas confondre avec {named}\u00a0: "
        "c’est la correction la plus fréquente à la relecture."
    )


def _examples(cases: Iterable[Case], kind: str, guide: Guide) -> Iterator[Example]:
    seen = set()
    for case in cases:
        if case.example is None or case.example.text in seen:
            continue
        seen.add(case.example.text)
        label = _quoted(kind, guide)
        if case.action == "added":
            why = (
                f"{label}\u00a0: cette relation avait été oubliée\u00a0; la relecture l’a ajoutée."
            )
            yield case.example.model_copy(update={"why": why})
            continue
        why = f"La relecture a retiré {label}\u00a0: le texte ne le dit pas."
        if case.action == "retyped":
            why = f"La relecture a remplacé {label} par {_quoted(case.type, guide)}."
        absent = ((case.head, kind, case.tail),)
        yield case.example.model_copy(update={"why": why, "absent": absent})


def _quoted(kind: str, guide: Guide) -> str:
    known = guide.relations.get(kind)
    return f"«\u00a0{(known.label if known else '') or kind}\u00a0»"


def _troubles(guide: Guide, taken: Sequence[Proposal]) -> list[str]:
    """What the guide check says of the edited guide and not of this one."""
    try:
        after = _edited(guide, taken)
    except (GuideError, ValidationError) as error:
        return [str(error)]
    old = {trouble[1:] for trouble in check(guide)}
    return [f"{t.where}: {t.code}: {t.detail}" for t in check(after) if t[1:] not in old]


def apply(guide: Guide, proposals: Proposals, *, date: datetime.date) -> Guide:
    """The guide with what is to be taken, as its next version; the same guide where nothing is.

    Its ``feedback`` says what was taken, on that date. Raises GuideError if the proposals are for
    another guide or version, or if the guide check objects to one.
    """
    if (proposals.guide, proposals.version) != (guide.name, guide.version):
        raise GuideError(
            f"proposals for {proposals.guide} version {proposals.version}, "
            f"and this is {guide.name} version {guide.version}",
            hint="make the proposals again from the reviewed documents",
        )
    taken = [p for p in proposals.proposals if p.take]
    if not taken:
        return guide
    for i, proposal in enumerate(proposals.proposals):
        if proposal.take and (troubles := _troubles(guide, [proposal])):
            raise GuideError(f"proposal {i + 1}, {proposal.at}: {troubles[0]}", hint="mend it")
    version = guide.version + 1
    record = Feedback(
        version=version,
        date=date,
        reviewed=proposals.reviewed,
        taken=tuple(_taken(guide, proposal) for proposal in taken),
    )
    after = _edited(guide, taken)
    return after.model_copy(update={"version": version, "feedback": (*guide.feedback, record)})


def _taken(guide: Guide, p: Proposal) -> Taken:
    text = p.example.text if p.example else p.add
    instead = None
    if p.replace is not None:
        instead = getattr(guide.relations[p.type], p.side)[p.replace].text
    return Taken(at=p.at, count=p.count, text=(text or "").strip(), instead=instead)


def _edited(guide: Guide, taken: Sequence[Proposal]) -> Guide:
    """What replaces goes by the old numbers; what goes to the front keeps its order."""
    data = guide.model_dump()
    front = [p for p in taken if p.replace is None and p.side != "rule"]
    for p in [*(p for p in taken if p not in front), *reversed(front)]:
        if p.type not in data["relations"]:
            raise GuideError(f"{p.at}: the guide has no such type", hint="mend the proposal")
        _edit(data["relations"][p.type], p)
    return Guide.model_validate(data)


def _edit(kind: dict[str, Any], p: Proposal) -> None:
    if (p.example is None) == (p.add is None) or (p.add is None) == (p.side in _WORDS):
        raise GuideError(f"{p.at}: give an example for examples, `add` for the others")
    if p.replace is not None and p.example is None:
        raise GuideError(f"{p.at}: `replace` is for examples", hint="edit guide.yaml by hand")
    if p.side == "rule":
        kind["rule"] = f"{kind['rule']} {p.add}".strip()
        return
    entries = list(kind[p.side])
    new = p.add if p.example is None else p.example.model_dump()
    if p.replace is None:
        entries.insert(0, new)
    elif p.replace < len(entries):
        entries[p.replace] = new
    else:
        raise GuideError(f"{p.at}: there is no number {p.replace} to replace")
    kind[p.side] = entries


_WORDS = ("lookalikes", "rule")


def changes(before: Guide, after: Guide) -> list[str]:
    """The lines of ``guide.yaml`` that differ, as a unified diff."""
    old, new = (dump(guide).splitlines() for guide in (before, after))
    return list(unified_diff(old, new, "before", "after", lineterm="", n=1))
