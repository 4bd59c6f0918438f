"""The leak rules: what gives a dev or test text away to a student or to a generator.

>>> Leaks(train, held_out, guide.person_names).find(document)
Leak(reason=<Reason.LEAK_NGRAMS: 'leak_ngrams'>, held_out_id='51219',
     detail='31 of 97 8-grams in 51219')
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from typing import NamedTuple

from augment.overlap.grams import fold, ngrams, spelled, words
from augment.reasons import Reason
from augment.schema import Document


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

    ``held_out`` maps the folded held-out texts to their ids.
    """

    def __init__(
        self,
        train: Sequence[Document],
        held_out: Sequence[Document],
        person_names: frozenset[str] = frozenset(),
    ) -> None:
        self._types = person_names
        self.held_out: dict[str, str] = {}
        self._grams: dict[int, list[str]] = defaultdict(list)
        self._pairs: dict[tuple[str, str], str] = {}
        self._values: dict[str, str] = {}
        self._known: frozenset[str] = frozenset()
        for document in held_out:
            self.held_out.setdefault(fold(document.text), document.id)
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
        twin = self.held_out.get(fold(document.text))
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
        found = spelled(document.text) if self._known else []
        for i, word in enumerate(found):
            if word[0].isupper():
                starts = range(max(0, i + 1 - self._longest), i + 1)
                annotated |= {
                    " ".join(found[start : i + 1]).casefold() for start in starts
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
