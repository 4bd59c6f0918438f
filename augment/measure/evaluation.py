"""What `augment measure --gold A --predicted P --json` writes; every score is in 0–1.

{"macro_f1": 0.57, "micro_f1": 0.65, "precision": 0.68, "recall": 0.62, "documents": 400,
 "per_type": {"IS_LOCATED_IN": {"precision": 0.71, "recall": 0.78, "f1": 0.74, "support": 870}, …}}
"""

from __future__ import annotations

from pydantic import Field

from augment.schema import Record


class TypeScore(Record):
    """Precision, recall and F1 of one relation type; ``support`` is its number of gold triples."""

    precision: float
    recall: float
    f1: float
    support: int


class Found(Record):
    """Precision, recall and F1 of what was found."""

    precision: float
    recall: float
    f1: float


class Entities(Record):
    """Mentions and clusters that a prediction found by itself.

    ``exact``: mentions with the span and type of the gold; ``overlap``: of its type, at least
    overlapping; ``spans``: the span, whatever the type. ``clusters``: ``muc``, ``b_cubed``,
    ``ceaf_e``, ``ceaf_m`` and ``exact``, the clusters with exactly the spans of the gold.
    ``conll``: mean F1 of the first three.
    """

    exact: Found
    overlap: Found
    spans: Found
    macro_f1: float | None
    per_type: dict[str, TypeScore]
    per_type_overlap: dict[str, TypeScore]
    clusters: dict[str, Found]
    conll: float


class Evaluation(Record):
    """Predictions against gold: what `augment measure --gold A --predicted P` gives.

    ``entities`` is null where the predictions are between the entities of the gold.
    """

    macro_f1: float | None
    macro_f1_50: float | None
    micro_f1: float
    precision: float
    recall: float
    per_type: dict[str, TypeScore]
    entities: Entities | None = None
    documents: int
    missing: list[str] = Field(default_factory=list)
    unknown: list[str] = Field(default_factory=list)
