"""Posts of any newspaper's live page, from its schema.org ``LiveBlogPosting`` in JSON-LD.

    {"@type": "LiveBlogPosting", "url": "https://…/live", "publisher": {"name": "Le Journal"},
     "liveBlogUpdate": [{"@type": "BlogPosting", "@id": "#1042873", "headline": "Kiev résiste",
       "articleBody": "<p>…</p>", "datePublished": "2022-02-24T05:12:00Z", "dateModified": …}]}

https://schema.org/LiveBlogPosting. Authors, comments and pictures are passed over.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import unescape
from typing import Any

from lxml.html import HtmlElement

from augment.read.page.html import Text, fragment, lines, text_of
from augment.read.page.post import Post, anchor_of
from augment.read.page.times import instant, utc

_WRAPPING = re.compile(
    r"^\s*(?:<!--|(?://|/\*)?\s*<!\[CDATA\[\s*(?:\*/)?)"
    r"|(?:-->|(?://|/\*)?\s*\]\]>\s*(?:\*/)?)\s*$"
)
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
_MARK = "LiveBlogPosting"
_ASKED = {"Question", "Comment"}
_REFERENCE = {"@id", "@type"}


def liveblogs(tree: HtmlElement) -> tuple[list[dict[str, Any]], list[str]]:
    """The live blogs of a page, with what was wrong with blocks that name one and are no JSON."""
    found: list[dict[str, Any]] = []
    broken: list[str] = []
    for script in tree.iter("script"):
        if "ld+json" not in (script.get("type") or "").lower():
            continue
        written = _WRAPPING.sub("", script.text or "")
        try:
            found += _of_type(json.loads(written, strict=False))
        except (ValueError, RecursionError) as error:
            if _MARK in written:
                broken.append(f"line {script.sourceline}: {error}")
    return found, broken


def posts(blog: dict[str, Any], page_url: str) -> Iterator[Post]:
    """The updates of a live blog, in its order."""
    for update in _list(blog.get("liveBlogUpdate")):
        if isinstance(update, dict):
            yield _post(update, page_url)


def first(value: Any, *names: str) -> str | None:
    """The first of these properties that is a string, or has a name, an ``@id`` or an address."""
    for name in names:
        for given in _list(value.get(name)):
            if isinstance(given, dict):
                given = given.get("name") or given.get("@id") or given.get("url")
            if isinstance(given, str) and given.strip():
                return given
    return None


def _of_type(data: Any) -> Iterator[dict[str, Any]]:
    """All live blogs below, whatever list, ``@graph`` or property they are in."""
    named: dict[str, dict[str, Any]] = {}
    waiting, blogs = [data], []
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            if isinstance(node.get("@id"), str) and not _REFERENCE.issuperset(node):
                named.setdefault(node["@id"], node)
            if _MARK in _types(node):
                blogs.append(node)
        if isinstance(node, dict | list):
            waiting += reversed(list(node.values() if isinstance(node, dict) else node))
    for blog in blogs:
        yield {name: [_whole(given, named) for given in _list(blog[name])] for name in blog}


def _types(node: dict[str, Any]) -> set[str]:
    """Without what may stand before them, as ``https://schema.org/``."""
    return {re.split("[/#:]", str(kind))[-1] for kind in _list(node.get("@type"))}


def _whole(given: Any, named: dict[str, dict[str, Any]]) -> Any:
    """What a reference to another node of the graph, ``{"@id": …}``, refers to."""
    if (
        isinstance(given, dict)
        and _REFERENCE.issuperset(given)
        and isinstance(given.get("@id"), str)
    ):
        return named.get(given["@id"], given)
    return given


def _post(update: dict[str, Any], page_url: str) -> Post:
    titled = first(update, "headline", "name")
    title = " ".join(_text(titled).paragraphs) if titled else ""
    whole = [part for part in _list(update.get("articleBody")) if isinstance(part, str)]
    text = _text("\n".join(whole).strip() or first(update, "text", "description") or "")
    if _ASKED & _types(update):
        said = dict.fromkeys((title, *text.paragraphs, *text.questions))
        text, title = Text((), tuple(filter(None, said)), text.readers), ""
    url = first(update, "url", "mainEntityOfPage")
    own = [anchor_of(given, page_url) for given in (first(update, "@id"), url) if given]
    time = instant(first(update, "datePublished", "dateCreated"))
    modified = instant(first(update, "dateModified"))
    return Post(
        text=text,
        anchor=next(filter(None, own), None),
        title=title or None,
        time=time or modified,
        modified=modified if time and utc(modified) > utc(time) else None,
        url=url if url and url.startswith("http") else None,
    )


def _text(written: str) -> Text:
    """Paragraphs of what may be HTML, HTML with its signs escaped, or lines of text."""
    if not _TAG.search(written):
        written = unescape(written)
    return text_of(fragment(written), None) if _TAG.search(written) else lines(written)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]
