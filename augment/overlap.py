"""What duplicates and leakage share: folding, word n-grams, near-twins, MinHash, the leak rules.

>>> ngrams("À Kiev, ce matin", 3) == ngrams("à  KIEV ce matin…", 3)
True
>>> near_twin_groups(["un deux trois quatre cinq", "rien", "un deux trois quatre cinq six"])
[0, 1, 0]
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from hashlib import blake2b
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rensa import RMinHash, RMinHashLSH

from augment.schema import Document, Reason

Grams = NDArray[np.uint64]
_WORD = re.compile(r"\w+")
_BASE, _MIX = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9)
_SHIFT = np.uint64(31)


def fold(text: str) -> str:
    """Case and white space folded; for equality only, never to locate anything."""
    return " ".join(text.casefold().split())


def words(text: str) -> list[str]:
    """Folded words, without punctuation."""
    return _WORD.findall(text.casefold())


@lru_cache(maxsize=1 << 17)
def _word_hash(word: str) -> int:
    return int.from_bytes(blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest())


def grams(text: str, n: int) -> Grams:
    """Sorted distinct 64-bit hashes of the folded word n-grams; the same on every machine.

    A text of fewer than n words is one n-gram; one without words has none.
    """
    hashes = np.array([_word_hash(word) for word in words(text)], dtype=np.uint64)
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
    """
    sets = [ngrams(text, n) for text in texts]
    holders: dict[int, list[int]] = defaultdict(list)
    for i, own in enumerate(sets):
        for gram in own:
            holders[gram].append(i)
    parent = list(range(len(texts)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = i = parent[parent[i]]
        return i

    for i, own in enumerate(sets):
        rarest = sorted(own, key=lambda gram: (len(holders[gram]), gram))
        seen = {i}
        for gram in rarest[: len(own) - int(threshold * len(own))]:
            for j in holders[gram]:
                if j in seen:
                    continue
                seen.add(j)
                if root(i) != root(j) and containment(own, sets[j]) > threshold:
                    parent[max(root(i), root(j))] = min(root(i), root(j))
    numbers: dict[int, int] = {}
    return [numbers.setdefault(root(i), len(numbers)) for i in range(len(texts))]


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

    def query(self, sketch: Sketch, *, ignore: frozenset[str] = frozenset()) -> Twin | None:
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


def jaccard(a: Grams, b: Grams) -> float:
    """Shared over all, of two sorted arrays of distinct n-grams; 0–1."""
    shared = len(np.intersect1d(a, b, assume_unique=True))
    return shared / max(len(a) + len(b) - shared, 1)


class Leak(NamedTuple):
    """Why a document may not be trained on: which held-out text it gives away, and how."""

    reason: Reason
    held_out_id: str
    detail: str


class Leaks:
    """Finds what gives a held-out text away; knows the training texts, which excuse.

    A leak is, in this order: a text equal to a held-out one after folding; more than 20 % of the
    8-grams in one held-out text and not in train; two person names found together in one held-out
    text and together in no training text.

    *Names* are the values of mentions whose entity type is in ``person_names``; in documents that
    are checked, and in train, also held-out names that stand capitalised in the text without being
    annotated. First and last name of one person are two names (together they identify), one name
    alone is none: it may be common. A name that is part of the other ("Zelensky", "Volodymyr
    Zelensky") does not make a pair. Without ``person_names`` this rule has nothing to look at.
    """

    def __init__(
        self,
        train: Sequence[Document],
        held_out: Sequence[Document],
        person_names: frozenset[str] = frozenset(),
    ) -> None:
        self._types = person_names
        self._texts: dict[str, str] = {}
        self._grams: dict[int, list[str]] = defaultdict(list)
        self._pairs: dict[tuple[str, str], str] = {}
        self._values: dict[str, str] = {}
        self._known: frozenset[str] = frozenset()
        for document in held_out:
            self._texts.setdefault(fold(document.text), document.id)
            for gram in ngrams(document.text, 8):
                self._grams[gram].append(document.id)
            for pair in _pairs(self._names(document)):
                self._pairs.setdefault(pair, document.id)
            for value in self._other_names(document):
                self._values.setdefault(fold(value), document.id)
        self._known = frozenset(name for pair in self._pairs for name in pair)
        self._longest = max((name.count(" ") + 1 for name in self._known), default=0)
        self._owners: dict[object, set[str]] = defaultdict(set)
        for document in train:
            for item in self._items(document):
                self._owners[item].add(document.id)

    def find(self, document: Document, *, exclude: str | None = None) -> Leak | None:
        """The first leak, or None. ``exclude``: id of a training document that excuses nothing.

        To check a training document, exclude its own id.
        """
        twin = self._texts.get(fold(document.text))
        if twin is not None:
            return Leak(Reason.LEAK_TEXT, twin, f"equal to {twin}")
        own = ngrams(document.text, 8)
        shared: Counter[str] = Counter()
        for gram in sorted(own & self._grams.keys()):
            if not self._excused(gram, exclude):
                shared.update(self._grams[gram])
        for twin, count in shared.most_common(1):
            if count > 0.2 * len(own):
                return Leak(Reason.LEAK_NGRAMS, twin, f"{count} of {len(own)} 8-grams in {twin}")
        for pair in _pairs(self._names(document)):
            if pair in self._pairs and not self._excused(pair, exclude):
                twin = self._pairs[pair]
                return Leak(Reason.LEAK_NAMES, twin, f"{pair[0]} and {pair[1]} are in {twin}")
        return None

    def names_shared(self, document: Document) -> list[str]:
        """Other names (places, organisations …) also in held-out texts and not in train; sorted.

        For the report only: they are no leak.
        """
        return sorted(
            {
                value
                for value in self._other_names(document)
                if fold(value) in self._values and not self._excused(fold(value), None)
            }
        )

    def _excused(self, item: object, exclude: str | None) -> bool:
        return bool(self._owners.get(item, set()) - {exclude})

    def _items(self, document: Document) -> Iterator[object]:
        """What of the held-out texts a training document knows: 8-grams, pairs, other names."""
        yield from ngrams(document.text, 8) & self._grams.keys()
        yield from (pair for pair in _pairs(self._names(document)) if pair in self._pairs)
        yield from {fold(value) for value in self._other_names(document)} & self._values.keys()

    def _names(self, document: Document) -> set[str]:
        annotated = {
            " ".join(words(mention.value))
            for entity, mention in document.mentions()
            if entity.type in self._types
        }
        spelled = [word[0] for word in re.finditer(_WORD, document.text)] if self._known else []
        for i, word in enumerate(spelled):
            if word[0].isupper():
                starts = range(max(0, i + 1 - self._longest), i + 1)
                annotated |= {
                    " ".join(spelled[start : i + 1]).casefold() for start in starts
                } & self._known
        return {name for name in annotated if len(name) > 1}

    def _other_names(self, document: Document) -> set[str]:
        return {
            mention.value
            for entity, mention in document.mentions()
            if entity.type not in self._types and mention.value[:1].isupper()
        }


def _pairs(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Pairs of names of which neither is part of the other, in alphabetical order."""
    for a, b in combinations(sorted(names), 2):
        if not set(a.split()) <= set(b.split()) and not set(b.split()) <= set(a.split()):
            yield a, b
