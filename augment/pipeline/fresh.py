"""Which of the records that were read are new items, and why the others are not.

>>> items, drops = sorted_out(seen, versions, gold)
>>> len(items) + len(drops) == len(versions)
True
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from hashlib import sha256
from pathlib import Path

from augment.errors import PathError
from augment.pipeline.seen import Seen
from augment.read import read
from augment.read.base import Row, dropped
from augment.read.detect import sources
from augment.read.page import Live
from augment.read.page.versions import Version, corrected, settled, version
from augment.reasons import Reason
from augment.schema import Document, Drop


def sorted_out(
    seen: Seen, versions: Sequence[Version], known: Iterable[Document]
) -> tuple[list[Document], list[Drop]]:
    """New documents, and all else as drops, in their order; notes which versions were taken.

    Of several versions of a post the newest is taken. One that was taken before is taken again if
    its text changed since, marked in ``meta.modified``; an older one that comes late is superseded.
    ``known``: documents whose texts are not new; read only if something else is.
    """
    stamps: dict[str, tuple[str, str]] = {}
    for row, stamp in ((v.row, v.stamp) for v in versions):
        stamps[row.record.id] = max(stamps.get(row.record.id, stamp), stamp)
    rows = list(settled(versions))
    new = set(seen.new(_hash(row.record) for row in rows if isinstance(row.record, Document)))
    ids: set[str] = set()
    for document in known if new else ():
        ids.add(document.id)
        new.discard(_hash(document))
    items: list[Document] = []
    drops: list[Drop] = []
    for place, record in rows:
        if isinstance(record, Drop):
            drops.append(record)
            continue
        hash, stamp, before = _hash(record), stamps[record.id], seen.post(record.id)
        raw = record.model_dump_json()
        if hash not in new:
            why = "the text is that of an earlier item or of a gold document"
            drops.append(dropped(place, Reason.EXACT_DUPLICATE, why, id=record.id, raw=raw))
        elif before is not None and stamp < before:
            why = "a later version was taken before"
            drops.append(dropped(place, Reason.SUPERSEDED, why, id=record.id, raw=raw))
        else:
            new.remove(hash)
            seen.take(record.id, stamp)
            document = record if before is None else corrected(record, stamp[1])
            items.append(_named(document, ids))
    return items, drops


def still_new(items: Iterable[Document], known: Iterable[Document]) -> list[Document]:
    """The items whose texts are not known; none of them has the id of a known document."""
    ids, gold = set(), set()
    for document in known:
        ids.add(document.id)
        gold.add(_hash(document))
    return [_named(item, ids) for item in items if _hash(item) not in gold]


def _named(item: Document, taken: Collection[str]) -> Document:
    """The item under an id that is not taken."""
    named = {"id": f"{item.id}+{_hash(item)[:8]}"} if item.id in taken else {}
    return item.model_copy(update=named)


def versions_in(path: Path) -> tuple[list[Version], str | None]:
    """What is in a file, or why it is broken: not to be read at all, or none of its records."""
    try:
        [(file, format)] = sources(path, None)
        if format == "page":
            found = list(Live().versions(file))
        else:
            found = [version(Row(file.name, record)) for record in read(path)]
    except (PathError, UnicodeError, OSError) as error:
        return [], str(error).removeprefix(f"{path}: ")
    drops = [v.row.record for v in found if isinstance(v.row.record, Drop)]
    if drops and len(drops) == len(found):
        return [], f"none of {len(drops)} records can be read, the first: {drops[0].detail}"
    return found, None


def texts(versions: Iterable[Version]) -> list[str]:
    """Hashes of all texts, those of older versions too: none of them is new again."""
    found = (_hash(v.row.record) for v in versions if isinstance(v.row.record, Document))
    return list(dict.fromkeys(found))


def _hash(document: Document) -> str:
    return sha256(document.text.encode()).hexdigest()
