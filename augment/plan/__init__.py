"""Which relation types to order, how many, by which strategy, and why.

>>> print(plan(documents, guide=guide, samples=100, strategies=["mentions"]).rows[0].why)
rare: 3 examples; F1 0.10

What an order for an LLM holds: ``event``, an entity type of the guide or a French phrase;
``style``, one of `STYLES`; ``source``, the id to look up in :func:`sources`; ``targets``, figures
of a gold text (``entities mentions pronouns negations attributions quotations``); ``nodes``, of
`realise` the graph's entities, of `substitute` those of the source to replace; ``triples``, of
`realise` the graph, of `contrast` the one to turn and what to turn it into.
"""

from augment.plan.quotas import LLM_FREE, Planning, plan
from augment.plan.records import Plan, Row, Settings
from augment.plan.sources import sources
from augment.plan.texts import STYLES

__all__ = ["LLM_FREE", "STYLES", "Plan", "Planning", "Row", "Settings", "plan", "sources"]
