"""Which surrogate stands for which name, document by document: a local file, never sent.

    {"document": "s01", "text": "9f2c…", "names": {"Poutine": "Lebrun", "Vladimir": "Bruno"}}

JSON lines, readable by their owner only.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from pydantic import ValidationError

from augment.errors import PathError, StoreError
from augment.schema import Record


class _Row(Record):
    document: str
    text: str
    names: dict[str, str]


class Vault:
    """The names of each document by its id; a file that is there already is read and added to.

    One that is not is made when the first names are stored.

    Raises PathError if it cannot be opened, StoreError if it is no vault.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._rows: dict[str, _Row] = {}
        try:
            path.chmod(0o600)
            whole, end, cut = path.read_bytes().rpartition(b"\n")
            if cut:  # a process was killed while it wrote: that text was not sent
                os.truncate(path, len(whole + end))
            lines = whole.decode().split("\n") if whole else []
        except FileNotFoundError:
            return
        except OSError as error:
            raise PathError(f"{path}: cannot be opened as a vault: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise StoreError(f"{path}: not a vault", hint="choose another file") from error
        for number, line in enumerate(lines, start=1):
            try:
                row = _Row.model_validate_json(line)
            except ValidationError as error:
                hint = "restore it, or choose another file"
                raise StoreError(f"{path}: line {number} is damaged", hint=hint) from error
            self._rows[row.document] = row

    def __contains__(self, document_id: str) -> bool:
        return document_id in self._rows

    def put(self, document_id: str, text: str, names: dict[str, str]) -> None:
        """Store real name → surrogate for a document, before it goes anywhere.

        Raises StoreError if the disk does not take it, or another document has that id.
        """
        digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
        row = _Row(document=document_id, text=digest, names=names)
        old = self._rows.get(document_id)
        if old == row:
            return
        if old is not None:
            raise StoreError(
                f"{self.path}: document {document_id} is there with another text or other names",
                hint="a vault is for one corpus: choose another file",
            )
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with open(self.path, "a", encoding="utf-8", opener=_private) as file:
                file.write(row.model_dump_json() + "\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise StoreError(
                f"{self.path}: cannot store names: {error.strerror}", hint="free some space"
            ) from error
        self._rows[document_id] = row

    def names(self, document_id: str) -> dict[str, str]:
        """Real name → surrogate. Raises StoreError if the document is not in the vault."""
        if document_id not in self._rows:
            raise StoreError(
                f"{self.path}: no surrogates of document {document_id}",
                hint="was it made with another vault?",
            )
        return self._rows[document_id].names


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
