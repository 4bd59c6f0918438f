"""Documents → arrays: tokens, mentions, entities and candidate pairs of a whole batch.

>>> layout([document], {"PLACE": ("PLACE", "place")}, frozenset({("PLACE", "PLACE")})).pairs.head
array([0, 1])
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from augment.schema import Document
from augment.train.columns import Bools, Hashes, Ints, code
from augment.train.words import Tokens, tokenise

PAD = 6
"""Empty tokens around each document, so that windows never reach the next one."""
FAR = 1_000_000
"""Token distance of what is not on the wanted side, or not there."""
SAME = "="
"""Tail type of a self-pair in a gate."""

Kinds = Mapping[str, tuple[str, str]]
"""Entity type as spelled → its canonical name and its family; others are their own family."""
Gate = frozenset[tuple[str, str]]
"""Pairs of canonical (head, tail) types that are candidates; ``(type, SAME)`` for self-pairs."""


class Mentions(NamedTuple):
    """One row a mention, sorted by entity, then position; ``start:end`` are token indices."""

    entity: Ints
    start: Ints
    end: Ints


class Entities(NamedTuple):
    """One row an entity: document, hashes of type and family, mentions ``first:first + size``.

    ``order`` is the rank of its first mention among its family, in the document.
    """

    document: Ints
    kind: Hashes
    family: Hashes
    first: Ints
    size: Ints
    order: Ints


class Pairs(NamedTuple):
    """One row an ordered candidate pair of entities; ``i, j`` are its closest mentions.

    Ranks count from 0 = nearest: of the tail among its family seen from the head, the reverse,
    and the same among those that come before (−1: it comes after).
    """

    head: Ints
    tail: Ints
    i: Ints
    j: Ints
    tail_rank: Ints
    head_rank: Ints
    tail_before: Ints
    head_before: Ints

    def take(self, rows: Bools | Ints | slice) -> Pairs:
        """Some of the rows."""
        return Pairs._make(column[rows] for column in self)


class Layout(NamedTuple):
    """Arrays of a batch of documents, or of one before it is joined with others."""

    tokens: Tokens
    mentions: Mentions
    entities: Entities
    pairs: Pairs


def layout(documents: Sequence[Document], kinds: Kinds, gate: Gate) -> Layout:
    """Arrays of a batch, with the pairs whose types are in the gate, document by document."""
    parts = []
    tokens = mentions = entities = 0
    for number, document in enumerate(documents):
        part = _shifted(_single(document, kinds, gate), number, tokens, mentions, entities)
        tokens += len(part.tokens.word)
        mentions += len(part.mentions.start)
        entities += len(part.entities.kind)
        parts.append(part)
    return Layout(
        *(
            type(rows[0])(*(np.concatenate(column) for column in zip(*rows, strict=True)))
            for rows in zip(*parts, strict=True)
        )
    )


def _shifted(part: Layout, number: int, tokens: int, mentions: int, entities: int) -> Layout:
    """A document's arrays with padding and with the indices they have in the batch."""
    padded = Tokens._make(np.pad(column, PAD) for column in part.tokens)
    m, e, p = part.mentions, part.entities, part.pairs
    at = tokens + PAD
    return Layout(
        padded._replace(sentence=np.maximum.accumulate(padded.sentence) + (number << 32)),
        Mentions(m.entity + entities, m.start + at, m.end + at),
        e._replace(document=e.document + number, first=e.first + mentions),
        p._replace(
            head=p.head + entities, tail=p.tail + entities, i=p.i + mentions, j=p.j + mentions
        ),
    )


def _single(document: Document, kinds: Kinds, gate: Gate) -> Layout:
    tokens = tokenise(document.text)
    mentions = _mentions(document, tokens)
    named = [kinds.get(e.type, (e.type, e.type)) for e in document.entities]
    number = np.arange(len(named))
    first = np.searchsorted(mentions.entity, number)
    family = np.unique(np.array([f for _, f in named], str), return_inverse=True)[1]
    order = _ranks(mentions.start[first][None, :], family)[0]
    entities = Entities(
        np.zeros(len(named), np.int64),
        code(*(kind for kind, _ in named)),
        code(*(family for _, family in named)),
        first,
        np.bincount(mentions.entity, minlength=len(named)),
        order,
    )
    wanted = _wanted([kind for kind, _ in named], gate)
    return Layout(tokens, mentions, entities, _pairs(mentions, first, family, wanted))


def _mentions(document: Document, tokens: Tokens) -> Mentions:
    """Mentions as token spans; a span inside one token is that token."""
    rows = [(n, m.start, m.end) for n, e in enumerate(document.entities) for m in e.mentions]
    entity, start, end = np.array(rows, np.int64).reshape(-1, 3).T
    start = np.clip(np.searchsorted(tokens.end, start, "right"), 0, max(len(tokens.end) - 1, 0))
    end = np.maximum(np.searchsorted(tokens.start, end, "left"), start + 1)
    order = np.lexsort((start, entity))
    return Mentions(entity[order], start[order], end[order])


def _wanted(kinds: Sequence[str], gate: Gate) -> Bools:
    """Which ordered pairs of entities, given by their types, are in the gate: a square matrix."""
    names = sorted(set(kinds))
    index = np.array([names.index(kind) for kind in kinds], np.int64)
    admitted = np.array([[(a, b) in gate for b in names] for a in names], bool)
    wanted: Bools = admitted.reshape(len(names), len(names))[index][:, index]
    np.fill_diagonal(wanted, [(kind, SAME) in gate for kind in kinds])
    return wanted


def _pairs(mentions: Mentions, first: Ints, family: Ints, wanted: Bools) -> Pairs:
    """The wanted pairs of one document."""
    if not wanted.any():
        return Pairs(*[np.zeros(0, np.int64)] * 8)
    start, end, total = mentions.start, mentions.end, len(mentions.start)
    gap = np.maximum(np.maximum(start - end[:, None], start[:, None] - end), 0)
    flat = gap * total**2 + np.arange(total**2).reshape(total, total)
    flat = np.minimum.reduceat(np.minimum.reduceat(flat, first, axis=0), first, axis=1)
    distance, flat = np.divmod(flat, total**2)
    i, j = np.divmod(flat, total)
    np.fill_diagonal(distance, FAR)
    before = np.where(start[j] < start[i], distance, FAR)
    after = np.where(start[i] < start[j], distance, FAR)
    ranks = [
        _ranks(distance, family),
        _ranks(distance.T, family).T,
        np.where(before < FAR, _ranks(before, family), -1),
        np.where(after < FAR, _ranks(after.T, family).T, -1),
    ]
    head, tail = np.nonzero(wanted)
    return Pairs(head, tail, *(table[head, tail] for table in [i, j, *ranks]))


def _ranks(distance: Ints, family: Ints) -> Ints:
    """Rank of each column among the columns of its family, by distance, row by row."""
    order = np.argsort(family * (2 * FAR) + distance, axis=1, kind="stable")
    places = np.empty_like(order)
    np.put_along_axis(places, order, np.arange(len(family))[None, :], axis=1)
    smaller = np.concatenate([[0], np.cumsum(np.bincount(family))])
    ranks: Ints = places - smaller[family]
    return ranks
