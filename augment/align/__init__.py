"""From reply to sample: what a model wrote, read without guessing.

>>> from augment.align import align
>>> align(response, order=order, guide=guide)
Candidate(id='000001', …) or Drop(id='000001', stage='align', reason='truncated', …)
"""

from augment.align.stage import align, align_onto

__all__ = ["align", "align_onto"]
