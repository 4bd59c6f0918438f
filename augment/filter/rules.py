"""What a candidate is dropped for: copies, leaks, near copies, language, quota; a class each.

What is to be known of a candidate is worked out from it alone, anywhere (:class:`Marker`); whether
it stays depends on those that were kept before it and is decided in one place (:class:`Gate`).

>>> gate(mark(copy))
Verdict(reason=<Reason.EXACT_DUPLICATE: 'exact_duplicate'>, detail='equal to train 3715')
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from hashlib import blake2b
from typing import NamedTuple, Protocol

from augment.filter.language import foreign
from augment.overlap import Leaks, NearDuplicates, Sketch, fold, sketch
from augment.overlap.scratch import Scratch
from augment.reasons import Reason
from augment.schema import Candidate, Document


class Verdict(NamedTuple):
    """Why a candidate is dropped; ``detail`` names the twin."""

    reason: Reason
    detail: str


class Marks(NamedTuple):
    """What of a candidate decides; of ``leak`` and ``language``, what is wrong if anything is."""

    id: str
    strategy: str
    parents: tuple[str, ...]
    types: dict[str, int]
    digest: bytes
    sketch: Sketch
    leak: Verdict | None
    language: Verdict | None


class Marker:
    """Looks at a candidate by itself."""

    def __init__(self, leaks: Leaks, language: str) -> None:
        self._leaks, self._language = leaks, language

    def __call__(self, candidate: Candidate) -> Marks:
        """Its marks; the same wherever they are worked out."""
        document = candidate.document
        leak = self._leaks.find(document)
        other = foreign(document.text, self._language)
        detail = f"{other}, not {self._language}"
        return Marks(
            id=candidate.id,
            strategy=document.meta.strategy or candidate.strategy,
            parents=document.meta.parents,
            types=dict(Counter(relation.type for relation in document.relations)),
            digest=_digest(document.text),
            sketch=sketch(document.text),
            leak=Verdict(leak.reason, leak.detail) if leak else None,
            language=Verdict(Reason.WRONG_LANGUAGE, detail) if other else None,
        )


class FilterRule(Protocol):
    """One thing to check, with a memory of what was kept."""

    def check(self, marks: Marks) -> Verdict | None:
        """The reason to drop this candidate, or None."""

    def keep(self, marks: Marks) -> None:
        """Remember a candidate that passed all the rules; told right after its check."""


class Exact:
    """Equal texts after folding, in train and among the kept."""

    _TABLE = "CREATE TABLE first (digest BLOB PRIMARY KEY, name TEXT) WITHOUT ROWID"
    _ADD = "INSERT OR IGNORE INTO first VALUES (?, ?)"

    def __init__(self, train: Sequence[Document]) -> None:
        self._seen = Scratch(self._TABLE)
        self._seen.add(self._ADD, ((_digest(d.text), f"train {d.id}") for d in train))

    def check(self, marks: Marks) -> Verdict | None:
        """``exact_duplicate``, with the earlier text."""
        for (twin,) in self._seen.rows("SELECT name FROM first WHERE digest = ?", marks.digest):
            return Verdict(Reason.EXACT_DUPLICATE, f"equal to {twin}")
        return None

    def keep(self, marks: Marks) -> None:
        """Later candidates may not be equal to this one."""
        self._seen.add(self._ADD, [(marks.digest, f"sample {marks.id}")])


def _digest(text: str) -> bytes:
    return blake2b(fold(text).encode("utf-8", "surrogatepass"), digest_size=16).digest()


class Leaking:
    """The leak rules against dev and test."""

    def check(self, marks: Marks) -> Verdict | None:
        """``leak_text``, ``leak_ngrams`` or ``leak_names``."""
        return marks.leak

    def keep(self, marks: Marks) -> None:
        """Nothing to remember."""


class Near:
    """Nearly equal texts in train, in dev and test, and among the kept.

    A candidate that a strategy in ``near_copies`` made, now or for an addition, resembles its
    parents, and the other candidates made from them, by construction: with those it is not
    compared.
    """

    def __init__(
        self,
        train: Sequence[Document],
        held_out: Mapping[str, str],
        *,
        threshold: float,
        near_copies: Collection[str],
    ) -> None:
        self._index = NearDuplicates(threshold)
        self._near_copies = frozenset(near_copies)
        for document in train:
            self._index.add(f"train {document.id}", sketch(document.text), (document.id,))
        for text, id in held_out.items():
            self._index.add(f"held-out {id}", sketch(text))

    def check(self, marks: Marks) -> Verdict | None:
        """``near_duplicate``, with the nearest earlier text and the Jaccard similarity."""
        own = marks.parents if marks.strategy in self._near_copies else ()
        twin = self._index.query(marks.sketch, ignore=own)
        if twin is None:
            return None
        return Verdict(Reason.NEAR_DUPLICATE, f"{twin.similarity:.2f} like {twin.key}")

    def keep(self, marks: Marks) -> None:
        """Later candidates may not be nearly equal to this one."""
        self._index.add(f"sample {marks.id}", marks.sketch, (*marks.parents, marks.id))


class Language:
    """The text seems to be in another language than the guide's."""

    def check(self, marks: Marks) -> Verdict | None:
        """``wrong_language``."""
        return marks.language

    def keep(self, marks: Marks) -> None:
        """Nothing to remember."""


class Quota:
    """At most so many relations of a type among the kept; types without a quota do not count."""

    def __init__(self, most: Mapping[str, int]) -> None:
        self._most = most
        self._got: Counter[str] = Counter()

    def check(self, marks: Marks) -> Verdict | None:
        """``over_quota`` if it has types with a quota and all of those are full."""
        types = sorted(marks.types.keys() & self._most.keys())
        if not types or any(self._got[kind] < self._most[kind] for kind in types):
            return None
        return Verdict(Reason.OVER_QUOTA, f"enough of {', '.join(types)}")

    def keep(self, marks: Marks) -> None:
        """Count its relations."""
        self._got.update(marks.types)


class Gate:
    """Decides on one candidate after the other: the first rule it breaks, or None and it is kept.

    What was kept is remembered in scratch files: memory is bounded, on disk a text takes 2 KB.
    """

    def __init__(self, rules: Sequence[FilterRule]) -> None:
        self._rules = rules

    def __call__(self, marks: Marks) -> Verdict | None:
        """The verdict; raises PathError if the disk does not take what is to be remembered."""
        for rule in self._rules:
            verdict = rule.check(marks)
            if verdict is not None:
                return verdict
        for rule in self._rules:
            rule.keep(marks)
        return None
