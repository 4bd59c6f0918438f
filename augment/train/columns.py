"""Feature hashing on whole columns: template and value → 32 bits, without building strings.

>>> columns = Columns()
>>> columns.add("distance", np.array([3, 7]))
>>> columns.matrix().shape
(2, 1)
"""

from __future__ import annotations

from typing import Any
from zlib import crc32

import numpy as np
import numpy.typing as npt

Hashes = npt.NDArray[np.uint32]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

GOLDEN = np.uint32(0x9E3779B1)


def mix(x: Hashes) -> Hashes:
    """A bijective scrambling of 32 bits: the finaliser of MurmurHash3 (A. Appleby)."""
    x = x ^ (x >> np.uint32(16))
    x *= np.uint32(0x85EBCA6B)
    x ^= x >> np.uint32(13)
    x *= np.uint32(0xC2B2AE35)
    x ^= x >> np.uint32(16)
    return x


def code(*words: str) -> Hashes:
    """Hashes of words, the same in every process: shape (words,)."""
    return np.array([crc32(word.encode()) for word in words], np.uint32)


def combine(*columns: Any) -> Hashes:
    """One hash from several integer arrays, element by element, with broadcasting."""
    out: Hashes = np.zeros(1, np.uint32)
    for column in columns:
        out = mix(out * GOLDEN + np.asarray(column).astype(np.uint32))
    return out


def distinct(values: Hashes) -> Hashes:
    """Each row's non-zero values once, in as few columns as that takes; zeros fill up."""
    values = np.sort(values, axis=1)
    values[:, 1:][values[:, 1:] == values[:, :-1]] = 0
    values = np.sort(values, axis=1)[:, ::-1]
    return values[:, : int((values != 0).sum(axis=1).max(initial=0))]


class Columns:
    """Collects feature hashes: a row a pair, a column a feature, 0 where there is none."""

    def __init__(self) -> None:
        self._parts: list[Hashes] = []

    def add(self, template: str, values: Any, where: Any = None) -> None:
        """One feature for each column of ``values``, a vector or a matrix, masked by ``where``."""
        hashed = combine(code(template), values)
        if where is not None:
            hashed = np.where(where, hashed, np.uint32(0))
        self._parts.append(hashed if hashed.ndim == 2 else hashed[:, None])

    def add_bag(self, template: str, values: Any) -> None:
        """A set of features a row: the distinct non-zero values, any shape after the first axis."""
        columns = int(np.prod(np.shape(values)[1:]))  # -1 cannot be inferred where there is no row
        bag = distinct(np.asarray(values).astype(np.uint32).reshape(len(values), columns))
        self.add(template, bag, bag != 0)

    def add_bits(self, template: str, masks: Hashes, width: int, copies: int = 1) -> None:
        """One feature for each of the lowest ``width`` bits that is set.

        With ``copies`` each is several features, which regularisation shrinks less than one.
        """
        bits = np.arange(width, dtype=np.uint32)
        there = (masks[:, None] >> bits) & 1 != 0
        for copy in range(copies):
            self.add(f"{template} {copy}", bits[None, :], there)

    def matrix(self) -> Hashes:
        """All features collected: shape (rows, features)."""
        return np.concatenate(self._parts, axis=1)
