"""Folding, hashed word n-grams, and the groups of texts that share most of theirs.

>>> ngrams("À Kiev, ce matin", 3) == ngrams("à  KIEV ce matin…", 3)
True
>>> near_twin_groups(["un deux trois quatre cinq", "rien", "un deux trois quatre cinq six"])
[0, 1, 0]
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b
from unicodedata import normalize

import numpy as np
from numpy.typing import NDArray

Grams = NDArray[np.uint64]
_WORD = re.compile(r"\w+")
_BASE, _MIX = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9)
_SHIFT = np.uint64(31)
_NOTHING: Grams = np.array([], np.uint64)


@lru_cache(maxsize=16)
def fold(text: str) -> str:
    """Case and white space folded; for equality only, never to locate anything."""
    return " ".join(text.casefold().split())


@lru_cache(maxsize=16)
def words(text: str) -> tuple[str, ...]:
    """Words, case folded and in composed Unicode (NFC), without punctuation."""
    return tuple(spelled(text.casefold()))


def spelled(text: str) -> list[str]:
    """Words in composed Unicode (NFC) as they are spelled, without punctuation."""
    return _WORD.findall(normalize("NFC", text))


@lru_cache(maxsize=1 << 17)
def _word_hash(word: str) -> int:
    return int.from_bytes(blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest())


@lru_cache(maxsize=16)
def _word_hashes(text: str) -> Grams:
    return np.array([_word_hash(word) for word in words(text)], dtype=np.uint64)


def grams(text: str, n: int) -> Grams:
    """Sorted distinct 64-bit hashes of the folded word n-grams; the same on every machine.

    A text of fewer than n words is one n-gram; one without words has none.
    """
    hashes = _word_hashes(text)
    n = min(n, len(hashes))
    if not n:
        return hashes
    total: Grams = np.zeros(len(hashes) - n + 1, dtype=np.uint64)
    for i in range(n):  # a polynomial in the word hashes, modulo 2^64
        total = total * _BASE + hashes[i : len(hashes) - n + 1 + i]
    return np.unique((total ^ (total >> _SHIFT)) * _MIX)


def ngrams(text: str, n: int) -> frozenset[int]:
    """The set of :func:`grams` as Python integers."""
    return frozenset(grams(text, n).tolist())


def containment(a: frozenset[int], b: frozenset[int]) -> float:
    """Share of ``a`` found in ``b``, 0–1; 0 for an empty ``a``."""
    return len(a & b) / len(a) if a else 0.0


def near_twin_groups(texts: Sequence[str], *, n: int = 4, threshold: float = 0.5) -> list[int]:
    """Group number of each text, in the order of first appearance.

    Two texts are near-twins if more than ``threshold`` of the n-grams of one are in the other;
    groups are the connected components. Only texts that share one of the rarest n-grams of the
    smaller one are compared (prefix filter: Bayardo et al. 2007, Scaling up all pairs search).
    Memory: about 8 KB a text of 100 words.
    """
    sets = [grams(text, n) for text in texts]
    borders = np.cumsum([0, *map(len, sets)])
    _, which = np.unique(np.concatenate([_NOTHING, *sets]), return_inverse=True)
    counts = np.bincount(which)
    ends = np.cumsum(counts)
    holders = np.repeat(np.arange(len(sets)), np.diff(borders))[np.argsort(which, kind="stable")]
    parent = list(range(len(texts)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = i = parent[parent[i]]
        return i

    for i, own in enumerate(sets):
        mine = which[borders[i] : borders[i + 1]]
        rarest = mine[np.argsort(counts[mine], kind="stable")]
        rarest = rarest[: len(own) - int(threshold * len(own))]
        seen = {i}
        for gram in rarest[counts[rarest] > 1].tolist():
            for j in holders[ends[gram] - counts[gram] : ends[gram]].tolist():
                if j in seen:
                    continue
                seen.add(j)
                if root(i) != root(j) and _shared(own, sets[j]) / len(own) > threshold:
                    parent[max(root(i), root(j))] = min(root(i), root(j))
    numbers: dict[int, int] = {}
    return [numbers.setdefault(root(i), len(numbers)) for i in range(len(texts))]


def jaccard(a: Grams, b: Grams) -> float:
    """Shared over all, of two sorted arrays of distinct n-grams; 0–1."""
    shared = _shared(a, b)
    return shared / max(len(a) + len(b) - shared, 1)


def _shared(a: Grams, b: Grams) -> int:
    return len(np.intersect1d(a, b, assume_unique=True))
