"""What reviewers are not told: wrong labels put in, gold mixed in; and taking both out again.

>>> shown, key = hide(batch, guide=guide, traps=0.1, gold=gold, number=20)
>>> found = unhide(reviewed, key, batch=batch, guide=guide)
>>> len(found.documents), len(found.gold), found.caught.found.share
(100, 20, 0.7)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from augment.errors import UsageError
from augment.guide.model import Guide
from augment.review.noise import mixed
from augment.review.traps import Caught, Trap, caught, settled, trap
from augment.schema import Document, Record


class Key(Record):
    """The traps, and the ids of gold documents: for a file that reviewers do not see."""

    traps: tuple[Trap, ...] = ()
    gold: tuple[str, ...] = ()


class Unhidden(NamedTuple):
    """Reviewed documents without traps, reviewed gold apart from them, and the traps found."""

    documents: list[Document]
    gold: list[Document]
    caught: Caught


def hide(
    documents: Sequence[Document],
    *,
    guide: Guide,
    traps: float = 0.0,
    gold: Sequence[Document] = (),
    number: int = 0,
    seed: int = 0,
) -> tuple[list[Document], Key]:
    """The documents to push, and the key. Traps go into samples only, not into gold.

    Raises UsageError as :func:`augment.review.noise.mixed` does.
    """
    shown, put = trap(documents, guide=guide, share=traps, seed=seed)
    ids: list[str] = []
    if number:
        shown, ids = mixed(shown, gold, number=number, seed=seed)
    return shown, Key(traps=tuple(put), gold=tuple(ids))


def unhide(
    reviewed: Sequence[Document], key: Key, *, batch: Sequence[Document], guide: Guide
) -> Unhidden:
    """What was said, as if there had been no trap, with gold apart.

    Several reviews of one document stay several. Raises UsageError if a document with a trap is not
    in the batch.
    """
    before = {d.id: d for d in batch}
    traps = {t.document: t for t in key.traps}
    golds = set(key.gold)
    documents = []
    for said in reviewed:
        own = traps.get(said.id)
        if own is not None and said.id not in before:
            raise UsageError(f"document {said.id!r} has a trap and is not in the batch")
        if said.id not in golds:
            documents.append(settled(said, before[said.id], own, guide) if own else said)
    gold = [said for said in reviewed if said.id in golds]
    return Unhidden(documents, gold, caught(key.traps, {d.id: d for d in reviewed}))
