"""Live pages for tests: our own sentences in the markup that newspapers use."""

from __future__ import annotations

import json
from pathlib import Path

from augment.read import read_all
from augment.schema import Document, Drop

URL = "https://www.lejournal.example/live/2022/02/24/ukraine-en-direct_4711.html"
LE_MONDE = (
    "https://www.lemonde.fr/international/live/2022/02/24/guerre-en-ukraine_6115069_3210.html"
)


def update(id=1042873, body="<p>Kiev résiste.</p>", **fields) -> dict:
    """A ``liveBlogUpdate`` as newspapers write it; None removes a field."""
    full = {
        "@type": "BlogPosting",
        "@id": f"#{id}",
        "headline": "Kiev résiste",
        "articleBody": body,
        "datePublished": "2022-02-24T05:12:00Z",
        "author": {"@type": "Person", "name": "Camille Rédactrice"},
    } | fields
    return {name: value for name, value in full.items() if value is not None}


def blog(*updates: dict, **fields) -> dict:
    """A ``LiveBlogPosting`` with these updates."""
    return {
        "@context": "https://schema.org",
        "@type": "LiveBlogPosting",
        "url": URL,
        "headline": "Ukraine, en direct",
        "publisher": {"@type": "NewsMediaOrganization", "name": "Le Journal"},
        "liveBlogUpdate": list(updates),
    } | fields


def page(*parts: str, head: str = "", json_ld: object = None) -> str:
    """A whole page."""
    written = json_ld if isinstance(json_ld, str) else json.dumps(json_ld, ensure_ascii=False)
    safe = written.replace("</", "<\\/")
    script = f'<script type="application/ld+json">{safe}</script>' if json_ld else ""
    start = f"<!DOCTYPE html><html><head><meta charset='utf-8'>{head}{script}</head><body>"
    return (
        f"{start}<nav>Accueil</nav>{''.join(parts)}<footer>Mentions légales</footer></body></html>"
    )


def le_monde(*parts: str, modified="2022-02-24T20:10:00+00:00", json_ld: object = None) -> str:
    """A live page of Le Monde, saved when it was last ``modified``."""
    head = (
        f'<link rel="canonical" href="{LE_MONDE}"><meta property="og:site_name" content="Le Monde">'
    )
    head += f'<meta property="article:modified_time" content="{modified}">' if modified else ""
    return page('<section id="post-container">', *parts, "</section>", head=head, json_ld=json_ld)


def post(
    *paragraphs: str, id="post-3587412", date="06:12", title="", asked="", by="", also="", extra=""
) -> str:
    """A post of such a page; ``also``: furniture beside the text; ``extra``: another class."""
    heading = f'<h2 class="post__live-container--title post__space-node">{title}</h2>'
    question = (
        '<div class="post__live-container--comment-content">'
        f'<span class="post__live-container--comment-author">{by}</span>'
        f'<blockquote class="post__live-container--comment-blockquote"><p>{asked}</p></blockquote>'
        "</div>"
    )
    texts = [f'<p class="post__live-container--answer-text">{p}</p>' for p in paragraphs]
    return (
        f'<section {f"id={id!r}" if id else ""} class="post post__live-container {extra}">'
        f'<header><div class="info-content"><span class="date">{date}</span></div></header>'
        f'<div class="content--live">{heading if title else ""}{question if asked else ""}'
        f'<div class="post__live-container--answer">{"".join(texts)}</div>{also}</div></section>'
    )


def reading(folder: Path, *pages: str | bytes, **options) -> tuple[list[Document], list[Drop]]:
    """What is read of pages, saved one after the other in a folder."""
    folder.mkdir(exist_ok=True)
    for number, written in enumerate(pages):
        raw = written if isinstance(written, bytes) else written.encode()
        (folder / f"page{number}.html").write_bytes(raw)
    return read_all(folder, **options)


def text_of(folder: Path, *pages: str | bytes) -> str:
    """The text of the only post of these pages."""
    [document], drops = reading(folder, *pages)
    assert drops == []
    return document.text
