"""`recombine`: the beginning of one document goes on with sentences of another.

Both tell of an event of the same type, so the text reads as two items of one dispatch.
"""

from __future__ import annotations

from random import Random

from augment.guide.model import Guide
from augment.rewrite.french import ANAPHORA, sentences
from augment.rewrite.index import TRIES, Index, build, drop
from augment.rewrite.pieces import Mask, assemble, stated
from augment.rewrite.words import PRONOUNS
from augment.schema import Candidate, Document, Drop, Entity, Order, Reason, Relation

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
        first = index.documents[i]
        for j in _partners(i, index, rng):
            second = index.documents[j]
            if _names(first, index.guide) & _names(second, index.guide):
                continue
            heads = _opening(first, order, rng)
            tails = _block(second, order, rng)
            if heads and tails:
                return _join(order, index.guide, (first, heads), (second, tails))
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


def _names(document: Document, guide: Guide) -> set[str]:
    """Names in a text, by which two documents could be taken to speak of the same entity."""
    return {m.value.lower() for _, m in document.mentions() if m.value[0].isupper()} - PRONOUNS


def _sentences(document: Document) -> list[Span]:
    return sentences(document.text, [(m.start, m.end) for _, m in document.mentions()])


def _opening(document: Document, order: Order, rng: Random) -> list[Span]:
    """The first half or so of a document: every pronoun keeps what it stands for."""
    parts = _sentences(document)
    if len(parts) < 2:
        return []
    return parts[: rng.randint((len(parts) + 1) // 2, len(parts) - 1)]


def _block(document: Document, order: Order, rng: Random) -> list[Span]:
    """Neighbouring sentences that need nothing said before, empty if there are none."""
    parts = _sentences(document)
    starts = [k for k, part in enumerate(parts) if _selfcontained(document, part)]
    rng.shuffle(starts)
    for k in starts:
        end = min(len(parts), k + max(2, len(parts) // 2))
        block = parts[k:end]
        if _anchored(document, block):
            return block
    return []


def _selfcontained(document: Document, part: Span) -> bool:
    return not ANAPHORA.search(document.text[part[0] : part[1]])


def _anchored(document: Document, block: list[Span]) -> bool:
    """True if no entity of the block is mentioned there by pronouns alone, or by one first."""
    low, high = block[0][0], block[-1][1]
    for entity in document.entities:
        inside = sorted((m.start, m.value) for m in entity.mentions if low <= m.start < high)
        if inside and inside[0][1].lower() in PRONOUNS:
            return False
    return True


def _join(
    order: Order,
    guide: Guide,
    first: tuple[Document, list[Span]],
    second: tuple[Document, list[Span]],
) -> Candidate | Drop:
    """Both parts in one document, with ids, labels and masks of both."""
    text = ""
    entities: list[Entity] = []
    relations: list[Relation] = []
    masks: list[Mask] = []
    sides: list[list[Entity]] = []
    for letter, (document, kept) in zip("ab", (first, second), strict=True):
        part = assemble(document, _blocks(kept), len(text))
        text += part.text + ("\n" if letter == "a" else "")
        ids = {e.id: f"{letter}{e.id}" for e in part.entities}
        sides.append([e.model_copy(update={"id": ids[e.id]}) for e in part.entities])
        entities += sides[-1]
        found, hidden = stated(document, kept, _sentences(document))
        relations += [
            r.model_copy(update={"head": ids[r.head], "tail": ids[r.tail]}) for r in found
        ]
        masks += [(ids[h], t, ids[k]) for h, t, k in hidden]
    masks += _across(sides[0], sides[1], guide)
    labelled = _labelled(first[0], second[0])
    return build(
        order, [first[0], second[0]], text, entities,
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
