"""A post as a page tells it, and the document that is made of it.

>>> document_of(post, page, questions=False).id
'lemonde.fr:3587412'
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from urllib.parse import SplitResult, urlsplit

from augment.errors import RecordError
from augment.overlap import fold
from augment.overlap.grams import spelled
from augment.read.page.html import Text
from augment.read.page.times import utc
from augment.reasons import Reason
from augment.schema import Document, Meta

_PREFIX = re.compile(r"(?:live-?blog|live|post|update|item|entry|block)[-_]+", re.I)
_GREETING = re.compile(r"^(?:bonjour|bonsoir)\b[^.,;:!?\n]{0,60}[.,;:!]\s*", re.I)
_NOBODY = frozenset({"anonyme", "lecteur", "lectrice", "un lecteur", "une lectrice", "invité"})
_HALF = re.compile("[\ud800-\udfff]")
_LONG, _DIGITS = 12, 6
_SURE = 4


@dataclass(frozen=True)
class Page:
    """What a page says of itself; ``seen``: it was saved at that time or later."""

    name: str
    url: str = ""
    title: str | None = None
    holder: str | None = None
    seen: datetime | None = None

    @property
    def host(self) -> str:
        """``lemonde.fr``; ``page`` where no address is known."""
        return (split(self.url).hostname or "page").removeprefix("www.")


@dataclass(frozen=True)
class Post:
    """One post; ``anchor`` is its own id on the page. ``asked``: that it is a reader's question."""

    text: Text
    anchor: str | None = None
    title: str | None = None
    time: datetime | None = None
    modified: datetime | None = None
    url: str | None = None
    essential: bool = False
    cut: bool = False


def anchor_of(written: str, page_url: str) -> str | None:
    """A post's own id in an ``id``, ``@id`` or address; None if that is the whole page's."""
    address, _, mark = written.strip().partition("#")
    if not mark and split(address).scheme:
        if _bare(address) == _bare(page_url):
            return None
        mark = _bare(address).rsplit("/", 1)[-1].removesuffix(".html")
    mark = mark or address
    return _PREFIX.sub("", mark, count=1) or mark or None


def id_of(post: Post, page: Page) -> str:
    """The same for the same post of a page saved later, whatever was corrected in its text.

    From its own id; else from its time and title; of a post without title, from its time and text.
    """
    if post.anchor and _looks_unique(post.anchor):
        return f"{page.host}:{post.anchor}"
    if post.anchor and page.url:
        return f"{page.host}{split(page.url).path}:{post.anchor}"
    words = fold(post.title or "\n".join(post.text.paragraphs + post.text.questions))
    content = "\n".join([utc(post.time), post.anchor or "", words])
    return f"{page.host}:{sha256(content.encode('utf-8', 'replace')).hexdigest()[:16]}"


def document_of(post: Post, page: Page, *, questions: bool) -> Document:
    """The item of a post, rights reserved; readers' questions in it only if ``questions``.

    Raises RecordError: ``truncated``, ``empty_text``, ``bad_encoding``, ``personal_data``.
    """
    if post.cut:
        raise RecordError(Reason.TRUNCATED, "the page ends within this post")
    paragraphs = [_GREETING.sub("", p) for p in post.text.paragraphs]
    if questions:
        paragraphs = [*post.text.questions, *paragraphs]
    text = "\n".join(p for p in paragraphs if p.strip()) or post.title or ""
    if not text.strip():
        what = "nothing but a reader's question" if post.text.questions else "no text"
        raise RecordError(Reason.EMPTY_TEXT, what)
    id, source = id_of(post, page), post.url or page.url or page.name
    whole = f"{text}\n{post.title}"
    if "\N{REPLACEMENT CHARACTER}" in whole or _HALF.search(f"{whole}\n{id}\n{source}"):
        raise RecordError(Reason.BAD_ENCODING, "characters that could not be decoded")
    if _names(post.text.readers, whole):
        raise RecordError(Reason.PERSONAL_DATA, "it names the reader who asked")
    flags = ["essential"] if post.essential else []
    if post.text.questions:
        flags.append("question" if questions else "answer")
    return Document(
        id=id,
        text=text,
        labelled="none",
        meta=Meta(
            time=post.time.isoformat() if post.time else None,
            title=post.title,
            source=source,
            rights={"holder": page.holder or page.host, "remote_llm": False, "release": False},
            flags=tuple(flags),
            modified=post.modified.isoformat() if post.modified else None,
        ),
    )


def split(url: str) -> SplitResult:
    """The parts of an address, all empty if it is none."""
    try:
        return urlsplit(url)
    except ValueError:
        return urlsplit("")


def _bare(url: str) -> str:
    """Host and path: the scheme, a query and the last slash do not make another page."""
    parts = split(url)
    return f"{(parts.hostname or '').removeprefix('www.')}{parts.path}".rstrip("/")


def _looks_unique(anchor: str) -> bool:
    """True for what is no mere position on a page, such as ``post-3``."""
    return len(anchor) >= _LONG or sum(c.isdigit() for c in anchor) >= _DIGITS


def _names(asked: tuple[str, ...], text: str) -> bool:
    """True if a reader's name or question is in the text."""
    words = spelled(text)
    said, starts = f" {' '.join(words)} ", _by_start(asked)
    near = {
        written for start in {"", *map(str.casefold, words)} for written in starts.get(start, ())
    }
    return any(_is_in(written, text, said) for written in near)


@lru_cache(maxsize=4)
def _by_start(asked: tuple[str, ...]) -> dict[str, list[str]]:
    """Names and questions by how their first word may be in a text; short questions by nothing.

    A page may have thousands, and thousands of posts to look for them in.
    """
    found: dict[str, list[str]] = {}
    for written in asked:
        words = spelled(written) or [""]
        forms = {f(words[0]).casefold() for f in (str, str.capitalize, str.upper)}
        for start in {""} if len(words) < _SURE and "?" in written else forms:
            found.setdefault(start, []).append(written)
    return found


def _is_in(written: str, text: str, said: str) -> bool:
    """True if that is in the text, whatever case, spaces and punctuation are.

    One word may be a common one: as it is written, or with capitals. A short question may be part
    of another sentence: with its question mark.
    """
    words = spelled(written)
    name = " ".join(words)
    if len(name) < 2 or name.casefold() in _NOBODY:
        return False
    if len(words) < _SURE and "?" in written:
        return fold(written) in fold(text)
    if len(words) == 1:
        return any(f" {form} " in said for form in (name, name.capitalize(), name.upper()))
    return f" {name.casefold()} " in said.casefold()
