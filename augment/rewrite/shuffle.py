"""`shuffle`: parts of a text change places, each with its mentions.

*À [[1:PLACE|Lyon]], le [[2:TIME|3 mai]], …* → *Le [[2:TIME|3 mai]], à [[1:PLACE|Lyon]], …*
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from random import Random

from augment.reasons import Reason
from augment.rewrite.french import ELIDABLE, KIND, before, sentences
from augment.rewrite.index import Index, build, drop
from augment.rewrite.pieces import Part, assemble, recased, selfcontained
from augment.rewrite.shapes import MONTH
from augment.rewrite.words import PLURAL
from augment.schema import Candidate, Document, Drop, Order

_FRONT = re.compile(
    r"(?P<first>(?:À|A|Au|Aux|En|Dans|Le|Ce) [^,.;:!?«»\"()]{2,48}), "
    r"(?P<second>(?:à|au|aux|en|dans|le|ce) [^,.;:!?«»\"()]{2,48}), "
)
_TIME = re.compile(
    rf"(?:le|ce) .*(?:{MONTH}|\d{{4}}|matin|soir|lundi|mardi|mercredi|jeudi|vendredi|"
    r"samedi|dimanche)|en (?:\d{4}|" + MONTH + ")",
    re.IGNORECASE,
)
_GOVERNS = frozenset([*ELIDABLE, "d'", "qu'"])
_WORD = re.compile(r"\w{5,}")
_NEXT = re.compile(
    r"[.,;:!?)]|[ \u00a0](?:qui|que|a|ont|dans|sur|pour|par|sans|lors|afin|et|avant|après)\b"
)
_JOINT = re.compile(
    r"(?: (?:et|ou)|,) "
    r"(?P<det>(?:(?:le|la|les|un|une|des|du|son|sa|ses|leurs?|ce|ces) |[ld]['’]|de )?)"
)


def shuffle(order: Order, index: Index) -> Candidate | Drop:
    """A document of the view with parts of it in another order; all labels stay.

    Shuffle within segments (Dai & Adel, COLING 2020), with segments that can change places in
    French: two fronted complements (*À Lyon, le 3 mai, …*), two coordinated mentions of one type
    with the same article (*des stylos et des feuilles*), two neighbouring sentences without
    anaphora that share no entity. Mentions move whole; words within a segment keep their order.
    """
    rng = Random(f"{order.seed}/shuffle")
    sources = index.sources(order, rng)
    for i in sources:
        part = _moved(index.documents[i], rng)
        if part.text != index.documents[i].text:
            return build(order, [index.documents[i]], part.text, part.entities)
    return drop(order, Reason.NOT_APPLICABLE, f"nothing to shuffle in {len(sources)} documents")


def _moved(document: Document, rng: Random) -> Part:
    """The document after a few moves, at random; unchanged if it allows none."""
    part = original = Part(document.text, document.entities)
    for step in rng.sample(2 * [_fronted, _coordinated, _turned], 6):
        state = document.model_copy(update={"text": part.text, "entities": part.entities})
        new = step(state, rng) if part is original or rng.random() < 0.5 else None
        if new and _mentions(new) == _mentions(part) and new.text != original.text:
            part = new
    return part


def _mentions(part: Part) -> int:
    return sum(len(e.mentions) for e in part.entities)


def _swap(document: Document, first: tuple[int, int], second: tuple[int, int]) -> Part:
    """Two stretches of the text exchanged."""
    (a, b), (c, d) = first, second
    return assemble(document, [(0, a), (c, d), (b, c), (a, b), (d, len(document.text))])


def _fronted(document: Document, rng: Random) -> Part | None:
    """*À Lyon, le 3 mai, …* ↔ *Le 3 mai, à Lyon, …*: one time and one place."""
    spans = [(m.start, m.end) for _, m in document.mentions()]
    for start, _ in sentences(document.text, spans):
        found = _FRONT.match(document.text, start)
        if not found or bool(_TIME.match(found["first"])) == bool(_TIME.match(found["second"])):
            continue
        first, second = found.span("first"), found.span("second")
        turned = _swap(document, first, second)
        low = start + second[1] - second[0] + 2
        bare = turned.text[low : low + 2] == "A "  # a capital À without its accent
        small = "à" if bare else turned.text[low].lower()
        return recased(turned, {start: turned.text[start].upper(), low: small})
    return None


def _coordinated(document: Document, rng: Random) -> Part | None:
    """One pair of coordinated mentions with equal articles exchanged, article and all."""
    text, found = document.text, []
    placed = sorted((m.start, m.end, e.type, str(e.id)) for e, m in document.mentions())
    for start, end, kind, key in placed:
        joint = _JOINT.match(text, end)
        other = next((p for p in placed if joint and p[0] == joint.end()), None)
        if not joint or not other or other[2] != kind or other[3] == key:
            continue
        article = joint["det"]
        begin = start - len(article)
        if text[begin:start] != article or _inside(placed, begin, other[1]):
            continue
        if text[begin].isupper() != text[joint.end() - len(article)].isupper():
            continue
        governed = not article and (before(text, begin).word in KIND.keys() | PLURAL | _GOVERNS)
        if not governed and _NEXT.match(text, other[1]):
            found.append(((begin, end), (joint.end() - len(article), other[1])))
    return _swap(document, *rng.choice(found)) if found else None


def _inside(placed: Sequence[tuple[int, int, str, str]], begin: int, end: int) -> bool:
    """True if a mention reaches over a border of the stretch, or holds it."""
    return any(s < end and begin < e and (s < begin or e > end) for s, e, _, _ in placed)


def _turned(document: Document, rng: Random) -> Part | None:
    """Two neighbouring sentences exchanged, where nothing points from one to the other."""
    parts = sentences(document.text, [(m.start, m.end) for _, m in document.mentions()])
    free = [selfcontained(document, span) for span in parts]
    words = [set(_WORD.findall(document.text[s:e].lower())) for s, e in parts]
    held = [{en.id for en, m in document.mentions() if s <= m.start < e} for s, e in parts]
    pairs = [
        i
        for i in range(1, len(parts) - 1)
        if all(free[i : i + 3]) and not held[i] & held[i + 1] and not words[i] & words[i + 1]
    ]
    if not pairs:
        return None
    i = rng.choice(pairs)
    return _swap(document, parts[i], parts[i + 1])
