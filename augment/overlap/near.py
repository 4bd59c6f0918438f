"""Nearly equal texts among many, found by MinHash and confirmed exactly.

>>> index = NearDuplicates()
>>> index.add("a", sketch("Kiev résiste encore, dit le maire de la ville."))
>>> index.query(sketch("« Kiev résiste encore », dit le maire de la ville"))
Twin(key='a', similarity=1.0)
"""

from __future__ import annotations

import json
from collections.abc import Collection
from hashlib import blake2b
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rensa import RMinHash

from augment.overlap.grams import Grams, grams, jaccard
from augment.overlap.scratch import Scratch

BANDS, ROWS = 32, 4
"""Two texts are compared if their MinHashes agree in all rows of a band: of the pairs exactly at a
similarity of 0.8 about one in 10⁷ is not (1 - 0.8⁴)³²."""
SMALLEST, LARGEST = -(1 << 63), (1 << 63) - 1
_FACTORS = np.array(
    [0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB, 0xD6E8FEB86659FD93], np.uint64
)
_TABLES = (
    "CREATE TABLE band (hash INTEGER, family INTEGER, id INTEGER,"
    " PRIMARY KEY (hash, family, id)) WITHOUT ROWID",
    "CREATE TABLE text (id INTEGER PRIMARY KEY, key TEXT, families TEXT, grams BLOB)",
)
_ASKED = f"WITH asked(hash) AS (VALUES {', '.join(['(?)'] * BANDS)})"
_FIND = f"{_ASKED} SELECT DISTINCT band.id FROM asked CROSS JOIN band ON band.hash = asked.hash"
_TEXT = "SELECT key, families, grams FROM text WHERE id = ?"
_BETWEEN = " AND band.family > ? AND band.family < ?"


class Twin(NamedTuple):
    """An earlier text and how much of both texts' n-grams are shared (Jaccard, 0–1)."""

    key: str
    similarity: float


class Sketch(NamedTuple):
    """What a text is compared by: its n-grams, and a hash for each band of their MinHash."""

    grams: Grams
    bands: NDArray[np.int64]


def sketch(text: str, n: int = 3) -> Sketch:
    """The sketch of a text by its word n-grams; the same on every machine.

    MinHash (Broder 1997, "On the resemblance and containment of documents") as rensa has it.
    """
    own = grams(text, n)
    raw = own.tobytes()
    minhash = RMinHash(BANDS * ROWS, 42)
    minhash.update([raw[i : i + 8] for i in range(0, len(raw), 8)])
    rows = np.array(minhash.digest(), np.uint64).reshape(BANDS, ROWS)
    bands = (rows * _FACTORS).sum(axis=1) ^ np.arange(BANDS, dtype=np.uint64)
    return Sketch(own, bands.view(np.int64))


class NearDuplicates:
    """A growing index of texts, asked for the nearest earlier one at or above ``threshold``.

    Bands of MinHash propose, the exact Jaccard similarity of the word n-grams decides: nothing
    unlike is ever reported. With a lower threshold than 0.8 some are missed: of the pairs at a
    similarity of 0.5 one in eight. The index is a scratch file: memory is bounded, on disk a
    text takes about 2 KB. Raises PathError if the disk does not take it.
    """

    def __init__(self, threshold: float = 0.8) -> None:
        self.threshold, self._count = threshold, 0
        self._scratch = Scratch(*_TABLES)

    def __len__(self) -> int:
        return self._count

    def query(self, sketch: Sketch, *, ignore: Collection[str] = ()) -> Twin | None:
        """The most similar text added so far (of equals the earliest).

        Texts of a family in ``ignore`` aside.
        """
        best: Twin | None = None
        for id in sorted(self._near(sketch, ignore)) if len(sketch.grams) else []:
            [(key, families, own)] = self._scratch.rows(_TEXT, id)
            if not set(ignore).isdisjoint(json.loads(families)):
                continue
            similarity = jaccard(sketch.grams, np.frombuffer(own, np.uint64))
            if similarity >= self.threshold and (best is None or similarity > best.similarity):
                best = Twin(key, similarity)
        return best

    def _near(self, sketch: Sketch, ignore: Collection[str]) -> set[int]:
        """Texts that share a band; without most of those to ignore, which may be many."""
        bands = sketch.bands.tolist()
        if not ignore:
            return {id for (id,) in self._scratch.rows(_FIND, *bands)}
        borders = sorted({_number(family) for family in ignore})
        between = zip([SMALLEST, *borders], [*borders, LARGEST], strict=True)
        return {
            id
            for low, high in between
            for (id,) in self._scratch.rows(_FIND + _BETWEEN, *bands, low, high)
        }

    def add(self, key: str, sketch: Sketch, families: Collection[str] = ()) -> None:
        """Put a text into the index, whatever is there already."""
        family = _number(next(iter(families))) if families else 0
        if len(sketch.grams):
            rows = ((band, family, self._count) for band in sorted(sketch.bands.tolist()))
            self._scratch.add("INSERT OR IGNORE INTO band VALUES (?, ?, ?)", rows)
        row = (self._count, key, json.dumps(list(families)), sketch.grams.tobytes())
        self._scratch.add("INSERT INTO text VALUES (?, ?, ?, ?)", [row])
        self._count += 1

    def close(self) -> None:
        """Remove the scratch file."""
        self._scratch.close()


def _number(family: str) -> int:
    """Some number but 0 and the borders."""
    digest = blake2b(family.encode("utf-8", "surrogatepass"), digest_size=7).digest()
    return int.from_bytes(digest) + 1
