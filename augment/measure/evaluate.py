"""Predictions against gold, without any training.

>>> evaluate(gold, predicted).per_type["IS_LOCATED_IN"]
TypeScore(precision=0.71, recall=0.78, f1=0.74, support=870)
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from augment.clusters import Part, Share, conll, share
from augment.match import links, renamed, trimmed
from augment.measure.evaluation import Entities, Evaluation, Found, TypeScore
from augment.mentions import by_type, exact, linked, partial, spans, whole
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
        entities=_entities([(d, answers.get(d.id)) for d in gold]),
        documents=len(gold),
        missing=[document.id for document in gold if document.id not in answers],
        unknown=[document.id for document in predicted if document.id not in known],
    )


def _triples(gold: Document, answer: Document | None) -> frozenset[Triple]:
    if answer is None:
        return frozenset()
    return frozenset(r.triple for r in renamed(answer, links(gold, answer)).relations)


def _entities(pairs: Sequence[tuple[Document, Document | None]]) -> Entities | None:
    """Scores of mentions and clusters; None if these are gold's own, or texts differ."""
    answered = [(trimmed(d), trimmed(a)) for d, a in pairs if a]
    if all(_given(d, a) for d, a in answered) or any(d.text != a.text for d, a in answered):
        return None
    nothing = {"entities": (), "relations": ()}
    both = answered + [(d, d.model_copy(update=nothing)) for d, a in pairs if not a]
    right, near = ([score(*pair) for pair in both] for score in (exact, partial))
    types = {kind: _typed(*got) for kind, got in by_type(right).items()}
    macro = [score.f1 for score in types.values() if score.support]
    clusters = linked(both)
    return Entities(
        exact=_found(whole(right)),
        overlap=_found(whole(near)),
        spans=_found(share(_spans(*pair) for pair in both)),
        macro_f1=sum(macro) / len(macro) if macro else None,
        per_type=types,
        per_type_overlap={kind: _typed(*got) for kind, got in by_type(near).items()},
        clusters={name: _found(got) for name, got in clusters.items()},
        conll=conll(clusters),
    )


def _given(gold: Document, answer: Document) -> bool:
    """True if the answer's entities are the gold's."""
    ours, theirs = (
        {(e.id, e.type): {(m.start, m.end) for m in e.mentions} for e in d.entities}
        for d in (gold, answer)
    )
    return ours == theirs


def _spans(gold: Document, answer: Document) -> Part:
    ours, theirs = spans(gold), spans(answer)
    return Part(len(ours & theirs), len(ours), len(ours & theirs), len(theirs))


def _found(got: Share) -> Found:
    return Found(precision=got.precision, recall=got.recall, f1=got.f1)


def _typed(got: Share, support: int) -> TypeScore:
    return TypeScore(precision=got.precision, recall=got.recall, f1=got.f1, support=support)


def _shares(counts: Any) -> tuple[float, float]:
    """Precision and recall of (tp, fp, fn)."""
    tp, fp, fn = (float(n) for n in counts)
    return tp / max(tp + fp, 1.0), tp / max(tp + fn, 1.0)


def _finite(value: Any) -> float | None:
    return None if math.isnan(float(value)) else float(value)
