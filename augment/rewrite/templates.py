"""`templates`: short sentences that state one relation each, with other entities in them.

``{head} est né à {tail}.`` in the guide, or a gold sentence with exactly one relation of the type.
"""

from __future__ import annotations

from random import Random

from augment.guide.model import Guide
from augment.reasons import Reason
from augment.rewrite.index import TRIES, Index, build, drop, restrict
from augment.rewrite.pieces import Mask, assemble, renamed, selfcontained
from augment.rewrite.replace import replace
from augment.rewrite.written import PATTERN, written
from augment.schema import Candidate, Document, Drop, Entity, Order, Relation

LIMIT = 10


def templates(order: Order, index: Index) -> Candidate | Drop:
    """A text of one sentence a type ordered or wanted as a negative, and distractors.

    Template-based generation with at most ten patterns a type: those of the guide, and the
    shortest sentences of the view that hold exactly one relation of the type. Slots are filled from
    the view. ``labelled`` names the types ordered and the negatives; pairs across sentences are
    masked, except for types with one head a tail. Distractors are sentences with entities and
    without any relation of these types.
    """
    rng = Random(f"{order.seed}/templates")
    asked = (*order.types, *order.negatives)
    stating = [part for kind in asked if (part := _stating(kind, asked, index, rng))]
    said = {r.type for part in stating for r in part.relations}
    if said.isdisjoint(order.types):
        wanted = ", ".join(order.types) or "no type"
        return drop(order, Reason.NOT_APPLICABLE, f"no pattern for {wanted} could be filled")
    parts = stating
    parts += [p for _ in range(order.distractors) if (p := _distractor(asked, index, rng))]
    rng.shuffle(parts)
    return _join(order, parts, asked, index)


def patterns(kind: str, index: Index) -> list[Document]:
    """At most ten gold sentences with exactly one relation of a type, its ends close; cached."""
    if kind not in index.patterns:
        found = [
            sentence
            for i in index.carriers.get(kind, ())
            if index.documents[i].claims(kind)
            for span in index.sentences(i)
            if (sentence := _single(index.documents[i], span, kind))
        ]
        index.patterns[kind] = sorted(found, key=lambda d: (_gap(d, kind), d.id))[:LIMIT]
    return index.patterns[kind]


def _gap(sentence: Document, kind: str) -> int:
    """Characters between the ends of the relation, and a quarter of the sentence's length."""
    places = {e.id: [(m.start, m.end) for m in e.mentions] for e in sentence.entities}
    gaps = [
        max(c - b, a - d, 0)
        for r in sentence.relations
        if r.type == kind
        for a, b in places[r.head]
        for c, d in places[r.tail]
    ]
    return min(gaps) + len(sentence.text) // 4


def _single(document: Document, span: tuple[int, int], kind: str) -> Document | None:
    """A sentence on its own, if it holds one relation of the type and nothing points out of it."""
    sentence = _sentence(document, span)
    pairs = {frozenset((r.head, r.tail)) for r in sentence.relations if r.type == kind}
    return sentence if len(pairs) == 1 and selfcontained(document, span) else None


def _sentence(document: Document, span: tuple[int, int]) -> Document:
    part = assemble(document, [span])
    relations, masked = restrict(document, part.entities)
    update = {"text": part.text, "entities": part.entities}
    return document.model_copy(
        update=update | {"relations": tuple(relations), "masked": tuple(masked)}
    )


def _stating(kind: str, asked: tuple[str, ...], index: Index, rng: Random) -> Document | None:
    """A filled pattern that states one relation of the type, None if none can be filled."""
    relation = index.guide.relations.get(kind)
    own = list(relation.patterns) if relation else []
    gold = [p for p in patterns(kind, index) if all(p.claims(other) for other in asked)]
    choices: list[str | Document] = [*own[:LIMIT], *gold[: max(0, LIMIT - len(own))]]
    rng.shuffle(choices)
    for choice in choices:
        filled = (
            written(choice, kind, index, rng)
            if isinstance(choice, str)
            else _refilled(choice, kind, index, rng)
        )
        if filled:
            kept = tuple(r for r in filled.relations if r.type in asked)
            return filled.model_copy(update={"relations": kept})
    return None


def _refilled(sentence: Document, kind: str, index: Index, rng: Random) -> Document | None:
    """A gold sentence with another head or tail, and perhaps other entities."""
    ends = {e for r in sentence.relations if r.type == kind for e in (r.head, r.tail)}
    source = index.reader.read(sentence)
    slots = [c for c in source.clusters if c.entity.id in ends]
    rest = [c for c in source.clusters if c.entity.id not in ends and rng.random() < 0.5]
    change = replace(source, slots + rest, index, rng)
    if not change:
        return None
    return sentence.model_copy(update={"text": change.text, "entities": change.entities})


def _distractor(asked: tuple[str, ...], index: Index, rng: Random) -> Document | None:
    """A sentence with entities and none of the relations asked for, None if not found soon."""
    for _ in range(TRIES):
        i = rng.randrange(len(index.documents))
        document = index.documents[i]
        if not all(document.claims(kind) for kind in asked) or not index.sentences(i):
            continue
        span = rng.choice(index.sentences(i))
        sentence = _sentence(document, span)
        if any(r.type in asked for r in sentence.relations) or not sentence.entities:
            continue
        if selfcontained(document, span):
            return sentence.model_copy(update={"relations": ()})
    return None


def _join(
    order: Order, parts: list[Document], asked: tuple[str, ...], index: Index
) -> Candidate | Drop:
    """All sentences in one text, each with ids of its own."""
    text = ""
    relations: list[Relation] = []
    masks: list[Mask] = []
    groups: list[list[Entity]] = []
    for letter, part in zip("abcdefghijklmnopqrstuvwxyz", parts, strict=False):
        text += " " if text else ""
        named = {e.id: f"{letter}{e.id}" for e in part.entities}
        moved = assemble(part, [(0, len(part.text))], len(text))
        groups.append([e.model_copy(update={"id": named[e.id]}) for e in moved.entities])
        relations += [renamed(r, named, index.guide) for r in part.relations]
        masks += [(named[h], t, named[k]) for h, t, k in part.masked]
        text += part.text
    masks += _across(groups, asked, index.guide)
    entities = [e for group in groups for e in group]
    known = {d.id: d for d in index.documents}
    ids = [key for p in parts for key in (p.meta.parents if p.id == PATTERN else (p.id,))]
    parents = [known[key] for key in ids]
    return build(
        order, parents, text, entities,
        relations=tuple(relations), masked=tuple(masks), labelled=asked,
    )  # fmt: skip


def _across(groups: list[list[Entity]], asked: tuple[str, ...], guide: Guide) -> list[Mask]:
    """Masks for pairs of different sentences that the guide admits a type asked for.

    Types with one head a tail are not masked: the head is in the tail's own sentence.
    """
    open_types = [t for t in asked if t in guide.relations and not guide.relations[t].one_head]
    return [
        (a.id, kind, b.id)
        for left in groups
        for right in groups
        if left is not right
        for a in left
        for b in right
        for kind in open_types
        if guide.allows(kind, a.type, b.type, same=False)
    ]
