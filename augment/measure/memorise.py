"""Does a model know a public corpus by heart? It is given beginnings, and what it goes on with.

>>> memorise(documents, complete)
Memorised(texts=60, short=4, unanswered=0, overlap=0.31, control=0.002,
          difference=Interval(mean=0.308, low=0.22, high=0.4), recited=('41536', …),
          verdict='known by heart')

A model that has seen a test set cannot be scored on it, nor may its labels there be trusted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Literal, NamedTuple

import numpy as np

from augment.errors import UsageError
from augment.measure.records import Interval
from augment.overlap import containment, fold, ngrams
from augment.overlap.grams import words
from augment.schema import Document, Record
from augment.scores import interval

Complete = Callable[[Sequence[str]], list[str]]
"""Beginnings → a continuation each, in order; ``""`` where there was no reply."""

BEGINNING = 30
"""Words (between white space) of a text that are shown to the model."""
GRAM = 8
FEWEST = 10
"""Texts below which nothing is said."""
_WORD = re.compile(r"\S+")


class Memorised(Record):
    """What a model goes on with against what follows; shares of its 8-grams, 0–1.

    ``overlap``: found in the text's own continuation, a mean over texts; ``control``: in another
    text's. ``difference``: overlap less control, with a 95 % bootstrap interval over texts.
    ``recited``: ids of texts of which at least half of the 8-grams written were the text's own.
    ``short``: texts too short to be asked about; ``unanswered``: empty continuations, counted as
    no overlap.
    """

    texts: int
    short: int
    unanswered: int
    overlap: float | None = None
    control: float | None = None
    difference: Interval | None = None
    recited: tuple[str, ...] = ()
    verdict: Literal["known by heart", "no sign", "too few texts"]


class Cut(NamedTuple):
    """A text in two: what is shown, and what follows it."""

    id: str
    beginning: str
    rest: str


def cut(document: Document) -> Cut | None:
    """The first 30 words and the rest; None where the rest has fewer than 8 words."""
    ends = [found.end() for found in _WORD.finditer(document.text)]
    if len(ends) < BEGINNING:
        return None
    at = ends[BEGINNING - 1]
    rest = document.text[at:]
    return Cut(document.id, document.text[:at], rest) if len(words(rest)) >= GRAM else None


def memorise(
    documents: Iterable[Document], complete: Complete, *, draws: int = 10_000, seed: int = 0
) -> Memorised:
    """Ask a model to go on with texts, and compare with how they do.

    Overlap is the share of the 8-grams written that the true continuation has; the control holds
    the same continuations against the next text's, so that set phrases of a corpus are no proof.
    (Extractable memorisation, Carlini et al. 2023, as a mean with a control.) The verdict is
    ``known by heart`` if the interval of the difference is above 0. Texts that are equal after
    folding are asked about once. Raises UsageError unless there is one answer a beginning.
    """
    given = {fold(document.text): document for document in documents}
    cuts = [made for document in given.values() if (made := cut(document))]
    short = len(given) - len(cuts)
    if len(cuts) < FEWEST:
        return Memorised(texts=len(cuts), short=short, unanswered=0, verdict="too few texts")
    answers = complete([made.beginning for made in cuts])
    if len(answers) != len(cuts):
        raise UsageError(f"{len(answers)} continuations of {len(cuts)} beginnings")
    written = [_grams(_own(made, text)) for made, text in zip(cuts, answers, strict=True)]
    true = [_grams(made.rest) for made in cuts]
    own = np.array([containment(w, t) for w, t in zip(written, true, strict=True)])
    shifted = np.array(
        [containment(w, t) for w, t in zip(written, true[1:] + true[:1], strict=True)]
    )
    difference = own - shifted
    rng = np.random.default_rng(seed)
    means = np.array([rng.choice(difference, len(cuts)).mean() for _ in range(draws)])
    low, high = interval(means)
    return Memorised(
        texts=len(cuts),
        short=short,
        unanswered=sum(not words(text) for text in answers),
        overlap=float(own.mean()),
        control=float(shifted.mean()),
        difference=Interval(mean=float(difference.mean()), low=low, high=high),
        recited=tuple(made.id for made, share in zip(cuts, own, strict=True) if share >= 0.5),
        verdict="known by heart" if low > 0 else "no sign",
    )


def _own(made: Cut, answer: str) -> str:
    """What a model wrote itself: models like to say the beginning again first."""
    shown, answer = made.beginning.split(), answer.strip()
    ends = [found.end() for found in _WORD.finditer(answer)]
    repeated = len(ends) >= len(shown) and answer.split()[: len(shown)] == shown
    return answer[ends[len(shown) - 1] :] if repeated else answer


def _grams(text: str) -> frozenset[int]:
    """8-grams; none of a text that has fewer words."""
    return ngrams(text, GRAM) if len(words(text)) >= GRAM else frozenset()
