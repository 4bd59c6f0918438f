"""Bytes of a page → what it says of itself and its posts, each once.

>>> found = found_in(Path("live.html").read_bytes(), "live.html")
>>> found.page.holder, len(found.posts)
('Le Journal', 24)
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from html import unescape
from typing import Any, NamedTuple

from lxml.html import HtmlElement

from augment.errors import RecordError
from augment.overlap import fold
from augment.read.page import jsonld, lemonde
from augment.read.page.html import Text, asked_in, decoded, line_of, parsed
from augment.read.page.post import Page, Post
from augment.read.page.times import day_in, instant, utc
from augment.reasons import Reason

LOOKED_FOR = "section.post.post__live-container, nor JSON-LD LiveBlogPosting with liveBlogUpdate"
_SAVED_FROM = re.compile(r"<!--\s*saved from url=\(\d+\)(\S+)\s*-->", re.I)
_START = 60
_KINDS = ("anchor", "title", "start")
Key = tuple[str, str]


class Found(NamedTuple):
    """A page, its posts, and what of it could not be read: a place and an error each."""

    page: Page
    posts: list[Post]
    broken: list[tuple[str, RecordError]]


def found_in(raw: bytes, name: str) -> Found:
    """What is in a page. Raises RecordError (``broken_file``) if it is no HTML or no live page."""
    text = decoded(raw)
    tree = parsed(text)
    blogs, wrong = jsonld.liveblogs(tree)
    at = f"{name}:LiveBlogPosting"
    broken = [(at, RecordError(Reason.BROKEN_JSON, why)) for why in wrong]
    page = _page(tree, blogs, name, text)
    written = [_unanchored(list(jsonld.posts(blog, page.url))) for blog in blogs]
    told = list(dict.fromkeys(post for posts in written for post in posts))
    latest = page.seen or _limit(tree, blogs, page.url)
    lower = text.lower()
    cut = "</html" not in lower and lower.rfind("<section") > lower.rfind("</section")
    asked = asked_in(tree) if told else ()
    shown = list(lemonde.posts(tree, page.url, latest, cut=cut))
    posts = merged(shown, told, asked)
    if not posts and not broken:
        raise RecordError(Reason.BROKEN_FILE, f"not a live page: it has no {LOOKED_FOR}")
    seen = max(filter(None, [page.seen, *(post.time for post in posts)]), default=None, key=utc)
    return Found(replace(page, seen=seen), posts, broken)


def merged(shown: Sequence[Post], told: Sequence[Post], asked: tuple[str, ...]) -> list[Post]:
    """Each post once: those of the elements, with what JSON-LD knows better, then its others.

    JSON-LD does not mark readers: an account by itself may hold none of those ``asked`` by on the
    page.
    """
    posts = list(shown)
    partners = _partners(shown, told)
    for number, other in enumerate(told):
        if number not in partners:
            posts.append(replace(other, text=_also(other.text, asked)))
            continue
        own = posts[partners[number]]
        posts[partners[number]] = replace(
            own,
            anchor=own.anchor or other.anchor,
            title=own.title or other.title,
            time=other.time or own.time,
            modified=other.modified or own.modified,
            url=other.url or own.url,
        )
    return posts


def _partners(shown: Sequence[Post], told: Sequence[Post]) -> dict[int, int]:
    """Which post of the elements those of JSON-LD are: what is the surest of all of them first.

    Several accounts may have one id; posts that begin alike are told apart by their minute.
    """
    by_key: dict[Key, list[int]] = {}
    for number, post in enumerate(shown):
        for key in _keys(post):
            by_key.setdefault(key, []).append(number)
    found: dict[int, int] = {}
    taken: set[int] = set()
    for kind in _KINDS:
        for number, other in enumerate(told):
            if number in found:
                continue
            same = [n for key in _keys(other) if key[0] == kind for n in by_key.get(key, [])]
            left = (n for n in same if n not in taken and _same_minute(shown[n], other))
            partner = next(iter(same) if kind == "anchor" else left, None)
            if partner is not None:
                found[number] = partner
                taken.add(partner)
    return found


def _same_minute(post: Post, other: Post) -> bool:
    """Of the hour: a page may be wrong about the day, or the hours from UTC."""
    minutes = {utc(p.time)[14:16] for p in (post, other) if p.time}
    return len(minutes) < 2


def _also(text: Text, asked: tuple[str, ...]) -> Text:
    return text._replace(readers=text.readers + asked)


def _keys(post: Post) -> Iterator[Key]:
    """What two accounts of a post have in common, the surest first."""
    if post.anchor:
        yield "anchor", post.anchor
    minute = utc(post.time)[:16]
    if post.title and minute:
        yield "title", f"{minute} {fold(post.title)}"
    for paragraph in (*post.text.paragraphs[:1], *post.text.questions[:1]):
        yield "start", fold(paragraph)[:_START]


def _unanchored(posts: list[Post]) -> list[Post]:
    """The posts, without an address that several different ones have: it is none of their own."""
    texts = {(post.anchor, post.text) for post in posts}
    counted = Counter(anchor for anchor, _ in texts)
    return [
        replace(post, anchor=None, url=None) if counted[post.anchor] > 1 else post for post in posts
    ]


def _page(tree: HtmlElement, blogs: list[dict[str, Any]], name: str, text: str) -> Page:
    blog = blogs[0] if blogs else {}
    links = [e.get("href") for e in tree.iter("link") if e.get("rel") == "canonical"]
    saved = _SAVED_FROM.search(text[:4096])
    addresses = [*links, _meta(tree, "og:url"), jsonld.first(blog, "url", "mainEntityOfPage")]
    addresses.append(saved[1] if saved else None)
    titles = [_meta(tree, "og:title"), jsonld.first(blog, "headline", "name")]
    times = [jsonld.first(blog, "dateModified"), _meta(tree, "article:modified_time")]
    times.append(_meta(tree, "og:updated_time"))
    holder = jsonld.first(blog, "copyrightHolder", "publisher")
    return Page(
        name=name,
        url=next((a for a in addresses if a and a.startswith("http")), ""),
        title=next(filter(None, titles), None) or line_of(tree.find(".//title")) or None,
        holder=unescape(holder) if holder else _meta(tree, "og:site_name"),
        seen=next(filter(None, map(instant, filter(None, times))), None),
    )


def _limit(tree: HtmlElement, blogs: list[dict[str, Any]], url: str) -> datetime | None:
    """The end of the day that the page is of, where it does not say when it was last changed."""
    if named := day_in(url):
        return named
    begun = [jsonld.first(blog, "datePublished", "coverageStartTime") for blog in blogs]
    begun.append(_meta(tree, "article:published_time"))
    found = next(filter(None, map(instant, filter(None, begun))), None)
    return found.replace(hour=23, minute=59) if found else None


def _meta(tree: HtmlElement, name: str) -> str | None:
    for element in tree.iter("meta"):
        if name in (element.get("property"), element.get("name")):
            return (element.get("content") or "").strip() or None
    return None
