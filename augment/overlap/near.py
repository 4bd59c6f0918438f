"""Nearly equal texts among many, found by MinHash and confirmed exactly.

>>> index = NearDuplicates()
>>> index.add("a", index.sketch("Kiev résiste encore, dit le maire de la ville."))
>>> index.query(index.sketch("« Kiev résiste encore », dit le maire de la ville"))
Twin(key='a', similarity=1.0)
"""

from __future__ import annotations

from collections.abc import Container
from typing import NamedTuple

from rensa import RMinHash, RMinHashLSH

from augment.overlap.grams import Grams, grams, jaccard


class Twin(NamedTuple):
    """An earlier text and how much of both texts' n-grams are shared (Jaccard, 0–1)."""

    key: str
    similarity: float


class Sketch(NamedTuple):
    """What the index keeps of a text: its n-grams and their MinHash."""

    grams: Grams
    minhash: RMinHash


class NearDuplicates:
    """A growing index of texts, asked for the nearest earlier one at or above ``threshold``.

    MinHash LSH (Broder 1997; rensa's R-MinHash) proposes, the exact Jaccard similarity of the
    word n-grams decides: nothing unlike is ever reported, and of the pairs exactly at 0.8 about
    one in 10⁷ is missed (32 bands of 4 rows).
    """

    def __init__(self, threshold: float = 0.8, *, num_perm: int = 128, n: int = 3) -> None:
        self.threshold, self._num_perm, self._n = threshold, num_perm, n
        self._index = RMinHashLSH(threshold, num_perm, num_perm // 4)
        self._keys: list[str] = []
        self._grams: list[Grams] = []

    def __len__(self) -> int:
        return len(self._keys)

    def sketch(self, text: str) -> Sketch:
        """What :meth:`query` and :meth:`add` take; made once for both."""
        own = grams(text, self._n)
        raw = own.tobytes()
        minhash = RMinHash(self._num_perm, 42)
        minhash.update([raw[i : i + 8] for i in range(0, len(raw), 8)])
        return Sketch(own, minhash)

    def query(self, sketch: Sketch, *, ignore: Container[str] = ()) -> Twin | None:
        """The most similar text added so far (of equals the earliest), keys in ``ignore`` aside."""
        best: Twin | None = None
        for i in sorted(self._index.query(sketch.minhash)) if len(sketch.grams) else []:
            if self._keys[i] in ignore:
                continue
            similarity = jaccard(sketch.grams, self._grams[i])
            if similarity >= self.threshold and (best is None or similarity > best.similarity):
                best = Twin(self._keys[i], similarity)
        return best

    def add(self, key: str, sketch: Sketch) -> None:
        """Put a text into the index, whatever is there already."""
        self._index.insert(len(self._keys), sketch.minhash)
        self._keys.append(key)
        self._grams.append(sketch.grams)
