"""Few-shot examples: gold documents near the source, that hold the types ordered.

>>> Examples(train, guide).pick(order, source, number=3, seed=0)
[Document(id='s07', …), Document(id='s21', …), Document(id='s02', …)]

Nothing is looked at but the documents handed in: the training subset of the student.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from random import Random
from typing import Any

from sklearn.feature_extraction.text import TfidfVectorizer

from augment.claims import decode_claims, encode_claims
from augment.codec import decode, encode, parse_id
from augment.errors import CodecError
from augment.guide.model import Guide
from augment.overlap import containment, fold, ngrams
from augment.prompt.form import view
from augment.schema import Document, Order

Check = Callable[[Document], bool]
"""True if an answer that our codec writes from the document is read back as the document."""
TWIN = ((4, 0.5), (8, 0.2))
"""Near-twins: more than this share of the n-grams of one text are in the other."""


def round_trip(document: Document) -> bool:
    """True if both forms of the document are read back to the letter."""
    try:
        inline = decode(encode(document), id=document.id)
        claims = decode_claims(encode_claims(document), id=document.id)
    except CodecError:
        return False
    return content(inline) == content(claims) == content(document)


def content(document: Document) -> tuple[Any, ...]:
    """What must be equal after a round trip: all but the order of entities and mentions."""
    entities = {
        parse_id(str(e.id)): (e.type, sorted((m.start, m.end) for m in e.mentions))
        for e in document.entities
    }
    return document.text, entities, [_ends(r.model_dump()) for r in document.relations]


def _ends(relation: dict[str, Any]) -> dict[str, Any]:
    ends = {end: parse_id(str(relation[end])) for end in ("head", "tail")}
    return relation | ends


class Examples:
    """Picks examples out of ``train``.

    ``check`` says which can be shown: by default those that :func:`round_trip`; a caller that has
    the aligner hands in a check that goes through it.
    """

    def __init__(
        self, train: Sequence[Document], guide: Guide, *, check: Check = round_trip
    ) -> None:
        self._train, self._guide = list(train), guide
        self._held = [frozenset(r.type for r in d.relations) for d in self._train]
        self._vectorizer = TfidfVectorizer(sublinear_tf=True, token_pattern=r"\w+")
        self._vectors: Any = None
        if any(d.text.strip() for d in self._train):
            self._vectors = self._vectorizer.fit_transform(d.text for d in self._train)
        self._sound = cache(lambda i: self._can_be_shown(self._train[i], check))

    def pick(self, order: Order, source: Document | None, number: int, seed: int) -> list[Document]:
        """Up to ``number`` documents, the best first; fewer if there are not more.

        Each holds an ordered type or negative, if any document does: rather fewer than one that
        shows none. Each next one holds the most of them that those before it lack; of equals, the
        one most like the source's text (or the event ordered) by TF-IDF. Never the source, its
        parents, a near-twin of it or of one picked before, or a document where an ordered type is
        not labelled. Equal orders with the same seed get the same ones.
        """
        types = {*order.types, *order.negatives}
        rng = Random(f"{seed}/examples/{','.join(sorted(types))}")
        like = self._likeness(source.text if source else order.event or "")
        rest = [i for i, d in enumerate(self._train) if all(map(d.claims, sorted(types)))]
        rng.shuffle(rest)
        known = {order.source, *((source.id, *source.meta.parents) if source else ())}
        rest = [i for i in rest if self._train[i].id not in known]
        asked = types if types and not order.exhaustive else {*self._guide.relations}
        rest = [i for i in rest if self._held[i] & asked] or rest
        seen = [source.text] if source else []
        picked: list[Document] = []
        missing = set(types)
        while rest and len(picked) < number:
            best = max(rest, key=lambda i: (len(self._held[i] & missing), like[i]))
            rest.remove(best)
            document = self._train[best]
            if not self._sound(best) or any(near_twin(document.text, text) for text in seen):
                continue
            picked.append(document)
            seen.append(document.text)
            missing -= self._held[best]
        return picked

    def _likeness(self, text: str) -> list[float]:
        """Cosine of each training text with a text, 0–1, to six places."""
        if self._vectors is None:
            return [0.0] * len(self._train)
        found = self._vectors @ self._vectorizer.transform([text]).T
        return [round(float(value), 6) for value in found.toarray().ravel()]

    def _can_be_shown(self, document: Document, check: Check) -> bool:
        known = all(e.type in self._guide.aliases for e in document.entities)
        return known and check(view(document, self._guide, self._guide.relations))


def near_twin(a: str, b: str) -> bool:
    """True if two texts are equal after folding, or one says much of the other."""
    if fold(a) == fold(b):
        return True
    for n, share in TWIN:
        left, right = ngrams(a, n), ngrams(b, n)
        if max(containment(left, right), containment(right, left)) > share:
            return True
    return False
