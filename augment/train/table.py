"""Candidate pairs of documents with their features, one row a pair.

>>> compute([document], kinds, gate)[0].head
array([0, 0, 1])
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_array

from augment.schema import Document
from augment.train.columns import Bools, Hashes, Ints, code, combine, mix
from augment.train.context import Context
from augment.train.features import pair_features
from augment.train.layout import SAME, Gate, Kinds, Layout, Pairs, layout
from augment.train.selfpairs import self_features

BITS = 19
"""Features are hashed into 2^BITS columns."""
MIN_ROWS = 2
"""Candidate pairs that must have a feature for it to be kept."""
CHUNK = 8_000
"""Pairs whose features are computed at once: bounds the memory."""


class Table(NamedTuple):
    """One row a candidate pair, sorted by document, head, tail (positions in the document).

    ``kinds`` are hashes of the pair's types; ``counts`` is the number of features of each row in
    ``base``, which holds them all, not crossed with types.
    """

    document: Ints
    head: Ints
    tail: Ints
    kinds: Hashes
    counts: Ints
    base: Hashes

    def where(self, rows: Bools) -> Table:
        """Some of the rows, in the same order."""
        base = self.base[np.repeat(rows, self.counts)]
        return Table._make([*(column[rows] for column in self[:-1]), base])

    def find(self, document: Ints, head: Ints, tail: Ints) -> Ints:
        """Row numbers of pairs, −1 where a pair is no candidate."""
        if not len(self.document):
            return np.full(len(document), -1)
        keys = _key(self.document, self.head, self.tail)
        wanted = _key(document, head, tail)
        rows = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
        return np.where(keys[rows] == wanted, rows, -1)


def _key(document: Ints, head: Ints, tail: Ints) -> Ints:
    return (document << 40) + (head << 20) + tail


def pair_codes(pairs: Iterable[tuple[str, str]]) -> Hashes:
    """The values of :attr:`Table.kinds` that stand for pairs of types, sorted."""
    ordered = sorted(pairs)
    return np.sort(combine(code(*(h for h, _ in ordered)), code(*(t for _, t in ordered))))


def joined(tables: Sequence[Table]) -> Table:
    """Tables of single documents as one, numbered in this order."""
    number = np.repeat(np.arange(len(tables)), [len(t.head) for t in tables])
    _, *columns = (np.concatenate(column) for column in zip(empty(), *tables, strict=True))
    return Table._make([number, *columns])


def empty() -> Table:
    """A table without rows."""
    none, hashes = np.zeros(0, np.int64), np.zeros(0, np.uint32)
    return Table(none, none, none, hashes, none, hashes)


def pairs_only(layout: Layout) -> Table:
    """The candidate pairs of a batch, without features."""
    pairs, e = layout.pairs, layout.entities
    owner = e.document[pairs.head]
    first = np.searchsorted(e.document, owner)
    itself = pairs.head == pairs.tail
    return empty()._replace(
        document=owner,
        head=pairs.head - first,
        tail=pairs.tail - first,
        kinds=combine(e.kind[pairs.head], np.where(itself, code(SAME), e.kind[pairs.tail])),
        counts=np.zeros(len(owner), np.int64),
    )


def compute(documents: Sequence[Document], kinds: Kinds, gate: Gate) -> list[Table]:
    """The table of each document of a batch."""
    arrays = layout(documents, kinds, gate)
    table = pairs_only(arrays)
    if len(table.head):
        context = Context(arrays)
        chunks = [
            _features(context, arrays.pairs.take(slice(start, start + CHUNK)))
            for start in range(0, len(table.head), CHUNK)
        ]
        counts, base = (np.concatenate(column) for column in zip(*chunks, strict=True))
        table = table._replace(counts=counts, base=base)
    return [table.where(table.document == n) for n in range(len(documents))]


def _features(context: Context, pairs: Pairs) -> tuple[Ints, Hashes]:
    """Number of features of each pair, and all of them in a row."""
    itself = pairs.head == pairs.tail
    parts = [
        pair_features(context, pairs.take(~itself)),
        self_features(context, pairs.take(itself)),
    ]
    values = np.zeros((len(itself), max(part.shape[1] for part in parts)), np.uint32)
    for rows, part in zip((~itself, itself), parts, strict=True):
        values[rows, : part.shape[1]] = part
    there = values != 0
    return there.sum(axis=1), values[there]


def matrix(table: Table) -> csr_array:
    """Binary features, each alone and crossed with the pair of types: shape (rows, 2^BITS).

    (Crossing is the feature augmentation of Daumé III 2007; hashing, of Weinberger et al. 2009.)
    """
    crossed = mix(table.base ^ np.repeat(mix(table.kinds), table.counts))
    hashed = np.stack([table.base, crossed], axis=1) >> np.uint32(32 - BITS)
    starts = (2 * np.concatenate([[0], np.cumsum(table.counts)])).astype(np.int32)
    ones = np.ones(hashed.size, np.float32)
    shape = (len(table.head), 1 << BITS)
    return csr_array((ones, hashed.astype(np.int32).ravel(), starts), shape=shape)


def frequent(features: csr_array) -> Ints:
    """Columns to keep, the most frequent first: the solver then works within the cache."""
    counts = np.bincount(features.indices, minlength=features.shape[1])
    order = np.argsort(-counts, kind="stable")
    return np.asarray(order[: int((counts >= MIN_ROWS).sum())])
