"""Replace whole clusters of a document by donors from the training view.

*L'[[1:ORG|armée]] avance.* with the donor *bataillon* → *Le [[1:ORG|bataillon]] avance.*
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from random import Random
from typing import NamedTuple

from augment.rewrite.clusters import Cluster, Piece
from augment.rewrite.french import Gender, apostrophe, attach, before, sentences
from augment.rewrite.index import Index
from augment.rewrite.lexicon import head_of
from augment.rewrite.names import FRAME_GENDER
from augment.schema import Document, Entity
from augment.spans import Edit, edit, move

PICKS = 24
_ETRE = re.compile(
    r"\b(?:es?t|sont|étaient|était|fu(?:t|rent)|ser(?:a|ont|ait|aient)|soi(?:t|ent)|être|étant|été|"
    r"sembl\w+|devi\w+|deven\w+|rest\w+|para\w+|ils?|elles?|celui\S*|celle\S*|lequel|laquelle|"
    r"toute?s?|seule?s?|premi[eè]re?s?|derni[eè]re?s?|même)\b|\b\w+(?:ées?|és)\b",
    re.IGNORECASE,
)
_NEXT = re.compile(
    r"\s*(?:[.,;:!?)»”\"]|$|(?:qui|que|a|ont|avait|avaient|aurait|et|ou|dans|sur|avec|pour|par|sans|"
    r"contre|en|depuis|pendant|lors|afin|avant|après|chez|vers|entre|mais|ne|n['’]\w+)\b)"
)


Donors = Callable[[str, Cluster, Index, Random], Iterable[tuple[Cluster, bool]]]


class Change(NamedTuple):
    """Text and entities after a replacement; ``replaced`` clusters were replaced."""

    text: str
    entities: tuple[Entity, ...]
    replaced: int


def replace(
    document: Document,
    clusters: Iterable[Cluster],
    index: Index,
    rng: Random,
    donors: Donors | None = None,
) -> Change | None:
    """Replace each cluster that has a fitting donor; None if nothing changed or a span broke.

    ``donors`` gives the donors to try for a cluster, with a flag: does the gender change?
    """
    edits: list[Edit] = []
    count = 0
    for cluster in clusters:
        new = _edits(
            document, cluster, index, (donors or whole)(document.text, cluster, index, rng)
        )
        if new and not _overlap(edits, new):
            edits += new
            count += 1
    if not edits:
        return None
    text, offsets = edit(document.text, edits)
    entities = move(document.entities, offsets, text)
    before_, after = _mentions(document.entities), _mentions(entities)
    return Change(text, entities, count) if before_ == after else None


def _mentions(entities: Sequence[Entity]) -> int:
    return sum(len(e.mentions) for e in entities)


def _overlap(old: list[Edit], new: list[Edit]) -> bool:
    return any(a.start < b.end and b.start < a.end for a in old for b in new)


def _edits(
    document: Document, cluster: Cluster, index: Index, donors: Iterable[tuple[Cluster, bool]]
) -> list[Edit]:
    """The edits of the likeliest of a few fitting donors, empty if there is none."""
    if _elsewhere(document.text, cluster):
        return []
    fits = []
    for donor, swap in donors:
        edits = _fit(document.text, cluster, donor, swap, index)
        if edits:
            fits.append((donor, edits))
            if len(fits) == 3:
                break
    own = frozenset(e.type for e in document.entities)
    likeness = [
        len(own & index.types[d.document]) / len(own | index.types[d.document]) for d, _ in fits
    ]
    return fits[likeness.index(max(likeness))][1] if fits else []


def whole(text: str, cluster: Cluster, index: Index, rng: Random) -> Iterable[tuple[Cluster, bool]]:
    """Donors to try, at random; the flag says that the gender changes."""
    kind = index.guide.canonical(cluster.entity.type)
    slot = cluster.pieces[0].slot
    pools = [(index.donors.get((kind, cluster.kind, cluster.key, slot), []), False)]
    if _free(text, cluster):
        other = ("f" if slot[0] == "m" else "m") + slot[1:]
        pools.append((index.donors.get((kind, cluster.kind, cluster.key, other), []), True))
    sizes = [len(pool) for pool, _ in pools]
    for _ in range(PICKS if any(sizes) else 0):
        pool, swap = rng.choices(pools, weights=sizes)[0]
        yield pool[rng.randrange(len(pool))], swap


def _free(text: str, cluster: Cluster) -> bool:
    """True if the gender may change: one noun, and nothing beyond its article agrees with it."""
    if cluster.kind != "nominal" or len(cluster.entity.mentions) > 1 or cluster.key[1]:
        return False
    piece = cluster.pieces[0]
    if piece.slot[1] == "p" or not _NEXT.match(text, piece.end):
        return False
    begin = before(text, piece.start).start
    near = [(s, e) for s, e in sentences(text) if e > piece.start][:2]
    around = text[near[0][0] : begin] + " | " + text[piece.end : near[-1][1]]
    return before(text, begin).word not in ("tout", "toute") and not _ETRE.search(around)


def _elsewhere(text: str, cluster: Cluster) -> bool:
    """True if a value stands in the text beyond the pieces to replace: it would be left behind."""
    for value in {p.value for p in cluster.pieces}:
        if cluster.kind == "value" and value.isdigit():
            continue
        noun = head_of(value) if cluster.kind == "nominal" else value
        found = len(re.findall(rf"(?<!\w){re.escape(noun)}(?!\w)", text, re.IGNORECASE))
        inside = sum(
            len(re.findall(rf"(?<!\w){re.escape(noun)}(?!\w)", p.value, re.IGNORECASE))
            for p in cluster.pieces
        )
        if found > inside:
            return True
    return False


def _fit(text: str, cluster: Cluster, donor: Cluster, swap: bool, index: Index) -> list[Edit]:
    """Edits that put a donor in place of a cluster, empty if it does not suit."""
    if donor.nouns.isdisjoint(cluster.nouns) and (donor.nouns or cluster.nouns):
        return []
    edits = []
    ranks: dict[str, list[str]] = {}
    for piece in cluster.pieces:
        slot = piece.slot if not swap else ("f" if piece.slot[0] == "m" else "m") + piece.slot[1:]
        offers = donor.offers(slot)
        if not offers:
            return []
        seen = ranks.setdefault(slot, [])
        if piece.value not in seen:
            seen.append(piece.value)
        value = offers[seen.index(piece.value) % len(offers)]
        new = _place(text, cluster, piece, value, slot, index)
        if new is None:
            return []
        edits += new
    return edits


def _place(
    text: str, cluster: Cluster, piece: Piece, value: str, slot: str, index: Index
) -> list[Edit] | None:
    """One piece replaced, and the words before it fitted; None if it cannot be done safely."""
    if value == piece.value or _present(text, cluster, value):
        return None
    gender = _gender(cluster, slot)
    if cluster.kind == "nominal":
        noun = head_of(value)
        if piece.article == "bare" and not index.lexicon.bare(noun):
            return None
        if slot[1] == "s" and piece.article in ("un", "une") and not index.lexicon.counted(noun):
            return None
    value = value.replace("’", "'").replace("'", apostrophe(text))
    if piece.value[0].isupper():
        value = value[0].upper() + value[1:]
    elif cluster.kind == "nominal":
        value = value[0].lower() + value[1:]
    fitted = attach(text, piece.start, value, gender)
    if fitted is None:
        return None
    begin, words = fitted
    edits = [Edit(piece.start, piece.end, value)]
    return [Edit(begin, piece.start, words), *edits] if begin < piece.start else edits


def _gender(cluster: Cluster, slot: str) -> Gender | None:
    if cluster.kind == "nominal":
        return "f" if slot[0] == "f" else "m"
    return FRAME_GENDER.get(cluster.key[0]) if cluster.kind == "proper" else None


def _present(text: str, cluster: Cluster, value: str) -> bool:
    """True if the new value already names something else in the text."""
    if cluster.kind == "value":
        return False
    return (
        value.lower() in text.lower()
        if cluster.kind != "nominal"
        else (
            re.search(rf"(?<!\w){re.escape(head_of(value))}(?!\w)", text, re.IGNORECASE) is not None
        )
    )
