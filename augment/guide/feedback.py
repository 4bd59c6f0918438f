"""What versions of a guide took from reviews: which edits, out of which reviewed files, and when.

feedback:
  - version: 3
    date: 2026-11-22
    reviewed: [{name: reviewed.jsonl, sha256: 5be2…, documents: 40, corrections: 11}]
    taken: [{at: relations.RESIDES_IN.rule, count: 4, text: "À ne pas confondre avec …"}]
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable

from augment.schema import Record

EXAMPLES = (".positive", ".negative")


class Source(Record):
    """A reviewed file by its content, and how many documents and corrections it held."""

    name: str
    sha256: str
    documents: int
    corrections: int


class Taken(Record):
    """One edit that was taken: the field, how many corrections spoke for it, what was written.

    ``text`` is a sentence, a type, or an example in the inline form; ``instead`` the example that
    it replaced.
    """

    at: str
    count: int = 0
    text: str
    instead: str | None = None


class Feedback(Record):
    """What one version of a guide took, on which day, out of which files."""

    version: int
    date: datetime.date
    reviewed: tuple[Source, ...] = ()
    taken: tuple[Taken, ...]


def examples(feedback: Iterable[Feedback]) -> frozenset[str]:
    """Texts of all examples that were taken, in the inline form."""
    taken = (edit for version in feedback for edit in version.taken)
    return frozenset(edit.text for edit in taken if edit.at.endswith(EXAMPLES))
