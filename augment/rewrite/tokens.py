"""`tokens`: single words replaced by words that carry the same label in the training view.

*une [[1:MATERIEL|bombe artisanale]]* → *une [[1:MATERIEL|grenade artisanale]]*.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from random import Random

from augment.reasons import Reason
from augment.rewrite.clusters import Cluster, Source
from augment.rewrite.index import Index, build, drop
from augment.rewrite.lexicon import head_of
from augment.rewrite.nouns import Piece
from augment.rewrite.replace import PICKS, replace, some
from augment.schema import Candidate, Drop, Order


def tokens(order: Order, index: Index) -> Candidate | Drop:
    """A document of the view with single words of about half of its clusters replaced.

    Label-wise token replacement (Dai & Adel, COLING 2020), held back where it would break French
    or a label: the label of a word is its BIO tag and entity type with its gender and number (head
    nouns), its ending (adjectives) or its kind (first name, last name); words outside mentions
    stay, since relations hang on them. A word changes alike in the whole cluster.
    """
    rng = Random(f"{order.seed}/tokens")
    sources = index.sources(order, rng)
    for i in sources:
        source = index.read[i]
        change = replace(source, some(source.clusters, rng), index, rng, donors=blended)
        if change:
            return build(order, [source.document], change.text, change.entities)
    reason = Reason.UNSAFE_REWRITE if sources else Reason.NOT_APPLICABLE
    return drop(order, reason, f"no word could be replaced in {len(sources)} documents")


def blended(
    source: Source, cluster: Cluster, index: Index, rng: Random
) -> Iterator[tuple[Cluster, bool]]:
    """Donors made of the cluster itself with one word per value from somewhere else."""
    kind = index.guide.canonical(cluster.entity.type)
    pools = {
        p.slot: index.donors.get((kind, cluster.kind, cluster.key, p.slot), [])
        for p in cluster.pieces
    }
    for _ in range(PICKS // 3):
        values: dict[tuple[str, str], str] = {}
        drawn = []
        for piece in cluster.pieces:
            donor = rng.choice(pools[piece.slot])
            offers = donor.offers(piece.slot)
            made = values.setdefault(
                (piece.slot, piece.value), _mixed(cluster, piece, rng.choice(offers), rng)
            )
            drawn.append(piece._replace(value=made))
            nouns = donor.nouns
        yield (
            cluster._replace(
                source=donor.source, pieces=tuple(drawn), nouns=nouns or cluster.nouns
            ),
            False,
        )


def _mixed(cluster: Cluster, piece: Piece, other: str, rng: Random) -> str:
    """The value with one word out of another value of the same slot."""
    if cluster.kind != "nominal":
        return other if " " not in piece.value + other or cluster.kind == "value" else piece.value
    words, foreign = piece.value.split(" "), other.split(" ")
    head, new_head = head_of(piece.value), head_of(other)
    if len(words) > 1 and len(foreign) > 1 and rng.random() < 0.5:
        last, new_last = words[-1], foreign[-1]
        if _adjective(words) and _adjective(foreign) and last[-3:] == new_last[-3:]:
            return " ".join([*words[:-1], new_last])
    at = [w.lower() for w in words].index(head)
    return " ".join([*words[:at], new_head, *words[at + 1 :]])


def _adjective(words: list[str]) -> bool:
    """True if the last word agrees with the head: nothing like *de* stands between."""
    return head_of(" ".join(words)) != words[-1].lower() and not any(
        re.match(r"(?:de|du|des|à|au|aux|en|d['’].*|l['’].*)$", w) for w in words
    )
