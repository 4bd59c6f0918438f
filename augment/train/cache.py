"""Tables of candidate pairs, remembered from one call to the next within a process.

>>> candidates(documents, kinds, gate).head.shape  # computed: 2 s; a second time: 0.1 s
(60523,)
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b

import numpy as np

from augment.schema import Document
from augment.train.layout import Gate, Kinds
from augment.train.table import Table, compute, joined, pair_codes

BATCH = 12_000
"""Ordered pairs of entities in a batch, about; a larger document is a batch of its own."""
CACHE_BYTES = 1 << 29


class Cache:
    """Tables of single documents; the least recently used go when ``limit`` bytes are exceeded.

    The key is all that the features depend on: the text, and mentions, type and family of every
    entity. An entry made for one gate serves every smaller one.
    """

    def __init__(self, limit: int = CACHE_BYTES) -> None:
        self.limit = limit
        self.size = 0
        self._entries: OrderedDict[bytes, tuple[Gate, Table]] = OrderedDict()

    def gate(self, key: bytes) -> Gate:
        """The gate an entry was made for; the empty one if there is none."""
        return self._entries[key][0] if key in self._entries else frozenset()

    def get(self, key: bytes) -> Table:
        """The entry, marked as used."""
        self._entries.move_to_end(key)
        return self._entries[key][1]

    def put(self, key: bytes, gate: Gate, table: Table) -> None:
        """Remember a table, in place of an earlier one."""
        if key in self._entries:
            self.size -= _bytes(self._entries.pop(key)[1])
        self.size += _bytes(table)
        self._entries[key] = gate, table
        while self.size > self.limit:
            self.size -= _bytes(self._entries.popitem(last=False)[1][1])


def _bytes(table: Table) -> int:
    return sum(column.nbytes for column in table)


CACHE = Cache()
"""The one of this process."""


def candidates(documents: Sequence[Document], kinds: Kinds, gate: Gate) -> Table:
    """All candidate pairs whose types are in the gate; features already known are looked up."""
    keys = [_digest(document, kinds) for document in documents]
    tables: dict[bytes, Table] = {}
    missing: dict[bytes, Document] = {}
    for key, document in zip(keys, documents, strict=True):
        if gate and gate <= CACHE.gate(key):
            tables[key] = CACHE.get(key)
        else:
            missing[key] = document
    wider = gate.union(*{CACHE.gate(key) for key in missing})
    for batch in _batches(missing):
        computed = compute([missing[key] for key in batch], kinds, wider)
        for key, table in zip(batch, computed, strict=True):
            tables[key] = table
            CACHE.put(key, wider, table)
    table = joined([tables[key] for key in keys])
    wanted = np.isin(table.kinds, pair_codes(gate))
    return table if wanted.all() else table.where(wanted)


def _digest(document: Document, kinds: Kinds) -> bytes:
    """Equal for documents whose features are equal."""
    entities = [
        (kinds.get(e.type, e.type), [(m.start, m.end) for m in e.mentions])
        for e in document.entities
    ]
    return blake2b(repr((document.text, entities)).encode()).digest()


def _batches(documents: Mapping[bytes, Document]) -> Iterator[list[bytes]]:
    batch: list[bytes] = []
    pairs = 0
    for key, document in documents.items():
        more = len(document.entities) ** 2
        if batch and pairs + more > BATCH:
            yield batch
            batch, pairs = [], 0
        batch.append(key)
        pairs += more
    if batch:
        yield batch
