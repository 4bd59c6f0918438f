"""Of several versions of a post the newest; posts that repeat each other in one group.

>>> [row.record.meta.modified for row in settled(versions)]
['2022-02-24T07:40:00+01:00']
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from augment.overlap.twins import grouped
from augment.read.base import Row, dropped
from augment.read.page.times import instant, utc
from augment.reasons import Reason
from augment.schema import Document, Meta


@dataclass(frozen=True)
class Version:
    """A post as it was at a time: when it was changed, and when its page was saved, in UTC."""

    row: Row
    stamp: tuple[str, str] = ("", "")


def version(row: Row) -> Version:
    """A record of any format, by the times in its ``meta``."""
    meta = row.record.meta if isinstance(row.record, Document) else Meta()
    return Version(row, (utc(instant(meta.modified) or instant(meta.time)), ""))


def settled(versions: Sequence[Version]) -> Iterator[Row]:
    """All rows in their order; what is not the newest version of its post is a drop.

    A version with another text is ``superseded``, and the newest then says in ``meta.modified``
    when that was; a repetition is a ``duplicate_id``. Of equal stamps the one read last is newer.
    """
    newest: dict[str, int] = {}
    changed: set[str] = set()
    for number, version in enumerate(versions):
        document = version.row.record
        if not isinstance(document, Document):
            continue
        best = newest.get(document.id)
        if best is not None and not _same(document, versions[best].row.record):
            changed.add(document.id)
        if best is None or version.stamp >= versions[best].stamp:
            newest[document.id] = number
    order = sorted(newest.values())
    kept = [document for n in order if isinstance(document := versions[n].row.record, Document)]
    kept = [
        corrected(document, versions[n].stamp[1]) if document.id in changed else document
        for n, document in zip(order, kept, strict=True)
    ]
    final = dict(zip(order, grouped(kept), strict=True))
    for number, version in enumerate(versions):
        record = version.row.record
        if number in final:
            yield Row(version.row.place, final[number])
        elif isinstance(record, Document):
            yield _older(version.row.place, record, versions[newest[record.id]].row)
        else:
            yield version.row


def corrected(document: Document, saved: str) -> Document:
    """The document, marked as modified: when it says, else when its page was saved, if known."""
    seen = instant(saved)
    when = document.meta.modified or (seen.isoformat() if seen else "unknown")
    return document.model_copy(update={"meta": document.meta.model_copy(update={"modified": when})})


def _older(place: str, document: Document, newest: Row) -> Row:
    same = _same(document, newest.record)
    reason = Reason.DUPLICATE_ID if same else Reason.SUPERSEDED
    detail = f"the same post as {newest.place}" if same else f"corrected in {newest.place}"
    raw = document.model_dump_json()
    return Row(place, dropped(place, reason, detail, id=document.id, raw=raw))


def _same(document: Document, other: object) -> bool:
    return isinstance(other, Document) and (document.text, document.meta.title) == (
        other.text,
        other.meta.title,
    )
