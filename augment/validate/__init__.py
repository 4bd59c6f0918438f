"""Hard rules of a guide: findings on any document, and candidates repaired or dropped.

>>> inspect(document, guide)
[Finding(code='wrong_signature', scope='relation', action='removed',
         detail='3:PLACE IS_BORN_ON 7:TIME_EXACT')]
"""

from augment.validate.stage import ValidateSettings, inspect, validate
from augment.validate.summary import explain, reasons_table, summarise

__all__ = ["ValidateSettings", "explain", "inspect", "reasons_table", "summarise", "validate"]
