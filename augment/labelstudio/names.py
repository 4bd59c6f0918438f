"""What the controls, labels and choices are called in Label Studio, and what they mean here.

>>> SAME, VERDICTS["accepter"], REASONS["empan faux"]
('même_entité', 'accept', 'span')
"""

from __future__ import annotations

from typing import Literal

TEXT, LABEL, SELF, WRONG, VERDICT, REASON = "text", "label", "self", "wrong", "verdict", "reasons"
"""Names of the tags in the configuration; ``from_name`` and ``to_name`` of results."""

SAME = "même_entité"
"""The label of an arrow between two mentions of one entity."""

VERDICTS: dict[str, Literal["accept", "corrected", "reject"]] = {
    "accepter": "accept",
    "corrigé": "corrected",
    "rejeter": "reject",
}

REASONS = {
    "empan faux": "span",
    "type d’entité faux": "entity_type",
    "même entité ou non": "cluster",
    "relation que le texte ne dit pas": "unsupported_relation",
    "type de relation faux": "relation_type",
    "relation dans le mauvais sens": "direction",
    "relation oubliée": "missing_relation",
    "texte peu naturel": "unnatural_text",
    "texte incohérent": "incoherent_text",
    "autre": "other",
}
"""What a reviewer ticks → the code in ``Review.reasons``."""
