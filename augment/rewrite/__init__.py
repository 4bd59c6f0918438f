"""Strategies without an LLM: an order and the training view in, a candidate or a drop out.

>>> next(rewrite([Order(id="o1", strategy="mentions")], documents, guide=guide)).document.id
'mentions-o1'
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

from augment import registry
from augment.guide.model import Guide
from augment.rewrite.index import Index
from augment.schema import Candidate, Document, Drop, Order


class Rewriter:
    """An order in, a candidate or a drop out; the view is read at the first order.

    ``documents`` is the training view: everything a strategy writes comes from there, so dev and
    test documents must not be in it. A candidate depends on its order and the view only, not on
    the other orders.
    """

    def __init__(self, documents: Sequence[Document], guide: Guide) -> None:
        self.documents, self.guide = documents, guide

    @cached_property
    def _index(self) -> Index:
        return Index(self.documents, self.guide)

    def __call__(self, order: Order) -> Candidate | Drop:
        """Raises UnknownName for a strategy that is not in the registry."""
        made: Candidate | Drop = registry.resolve("strategy", order.strategy)(order, self._index)
        return made


def rewrite(
    orders: Iterable[Order], documents: Sequence[Document], *, guide: Guide
) -> Iterator[Candidate | Drop]:
    """One candidate or drop for each order, in their order, by a :class:`Rewriter`."""
    return map(Rewriter(documents, guide), orders)
