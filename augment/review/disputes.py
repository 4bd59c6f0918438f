"""What annotators do not agree on, each thing once with the words around, to be decided.

{"document": "s17", "kind": "relation", "what": ["Olha", "IS_LOCATED_IN", "Lviv"],
 "said": {"ana": "yes", "luc": "no"}, "around": "Olha est à Lviv, en Ukraine."}
{"document": "s17", "kind": "mention", "what": ["à Lviv"],
 "said": {"ana": "« Lviv » PLACE", "luc": "« à Lviv » PLACE"}, "around": "Olha est à Lviv, …"}
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Literal

from augment.review.votes import Sheet
from augment.schema import Document, Entity, Record

AROUND = 60
"""Characters shown on either side."""
NOTHING = "no"
Span = tuple[int, int]
_FRENCH = {"yes": "oui", "no": "non", "no entity": "pas d’entité", "not asked": "non demandé"}


class Dispute(Record):
    """One thing to decide: what, who said what, and the text around.

    Of a ``relation`` ``what`` is (head, TYPE, tail) with first mentions, and everybody said yes,
    no, no entity (one end is not theirs) or not asked. Of a ``mention`` it is the stretch of text,
    and ``said`` the mentions there with their types; mentions that overlap are one dispute.
    """

    document: str
    kind: Literal["mention", "relation"]
    what: tuple[str, ...]
    said: dict[str, str]
    around: str


def disputes(own: Sheet) -> list[Dispute]:
    """Mentions that not all have alike; relations that one has and another, asked, has not."""
    return [*_mentions(own), *_relations(own)]


def _relations(own: Sheet) -> Iterator[Dispute]:
    known = {entity.id: entity for entity in own.entities}
    for vote in own.votes:
        if "yes" in vote.said and {"no", "no entity"} & {*vote.said}:
            head, tail = known[vote.head], known[vote.tail]
            yield Dispute(
                document=own.id,
                kind="relation",
                what=(head.mentions[0].value, vote.type, tail.mentions[0].value),
                said=dict(zip(own.annotators, vote.said, strict=True)),
                around=_around(own.documents[0].text, *_nearest(head, tail)),
            )


def _mentions(own: Sheet) -> Iterator[Dispute]:
    views = [frozenset((m.start, m.end, e.type) for e, m in d.mentions()) for d in own.documents]
    differing = views[0].union(*views) - views[0].intersection(*views)
    text = own.documents[0].text
    for start, end in _stretches([(start, end) for start, end, _ in differing]):
        said = {}
        for name, view in zip(own.annotators, views, strict=True):
            there = sorted(m for m in view & differing if start <= m[0] and m[1] <= end)
            shown = (f"«\u00a0{text[a:b]}\u00a0» {kind}" for a, b, kind in there)
            said[name] = ", ".join(shown) or NOTHING
        around = _around(text, (start, end), (start, end))
        what = (text[start:end],)
        yield Dispute(document=own.id, kind="mention", what=what, said=said, around=around)


def _stretches(spans: Sequence[Span]) -> list[Span]:
    """Spans that overlap, as one."""
    found: list[Span] = []
    for start, end in sorted(spans):
        if found and start < found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def _nearest(head: Entity, tail: Entity) -> tuple[Span, Span]:
    """The mentions of two entities that stand closest together, in the order of the text."""
    pairs = product(head.mentions, tail.mentions)
    near = min(pairs, key=lambda p: max(p[0].start, p[1].start) - min(p[0].end, p[1].end))
    first, last = sorted((m.start, m.end) for m in near)
    return first, last


def _around(text: str, first: Span, last: Span) -> str:
    """The text about two spans, in one line; what is left out is marked."""
    start, end = first[0] - AROUND, max(first[1], last[1]) + AROUND
    if last[0] - first[1] <= 4 * AROUND:
        return _cut(text, start, end)
    return f"{_cut(text, start, first[1] + AROUND)} {_cut(text, last[0] - AROUND, end)}"


def _cut(text: str, start: int, end: int) -> str:
    """Whole words of a stretch of text."""
    start, end = max(0, start), min(len(text), end)
    while start > 0 and not text[start - 1].isspace():
        start -= 1
    while end < len(text) and not text[end].isspace():
        end += 1
    words = " ".join(text[start:end].split())
    return f"{'… ' if start else ''}{words}{' …' if end < len(text) else ''}"


def united(own: Sheet) -> Document:
    """The document with all that anybody said in it, to be pushed and decided.

    Entities taken for the same are one, as the first annotator has it.
    """
    first = own.documents[0]
    relations = {r.triple: r for d in reversed(own.documents) for r in d.relations}
    order = dict.fromkeys(r.triple for d in own.documents for r in d.relations)
    meta = first.meta.model_copy(update={"review": None})
    update = {"relations": tuple(relations[t] for t in order), "meta": meta}
    return first.model_copy(update={"entities": own.entities, **update})


def in_french(found: Sequence[Dispute]) -> str:
    """What is to be decided in one document, for whoever decides it."""
    lines = []
    for one in found:
        what = " ".join(one.what) if one.kind == "relation" else f"«\u00a0{one.what[0]}\u00a0»"
        who = (f"{name}\u00a0: {_FRENCH.get(said, said)}" for name, said in one.said.items())
        lines.append(f"{what} ({', '.join(who)})")
    return "à trancher\u00a0: " + "\u00a0; ".join(lines)
