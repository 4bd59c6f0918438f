r"""Bytes → a tree, and a part of a tree → its paragraphs as a reader sees them.

>>> text_of(fragment("<p>Kiev&nbsp;<b>résiste</b>.</p><button>Partager</button>"), TAKEN)
Text(paragraphs=('Kiev\xa0résiste.',), questions=(), readers=())

White space folds as in a browser; no-break spaces and typography stay, nothing is normalised.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from lxml import etree, html

from augment.errors import RecordError
from augment.reasons import Reason

TAKEN = frozenset("p li h2 h3 h4 h5 h6 blockquote dd dt td th pre".split())
"""Elements whose text is the text of a post; what stands beside them is furniture."""
_BLOCKS = TAKEN | frozenset(
    "div section article ul ol dl table tr header footer main figcaption h1 br hr".split()
)
_FURNITURE = frozenset(
    "script style noscript template button form nav aside figure figcaption iframe svg video audio "
    "picture object embed select input textarea label del s strike".split()
)
_FURNITURE_CLASS = re.compile(
    r"(?:^|[-_])(?:shar(?:e|ing)|partage\w*|social|btn|button|ads?|advert\w*|pub|publicite|promo\w*"
    r"|sponsor\w*|newsletter|related|read-?also|lire-aussi|twitter|tweet|instagram|tiktok|facebook"
    r"|oembed|embed|video|player|caption|toolbar|link-content|sr-only|visually-hidden|author|auteur"
    r"|pseudo|signature|byline|username|nickname)(?:$|[-_])",
    re.I,
)
_EMBEDDED = re.compile(
    r"(?:^|[-_])(?:twitter|tweet|instagram|tiktok|facebook|oembed|embed)(?:$|[-_])", re.I
)
_READER = re.compile(r"comment-author|pseudo|username|nickname", re.I)
_READER_NAME = re.compile(r"(?:comment-author|pseudo|username|nickname)(?:[-_]+name)?$", re.I)
"""Stricter, for what is not within a post: there it may be the class of anything."""
_QUESTION = re.compile(r"(?:^|[-_])(?:comment|question)(?:$|[-_])", re.I)
_FURNITURE_TEXT = re.compile(
    r"(?:partager|publicité|copier le lien|s’abonner|s'abonner|commenter|ajouter à vos sélections"
    r"|(?:à )?(?:lire|voir|écouter|relire) (?:aussi|également)\b.*)\W*",
    re.I | re.S,
)
_SPACE = re.compile(r"[ \t\n\r\f]+")
_HIDDEN = re.compile(r"display\s*:\s*none", re.I)
_CHARSET = re.compile(rb"""charset\s*=\s*["']?([\w-]+)""", re.I)
_BOM = b"\xef\xbb\xbf"


class Text(NamedTuple):
    """Paragraphs of a post; the questions in it, and the names of the readers who asked them."""

    paragraphs: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    readers: tuple[str, ...] = ()


def decoded(raw: bytes) -> str:
    """The text of a page, whatever it declares: UTF-8 if it can be that, else windows-1252.

    Bytes that are neither become U+FFFD. Of what is cut within a character, that one is left out.
    """
    text = raw.removeprefix(_BOM).decode("utf-8", "replace")
    damage = text.count("\N{REPLACEMENT CHARACTER}")
    if damage == 1 and text.endswith("\N{REPLACEMENT CHARACTER}"):
        return text[:-1]
    if not damage or sum(c > "\x7f" for c in text) > 2 * damage:
        return text
    found = _CHARSET.search(raw[:4096])
    latin9 = found is not None and found[1].lower() in (b"iso-8859-15", b"latin-9", b"latin9")
    return raw.decode("iso-8859-15" if latin9 else "windows-1252", "replace")


def parsed(text: str) -> html.HtmlElement:
    """The tree of a page or fragment. Raises RecordError (``broken_file``)."""
    parser = html.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True)
    try:
        tree = html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.LxmlError, ValueError) as error:
        raise RecordError(Reason.BROKEN_FILE, f"not HTML: {error}") from error
    if any("depth" in entry.message for entry in parser.error_log):
        raise RecordError(Reason.BROKEN_FILE, "elements nested more than 2048 deep")
    return tree


