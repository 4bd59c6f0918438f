"""What a candidate is checked for: copies, leaks, near copies, language, quota; a class each.

A rule has ``check``, which gives a verdict or None, and ``keep``, told of each candidate that
passed all rules, right after its check, so that later ones are held against it.

>>> Exact([document]).check(copy)
Verdict(reason=<Reason.EXACT_DUPLICATE: 'exact_duplicate'>, detail='equal to train 3715')
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import NamedTuple, Protocol

from augment.filter.language import foreign
from augment.overlap import Leaks, NearDuplicates, Sketch, fold
from augment.reasons import Reason
from augment.schema import Candidate, Document


class Verdict(NamedTuple):
    """Why a candidate is dropped; ``detail`` names the twin."""

    reason: Reason
    detail: str


class FilterRule(Protocol):
    """One thing to check, with a memory of what was kept."""

    def check(self, candidate: Candidate) -> Verdict | None:
        """The reason to drop this candidate, or None."""

    def keep(self, candidate: Candidate) -> None:
        """Remember a candidate that passed all the rules."""


class Exact:
    """Equal texts after folding, in train and among the kept; 16 bytes of hash a text."""

    def __init__(self, train: Sequence[Document]) -> None:
        self._first: dict[bytes, str] = {}
        for document in train:
            self._first.setdefault(_digest(document.text), f"train {document.id}")

    def check(self, candidate: Candidate) -> Verdict | None:
        """``exact_duplicate``, with the earlier text."""
        twin = self._first.get(_digest(candidate.document.text))
        return Verdict(Reason.EXACT_DUPLICATE, f"equal to {twin}") if twin else None

    def keep(self, candidate: Candidate) -> None:
        """Later candidates may not be equal to this one."""
        self._first[_digest(candidate.document.text)] = f"sample {candidate.id}"


def _digest(text: str) -> bytes:
    return blake2b(fold(text).encode("utf-8", "surrogatepass"), digest_size=16).digest()


class Leaking:
    """The leak rules against dev and test."""

    def __init__(self, leaks: Leaks) -> None:
        self._leaks = leaks

    def check(self, candidate: Candidate) -> Verdict | None:
        """``leak_text``, ``leak_ngrams`` or ``leak_names``."""
        leak = self._leaks.find(candidate.document)
        return Verdict(leak.reason, leak.detail) if leak else None

    def keep(self, candidate: Candidate) -> None:
        """Nothing to remember."""


class Near:
    """Nearly equal texts in train, in dev and test, and among the kept.

    A candidate of a strategy in ``near_copies`` resembles its parents, and the other candidates
    made from them, by construction: with those it is not compared.
    """

    def __init__(
        self,
        train: Sequence[Document],
        held_out: Mapping[str, str],
        *,
        threshold: float,
        near_copies: Sequence[str],
    ) -> None:
        self._index = NearDuplicates(threshold)
        self._near_copies = frozenset(near_copies)
        self._children: dict[str, set[str]] = defaultdict(set)
        self._last: Sketch = self._index.sketch("")
        for document in train:
            self._index.add(f"train {document.id}", self._index.sketch(document.text))
        for text, id in held_out.items():
            self._index.add(f"held-out {id}", self._index.sketch(text))

    def check(self, candidate: Candidate) -> Verdict | None:
        """``near_duplicate``, with the nearest earlier text and the Jaccard similarity."""
        self._last = self._index.sketch(candidate.document.text)
        twin = self._index.query(self._last, ignore=self._relatives(candidate))
        if twin is None:
            return None
        return Verdict(Reason.NEAR_DUPLICATE, f"{twin.similarity:.2f} like {twin.key}")

    def keep(self, candidate: Candidate) -> None:
        """Later candidates may not be nearly equal to this one."""
        key = f"sample {candidate.id}"
        self._index.add(key, self._last)
        for parent in candidate.document.meta.parents:
            self._children[parent].add(key)

    def _relatives(self, candidate: Candidate) -> set[str]:
        if candidate.strategy not in self._near_copies:
            return set()
        parents = candidate.document.meta.parents
        own = {f"{kind} {parent}" for parent in parents for kind in ("train", "sample")}
        return own.union(*(self._children[parent] for parent in parents))


class Language:
    """The text seems to be in another language than the guide's."""

    def __init__(self, language: str) -> None:
        self._language = language

    def check(self, candidate: Candidate) -> Verdict | None:
        """``wrong_language``."""
        other = foreign(candidate.document.text, self._language)
        return Verdict(Reason.WRONG_LANGUAGE, f"{other}, not {self._language}") if other else None

    def keep(self, candidate: Candidate) -> None:
        """Nothing to remember."""


class Quota:
    """At most so many relations of a type among the kept; types without a quota do not count."""

    def __init__(self, most: Mapping[str, int]) -> None:
        self._most = most
        self._got: Counter[str] = Counter()

    def check(self, candidate: Candidate) -> Verdict | None:
        """``over_quota`` if it has types with a quota and all of those are full."""
        types = sorted({r.type for r in candidate.document.relations} & self._most.keys())
        if not types or any(self._got[kind] < self._most[kind] for kind in types):
            return None
        return Verdict(Reason.OVER_QUOTA, f"enough of {', '.join(types)}")

    def keep(self, candidate: Candidate) -> None:
        """Count its relations."""
        self._got.update(relation.type for relation in candidate.document.relations)
