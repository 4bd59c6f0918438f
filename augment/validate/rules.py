"""The hard rules: a small function each, in three tables (whole text, one relation, all of them).

A relation IS_BORN_ON from a PLACE to a date breaks ``wrong_signature``: it is removed and its pair
masked, so that a student sees it neither as right nor as wrong.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple

from augment.guide.model import Guide
from augment.reasons import Reason
from augment.schema import Document, EntityId, Finding, Relation, Triple


class Rule(NamedTuple):
    """What is looked for, where, and what is done about it."""

    code: str
    scope: Literal["relation", "mention", "text"]
    action: Literal["removed", "completed", "dropped", "info"]
    doc: str


class Seen(NamedTuple):
    """A rule that fired, on the relation at ``place`` in the document, or for a missing one."""

    rule: Rule
    detail: str
    relation: Relation | None = None
    place: int | None = None

    def finding(self) -> Finding:
        """The record of it."""
        rule = self.rule
        return Finding(
            code=str(rule.code), scope=rule.scope, action=rule.action, detail=self.detail
        )


class View:
    """A document with what the rules ask again and again; ``kept`` grows relation by relation."""

    def __init__(self, document: Document, guide: Guide) -> None:
        self.document, self.guide = document, guide
        self.types = {e.id: guide.canonical(e.type) for e in document.entities}
        self.kept: dict[Triple, Relation] = {}

    def allows(self, head: EntityId, kind: str, tail: EntityId) -> bool:
        """True if the guide admits this relation between these entities."""
        return self.guide.allows(kind, self.types[head], self.types[tail], same=head == tail)

    def show(self, triple: Triple) -> str:
        """``2:PLACE IS_BORN_ON 7:TIME_EXACT``."""
        head, kind, tail = triple
        return f"{head}:{self.types[head]} {kind} {tail}:{self.types[tail]}"

    def sound(self, relation: Relation) -> Relation:
        """The relation with those attributes that the guide admits, with a value it admits."""
        if not relation.attributes:
            return relation
        declared = self.guide.attributes
        kept = {
            name: value
            for name, value in relation.attributes.items()
            if name in declared
            and value in (list(self.types) if declared[name].entity else declared[name].values)
        }
        return relation.model_copy(update={"attributes": kept})


def _unknown_type(view: View) -> str | None:
    for entity in view.document.entities:
        if entity.type not in view.guide.aliases:
            return f"entity {entity.id!r} is a {entity.type}"
    return None


def _crossing_spans(view: View) -> str | None:
    ends: list[int] = []
    for start, minus_end in sorted((m.start, -m.end) for _, m in view.document.mentions()):
        end = -minus_end
        while ends and ends[-1] <= start:
            ends.pop()
        if ends and end > ends[-1]:
            return f"{view.document.text[start:end]!r} at {start}:{end} crosses another mention"
        ends.append(end)
    return None


def _unknown_relation(view: View, relation: Relation) -> bool:
    return relation.type not in view.guide.relations


def _self_relation(view: View, relation: Relation) -> bool:
    same = relation.head == relation.tail
    return view.guide.relations[relation.type].self_relation == ("never" if same else "only")


def _wrong_signature(view: View, relation: Relation) -> bool:
    pair = view.types[relation.head], view.types[relation.tail]
    return pair not in view.guide.pairs[relation.type]


def _duplicate_relation(view: View, relation: Relation) -> bool:
    return relation.triple in view.kept


def _missing_partner(view: View) -> Iterator[Relation]:
    for (head, kind, tail), relation in view.kept.items():
        if (
            view.guide.relations[kind].symmetric
            and (tail, kind, head) not in view.kept
            and view.allows(tail, kind, head)
        ):
            yield relation.model_copy(update={"head": tail, "tail": head})


def _missing_closure(view: View) -> Iterator[Relation]:
    tails: dict[tuple[EntityId, str], list[EntityId]] = defaultdict(list)
    for head, kind, tail in view.kept:
        if view.guide.relations[kind].transitive:
            tails[head, kind].append(tail)
    done: set[Triple] = set()
    for (head, kind), middles in tails.items():
        for middle in middles:
            for tail in tails.get((middle, kind), ()):
                triple = (head, kind, tail)
                if tail == head or triple in view.kept or triple in done:
                    continue
                done.add(triple)
                if view.allows(*triple):
                    yield Relation(head=head, type=kind, tail=tail)


def _drops(reason: Reason, scope: Literal["mention", "text"]) -> Rule:
    return Rule(reason, scope, "dropped", reason.doc)


UNSOUND = (
    _drops(Reason.EMPTY_TEXT, "text"),
    _drops(Reason.DUPLICATE_ID, "text"),
    _drops(Reason.EMPTY_ENTITY, "mention"),
    _drops(Reason.OFFSET_MISMATCH, "mention"),
    _drops(Reason.UNKNOWN_ENTITY, "text"),
)
"""What :func:`augment.spans.check` raises; nothing else is asked of an unsound document."""

TEXT: dict[Rule, Callable[[View], str | None]] = {
    _drops(Reason.UNKNOWN_TYPE, "text"): _unknown_type,
    _drops(Reason.CROSSING_SPANS, "mention"): _crossing_spans,
}
"""Asked of every text; the function gives the detail, or None."""

DUPLICATE = Rule(
    "duplicate_relation", "relation", "removed", "the same triple occurs a second time"
)
RELATION: dict[Rule, Callable[[View, Relation], bool]] = {
    Rule(
        "unknown_relation", "relation", "removed", "the relation type is not in the guide"
    ): _unknown_relation,
    Rule(
        "self_relation",
        "relation",
        "removed",
        "an entity relates to itself where the guide forbids it, or to another where it must not",
    ): _self_relation,
    Rule(
        "wrong_signature",
        "relation",
        "removed",
        "the guide does not admit this type from this head type to this tail type",
    ): _wrong_signature,
    DUPLICATE: _duplicate_relation,
}
"""Asked of each relation in turn; the first that fires removes it and masks its pair, but for a
duplicate: nobody doubts that triple."""

BAD_ATTRIBUTE = Rule(
    "bad_attribute",
    "relation",
    "removed",
    "an attribute or its value is not in the guide: the attribute goes, the relation stays",
)
MISSING_PARTNER = Rule(
    "missing_partner",
    "relation",
    "completed",
    "a symmetric relation is there in one direction only: the other is added, its pair masked",
)
MISSING_CLOSURE = Rule(
    "missing_closure", "relation", "info", "a → b and b → c of a transitive type, without a → c"
)
GRAPH: dict[Rule, Callable[[View], Iterator[Relation]]] = {
    MISSING_PARTNER: _missing_partner,
    MISSING_CLOSURE: _missing_closure,
}
"""Asked of all the relations that were kept; the function gives those that are missing."""
