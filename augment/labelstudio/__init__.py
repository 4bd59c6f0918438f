"""Documents ↔ Label Studio: the labelling configuration, import tasks, and what comes back.

>>> xml = config(guide, task="correct")
>>> given = task(document, guide=guide, model_version="compose/v3/mistral-small")
>>> answer(given, given["predictions"][0]) == document
True

Knows nothing of servers. Label Studio keeps one relation per ordered pair of regions, so that all
types of a pair are labels of one arrow; see :mod:`augment.labelstudio.arrows`.
"""

from augment.labelstudio.answer import answer, read
from augment.labelstudio.config import config
from augment.labelstudio.diff import diff
from augment.labelstudio.task import task, version
from augment.labelstudio.verdict import review

__all__ = ["answer", "config", "diff", "read", "review", "task", "version"]
