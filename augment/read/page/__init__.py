"""Saved live pages: one item a post, with time, title, source and rights. Nothing is fetched.

>>> [row.record.meta.time for row in Live().read(Path("guerre-en-ukraine.html"), {})]
['2022-02-24T06:12:00+01:00', '2022-02-24T05:58:00+01:00', …]

Le Monde's elements and any newspaper's schema.org ``LiveBlogPosting`` are read; a page with both
gives each post once. Readers' questions are left out unless asked for, their names always. Of
several versions of a post the newest is an item, and posts that repeat each other have one group.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path

from augment.errors import PathError, RecordError, UsageError
from augment.read.base import Row, attempt, dropped, legible
from augment.read.page.find import found_in
from augment.read.page.post import Page, Post, document_of, id_of
from augment.read.page.times import utc
from augment.read.page.versions import Version, settled
from augment.reasons import Reason
from augment.schema import Document


class Live:
    """Live pages; only read. ``questions``: with readers' questions, never with their names."""

    def __init__(self, questions: bool = False) -> None:
        self.questions = questions

    def read(self, path: Path, columns: Mapping[str, str]) -> Iterator[Row]:
        """The posts of one page, in its order."""
        return self.read_all([path])

    def read_all(self, paths: Iterable[Path]) -> Iterator[Row]:
        """The posts of several pages, which may be one page saved several times.

        All posts are held in memory. Raises PathError.
        """
        return settled([version for path in paths for version in self.versions(path)])

    def versions(self, path: Path) -> Iterator[Version]:
        """The posts of one page, to be settled with those of others. Raises PathError."""
        name = legible(path.name)
        try:
            raw = path.read_bytes()
        except OSError as error:
            raise PathError(f"{path}: {error.strerror or error}") from error
        try:
            found = found_in(raw, name)
        except RecordError as error:
            yield Version(_refused(name, error))
            return
        for place, why in found.broken:
            yield Version(_refused(place, why))
        for number, post in enumerate(found.posts, 1):
            yield self._version(f"{name}:{number}", post, found.page)

    def write(self, documents: Iterable[Document], path: Path) -> None:
        """Raises UsageError."""
        raise UsageError("format page is only read", hint="--to jsonl keeps all of it")

    def losses(self, document: Document) -> list[str]:
        """Nothing, as nothing is written."""
        return []

    def _version(self, place: str, post: Post, page: Page) -> Version:
        make = partial(self._made, post, page)
        row = attempt(place, id_of(post, page), "", make)
        return Version(row, (utc(post.modified or post.time), utc(page.seen)))

    def _made(self, post: Post, page: Page, _: str) -> Document:
        return document_of(post, page, questions=self.questions)


def _refused(place: str, error: RecordError) -> Row:
    """A drop without raw material: that is the page, and it may name readers."""
    return Row(place, dropped(place, Reason(error.code), str(error)))
