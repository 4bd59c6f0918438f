"""How much of the student's remaining error is the gold's own: gold mixed in blind, and reviewed.

>>> ceiling(gold, reviewed, predicted, found=0.8)
Noise(documents=30, ceiling=Figure(value=0.93, …), errors=112, gold=31, share=Figure(value=0.28, …),
 corrected=0.35)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random

import numpy as np

from augment.errors import UsageError
from augment.match import links, renamed
from augment.review.agreement import Figure
from augment.schema import Document, Record, Triple
from augment.scores import Floats, gold_triples, interval, judged


class Noise(Record):
    """What reviewers think of the gold; shares are 0–1, with bootstrap intervals over documents.

    ``ceiling``: micro-F1 of what reviewers say, scored against the gold: what a student that is
    never wrong would get. ``errors``: of the student against the gold, missed and too many;
    ``gold`` of them are the gold's, as the reviewers side with the student; ``share`` is their
    part. ``corrected``: the share, had reviewers found all errors and not only the part of the
    traps that they found; None where that is not known, at most 1.
    """

    documents: int
    ceiling: Figure
    errors: int
    gold: int
    share: Figure
    corrected: float | None


def mixed(
    documents: Sequence[Document], gold: Sequence[Document], *, number: int, seed: int = 0
) -> tuple[list[Document], list[str]]:
    """The documents with ``number`` gold ones among them, in random order, and the gold's ids.

    The ids are for a file that reviewers do not see. Raises UsageError if an id is in both, or if
    there are not so many gold documents.
    """
    both = sorted({d.id for d in documents} & {d.id for d in gold})
    if both:
        raise UsageError(f"document {both[0]!r} is in the batch and in the gold")
    if number > len(gold):
        raise UsageError(f"{number} gold documents to mix in, and there are {len(gold)}")
    random = Random(f"{seed}/mixed")
    drawn = random.sample(list(gold), number)
    order = [*documents, *drawn]
    random.shuffle(order)
    return order, [d.id for d in drawn]


def ceiling(
    gold: Sequence[Document],
    reviewed: Sequence[Document],
    predicted: Mapping[str, frozenset[Triple]],
    *,
    found: float | None = None,
    draws: int = 2000,
    seed: int = 0,
) -> Noise:
    """The gold's part of the student's errors, on the gold documents that were reviewed blind.

    With G the gold, R what reviewers say and P what the student says, all triples of a document,
    an error is in P or G and not in both; it is the gold's where R has it as P has. Share =
    (|P∩R∖G| + |G∖P∖R|) / |P△G|. Assumed: a reviewer who departs from the gold is right. As people
    let errors pass that they are shown, it is rather too low; ``found``, the share of the traps
    that they found (:mod:`augment.review.traps`), corrects it, assuming that errors of the gold are
    as hard to see as traps.

    ``predicted``: triples by document id, ends with the gold's ids. Rejected documents say nothing
    of their triples. Raises UsageError if no gold document was reviewed, or all predictions are
    for others.
    """
    by_id = {d.id: d for d in gold}
    rows = [
        _counts(by_id[d.id], d, predicted.get(d.id))
        for d in reviewed
        if d.id in by_id and not (d.meta.review and d.meta.review.verdict == "reject")
    ]
    if not rows:
        raise UsageError("no gold document was reviewed", hint="mix some in before pushing")
    if predicted and not {d.id for d in reviewed} & by_id.keys() & predicted.keys():
        raise UsageError(
            "no prediction for the gold that was reviewed", hint="are the ids the same?"
        )
    table = np.array(rows, float)
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(len(rows), np.full(len(rows), 1 / len(rows)), size=draws) @ table
    both, sides, own, errors = (int(n) for n in table.sum(axis=0))
    share = _figure(own, errors, drawn[:, 2], drawn[:, 3])
    corrected = None
    if found and share.value is not None:
        corrected = min(1.0, share.value / found)
    return Noise(
        documents=len(rows),
        ceiling=_figure(2 * both, sides, 2 * drawn[:, 0], drawn[:, 1]),
        errors=errors,
        gold=own,
        share=share,
        corrected=corrected,
    )


def _counts(
    gold: Document, reviewed: Document, predicted: frozenset[Triple] | None
) -> tuple[int, int, int, int]:
    """Triples in gold and review, in each; the student's errors that are gold's, and all of them.

    Without a prediction for the document there are no errors of the student.
    """
    said = renamed(reviewed, links(gold, reviewed))
    ours = frozenset(t for t in gold_triples(gold) if judged(said, t))
    theirs = frozenset(t for t in gold_triples(said) if judged(gold, t))
    kept = predicted if predicted is not None else ours
    students = frozenset(t for t in kept if judged(gold, t) and judged(said, t))
    golds = len((students & theirs) - ours) + len(ours - students - theirs)
    return len(ours & theirs), len(ours) + len(theirs), golds, len(students ^ ours)


def _figure(part: float, whole: float, parts: Floats, wholes: Floats) -> Figure:
    if not whole:
        return Figure(value=None, low=None, high=None, n=0)
    there = wholes > 0
    low, high = interval(parts[there] / wholes[there])
    return Figure(value=part / whole, low=low, high=high, n=int(whole))
