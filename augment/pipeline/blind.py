"""What reviewers are not told: wrong labels put in, gold mixed in; and taking both out again.

>>> shown, key = hide(batch, guide=guide, traps=0.1, gold=gold, number=20)
>>> found = unhide(reviewed, key, batch=batch, guide=guide)
>>> len(found.documents), len(found.gold), found.caught.found.share
(100, 20, 0.7)

What is shown has numbers for ids, and gold passes for a document of the batch. Every document
carries the batch's name in ``meta.blind``, whether there is a trap in it or not: nothing but
:func:`unhide`, which needs the key, makes it a document to learn from.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from random import Random
from typing import NamedTuple

from pydantic import Field

from augment.errors import UsageError
from augment.guide.model import Guide
from augment.review.noise import mixed
from augment.review.traps import Caught, Trap, caught, settled, trap
from augment.schema import Document, Meta, Record


class Key(Record):
    """The name of the batch, whose ids are whose, the traps, and gold with what it came with.

    It goes into a file that reviewers do not see. Traps and gold are by their own ids.
    """

    name: str
    ids: dict[str, str]
    traps: tuple[Trap, ...] = ()
    gold: dict[str, Meta] = Field(default_factory=dict)


class Unhidden(NamedTuple):
    """Reviewed documents without traps, apart from them rejected ones and gold; the traps found."""

    documents: list[Document]
    rejected: list[Document]
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
    drawn: list[str] = []
    if number:
        shown, drawn = mixed(shown, gold, number=number, seed=seed)
    own = {d.id: d.meta for d in shown if d.id in set(drawn)}
    hidden = [str(seed), *(d.id for d in shown), *(one.model_dump_json() for one in put)]
    name = sha256("\0".join(hidden).encode()).hexdigest()[:8]
    random = Random(f"{seed}/blind")
    looks = [_disguised(d, random.choice(documents).meta) if d.id in own else d for d in shown]
    new = [f"{name}-{n:04d}" for n in range(1, len(shown) + 1)]
    key = Key(
        name=name,
        ids={id: d.id for id, d in zip(new, shown, strict=True)},
        traps=tuple(put),
        gold=own,
    )
    return [_named(d, id, name) for d, id in zip(looks, new, strict=True)], key


def _disguised(gold: Document, look: Meta) -> Document:
    """Gold that says of itself what another document says; its rights stay what they are."""
    made = {name: value for name, value in look.rights.items() if name == "generator"}
    meta = look.model_copy(update={"rights": gold.meta.rights | made})
    return gold.model_copy(update={"meta": meta})


def _named(document: Document, id: str, blind: str | None) -> Document:
    meta = document.meta.model_copy(update={"blind": blind})
    return document.model_copy(update={"id": id, "meta": meta})


def unhide(
    reviewed: Sequence[Document], key: Key, *, batch: Sequence[Document], guide: Guide
) -> Unhidden:
    """What was said, as if there had been no trap, with gold apart.

    Several reviews of one document stay several. Raises UsageError if a document is not of this
    key's batch, or one with a trap is not among those given.
    """
    before = {d.id: d for d in batch}
    traps = {t.document: t for t in key.traps}
    said = [_own(document, key) for document in reviewed]
    documents: list[Document] = []
    rejected: list[Document] = []
    for one in said:
        own = traps.get(one.id)
        if own is not None and one.id not in before:
            raise UsageError(f"document {one.id!r} has a trap and is not in the batch")
        if one.id not in key.gold:
            after = settled(one, before[one.id], own, guide) if own else one
            no = after.meta.review is not None and after.meta.review.verdict == "reject"
            (rejected if no else documents).append(after)
    gold = [one for one in said if one.id in key.gold]
    return Unhidden(documents, rejected, gold, caught(key.traps, said))


def _own(document: Document, key: Key) -> Document:
    """A document with its own id, and gold with its own meta beside the review."""
    if document.meta.blind != key.name or document.id not in key.ids:
        hint = "pull it into a file of its own, and give the key that `hide` wrote with it"
        raise UsageError(f"document {document.id!r} is not of the batch of this key", hint=hint)
    own = _named(document, key.ids[document.id], None)
    if own.id not in key.gold:
        return own
    meta, review = key.gold[own.id], own.meta.review
    update = {"origin": own.meta.origin, "review": review}
    return own.model_copy(update={"meta": meta.model_copy(update=update)})
