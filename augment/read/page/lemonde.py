"""Posts of a live page of Le Monde, from its elements.

    <section id="post-3587412" class="post post__live-container post__live-container--essential">
      <span class="date">06:12</span>
      <div class="content--live"><h2 class="post__live-container--title">Kiev résiste</h2>
        <p class="post__live-container--answer-text">…</p></div></section>

A reader's question is in ``…--comment-blockquote``, the reader's name in ``…--comment-author``.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from lxml.html import HtmlElement

from augment.read.page.html import TAKEN, Text, line_of, marked, readers_of, text_of
from augment.read.page.post import Post, anchor_of
from augment.read.page.times import instant, told, utc

POST = "post__live-container"
_TITLE = "post__live-container--title"
_CONTENTS = ("content--live", "meta__social--new-live-post")
_BACKWARDS = timedelta(hours=6)


def sections(tree: HtmlElement) -> list[HtmlElement]:
    """The elements that are posts."""
    return [
        section
        for section in tree.iter("section")
        if {"post", POST} <= set((section.get("class") or "").split())
    ]


def posts(
    tree: HtmlElement, page_url: str, latest: datetime | None, *, cut: bool
) -> Iterator[Post]:
    """The posts of a page, in its order. ``latest``: when it was saved, at the latest.

    ``cut``: that the page ends within the last one. A time without a day is the last such time
    before ``latest`` and not long after that of the post above: posts stand newest first.
    """
    found = sections(tree)
    above = None
    for number, section in enumerate(found):
        limit = min(latest, above + _BACKWARDS) if latest and above and number > 1 else latest
        post = _post(section, page_url, limit, cut=cut and number == len(found) - 1)
        above = post.time or above
        yield post


def _post(section: HtmlElement, page_url: str, latest: datetime | None, *, cut: bool) -> Post:
    readers = readers_of(section)
    written, titled = marked(section, "date"), marked(section, _TITLE)
    times = _times(written[0], latest) if written else []
    title = line_of(titled[0]) if titled else ""
    for element in titled[:1]:
        element.drop_tree()
    classes = (section.get("class") or "").split()
    roots = [e for name in _CONTENTS for e in marked(section, name)] or [section]
    parts = [text_of(root, TAKEN) for root in roots if not _inside(root, roots)]
    anchor = section.get("id") or section.get("data-post-id")
    updated = len(times) > 1 and utc(times[1]) > utc(times[0])
    return Post(
        text=Text(
            tuple(p for part in parts for p in part.paragraphs),
            tuple(q for part in parts for q in part.questions),
            readers,
        ),
        anchor=anchor_of(anchor, page_url) if anchor else None,
        title=title or None,
        time=times[0] if times else None,
        modified=times[1] if updated else None,
        url=f"{page_url}#{section.get('id')}" if page_url and section.get("id") else None,
        essential=f"{POST}--essential" in classes or section.get("data-post-essential") is not None,
        cut=cut,
    )


def _inside(element: HtmlElement, others: list[HtmlElement]) -> bool:
    return any(above in others for above in element.iterancestors())


def _times(element: HtmlElement, latest: datetime | None) -> list[datetime]:
    """What the element says for machines, else what it says for people."""
    nodes = [element, *element.iterdescendants()]
    given = [instant(e.get("datetime") or e.get("data-date") or "") for e in nodes]
    return [found for found in given if found][:2] or told(line_of(element), latest)
