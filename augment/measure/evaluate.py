"""Predictions against gold, without any training.

>>> evaluate(gold, predicted).per_type["IS_LOCATED_IN"]
TypeScore(precision=0.71, recall=0.78, f1=0.74, support=870)
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from augment.match import links, renamed
from augment.measure.records import Evaluation, TypeScore
from augment.schema import Document, Triple
from augment.scores import count, metrics, scored


def evaluate(gold: Sequence[Document], predicted: Sequence[Document]) -> Evaluation:
    """Scores of relations, documents matched by id.

    Entities are matched by their id within a document; those of a prediction that found its own
    through the text, by type and overlap (:func:`augment.match.links`).

    A gold document without prediction counts as one where nothing was found (``missing``); a
    prediction without gold is left aside (``unknown``).
    """
    answers = {document.id: document for document in predicted}
    found = [_triples(document, answers.get(document.id)) for document in gold]
    over = scored(gold, found)
    totals = count(gold, found, over.types).sum(axis=0)
    got = metrics(totals, over)
    known = {document.id for document in gold}
    precision, recall = _shares(totals.sum(axis=0))
    return Evaluation(
        macro_f1=_finite(got.macro_f1),
        macro_f1_50=_finite(got.macro_f1_50),
        micro_f1=float(got.micro_f1),
        precision=precision,
        recall=recall,
        per_type={
            kind: TypeScore(
                precision=_shares(totals[i])[0],
                recall=_shares(totals[i])[1],
                f1=float(got.per_type[i]),
                support=int(over.support[i]),
            )
            for i, kind in enumerate(over.types)
        },
        documents=len(gold),
        missing=[document.id for document in gold if document.id not in answers],
        unknown=[document.id for document in predicted if document.id not in known],
    )


def _triples(gold: Document, answer: Document | None) -> frozenset[Triple]:
    if answer is None:
        return frozenset()
    return frozenset(r.triple for r in renamed(answer, links(gold, answer)).relations)


def _shares(counts: Any) -> tuple[float, float]:
    """Precision and recall of (tp, fp, fn)."""
    tp, fp, fn = (float(n) for n in counts)
    return tp / max(tp + fp, 1.0), tp / max(tp + fn, 1.0)


def _finite(value: Any) -> float | None:
    return None if math.isnan(float(value)) else float(value)
