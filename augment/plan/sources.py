"""The texts that orders work on: gold documents, excerpts of them, raw items.

>>> sources(orders, documents, raw)["d1#0-87"].text
'Le maire a rencontré les pompiers.'
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from augment.errors import UsageError
from augment.plan.gold import excerpted
from augment.schema import Document, Order

_EXCERPT = re.compile(r"(.*)#(\d+)-(\d+)", re.S)


def sources(
    orders: Iterable[Order], documents: Iterable[Document], raw: Iterable[Document] = ()
) -> dict[str, Document]:
    """``Order.source`` → the document. Raises UsageError for one that is not there."""
    known = {document.id: document for document in (*raw, *documents)}
    found = {}
    for order in orders:
        if order.source is not None:
            found[order.source] = _source(order.source, known, order)
    return found


def _source(name: str, known: dict[str, Document], order: Order) -> Document:
    if name in known:
        return known[name]
    part = _EXCERPT.fullmatch(name)
    if part is None or part[1] not in known:
        raise UsageError(
            f"order {order.id} works on {name!r}, which is in neither the corpus nor the raw items",
            hint="plan again with this corpus",
        )
    return excerpted(known[part[1]], (int(part[2]), int(part[3])))
