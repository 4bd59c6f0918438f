"""Candidates in, candidates and drops out: copies, leaks, foreign texts and surplus go.

>>> list(filter([sample, sample], train=train, leaks=leaks, guide=guide))
[Candidate(id='s1', …), Drop(id='s1', stage='filter', reason='exact_duplicate', detail='equal to
 sample s1', parent='3715', raw='{"id": "s1", …}')]
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from pydantic import Field

from augment.filter.rules import Exact, Gate, Language, Leaking, Marker, Marks, Near, Quota
from augment.guide.model import Guide
from augment.overlap import Leaks
from augment.schema import Candidate, Document, Drop, Record

__all__ = ["FilterSettings", "Gate", "Marker", "Marks", "filter", "gate"]


class FilterSettings(Record):
    """``near``: similarity (Jaccard of word 3-grams, 0–1) from which a text is a near-duplicate.

    ``near_copies``: strategies that change a text in place; their candidates may be near their own
    parents and siblings, never near any other text. ``quotas``: most relations a type.
    """

    near: float = 0.8
    near_copies: tuple[str, ...] = ("mentions", "tokens", "shuffle", "recombine", "typos")
    quotas: dict[str, int] = Field(default_factory=dict)


DEFAULT = FilterSettings()


def filter(
    candidates: Iterable[Candidate],
    *,
    train: Sequence[Document],
    leaks: Leaks,
    guide: Guide,
    settings: FilterSettings = DEFAULT,
) -> Iterator[Candidate | Drop]:
    """Each candidate as it is, or a drop that says which rule it broke first; in order.

    The rules, in order: exact duplicates (of train and of the kept), leaks (dev and test), near-
    duplicates (train, dev and test, the kept), language, quotas. The first of several equal
    candidates is kept. Memory is bounded; the folder for temporary files takes 2 KB a kept text.
    """
    mark, decide = Marker(leaks, guide.language), gate(train, leaks, settings)
    for candidate in candidates:
        verdict = decide(mark(candidate))
        yield candidate.drop("filter", *verdict) if verdict else candidate


def gate(train: Sequence[Document], leaks: Leaks, settings: FilterSettings = DEFAULT) -> Gate:
    """What :func:`filter` decides with on candidates that a :class:`Marker` has looked at."""
    held_out, near = leaks.held_out, settings.near
    return Gate(
        [
            Exact(train),
            Leaking(),
            Near(train, held_out, threshold=near, near_copies=settings.near_copies),
            Language(),
            Quota(settings.quotas),
        ]
    )
