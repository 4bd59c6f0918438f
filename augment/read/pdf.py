"""Text of a PDF, a page an item, without annotation; only read.

>>> [row.record.id for row in Pdf().read(Path("communique.pdf"), {})]
['communique-3f9a12c4-p1', 'communique-3f9a12c4-p2']

Words cut at a line's end are joined and lines become paragraphs again; ligatures and composed
letters, which depend on the font, are made plain (NFC). A page that is a picture has no text.
"""

from __future__ import annotations

import logging
import re
import struct
import zlib
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from hashlib import sha256
from pathlib import Path
from unicodedata import normalize

from pypdf import PdfReader
from pypdf.errors import DependencyError, FileNotDecryptedError, PyPdfError

from augment.errors import RecordError, UsageError
from augment.read.base import Row, attempt, dropped, legible
from augment.read.page.times import instant
from augment.reasons import Reason
from augment.schema import Document, Meta

_FAULTS = (
    PyPdfError, ValueError, TypeError, LookupError, AttributeError, ArithmeticError, AssertionError,
    RuntimeError, OSError, zlib.error, struct.error,
)  # fmt: skip
"""What pypdf was seen to raise for damaged files, or may."""
_LIGATURES = dict(zip("ﬀﬁﬂﬃﬄﬅﬆ", ("ff", "fi", "fl", "ffi", "ffl", "st", "st"), strict=True))
_PLAIN = str.maketrans(_LIGATURES)
_CUT = re.compile(r"(\w+)[-\u2010\u00ad]\n(\w+)")
_FIRSTS = frozenset(
    "après arrière au avant celle celles celui ceux ci contre demi elle elles est eux ex franco "
    "grand là lui mi moi non nous peut porte presque quasi rendez russo sans semi soi sous toi "
    "vice vis vous".split()
)
_SECONDS = frozenset(
    "ci elle elles en il ils je là le la les leur lui même mêmes moi nous on t toi tu vous "
    "y".split()
)
_ENDS = (".", "!", "?", ":", "…", "»", "”", ";")
_FULL = 0.7


class Pdf:
    """A PDF file."""

    def read(self, path: Path, columns: Mapping[str, str]) -> Iterator[Row]:
        """One document a page; a file that cannot be opened is one drop (``broken_file``)."""
        logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # what it mends is of no interest
        name = f"{legible(path.stem)}-{sha256(path.read_bytes()).hexdigest()[:8]}"
        try:
            with PdfReader(path) as reader:
                title, time = _said(reader)
                meta = Meta(
                    title=title,
                    time=time,
                    source=legible(path.name),
                    rights={"holder": None, "remote_llm": False, "release": False},
                )
                if not reader.pages:
                    yield _broken(path, "it has no page")
                for number in range(1, len(reader.pages) + 1):
                    make = partial(_document, reader, number, f"{name}-p{number}", meta)
                    yield attempt(f"{path.name}:{number}", f"{name}-p{number}", "", make)
        except (FileNotDecryptedError, DependencyError):
            yield _broken(path, "encrypted: it opens with a password only")
        except _FAULTS as error:
            yield _broken(path, f"no readable PDF: {error}")

    def write(self, documents: Iterable[Document], path: Path) -> None:
        """Raises UsageError."""
        raise UsageError("format pdf is only read", hint="--to jsonl keeps all of it")

    def losses(self, document: Document) -> list[str]:
        """Nothing, as nothing is written."""
        return []


def paragraphs(text: str) -> str:
    """Lines of a page → its paragraphs; a word cut at a line's end is whole again.

    The hyphen stays where it belongs to the word: before a capital or a digit, in ``lui-même``,
    ``vice-président`` and their like, and where the text has the word with it on one line.
    """
    written = normalize("NFC", text.translate(_PLAIN)).replace("\r\n", "\n").replace("\r", "\n")
    known = {found.lower() for found in re.findall(r"\w+-\w+", written)}
    whole = "\n".join(line.strip(" \t") for line in written.split("\n"))
    whole = _CUT.sub(lambda found: _joined(found[1], found[2], known), whole)
    lines = whole.split("\n")
    width = max(map(len, lines))
    kept: list[str] = []
    above = ""
    for line in lines:
        if above and line and _goes_on(above, line, width):
            kept[-1] += f" {line}"
        elif line.strip():
            kept.append(line)
        above = line
    return "\n".join(kept)


def _joined(before: str, after: str, known: set[str]) -> str:
    compound = (
        not after[0].islower()
        or f"{before}-{after}".lower() in known
        or before.lower() in _FIRSTS
        or after.lower() in _SECONDS
    )
    return f"{before}-{after}" if compound else before + after


def _goes_on(above: str, line: str, width: int) -> bool:
    if above.endswith(_ENDS):
        return False
    return line[0].islower() or len(above) > _FULL * width


def _document(reader: PdfReader, number: int, id: str, meta: Meta, _: str) -> Document:
    try:
        text = paragraphs(reader.pages[number - 1].extract_text() or "")
    except (FileNotDecryptedError, DependencyError):
        raise
    except _FAULTS as error:
        raise RecordError(Reason.BROKEN_FILE, f"page {number} is damaged: {error}") from error
    if not text.strip():
        raise RecordError(Reason.EMPTY_TEXT, f"page {number} has no text: it may be a picture")
    if "\N{REPLACEMENT CHARACTER}" in text or legible(text) != text:
        raise RecordError(Reason.BAD_ENCODING, "characters that the font does not name")
    return Document(id=id, text=text, labelled="none", meta=meta)


def _said(reader: PdfReader) -> tuple[str | None, str | None]:
    """Title of the file and its time, in Paris, as far as it says them."""
    try:
        said = reader.metadata
        title = str(said.title).strip() if said and said.title else None
    except _FAULTS:
        return None, None
    try:
        made = instant(said.creation_date) if said else None
    except _FAULTS:
        made = None
    return title or None, made.isoformat() if made else None


def _broken(path: Path, why: str) -> Row:
    return Row(path.name, dropped(path.name, Reason.BROKEN_FILE, why))
