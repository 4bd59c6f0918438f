"""Wrong labels put in on purpose: who lets them pass trusts what is shown too much.

    {"document": "s17", "kind": "relation", "was": [1, "IS_LOCATED_IN", 2],
     "became": [1, "OPERATES_IN", 2]}

The traps are kept in a file that reviewers do not see (:func:`augment.store.write_lines`). What
comes back goes through :func:`settled` before anything is counted or kept of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from random import Random
from statistics import fmean
from typing import Literal

from augment.guide.model import Guide
from augment.labelstudio import diff
from augment.review.rates import Rate, rate
from augment.schema import Document, EntityId, Record, Triple

Kind = Literal["relation", "ends", "mention"]
KINDS: tuple[Kind, ...] = ("relation", "ends", "mention")


class Trap(Record):
    """One wrong label in one document.

    ``relation``: another type; ``ends``: head and tail exchanged; both are triples. ``mention``:
    another type of an entity with one mention, ``(entity id, TYPE)``.
    """

    document: str
    kind: Kind
    was: tuple[EntityId, ...]
    became: tuple[EntityId, ...]


class Caught(Record):
    """How many traps were found, of all and of each kind; one minus it is the automation bias."""

    found: Rate
    kinds: dict[str, Rate]


def trap(
    documents: Sequence[Document], *, guide: Guide, share: float, seed: int = 0
) -> tuple[list[Document], list[Trap]]:
    """The documents, a trap in this share of them (0–1), and the traps.

    Fewer where not so many documents can take one. A wrong label is one that the guide admits
    there, of a look-alike type: no rule would find it.
    """
    order = list(range(len(documents)))
    Random(f"{seed}/traps").shuffle(order)
    wanted = round(share * len(documents))
    kept = list(documents)
    traps: dict[int, Trap] = {}
    for i in order:
        if len(traps) == wanted:
            break
        own = _one(documents[i], guide, Random(f"{seed}/trap/{documents[i].id}"))
        if own:
            traps[i] = own
            kept[i] = _turned(documents[i], own.kind, own.was, own.became, guide)
    return kept, [traps[i] for i in sorted(traps)]


def _one(document: Document, guide: Guide, random: Random) -> Trap | None:
    choices: dict[Kind, list[Trap]] = {kind: [] for kind in KINDS}
    for own in [*_relations(document, guide), *_mentions(document, guide)]:
        choices[own.kind].append(own)
    there = [kind for kind in KINDS if choices[kind]]
    return random.choice(choices[random.choice(there)]) if there else None


def _relations(document: Document, guide: Guide) -> Iterator[Trap]:
    """Every triple with a wrong one of which the guide and the annotation leave no other trace."""
    types = {e.id: e.type for e in document.entities}
    held = {r.triple for r in document.relations}
    masked = {(head, tail) for head, _, tail in document.masked}
    for was in dict.fromkeys(r.triple for r in document.relations):
        for kind, (head, other, tail) in _wrong(was, guide):
            free = (head, tail) not in masked and (head, other, tail) not in held
            told = document.claims(was[1]) and document.claims(other)
            if free and told and guide.allows(other, types[head], types[tail], same=head == tail):
                yield _trap(document, kind, was, (head, other, tail))


def _wrong(triple: Triple, guide: Guide) -> Iterator[tuple[Kind, Triple]]:
    head, kind, tail = triple
    own = guide.relations.get(kind)
    if own is None:
        return
    for other in guide.lookalikes([kind]):
        if guide.relations[other].symmetric == own.symmetric:
            yield "relation", (head, other, tail)
    if not own.symmetric and head != tail:
        yield "ends", (tail, kind, head)


def _mentions(document: Document, guide: Guide) -> Iterator[Trap]:
    types = {e.id: e.type for e in document.entities}
    for entity in document.entities:
        known = guide.entities.get(guide.canonical(entity.type))
        if known is None or len(entity.mentions) != 1:
            continue
        for other in known.lookalikes:
            new = types | {entity.id: other}
            if other in guide.entities and all(
                guide.allows(r.type, new[r.head], new[r.tail], same=r.head == r.tail)
                for r in document.relations
                if entity.id in (r.head, r.tail)
            ):
                yield _trap(document, "mention", (entity.id, entity.type), (entity.id, other))


def _trap(
    document: Document, kind: Kind, was: tuple[EntityId, ...], became: tuple[EntityId, ...]
) -> Trap:
    return Trap(document=document.id, kind=kind, was=was, became=became)


def restored(document: Document, own: Trap, guide: Guide) -> Document:
    """The document with the right label where the wrong one stands; itself where it does not."""
    return _turned(document, own.kind, own.became, own.was, guide)


def released(document: Document, own: Trap, guide: Guide) -> Document:
    """What a reviewer said, had there been no trap.

    A trap that stands is taken out. Where the wrong relation went and the right one was not put in
    its place, the right one comes back: the reviewer never saw it.
    """
    back = restored(document, own, guide)
    if own.kind != "mention":  # both stood: the right one was added, the wrong one left
        once = {r.triple: r for r in reversed(back.relations)}
        back = back.model_copy(update={"relations": tuple(reversed(once.values()))})
    if own.kind == "mention" or _stands(back, own, own.was):
        return back
    head, kind, tail = own.was
    if not {head, tail} <= set(back.by_id):
        return back
    triples = [{"head": a, "type": kind, "tail": b} for a, b in ((head, tail), (tail, head))]
    both = guide.relations[str(kind)].symmetric and head != tail
    update = {"relations": [*back.relations, *(triples if both else triples[:1])]}
    return Document.model_validate(back.model_dump() | update)


def settled(said: Document, before: Document, own: Trap, guide: Guide) -> Document:
    """What a reviewer said without the trap, and what they changed in the document ``before`` it.

    One that was rejected stays rejected: whether for the trap, nobody knows.
    """
    after = released(said, own, guide)
    review = after.meta.review
    if review is None:
        return after
    changes = diff(before, after)
    verdict = "corrected" if changes else "accept"
    if review.verdict == "reject":
        verdict = "reject"
    told = review.model_copy(update={"changes": changes, "verdict": verdict})
    return after.model_copy(update={"meta": after.meta.model_copy(update={"review": told})})


def caught(traps: Sequence[Trap], reviewed: Iterable[Document]) -> Caught:
    """How many of the traps in reviewed documents are gone, with Wilson intervals.

    ``reviewed``: documents as they came back, before :func:`released`; of several reviews of one
    the mean counts. A trap counts as found too where the whole document was rejected.
    """
    said: dict[str, list[Document]] = {}
    for document in reviewed:
        said.setdefault(document.id, []).append(document)
    seen = [t for t in traps if t.document in said]
    parts = {kind: [(1.0, 0.0, 0.0)] for kind in KINDS if any(t.kind == kind for t in seen)}
    for own in seen:
        gone = fmean(_gone(document, own) for document in said[own.document])
        parts[own.kind].append((1.0, gone, 1.0))
    return Caught(
        found=rate([part for own in parts.values() for part in own]),
        kinds={kind: rate(own) for kind, own in parts.items()},
    )


def _gone(document: Document, own: Trap) -> bool:
    review = document.meta.review
    rejected = review is not None and review.verdict == "reject"
    return rejected or not _stands(document, own, own.became)


def _stands(document: Document, own: Trap, label: tuple[EntityId, ...]) -> bool:
    if own.kind == "mention":
        return label in {(e.id, e.type) for e in document.entities}
    return label in {r.triple for r in document.relations}


def _turned(
    document: Document,
    kind: Kind,
    old: tuple[EntityId, ...],
    new: tuple[EntityId, ...],
    guide: Guide,
) -> Document:
    """One label exchanged for another, in its place; of symmetric types in both directions."""
    if kind == "mention":
        entities = tuple(
            e.model_copy(update={"type": str(new[1])}) if (e.id, e.type) == old else e
            for e in document.entities
        )
        return document.model_copy(update={"entities": entities})
    swaps: dict[Triple, Triple] = {_triple(old): _triple(new)}
    known = guide.relations.get(str(old[1]))
    if known and known.symmetric:
        swaps[_triple(old[::-1])] = _triple(new[::-1])
    relations = tuple(
        r.model_copy(update=dict(zip(("head", "type", "tail"), swaps[r.triple], strict=True)))
        if r.triple in swaps
        else r
        for r in document.relations
    )
    return document.model_copy(update={"relations": relations})


def _triple(label: tuple[EntityId, ...]) -> Triple:
    return label[0], str(label[1]), label[2]
