"""Our own format: one document a line, nothing lost.

{"id": "7", "text": "Kiev résiste.", "entities": [], "relations": [], "labelled": "full", …}
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from augment.read.base import Row, attempt
from augment.schema import Document

_ID = re.compile(r'"id"\s*:\s*"([^"\\]+)"')


class Jsonl:
    """One JSON document a line; only a line feed ends a line."""

    def read(self, path: Path, columns: Mapping[str, str]) -> Iterator[Row]:
        """One document a line; blank lines are skipped."""
        validate = Document.model_validate_json
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                if number == 1:
                    line = line.removeprefix(b"\xef\xbb\xbf")
                if line.isspace():
                    continue
                try:
                    yield Row(f"{path.name}:{number}", validate(line))
                except ValueError:
                    yield self._bad(f"{path.name}:{number}", line)

    def _bad(self, place: str, line: bytes) -> Row:
        raw = line.decode("utf-8", "surrogateescape").rstrip("\n")
        found = _ID.search(raw)
        name = found[1] if found else ""
        return attempt(place, name, raw, lambda _: Document.model_validate_json(line))

    def write(self, documents: Iterable[Document], path: Path) -> None:
        """One line a document."""
        with path.open("w", encoding="utf-8", newline="") as file:
            for document in documents:
                file.write(document.model_dump_json() + "\n")

    def losses(self, document: Document) -> list[str]:
        """Nothing."""
        return []
