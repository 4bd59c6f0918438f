"""What every format is, and how a row becomes a document or a drop that says why not.

>>> attempt("a.csv:3", "7", {"id": "7"}, lambda row: from_triples(**row)).record
Drop(id='7', …, reason=<Reason.MISSING_FIELD: …>, detail='a.csv:3: text: Field required', …)
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from pydantic import ValidationError

from augment.errors import RecordError
from augment.reasons import Reason
from augment.schema import Document, Drop, Meta

_UNDECODABLE = re.compile("[\ud800-\udfff]")
_PLAIN_META = Meta()


class Row(NamedTuple):
    """One record of a file and where it stands there, ``train.csv:12``."""

    place: str
    record: Document | Drop


class Format(Protocol):
    """A file format; ``columns`` (our field → column name) concerns tables only."""

    def read(self, path: Path, columns: Mapping[str, str]) -> Iterator[Row]:
        """All records of one file, one at a time, bad ones as drops."""

    def write(self, documents: Iterable[Document], path: Path) -> None:
        """Write all documents to a path that does not exist yet."""

    def losses(self, document: Document) -> list[str]:
        """What a file in this format cannot hold of this document."""


def attempt(place: str, id: str, raw: Any, make: Callable[[Any], Document]) -> Row:
    """The document that ``make`` makes of ``raw``, or a drop that says what was wrong with it.

    ``raw`` is a string or a dict of cells; bytes that could not be decoded are surrogates in it.
    """
    cells = [raw] if isinstance(raw, str) else raw.values()
    try:
        "".join(cell for cell in cells if isinstance(cell, str)).encode()
        return Row(place, make(raw))
    except (RecordError, ValueError) as error:
        written = raw if isinstance(raw, str) else json.dumps(raw, ensure_ascii=False, default=str)
        reason, detail = _explain(error)
        return Row(place, dropped(place, reason, detail, id=id, raw=written))


def _explain(error: RecordError | ValueError) -> tuple[Reason, str]:
    """Reason and one line. A ValidationError is a ValueError, as any error of a JSON parser."""
    if isinstance(error, RecordError):
        return Reason(error.code), str(error)
    if isinstance(error, UnicodeError):
        return Reason.BAD_ENCODING, "not valid UTF-8"
    if not isinstance(error, ValidationError):
        return Reason.BROKEN_JSON, str(error)
    first = error.errors(include_url=False, include_context=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    reason = Reason.BROKEN_JSON if first["type"] == "json_invalid" else Reason.MISSING_FIELD
    return reason, f"{where}: {first['msg']}" if where else first["msg"]


def legible(name: str) -> str:
    """The name of a file, which may be in no encoding, as it can be written to another one."""
    return _UNDECODABLE.sub("\N{REPLACEMENT CHARACTER}", name)


def dropped(place: str, reason: Reason, detail: str, *, id: str = "", raw: str = "") -> Drop:
    """A drop of this stage; without an id it carries its place as one."""
    name, said, kept = map(legible, (id or place, f"{place}: {detail}", raw))
    return Drop(id=name, stage="read", reason=reason, detail=said, raw=kept)


def from_triples(*, relations: Any = (), **fields: Any) -> Document:
    """A document from its fields, with relations as ``[head, TYPE, tail]``.

    A fourth element holds attributes. Raises ValidationError.
    """
    if isinstance(relations, list | tuple):
        relations = [_relation(row) for row in relations]
    return Document.model_validate({**fields, "relations": relations})


def _relation(row: Any) -> Any:
    match row:
        case [head, kind, tail]:
            return {"head": head, "type": kind, "tail": tail}
        case [head, kind, tail, attributes]:
            return {"head": head, "type": kind, "tail": tail, "attributes": attributes}
    return row


def plain_losses(document: Document) -> list[str]:
    """What a format of text, entities and bare triples loses; ``meta.origin`` it keeps."""
    lost = ["attributes"] if any(r.attributes for r in document.relations) else []
    lost += ["labelled"] if document.labelled != "full" else []
    lost += ["masked"] if document.masked else []
    fields = [name for name in Meta.model_fields if name != "origin"]
    return lost + [
        f"meta.{name}"
        for name in fields
        if getattr(document.meta, name) != getattr(_PLAIN_META, name)
    ]
