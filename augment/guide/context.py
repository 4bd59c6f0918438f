"""The text around mentions: sentences that cut no mention, the words near a pair, cues in a text.

>>> near("Kiev est la capitale de l'Ukraine.", kiev, ukraine)
{'est', 'capitale'}
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from augment.schema import Document, Entity, EntityId, Mention, Relation

Span = tuple[int, int]

WORD = re.compile(r"[^\W\d_]+(?:['’]|(?:-[^\W\d_]+)*)")
LONGEST_WORD = 30
_END = re.compile(r"(?<=[.!?…])[\s»”\"]*\s+(?=[^\Wa-zà-öø-ÿ]|[«“\"(\[])|\s*\n\s*")
_ABBREVIATION = re.compile(r"(?:\b(?:M|MM|Mme|Mlle|Mr|Dr|Pr|Me|St|Ste|art|env|cf)|\b[A-Z])\.\s*$")


def sentences(document: Document) -> list[Span]:
    """Spans of the sentences, without white space around them; none begins inside a mention."""
    inside = [(m.start, m.end) for _, m in document.mentions()]
    spans, start = [], len(document.text) - len(document.text.lstrip())
    for border in _END.finditer(document.text):
        before = document.text[max(border.start() - 8, 0) : border.start()]
        if "\n" not in border.group() and _ABBREVIATION.search(before):
            continue
        if any(a < border.end() and border.start() < b for a, b in inside):
            continue
        spans.append((start, border.start() + len(border.group().rstrip())))
        start = border.end()
    spans.append((start, len(document.text.rstrip())))
    return [(a, b) for a, b in spans if a < b]


def nearest(head: Entity, tail: Entity) -> tuple[Mention, Mention]:
    """The two mentions with the fewest characters between them, the first such pair."""
    return min(
        ((a, b) for a in head.mentions for b in tail.mentions),
        key=lambda pair: max(pair[0].start, pair[1].start) - min(pair[0].end, pair[1].end),
    )


def near(text: str, a: Mention, b: Mention, *, around: int = 40, longest: int = 200) -> set[str]:
    """Words without a capital from a little before two mentions to a little after, both included.

    Words with a capital, mostly names, say nothing about a relation. Empty where the mentions are
    more than ``longest`` characters apart.
    """
    start, end = min(a.start, b.start) - around, max(a.end, b.end) + around
    if max(a.start, b.start) - min(a.end, b.end) > longest:
        return set()
    first = max(start - LONGEST_WORD, 0)
    return {
        m.group().replace("’", "'")
        for m in WORD.finditer(text[first : end + LONGEST_WORD])
        if start <= first + m.start() and first + m.end() <= end
        if m.group().islower() and (m.end() - m.start() > 2 or m.group() in ("il", "né"))
    }


def cue_pattern(cues: Iterable[str]) -> re.Pattern[str] | None:
    """Finds any of the cues as whole words in a text folded by :func:`folded`; None without any."""
    longest_first = sorted({folded(cue) for cue in cues}, key=lambda cue: (-len(cue), cue))
    if not longest_first:
        return None
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)")


def folded(text: str) -> str:
    """Lower case with straight apostrophes, as cues are compared; may move offsets."""
    return text.lower().replace("’", "'")


def cut(document: Document, span: Span) -> Document:
    """The part of a document inside a span, entities renumbered ``e1``, ``e2`` … as they open.

    Relations stay where both ends are still mentioned; an attribute that names an entity follows
    it, and goes with it.
    """
    start, end = span
    kept = []
    for entity in document.entities:
        mentions = tuple(
            Mention(start=m.start - start, end=m.end - start, value=m.value)
            for m in sorted(entity.mentions, key=lambda m: (m.start, -m.end))
            if start <= m.start and m.end <= end
        )
        if mentions:
            kept.append(entity.model_copy(update={"mentions": mentions}))
    kept.sort(key=lambda e: (e.mentions[0].start, -e.mentions[0].end))
    ids = {entity.id: f"e{i}" for i, entity in enumerate(kept, 1)}
    names = {e.id: ids.get(e.id) for e in document.entities}
    return Document(
        id=document.id,
        text=document.text[start:end],
        entities=tuple(e.model_copy(update={"id": ids[e.id]}) for e in kept),
        relations=tuple(
            Relation(
                head=ids[r.head],
                type=r.type,
                tail=ids[r.tail],
                attributes=_followed(r.attributes, names),
            )
            for r in document.relations
            if r.head in ids and r.tail in ids
        ),
    )


def _followed(
    attributes: Mapping[str, Any], names: Mapping[EntityId, EntityId | None]
) -> dict[str, Any]:
    """Attributes under new entity ids; None for an entity that is gone."""
    followed = {
        name: names.get(value, value) if type(value) in (int, str) else value
        for name, value in attributes.items()
    }
    return {name: value for name, value in followed.items() if value is not None}


def spanning(spans: list[Span], mentions: Iterable[Mention]) -> Iterator[Span]:
    """The stretch of whole sentences that holds all mentions; nothing if one is in none."""
    hits = [s for m in mentions for s in spans if s[0] <= m.start and m.end <= s[1]]
    if hits:
        yield min(a for a, _ in hits), max(b for _, b in hits)
