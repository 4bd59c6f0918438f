"""Look at a document with all rules, and do to a candidate what they say.

>>> validate(candidate, guide=guide)
Candidate(id='s1', …, findings=(Finding(code='missing_partner', action='completed', …),))
"""

from __future__ import annotations

from collections import Counter

from augment.errors import RecordError
from augment.guide.model import Guide
from augment.reasons import Reason
from augment.schema import Candidate, Document, Drop, Finding, Order, Record, Relation
from augment.spans import check
from augment.validate.rules import (
    BAD_ATTRIBUTE,
    DUPLICATE,
    GRAPH,
    RELATION,
    TEXT,
    UNSOUND,
    Rule,
    Seen,
    View,
)


class ValidateSettings(Record):
    """Lengths in words between white space; ``max_edited``: share of relations, 0–1."""

    min_words: int = 3
    max_words: int = 1000
    max_edited: float = 0.2


DEFAULT = ValidateSettings()


def inspect(document: Document, guide: Guide) -> list[Finding]:
    """All findings on a document, with what :func:`validate` would do; nothing is changed.

    Type aliases count as the type they stand for. Of an unsound document (wrong slices, double
    ids) only that is said.
    """
    return [seen.finding() for seen in look(document, guide)]


def look(document: Document, guide: Guide) -> list[Seen]:
    """What :func:`inspect` gives, with the relations the findings are about."""
    try:
        check(document)
    except RecordError as error:
        rule = next(rule for rule in UNSOUND if rule.code == error.code)
        return [Seen(rule, str(error))]
    return look_on(document, guide)


def look_on(document: Document, guide: Guide) -> list[Seen]:
    """:func:`look` at a document known to be sound, as `read` gives it."""
    view = View(document, guide)
    found = [Seen(rule, detail) for rule, test in TEXT.items() if (detail := test(view))]
    for place, relation in enumerate(document.relations):
        broken = _first_broken(view, relation)
        if broken is not None:
            found.append(Seen(broken, view.show(relation.triple), relation, place))
        if broken is None or broken is BAD_ATTRIBUTE:
            view.kept[relation.triple] = view.sound(relation)
    for rule, missing in GRAPH.items():
        found += [Seen(rule, view.show(r.triple), r) for r in missing(view)]
    return found


def _first_broken(view: View, relation: Relation) -> Rule | None:
    triple = relation.triple
    if triple in view.kept or not view.allows(*triple):
        return next(rule for rule, broken in RELATION.items() if broken(view, relation))
    if view.sound(relation) != relation:
        return BAD_ATTRIBUTE
    return None


def validate(
    candidate: Candidate,
    *,
    guide: Guide,
    settings: ValidateSettings = DEFAULT,
    order: Order | None = None,
) -> Candidate | Drop:
    """The candidate with its relations repaired and its findings on record, or a drop.

    Dropped: unsound or crossing spans, unknown entity types, a text too short or too long, more
    than ``settings.max_edited`` of the relations as written removed, mended or added, and none of
    the types of ``order`` left. The pairs of removed and added relations are masked.
    """
    found = look(candidate.document, guide)
    reason, detail = _verdict(candidate.document, found, settings)
    if reason is None:
        document = _repair(candidate.document, View(candidate.document, guide), found)
        wanted = order.types if order else ()
        if not wanted or {relation.type for relation in document.relations} & set(wanted):
            findings = candidate.findings + tuple(seen.finding() for seen in found)
            return candidate.model_copy(update={"document": document, "findings": findings})
        reason, detail = Reason.NOT_ORDERED, f"none of {', '.join(wanted)}"
    return candidate.drop("validate", reason, detail)


def _verdict(
    document: Document, found: list[Seen], settings: ValidateSettings
) -> tuple[Reason | None, str]:
    for seen in found:
        if isinstance(seen.rule.code, Reason):
            return seen.rule.code, seen.detail
    words, written = len(document.text.split()), len(document.relations)
    if words < settings.min_words:
        return Reason.TOO_SHORT, f"{words} words, at least {settings.min_words}"
    if words > settings.max_words:
        return Reason.TOO_LONG, f"{words} words, at most {settings.max_words}"
    edits = Counter(s.rule.code for s in found if s.rule.action in ("removed", "completed"))
    if edits.total() > settings.max_edited * written:
        shown = ", ".join(f"{code} {n}" for code, n in sorted(edits.items()))
        return Reason.TOO_MANY_EDITS, f"{edits.total()} edits on {written} relations: {shown}"
    return None, ""


def _repair(document: Document, view: View, found: list[Seen]) -> Document:
    """Remove, mend and add relations as ``found`` says; mask the pairs that this touches."""
    relations = dict(enumerate(document.relations))
    added = []
    masked = dict.fromkeys(document.masked)
    for rule, _, relation, place in found:
        if relation is None or rule.action == "info":
            continue
        if rule is BAD_ATTRIBUTE and place is not None:
            relations[place] = view.sound(relation)
            continue
        if place is None:
            added.append(relation)
        else:
            del relations[place]
        if rule is DUPLICATE:
            continue
        # which relation was meant by an unknown type is open: the pair counts for no type at all
        kind = relation.type if relation.type in view.guide.relations else None
        masked[relation.head, kind, relation.tail] = None
    return document.model_copy(
        update={"relations": (*relations.values(), *added), "masked": tuple(masked)}
    )
