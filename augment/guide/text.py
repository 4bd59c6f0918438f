r"""Definitions out of an existing guide: a PDF, a Word document or Markdown.

>>> definitions("## PLACE (Lieu)\nTout endroit nommé.\n\n## COLOR …", {"PLACE": "PLACE"})
{'PLACE': Definition(label='Lieu', text='Tout endroit nommé.')}
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from augment.errors import PathError
from augment.registry import names, resolve

_MARKS = re.compile(r"^[\s#>*•·–—\-\d.)|]*")
_HEAD = re.compile(
    r"^[`*_]*(?P<name>.+?)[`*_]*\s*(?:\((?P<label>[^)]+)\))?[`*_]*\s*(?:[:：=|–—]\s*(?P<rest>.*))?$"
)
LONGEST = 600


class Definition(NamedTuple):
    """What a text says of a type; ``label`` is its other name in parentheses, or empty."""

    label: str
    text: str


def read_text(path: Path) -> str:
    """Plain text of a ``.pdf``, ``.docx``, ``.md`` or ``.txt`` file, one line a paragraph or row.

    Raises PathError (missing, unreadable, another suffix), MissingExtra.
    """
    if not path.is_file():
        raise PathError(f"{path}: no such file")
    suffix = path.suffix.lower().removeprefix(".")
    if suffix not in names("text"):
        raise PathError(
            f"{path}: no text that can be read", hint=f"one of: {', '.join(names('text'))}"
        )
    reader = resolve("text", suffix)
    try:
        return str(reader(path))
    except (ValueError, KeyError, OSError) as error:
        raise PathError(f"{path}: not readable: {error}") from error


def plain(path: Path) -> str:
    """A text file in UTF-8."""
    return path.read_text(encoding="utf-8")


def definitions(text: str, names: Mapping[str, str]) -> dict[str, Definition]:
    """Definitions by type, where a line begins with its name: a heading, or ``NAME: …``.

    ``names``: every spelling of a type → its name. In the text it may have spaces or underscores,
    any case, a number or a mark of a heading or list before it and a label in parentheses after.
    The definition is the rest of the line or else the next paragraph, up to 600 characters; the
    first one found counts.
    """
    known = {_key(spelling): name for spelling, name in names.items()}
    lines = text.splitlines()
    found: dict[str, Definition] = {}
    for i, line in enumerate(lines):
        head = _HEAD.match(_MARKS.sub("", line).strip(" |"))
        name = known.get(_key(head["name"])) if head else None
        if not head or name is None or name in found:
            continue
        body = (head["rest"] or "").strip(" |") or _paragraph(lines[i + 1 :], known)
        if body:
            found[name] = Definition(_label(head["label"]), body[:LONGEST].strip())
    return found


def _label(written: str | None) -> str:
    return (written or "").strip("`*_ ")


def _key(written: str) -> str:
    return re.sub(r"[\W_]+", " ", written).strip().casefold()


def _paragraph(lines: list[str], known: dict[str, str]) -> str:
    """The first paragraph of some lines, unless a heading of another type comes first."""
    taken: list[str] = []
    for line in lines:
        head = _HEAD.match(_MARKS.sub("", line).strip())
        if line.startswith("#") or (head and _key(head["name"]) in known):
            break
        if line.strip():
            taken.append(line.strip())
        elif taken:
            break
    return " ".join(taken)
