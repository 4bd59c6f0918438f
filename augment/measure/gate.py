"""What of an addition is kept: decided on the training side, before any test document is looked at.

>>> worse(view, documents, cells)  # these types are masked; None: nothing of it is kept
['STARTED_IN']
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from augment.measure.cells import Cells, Predictions, bare
from augment.measure.mask import masked, signatures
from augment.measure.wall import apart
from augment.protocols import Addition, View
from augment.schema import Document
from augment.scores import Metrics, Scored, count, metrics, scored

FALL = 0.02
"""A type whose F1 falls by more than this is masked."""


def worse(view: View, documents: Sequence[Document], cells: Cells) -> list[str] | None:
    """Relation types that ``documents`` make worse on the training subset, sorted.

    Each half of the subset is scored by a student of the other half, with and without the
    documents that owe nothing to it. None if macro-F1 does not rise even once these types are
    masked.
    """
    base = _halves(view, (), cells)
    added = _halves(view, documents, cells)
    over = scored(view.train, [*base, *added])
    before, after = _scores(view, base, over), _scores(view, added, over)
    found = [k for i, k in enumerate(over.types) if after.per_type[i] < before.per_type[i] - FALL]
    if found:
        kept = masked(documents, found, signatures(view.train))
        after = _scores(view, _halves(view, kept, cells), over)
    return found if after.macro_f1 > before.macro_f1 else None


def _halves(view: View, documents: Sequence[Document], cells: Cells) -> Predictions:
    """Triples of each document of the subset, by a student that has not seen it."""
    found: Predictions = [frozenset()] * len(view.train)
    for half in (0, 1):
        own, other = view.train[half::2], view.train[1 - half :: 2]
        if own and other:
            seen = View(other, (), view.seed)
            kept = apart(documents, other, own)
            found[half::2] = cells.added(seen, Addition(kept), [bare(d) for d in own])
    return found


def _scores(view: View, found: Predictions, over: Scored) -> Metrics:
    """Scores over the types of ``over``; types that are new in ``found`` have no gold there."""
    known = set(over.types)
    kept = [frozenset(t for t in triples if t[1] in known) for triples in found]
    return metrics(np.asarray(count(view.train, kept, over.types)).sum(axis=0), over)
