"""Does a batch pass: its error rate from the documents reviewed, and how many more to review.

>>> judge(reviewed, target=0.05, confidence=0.95)
Verdict(decision='go on', relations=Rate(share=0.021, low=…, high=…), more=38, zero_failures=59, …)
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from statistics import fmean
from typing import Literal, NamedTuple

from augment.errors import NoResult, UsageError
from augment.review.rates import Rate, lower, needed, rate, upper, zero_failures
from augment.schema import Document, Record, Review

Unit = Literal["relation", "sample"]


class TypeRate(Record):
    """Of one relation type: the share of those shown that are wrong, and of the right ones missing.

    A relation whose type was changed is wrong of its old type and missing of the new one.
    """

    wrong: Rate
    missing: Rate


class Verdict(Record):
    """What the reviewed documents say of their batch.

    ``samples``: the share that was rejected or changed. ``relations``: of the relations shown,
    those removed or given another type. ``missing``: of the right relations, those that were not
    there. ``more``: further documents to review before the batch can pass, None where it has passed
    or failed, or where the rate seen is not under the target. ``zero_failures``: how many
    documents have to be looked at if all is right in them. ``reasons``: what reviewers gave as
    reason, and what they changed, of the documents with an error.
    """

    decision: Literal["pass", "fail", "go on"]
    unit: Unit
    target: float
    confidence: float
    reviewed: int
    samples: Rate
    relations: Rate
    missing: Rate
    types: dict[str, TypeRate]
    more: int | None
    zero_failures: int
    reasons: dict[str, int]


class Counted(NamedTuple):
    """Of one reviewed document, by relation type: shown, wrong among them, and missing.

    ``faulty``: it was rejected, or anything in it was changed.
    """

    shown: Counter[str]
    wrong: Counter[str]
    missing: Counter[str]
    faulty: bool


def judge(
    reviewed: Sequence[Document],
    *,
    target: float,
    confidence: float = 0.95,
    unit: Unit = "relation",
    batch: int | None = None,
) -> Verdict:
    """Whether the batch these documents were drawn from has at most ``target`` errors (0–1).

    It passes if the upper bound of the error rate at this confidence, one-sided, is not above the
    target, and fails if the lower bound is above it (Clopper & Pearson 1934, on the effective
    sample size: Korn & Graubard 1998). Each look at the figures is a chance to pass by luck: look
    when as many are reviewed as were asked for, not after each. ``batch``: how many documents it
    has, None of a large one; bounds are then those of a batch of that size
    (:mod:`augment.review.rates`), and certain where all are reviewed.

    Every document carries ``meta.review``, with ``weight`` (1 where there is none); of several
    reviews of one the mean counts. Raises NoResult without reviews, UsageError for a target or a
    confidence not between 0 and 1, or a batch of fewer documents than were reviewed.
    """
    for name, value in (("target error", target), ("confidence", confidence)):
        if not 0 < value < 1:
            raise UsageError(f"{name} {value}: not between 0 and 1")
    told = [(d, d.meta.review) for d in reviewed if d.meta.review is not None]
    if not told:
        raise NoResult("no reviewed document", hint="review some, then pull them")
    by_id: dict[str, list[Counted]] = {}
    for document, _ in told:
        by_id.setdefault(document.id, []).append(counted(document))
    weights = {document.id: review.weight or 1.0 for document, review in told}
    part = _part(len(by_id), batch)
    seen = Seen([(weights[id], own) for id, own in by_id.items()], part)
    asked = seen.faulty() if unit == "sample" else seen.wrong(Counter.total)
    decision = _decide(asked, target, confidence, part)
    whole = round(asked.effective / part) if part else None
    return Verdict(
        decision=decision,
        unit=unit,
        target=target,
        confidence=confidence,
        reviewed=len(by_id),
        samples=seen.faulty(),
        relations=seen.wrong(Counter.total),
        missing=seen.missing(Counter.total),
        types=_types(seen),
        more=_more(asked, target, confidence, whole, len(by_id)) if decision == "go on" else None,
        zero_failures=zero_failures(target, confidence, whole or None),
        reasons=reasons([review for _, review in told]),
    )


def _part(reviewed: int, batch: int | None) -> float:
    """The part of the batch that was reviewed, 0 of a large one. Raises UsageError."""
    if batch is None:
        return 0.0
    if batch < reviewed:
        raise UsageError(f"a batch of {batch}, and {reviewed} documents of it were reviewed")
    return reviewed / batch


def faulty(review: Review) -> bool:
    """True if the document was rejected or anything in it was changed."""
    return review.verdict == "reject" or bool(review.changes)


def counted(document: Document) -> Counted:
    """What was shown and what of it was wrong, from the document as it came back and its changes.

    Of a rejected document all relations were wrong. Types not labelled there are not shown.
    """
    review = document.meta.review
    after = Counter(r.type for r in document.relations if document.claims(r.type))
    if review is None:
        return Counted(after, Counter(), Counter(), False)
    wrong: Counter[str] = Counter()
    new: Counter[str] = Counter()
    for change in review.changes:
        if change.kind == "relation":
            if change.action != "added":
                wrong[change.was or change.type] += 1
            if change.action != "removed":
                new[change.type] += 1
    shown = after + wrong
    shown.subtract(new)
    shown = +shown
    return Counted(shown, shown if review.verdict == "reject" else wrong, new, faulty(review))


def reasons(reviews: Sequence[Review]) -> dict[str, int]:
    """Reasons and changes by the number of documents that have them, the most frequent first."""
    found: Counter[str] = Counter()
    for review in reviews:
        if faulty(review):
            changes = (f"{c.kind} {c.action}: {c.was or c.type}" for c in review.changes)
            found.update({*review.reasons, *changes})
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))


def _decide(
    asked: Rate, target: float, confidence: float, part: float
) -> Literal["pass", "fail", "go on"]:
    if asked.share is None:
        return "go on"
    if upper(asked.share, asked.effective, confidence, part) <= target:
        return "pass"
    return "fail" if lower(asked.share, asked.effective, confidence, part) > target else "go on"


def _more(
    asked: Rate, target: float, confidence: float, whole: int | None, reviewed: int
) -> int | None:
    """Documents still to review, if the next ones tell as much each as those before."""
    if asked.share is None:
        return None
    size = needed(asked.share, target, confidence, whole)
    return (
        None if size is None else max(1, math.ceil((size / asked.effective - 1) * reviewed - 1e-9))
    )


Of = Callable[[Counter[str]], float]


class Seen(NamedTuple):
    """Of each document its weight and the counts of each review; the part of the batch they are."""

    documents: Sequence[tuple[float, Sequence[Counted]]]
    part: float

    def faulty(self) -> Rate:
        """Of the documents, those that were rejected or changed."""
        return self._rate(lambda c: (float(c.faulty), 1.0))

    def wrong(self, of: Of) -> Rate:
        """Of the relations shown, those that are wrong."""
        return self._rate(lambda c: (of(c.wrong), of(c.shown)))

    def missing(self, of: Of) -> Rate:
        """Of the relations that are right after the review, those that were not there before."""
        return self._rate(lambda c: (of(c.missing), of(c.shown) - of(c.wrong) + of(c.missing)))

    def _rate(self, share: Callable[[Counted], tuple[float, float]]) -> Rate:
        parts = []
        for weight, reviews in self.documents:
            some, whole = zip(*map(share, reviews), strict=True)
            parts.append((weight, fmean(some), fmean(whole)))
        return rate(parts, self.part)


def _types(seen: Seen) -> dict[str, TypeRate]:
    found = {}
    for kind in sorted(
        {k for _, own in seen.documents for c in own for part in c[:3] for k in part}
    ):

        def of(counter: Counter[str], kind: str = kind) -> float:
            return counter[kind]

        found[kind] = TypeRate(wrong=seen.wrong(of), missing=seen.missing(of))
    return found
