"""What reviewing takes, in minutes, and which documents repay it most.

>>> cost(reviewed)
Cost(reviewed=40, minutes=61.5, per_sample=1.54, per_correction=2.1, capped=1, cap=9.3)
>>> ranked(batch, reviewed=reviewed, values={"END_DATE": 0.8})[0].gain_a_minute
1.3
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from statistics import median
from typing import Self

import numpy as np
from scipy.optimize import nnls

from augment.review.accept import counted
from augment.schema import Document, Record

FAR = 3.0
"""Deviations from the median beyond which a time is not believed (Leys et al. 2013)."""
LEAST = 0.05
"""Minutes that any document is expected to take, at least."""
PRIOR = 5.0
"""Relations shown of a type that its own rate of change weighs as much as that of all types."""


class Cost(Record):
    """Minutes in all, for a document and for a corrected relation (None where none was corrected).

    ``capped`` times were longer than ``cap`` minutes, and count as that: a tab that was left open.
    """

    reviewed: int
    minutes: float
    per_sample: float
    per_correction: float | None
    capped: int
    cap: float


class Ranked(Record):
    """A document, the changes expected in it times their value, and the minutes expected."""

    document: Document
    gain: float
    minutes: float

    @property
    def gain_a_minute(self) -> float:
        """What the order goes by."""
        return self.gain / self.minutes


def cost(reviewed: Sequence[Document]) -> Cost | None:
    """What reviewing took, of the documents whose time is known; None without any."""
    timed = _timed(reviewed)
    if not timed:
        return None
    raw = [minutes for _, minutes in timed]
    cap = _cap(raw)
    spent = sum(min(minutes, cap) for minutes in raw)
    corrections = sum(
        change.kind == "relation"
        for document, _ in timed
        if document.meta.review
        for change in document.meta.review.changes
    )
    return Cost(
        reviewed=len(raw),
        minutes=spent,
        per_sample=spent / len(raw),
        per_correction=spent / corrections if corrections else None,
        capped=sum(minutes > cap for minutes in raw),
        cap=cap,
    )


def _timed(reviewed: Sequence[Document]) -> list[tuple[Document, float]]:
    return [
        (d, d.meta.review.seconds / 60)
        for d in reviewed
        if d.meta.review is not None and d.meta.review.seconds
    ]


def _cap(minutes: Sequence[float]) -> float:
    """The longest time believed: the median and three deviations, of the logarithms.

    The deviation is the median one, scaled as for a normal distribution, and not under a factor of
    1.5, so that times which are all alike do not cut each other. (Winsorising: Tukey 1962.)
    """
    logs = [math.log(value) for value in minutes]
    middle = median(logs)
    spread = 1.4826 * median(abs(value - middle) for value in logs)
    return math.exp(middle + FAR * max(spread, math.log(1.5)))


class Minutes:
    """Minutes by length and number of relations, no part of them negative.

    Least squares under that condition (Lawson & Hanson 1974) on capped times; of fewer than ten
    reviews their mean, whatever the document.
    """

    def __init__(self, parts: Sequence[float]) -> None:
        self.parts = np.asarray(parts)

    @classmethod
    def fit(cls, reviewed: Sequence[Document]) -> Self:
        """From what was reviewed; a minute a document where no time is known."""
        timed = _timed(reviewed)
        if not timed:
            return cls([1, 0, 0])
        cap = _cap([minutes for _, minutes in timed])
        spent = np.array([min(minutes, cap) for _, minutes in timed])
        if len(timed) < 10:
            return cls([float(spent.mean()), 0, 0])
        parts, _ = nnls(np.array([_features(document) for document, _ in timed]), spent)
        return cls(parts)

    def expected(self, document: Document) -> float:
        """Minutes this document should take."""
        return max(LEAST, float(self.parts @ _features(document)))


def _features(document: Document) -> tuple[float, float, float]:
    """One, thousands of characters, tens of relations as they were shown."""
    shown = counted(document).shown.total()
    return 1.0, len(document.text) / 1000, shown / 10


def ranked(
    documents: Sequence[Document],
    *,
    reviewed: Sequence[Document] = (),
    values: Mapping[str, float] | None = None,
) -> list[Ranked]:
    """The documents by expected gain a minute, the best first; equals keep their order.

    The gain is the changes expected, by relation type, times what a change of the type is worth:
    ``values`` holds it, such as one minus the student's F1, and 1 stands where it is missing. The
    rates come from what was reviewed, those of few relations drawn towards the rate of all.
    """
    rates, other = _rates(reviewed)
    minutes = Minutes.fit(reviewed)
    worth = values or {}
    rows = [
        Ranked(
            document=d,
            gain=sum(rates.get(r.type, other) * worth.get(r.type, 1.0) for r in d.relations),
            minutes=minutes.expected(d),
        )
        for d in documents
    ]
    return sorted(rows, key=lambda row: -row.gain_a_minute)


def _rates(reviewed: Sequence[Document]) -> tuple[dict[str, float], float]:
    """Changes for a relation shown, by type, and over all; additions count as changes too."""
    shown: Counter[str] = Counter()
    changed: Counter[str] = Counter()
    for document in reviewed:
        told = counted(document)
        shown += told.shown
        changed += told.wrong + told.missing
    whole = (changed.total() + 1) / (shown.total() + 2)
    kinds = sorted(shown | changed)
    return {k: (changed[k] + PRIOR * whole) / (shown[k] + PRIOR) for k in kinds}, whole
