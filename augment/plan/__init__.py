"""Which relation types to order, how many, and why.

>>> print(plan(documents, guide=guide, samples=100, strategies=["mentions"]).rows[0].why)
rare: 3 examples; F1 0.10
"""

from augment.plan.quotas import Plan, Row, Settings, plan

__all__ = ["Plan", "Row", "Settings", "plan"]
