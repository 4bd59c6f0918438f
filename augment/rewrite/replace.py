"""Replace whole clusters of a document by donors from the training view.

*L'[[1:ORG|armée]] avance.* with the donor *bataillon* → *Le [[1:ORG|bataillon]] avance.*
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from random import Random
from typing import Any, NamedTuple

from augment.rewrite.clusters import Cluster, Source
from augment.rewrite.french import KIND, Gender, fit, gender_of, sentences
from augment.rewrite.index import Index
from augment.rewrite.lexicon import head_of
from augment.rewrite.names import FRAME_GENDER
from augment.rewrite.nouns import Piece
from augment.rewrite.words import MASS, VERBS
from augment.schema import Entity
from augment.spans import Edit, edit, move

PICKS = 24
_REFERS = r"ils?|elles?|celui\S*|celle\S*|lequel|laquelle|premi[eè]re?s?|derni[eè]re?s?"
_BE = (
    r"est|sont|était|étaient|fut|furent|sera|seront|serait|seraient|soit|soient|être|étant|été|"
    r"sembl\w+|devi\w+|deven\w+|rest\w+|para\w+"
)
_BEFORE = re.compile(rf"\b(?:{_BE}|toute?s?)\b|\b\w+(?:ées?|és)\b", re.IGNORECASE)
_AFTER = re.compile(
    rf"\b(?:{_BE}|{_REFERS}|toute?s?|seule?s?|même)\b|\b\w+(?:ées?|és)\b", re.IGNORECASE
)
_LATER = re.compile(rf"\b(?:{_REFERS})\b", re.IGNORECASE)
_NEXT = re.compile(
    r"\s*(?:[.,;:!?)»”\"]|$|(?:qui|que|a|ont|avait|avaient|aurait|et|ou|dans|sur|avec|pour|par|sans|"
    r"contre|en|depuis|pendant|lors|afin|avant|après|chez|vers|entre|mais|ne|se|y|n['’]\w+|"
    r"[sS]['’]\w+|\w+(?:ait|aient|era|eront|ira|iront|èrent)|" + "|".join(sorted(VERBS)) + r")\b)"
)


Choice = tuple[Cluster, bool]
Donors = Callable[[Source, Cluster, Index, Random], Iterable[Choice]]


def some(clusters: Sequence[Cluster], rng: Random) -> list[Cluster]:
    """About half of the clusters, in random order, at least one."""
    shuffled = rng.sample(clusters, len(clusters))
    return [c for c in shuffled if rng.random() < 0.5] or shuffled[:1]


class Change(NamedTuple):
    """Text and entities after a replacement."""

    text: str
    entities: tuple[Entity, ...]


def replace(
    source: Source,
    clusters: Iterable[Cluster],
    index: Index,
    rng: Random,
    donors: Donors | None = None,
) -> Change | None:
    """Replace each cluster that has a fitting donor; None if nothing changed or a span broke.

    ``donors`` gives the donors to try for a cluster, with a flag: does the gender change?
    """
    edits: list[Edit] = []
    taken: set[str] = set()
    for cluster in clusters:
        if _elsewhere(source, cluster):
            continue
        choices = (donors or whole)(source, cluster, index, rng)
        new, words = _best(source, cluster, index, _new(choices, taken), rng)
        if not any(a.start < b.end and b.start < a.end for a in edits for b in new):
            edits += new
            taken |= words
    if not edits:
        return None
    text, offsets = edit(source.document.text, edits)
    entities = move(source.document.entities, offsets, text)
    whole_ = sum(len(e.mentions) for e in entities) == sum(1 for _ in source.document.mentions())
    return Change(text, entities) if whole_ else None


def whole(source: Source, cluster: Cluster, index: Index, rng: Random) -> Iterator[Choice]:
    """Clusters of the view to try, at random; the flag says that the gender changes."""
    kind = index.guide.canonical(cluster.entity.type)
    slot = cluster.pieces[0].slot
    pool = index.donors.get((kind, cluster.kind, cluster.key, slot), [])
    turned: list[Cluster] = []
    if _free(source, cluster):
        turned = index.donors.get((kind, cluster.kind, cluster.key, _other(slot)), [])
    total = len(pool) + len(turned)
    for i in rng.sample(range(total), min(PICKS, total)):
        yield (pool[i], False) if i < len(pool) else (turned[i - len(pool)], True)


def _new(choices: Iterable[Choice], taken: set[str]) -> Iterator[Choice]:
    """Without donors that share a name or noun with one that is already in the text."""
    return (choice for choice in choices if taken.isdisjoint(choice[0].words))


def _other(slot: str) -> str:
    """The slot of the other gender."""
    return ("f" if slot[0] == "m" else "m") + slot[1:]


def _free(source: Source, cluster: Cluster) -> bool:
    """True if the gender may change: one noun, and nothing beyond its article agrees with it."""
    if cluster.kind != "nominal" or len(cluster.entity.mentions) > 1 or cluster.key[1]:
        return False
    piece, text = cluster.pieces[0], source.document.text
    if piece.slot[1] == "p" or piece.place.word not in KIND or not _NEXT.match(text, piece.end):
        return False
    near = [(s, e) for s, e in sentences(text) if e > piece.start]
    start, end = near[0]
    later = text[near[1][0] : near[1][1]] if near[1:] else ""
    return not (
        _BEFORE.search(text[start : piece.place.start])
        or _AFTER.search(text[piece.end : end])
        or _LATER.search(later)
    )


def _elsewhere(source: Source, cluster: Cluster) -> bool:
    """True if a value stands in the text beyond the pieces to replace: it would be left behind."""
    for value in dict.fromkeys(p.value.lower() for p in cluster.pieces):
        values = [p.value.lower() for p in cluster.pieces]
        if cluster.kind == "nominal":
            noun = head_of(value)
            if source.words[noun] > sum(v.replace("’", "'").split().count(noun) for v in values):
                return True
        elif not value.isdigit() and source.lower.count(value) > values.count(value):
            return True
    return False


def _best(
    source: Source, cluster: Cluster, index: Index, donors: Iterable[Choice], rng: Random
) -> tuple[list[Edit], frozenset[str]]:
    """Edits and words of the first donor that fits, those like the cluster preferred.

    Alike are clusters with the same roles in relations, from texts with the same entity types.
    """
    own = frozenset(e.type for e in source.document.entities)

    def unlike(choice: Choice) -> float:
        donor = choice[0]
        like = _jaccard(cluster.roles, donor.roles) + _jaccard(own, index.types[donor.source])
        return 1.5 * rng.random() - like

    for donor, swap in sorted(donors, key=unlike):
        if donor.source != cluster.source and (edits := _fit(source, cluster, donor, swap, index)):
            return edits, donor.words
    return [], frozenset()


def _jaccard(a: frozenset[Any], b: frozenset[Any]) -> float:
    return len(a & b) / len(a | b) if a or b else 1.0


def _fit(source: Source, cluster: Cluster, donor: Cluster, swap: bool, index: Index) -> list[Edit]:
    """Edits that put a donor in place of a cluster, empty if it does not suit."""
    if donor.nouns.isdisjoint(cluster.nouns) and (donor.nouns or cluster.nouns):
        return []
    edits: list[Edit] = []
    ranks: dict[str, list[str]] = {}
    for piece in cluster.pieces:
        slot = _other(piece.slot) if swap else piece.slot
        offers = donor.offers(slot)
        if not offers:
            return []
        seen = ranks.setdefault(slot, [])
        if piece.value not in seen:
            seen.append(piece.value)
        value = offers[seen.index(piece.value) % len(offers)]
        if not _suits(source, cluster, piece, value, index):
            return []
        new = _place(source, cluster, piece, value, slot)
        if new is None:
            return []
        edits += new
    return edits


def _suits(source: Source, cluster: Cluster, piece: Piece, value: str, index: Index) -> bool:
    """True if a value is new to the text and can stand with the article of the old one."""
    if cluster.kind == "value":
        return value != piece.value
    if cluster.kind != "nominal":
        return value.lower() not in source.lower
    noun, old = head_of(value), head_of(piece.value)
    if source.words[noun] or piece.slot[1] == "p":
        return not source.words[noun]
    if piece.place.word in ("un", "une") and not index.lexicon.counted(noun):
        return False
    return (noun in MASS) == (old in MASS)


def _place(
    source: Source, cluster: Cluster, piece: Piece, value: str, slot: str
) -> list[Edit] | None:
    """One piece replaced, and the words before it fitted; None if these hang on a gender."""
    value = value.replace("’", "'").replace("'", source.apostrophe)
    if piece.value[0].isupper():
        value = value[0].upper() + value[1:]
    elif cluster.kind == "nominal":
        value = value[0].lower() + value[1:]
    gender: Gender | None = None
    if cluster.kind == "nominal":
        gender = "f" if slot[0] == "f" else "m"
    elif cluster.kind == "proper":
        gender = FRAME_GENDER.get(cluster.key[0])
    elif cluster.kind == "value":
        gender = gender_of(piece.place.word, piece.value)
    words = fit(piece.place, value, gender, source.apostrophe)
    if words is None:
        return None
    edits = [Edit(piece.start, piece.end, value)]
    if words != piece.place.written:
        edits.append(Edit(piece.place.start, piece.start, words))
    return edits
