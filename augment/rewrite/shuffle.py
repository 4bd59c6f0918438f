"""`shuffle`: parts of a text change places, each with its mentions.

*À [[1:PLACE|Lyon]], le [[2:TIME|3 mai]], …* → *Le [[2:TIME|3 mai]], à [[1:PLACE|Lyon]], …*
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from random import Random

from augment.rewrite.clusters import MONTH
from augment.rewrite.french import ANAPHORA, sentences
from augment.rewrite.index import Index, build, drop
from augment.rewrite.pieces import Part, assemble, recased
from augment.rewrite.words import PRONOUNS
from augment.schema import Candidate, Document, Drop, EntityId, Order, Reason

_FRONT = re.compile(
    r"(?P<first>(?:À|A|Au|Aux|En|Dans|Le|Ce) [^,.;:!?«»\"()]{2,48}), "
    r"(?P<second>(?:à|au|aux|en|dans|le|ce) [^,.;:!?«»\"()]{2,48}), "
)
_TIME = re.compile(
    rf"(?:le|ce) .*(?:{MONTH}|\d{{4}}|matin|soir|lundi|mardi|mercredi|jeudi|vendredi|"
    r"samedi|dimanche)|en (?:\d{4}|" + MONTH + ")",
    re.IGNORECASE,
)
_CONNECTOR = re.compile(
    r"(?:Et|Mais|Or|Donc|Car|Puis|Ensuite|Enfin|Alors|Ainsi|Aussi|Après|Avant|Cependant|Toutefois|"
    r"Pourtant|Néanmoins|Heureusement|Malheureusement|En effet|Par ailleurs|De plus|En outre|"
    r"Par conséquent|Quelques|Peu|Plus tard|Depuis|Parmi|Malgré|Suite|Pour|D['’]autres?|L['’]autre|"
    r"Au même|Au moment|Face|Grâce|Finalement|Rapidement|Immédiatement|Aussitôt|Tous|Toutes)\b"
)
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
        document = index.documents[i]
        part, changed = Part(document.text, document.entities), False
        for step in (_fronted, _coordinated, _turned):
            new = step(
                document.model_copy(update={"text": part.text, "entities": part.entities}), rng
            )
            if new and _mentions(new) == _mentions(part):
                part, changed = new, True
        if changed:
            return build(order, [document], part.text, part.entities)
    return drop(order, Reason.NOT_APPLICABLE, f"nothing to shuffle in {len(sources)} documents")


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
        return recased(
            turned,
            {
                start: turned.text[start].upper(),
                low: turned.text[low].lower().replace("a", "à", turned.text[low : low + 2] == "A "),
            },
        )
    return None


def _coordinated(document: Document, rng: Random) -> Part | None:
    """One pair of coordinated mentions with equal articles exchanged, article and all."""
    text, found = document.text, []
    placed = sorted((m.start, m.end, e.type, e.id) for e, m in document.mentions())
    for start, end, kind, key in placed:
        joint = _JOINT.match(text, end)
        if not joint:
            continue
        for other in placed:
            if other[0] == joint.end() and other[2] == kind and other[3] != key:
                article = joint["det"]
                begin = start - len(article)
                if (
                    text[begin:start] == article
                    and _NEXT.match(text, other[1])
                    and not _inside(placed, begin, other[1])
                ):
                    previous = text[:begin]
                    if article or not re.search(
                        r"\b(?:l|d|de|du|la|le|un|une|son|sa|au|\w+e?s)(?:['’]| )$", previous
                    ):
                        found.append(((begin, end), (joint.end() - len(article), other[1])))
    return _swap(document, *rng.choice(found)) if found else None


def _inside(placed: Sequence[tuple[int, int, str, EntityId]], begin: int, end: int) -> bool:
    """True if a mention reaches over a border of the stretch, or holds it."""
    return any(s < end and begin < e and (s < begin or e > end) for s, e, _, _ in placed)


def _turned(document: Document, rng: Random) -> Part | None:
    """Two neighbouring sentences exchanged, where nothing points from one to the other."""
    spans = [(m.start, m.end) for _, m in document.mentions()]
    parts = sentences(document.text, spans)
    free = [_free(document, s, e) for s, e in parts]
    held = [{en.id for en, m in document.mentions() if s <= m.start < e} for s, e in parts]
    pairs = [
        i
        for i in range(len(parts) - 1)
        if free[i]
        and free[i + 1]
        and not held[i] & held[i + 1]
        and (i + 2 == len(parts) or free[i + 2])
    ]
    return _swap(document, parts[(i := rng.choice(pairs))], parts[i + 1]) if pairs else None


def _free(document: Document, start: int, end: int) -> bool:
    """True if a sentence has neither pronoun nor connector: it can stand anywhere."""
    sentence = document.text[start:end]
    pronouns = any(
        start <= m.start < end and m.value.lower() in PRONOUNS for _, m in document.mentions()
    )
    return not (pronouns or ANAPHORA.search(sentence) or _CONNECTOR.match(sentence))
