"""`augment review html`: samples on a page that needs nothing else.

>>> skim(documents, Picking(by="random", number=50), guide, title="accepted").left
0
"""

from __future__ import annotations

from collections.abc import Sequence

from augment.errors import NoResult
from augment.guide.model import Guide
from augment.pipeline.picked import Picking, picked
from augment.policy import Level, of_document
from augment.report.skim import Sample, page
from augment.schema import Document, Record


class Skimmed(Record):
    """The page, how many samples it shows, and how many documents' rights keep them from it."""

    html: str
    shown: int
    left: int


def skim(documents: Sequence[Document], picking: Picking, guide: Guide, *, title: str) -> Skimmed:
    """The page of the documents drawn.

    A page is easily passed on: documents whose rights forbid showing their whole text on another
    machine stay out, as :func:`augment.pipeline.review.push` keeps them back. Raises NoResult if
    none is left, and what :func:`augment.pipeline.picked.picked` raises.
    """
    allowed = [d for d in documents if of_document(d, Level.EXAMPLES) is Level.EXAMPLES]
    left = len(documents) - len(allowed)
    if not allowed:
        raise NoResult(f"{title}: no document may be shown", hint="see meta.rights")
    samples = [
        Sample(one.document, one.version, one.score, one.why)
        for one in picked(allowed, picking, guide)
    ]
    html = page(samples, guide, title=title, kept_back=left)
    return Skimmed(html=html, shown=len(samples), left=left)
