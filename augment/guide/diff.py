"""Where the annotators of a corpus and its guide disagree.

>>> diff(guide, documents)[0]
Disagreement(code="not_admitted", type="STARTED_IN", cases=2, detail="GROUP → PLACE",
             examples=("d7: [coup d'État] … [palais]",))
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import product
from typing import NamedTuple

from augment.guide.context import cue_pattern, folded, sentences
from augment.guide.habits import habits
from augment.guide.infer import renamed
from augment.guide.model import Guide
from augment.schema import Document, EntityId

SHOWN = 3
APART = 0.2

CODES: dict[str, str] = {
    "unknown_type": "an entity type is not in the guide",
    "unknown_relation": "a relation type is not in the guide",
    "unknown_attribute": "relations carry an attribute that is not in the guide",
    "not_admitted": "the guide's signatures do not admit these types for this relation",
    "self_relation": "an entity relates to itself against the guide, or only to another",
    "missing_partner": "symmetric in the guide, annotated in one direction only",
    "several_heads": "one head a tail in the guide, several in the corpus",
    "never_used": "in the guide, not in the corpus",
    "habit": "spans are cut differently than the guide says",
    "cue_without": "a cue and an admitted pair in a sentence, no relation of the type: missing?",
}
"""Code → what it means, in the order of the report."""


class Disagreement(NamedTuple):
    """One kind of disagreement on one type; ``cases`` of it, up to three as examples."""

    code: str
    type: str
    cases: int
    detail: str
    examples: tuple[str, ...]


Case = tuple[str, str, str, str]
"""Code, type, detail, example."""


def diff(guide: Guide, documents: Sequence[Document]) -> list[Disagreement]:
    """All disagreements, by code in the order of :data:`CODES`, the most frequent first."""
    found: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for document in documents:
        for code, kind, detail, example in _cases(document, guide):
            found[code, kind, detail].append(f"{document.id}: {example}")
    rows = [
        Disagreement(code, kind, len(cases), detail, tuple(cases[:SHOWN]))
        for (code, kind, detail), cases in found.items()
    ]
    rows += [*_never_used(guide, documents), *_habits(guide, documents), *_cues(guide, documents)]
    order = list(CODES)
    return sorted(rows, key=lambda r: (order.index(r.code), -r.cases, r.type, r.detail))


def _cases(document: Document, guide: Guide) -> Iterator[Case]:
    types = {entity.id: entity.type for entity in document.entities}
    first = {entity.id: entity.mentions[0].value for entity in document.entities}
    triples = {r.triple for r in document.relations}
    for entity in document.entities:
        if entity.type not in guide.aliases:
            yield "unknown_type", entity.type, "", f"[{first[entity.id]}]"
    for r in document.relations:
        example = f"[{first[r.head]}] → [{first[r.tail]}]"
        for name in r.attributes:
            if name not in guide.attributes:
                yield "unknown_attribute", name, r.type, example
        relation, same = guide.relations.get(r.type), r.head == r.tail
        if relation is None:
            yield "unknown_relation", r.type, "", example
        elif relation.self_relation == ("never" if same else "only"):
            yield "self_relation", r.type, types[r.head], example
        elif not guide.allows(r.type, types[r.head], types[r.tail], same=same):
            yield "not_admitted", r.type, f"{types[r.head]} → {types[r.tail]}", example
        elif relation.symmetric and (r.tail, r.type, r.head) not in triples:
            yield "missing_partner", r.type, "", example
    yield from _several_heads(document, guide, first)


def _several_heads(document: Document, guide: Guide, first: dict[EntityId, str]) -> Iterator[Case]:
    heads: dict[tuple[str, EntityId], list[str]] = defaultdict(list)
    for r in document.relations:
        if r.type in guide.relations and guide.relations[r.type].one_head:
            heads[r.type, r.tail].append(first[r.head])
    for (kind, tail), values in heads.items():
        if len(values) > 1:
            written = ", ".join(f"[{value}]" for value in values)
            yield "several_heads", kind, "", f"{written} → [{first[tail]}]"


def _never_used(guide: Guide, documents: Sequence[Document]) -> Iterator[Disagreement]:
    used = {guide.canonical(e.type) for d in documents for e in d.entities}
    used |= {r.type for d in documents for r in d.relations}
    for kind in [*guide.entities, *guide.relations]:
        if kind not in used:
            yield Disagreement("never_used", kind, 0, "", ())


def _habits(guide: Guide, documents: Sequence[Document]) -> Iterator[Disagreement]:
    names = {e.type: guide.canonical(e.type) for d in documents for e in d.entities}
    seen = habits([renamed(document, names) for document in documents])
    for kind, entity in guide.entities.items():
        for what in type(entity.habits).model_fields:
            said = getattr(entity.habits, what)
            done = getattr(seen[kind], what) if kind in seen else None
            if said is not None and done is not None and abs(said - done) > APART:
                detail = f"{what}: {said:.0%} in the guide, {done:.0%} in the corpus"
                yield Disagreement("habit", kind, 0, detail, ())


def _cues(guide: Guide, documents: Sequence[Document]) -> Iterator[Disagreement]:
    """Sentences with a cue and an admitted pair but no relation of the type, by type."""
    patterns = {kind: cue_pattern(relation.cues) for kind, relation in guide.relations.items()}
    hits: dict[str, int] = defaultdict(int)
    bare: dict[str, list[str]] = defaultdict(list)
    for document in documents:
        for start, end in sentences(document):
            text = folded(document.text[start:end])
            possible, related = _pairs(document, guide, (start, end))
            for kind in guide.relations:
                pattern = patterns[kind]
                cue = pattern.search(text) if pattern and kind in possible else None
                if cue and kind in related:
                    hits[kind] += 1
                elif cue:
                    bare[kind].append(f"{document.id}: {_around(text, cue)}")
    for kind, cases in bare.items():
        share = len(cases) / (len(cases) + hits[kind])
        detail = f"{share:.0%} of the sentences with a cue and an admitted pair"
        yield Disagreement("cue_without", kind, len(cases), detail, tuple(cases[:SHOWN]))


def _around(text: str, cue: re.Match[str], characters: int = 40) -> str:
    start, end = max(cue.start() - characters, 0), cue.end() + characters
    return f"{text[start : cue.start()]}«{cue.group()}»{text[cue.end() : end]}".strip()


def _pairs(document: Document, guide: Guide, span: tuple[int, int]) -> tuple[set[str], set[str]]:
    """Relation types that some pair of entities mentioned in the span may have, and do have."""
    inside = {
        entity.id: entity.type
        for entity in document.entities
        if any(span[0] <= m.start and m.end <= span[1] for m in entity.mentions)
    }
    possible: set[str] = set()
    for (head, head_type), (tail, tail_type) in product(inside.items(), repeat=2):
        possible.update(guide.candidates(head_type, tail_type, same=head == tail))
    related = {r.type for r in document.relations if r.head in inside and r.tail in inside}
    return possible, related
