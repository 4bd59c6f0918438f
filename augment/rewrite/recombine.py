"""`recombine`: the beginning of one document goes on with sentences of another.

Both tell of an event of the same type, so the text reads as two items of one dispatch.
"""

from __future__ import annotations

from random import Random

from augment.guide.model import Guide
from augment.reasons import Reason
from augment.rewrite.index import TRIES, Index, build, drop
from augment.rewrite.pieces import Mask, assemble, renamed, selfcontained, stated
from augment.rewrite.words import PRONOUNS
from augment.schema import Candidate, Document, Drop, Entity, Order, Relation

Span = tuple[int, int]


def recombine(order: Order, index: Index) -> Candidate | Drop:
    """Sentences of two documents of the view that share an event type, in one text.

    Sentence-level recombination after Jia & Liang ("Data Recombination for Neural Semantic
    Parsing", ACL 2016), kept at document level: entities are merged by identity within a document
    only, and no name may stand in both parts. A relation stays if both its ends keep a mention and
    a sentence that states it is kept; the others are masked, and so are all pairs across the two.
    """
    rng = Random(f"{order.seed}/recombine")
    sources = index.sources(order, rng)
    for i in sources:
        for j in _partners(i, index, rng):
            if _names(index.documents[i]) & _names(index.documents[j]):
                continue
            heads, tails = _opening(index, i, rng), _block(index, j, rng)
            if heads and tails:
                return _join(order, index, (i, heads), (j, tails))
    return drop(
        order, Reason.NOT_APPLICABLE, f"no partner with an event type of {len(sources)} documents"
    )


def _events(types: frozenset[str], guide: Guide) -> set[str]:
    return {t for t in types if guide.family(t) == "event"}


def _partners(i: int, index: Index, rng: Random) -> list[int]:
    """Other documents that share an event type, a few at random."""
    mine = _events(index.types[i], index.guide)
    if not mine:
        return []
    others = [j for j, types in enumerate(index.types) if j != i and mine & types]
    return rng.sample(others, min(TRIES, len(others)))


def _names(document: Document) -> set[str]:
    """Names in a text, by which two documents could be taken to speak of the same entity."""
    return {m.value.lower() for _, m in document.mentions() if m.value[0].isupper()} - PRONOUNS


def _opening(index: Index, number: int, rng: Random) -> list[Span]:
    """The first half of a document or more: every pronoun keeps what it stands for."""
    parts = index.sentences(number)
    if len(parts) < 2:
        return []
    return parts[: rng.randint((len(parts) + 1) // 2, len(parts) - 1)]


def _block(index: Index, number: int, rng: Random) -> list[Span]:
    """An opening, or two and more neighbouring sentences that point to nothing outside."""
    parts = index.sentences(number)
    runs, run = [_opening(index, number, rng)], []
    for part in [*parts[1:], None]:
        if part and selfcontained(index.documents[number], part):
            run.append(part)
        else:
            runs += [run] if len(run) > 1 else []
            run = []
    return rng.choice(runs)


def _join(
    order: Order, index: Index, first: tuple[int, list[Span]], second: tuple[int, list[Span]]
) -> Candidate | Drop:
    """Both parts in one document, with ids, labels and masks of both."""
    text = ""
    entities: list[Entity] = []
    relations: list[Relation] = []
    masks: list[Mask] = []
    sides: list[list[Entity]] = []
    parents = [index.documents[first[0]], index.documents[second[0]]]
    for letter, document, (number, kept) in zip("ab", parents, (first, second), strict=True):
        part = assemble(document, _blocks(kept), len(text))
        text += part.text + ("\n" if letter == "a" else "")
        ids = {e.id: f"{letter}{e.id}" for e in part.entities}
        sides.append([e.model_copy(update={"id": ids[e.id]}) for e in part.entities])
        entities += sides[-1]
        found, hidden = stated(document, kept, index.sentences(number))
        relations += [renamed(r, ids, index.guide) for r in found]
        masks += [(ids[h], t, ids[k]) for h, t, k in hidden]
    masks += _across(sides[0], sides[1], index.guide)
    labelled = _labelled(*parents)
    return build(
        order, parents, text, entities,
        relations=tuple(relations), masked=tuple(masks), labelled=labelled,
    )  # fmt: skip


def _blocks(kept: list[Span]) -> list[Span | str]:
    blocks: list[Span | str] = []
    for span in kept:
        blocks += [" ", span] if blocks else [span]
    return blocks


def _across(left: list[Entity], right: list[Entity], guide: Guide) -> list[Mask]:
    """Masks for every pair across the parts that the guide admits a relation for."""
    masks: list[Mask] = []
    for a in left:
        for b in right:
            for head, tail in ((a, b), (b, a)):
                if guide.candidates(head.type, tail.type, same=False):
                    masks.append((head.id, None, tail.id))
    return masks


def _labelled(first: Document, second: Document) -> str | tuple[str, ...]:
    """The relation types that both documents label exhaustively."""
    if first.labelled == "full":
        return second.labelled
    if second.labelled == "full":
        return first.labelled
    both = tuple(t for t in first.labelled if t in second.labelled)
    return both if both and "none" not in (first.labelled, second.labelled) else "none"
