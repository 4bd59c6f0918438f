"""`mentions`: whole clusters replaced by clusters of the same type from the training view.

*Mme [[1:CIVILIAN|Ida Roy]] … [[1:CIVILIAN|elle]]* → *Mme [[1:CIVILIAN|Lou Petit]] … elle*.
"""

from __future__ import annotations

from random import Random

from augment.reasons import Reason
from augment.rewrite.index import Index, build, drop
from augment.rewrite.replace import replace, some
from augment.schema import Candidate, Drop, Order


def mentions(order: Order, index: Index) -> Candidate | Drop:
    """A document of the view in which about half of the replaceable clusters are others.

    Mention replacement (Dai & Adel, "An Analysis of Simple Data Augmentation for Named Entity
    Recognition", COLING 2020), made coherent: all mentions of a cluster change together, names by
    names and nouns by nouns of the same gender and number; pronouns stay. Nouns tied to a relation
    (*mari*) give way only to nouns tied to the same. Relations, labels and masks are the parent's.
    """
    rng = Random(f"{order.seed}/mentions")
    sources = index.sources(order, rng)
    for i in sources:
        source = index.read[i]
        change = replace(source, some(source.clusters, rng), index, rng)
        if change:
            return build(order, [source.document], change.text, change.entities)
    reason = Reason.UNSAFE_REWRITE if sources else Reason.NOT_APPLICABLE
    return drop(order, reason, f"no cluster could be replaced in {len(sources)} documents")