def marked(root: html.HtmlElement, name: str) -> list[html.HtmlElement]:
    """Elements below that have a class of this name, in order."""
    return [e for e in root.iterdescendants() if name in (e.get("class") or "").split()]


def line_of(element: html.HtmlElement | None) -> str:
    """All text of an element on one line; empty for none."""
    return _SPACE.sub(" ", "".join(element.itertext())).strip(" ") if element is not None else ""


def text_of(root: html.HtmlElement, taken: frozenset[str] | None) -> Text:
    """What a person reads in an element: of ``taken`` elements only, or all of it if None.

    Furniture and questions are taken out of the tree.
    """
    readers = readers_of(root)
    questions: list[str] = []
    for element in [e for e in root.iterdescendants() if _is_furniture(e)]:
        _take_out(element, root)
    for element in _below(root, _QUESTION):
        if _within(element, root):
            questions += _paragraphs(element, None)
            element.drop_tree()
    return Text(_paragraphs(root, taken), tuple(questions), readers)


def readers_of(root: html.HtmlElement) -> tuple[str, ...]:
    """The names of readers that are marked in an element; they are taken out of the tree."""
    names: list[str] = []
    for element in _outside(_below(root, _READER)):
        names.append(line_of(element))
        _take_out(element, root)
    return tuple(dict.fromkeys(name for name in names if name))


def asked_in(tree: html.HtmlElement) -> tuple[str, ...]:
    """What a page marks as of readers: names, and what has a question mark of their questions."""
    names = [line_of(element) for element in _outside(_below(tree, _READER_NAME))]
    said = [p for element in _below(tree, _QUESTION) for p in _paragraphs(element, None)]
    found = [*names, *(paragraph for paragraph in said if "?" in paragraph)]
    return tuple(dict.fromkeys(filter(None, found)))


def fragment(written: str) -> html.HtmlElement:
    """The tree of a piece of HTML."""
    return parsed(f"<html><body>{written}</body></html>")


def lines(written: str) -> Text:
    """Paragraphs of a text without markup: its lines."""
    return Text(_kept(written.splitlines()))


def _below(root: html.HtmlElement, pattern: re.Pattern[str]) -> list[html.HtmlElement]:
    return [e for e in root.iterdescendants() if _is(e, pattern)]


def _outside(elements: list[html.HtmlElement]) -> list[html.HtmlElement]:
    """Those that are not in a post of a social network, where names are those of anybody."""
    return [e for e in elements if not any(_is(above, _EMBEDDED) for above in e.iterancestors())]


def _is(element: html.HtmlElement, pattern: re.Pattern[str]) -> bool:
    return any(pattern.search(name) for name in (element.get("class") or "").split())


def _is_furniture(element: html.HtmlElement) -> bool:
    if element.tag in _FURNITURE or element.get("hidden") is not None:
        return True
    hidden = element.get("aria-hidden") == "true" or _HIDDEN.search(element.get("style") or "")
    return bool(hidden) or _is(element, _FURNITURE_CLASS)


def _within(element: html.HtmlElement, root: html.HtmlElement) -> bool:
    return any(above is root for above in element.iterancestors())


def _take_out(element: html.HtmlElement, root: html.HtmlElement) -> None:
    if _within(element, root):
        element.drop_tree()


def _paragraphs(root: html.HtmlElement, taken: frozenset[str] | None) -> tuple[str, ...]:
    found: list[list[str]] = [[]]
    depth = int(taken is None)
    for event, node in etree.iterwalk(root, events=("start", "end")):
        block, inside = node.tag in _BLOCKS, taken is not None and node.tag in taken
        if event == "start":
            depth += inside
            found += [[]] if block else []
            written = node.text
        else:
            depth -= inside
            found += [[]] if block else []
            written = node.tail if node is not root else None
        if written and depth:
            found[-1].append(written)
    return _kept("".join(parts) for parts in found)


def _kept(paragraphs: Iterable[str]) -> tuple[str, ...]:
    folded = (_SPACE.sub(" ", paragraph).strip(" ") for paragraph in paragraphs)
    return tuple(p for p in folded if p.strip() and not _FURNITURE_TEXT.fullmatch(p))
