"""Which spans of the text may be mentions, and which of those that score well stay together.

>>> kept([Span(0, 3, "CIVILIAN", 2.0), Span(2, 4, "PLACE", 1.0)], nesting)  # they cross
[Span(start=0, end=3, type='CIVILIAN', margin=2.0)]
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from augment.schema import Entity, Mention
from augment.train.columns import Bools, Ints
from augment.train.decode import Floats
from augment.train.words import WORD, Tokens

LOST = 0.005
"""Share of the training mentions that each limit may lose."""
UNSURE = -2.0
"""Log-odds of a border that no limit excludes, however sure it was of the training mentions."""
SEEN = 2
"""Times that two types must have been seen one in the other, or on one span, to be so again."""
Nesting = Mapping[tuple[str, str, str], int]
"""(``"in"``, outer type, inner type) or (``"same"``, type, type) → how often it was seen."""


class Limits(NamedTuple):
    """A span is a candidate if it is no longer, and its borders score no less."""

    length: int
    start: float
    end: float
    both: float


class Borders(NamedTuple):
    """Log-odds, token by token, that a mention begins and that one ends there."""

    start: Floats
    end: Floats


class Span(NamedTuple):
    """Tokens ``start:end`` (``end`` excluded) as a mention; ``margin`` is over the threshold."""

    start: int
    end: int
    type: str
    margin: float


def limits(first: Ints, last: Ints, borders: Borders) -> Limits:
    """The limits that lose few of these spans, given by their first and last tokens."""
    start, end = borders.start[first], borders.end[last]
    low = [np.quantile(x, LOST) for x in (start, end, (start + end) / 2)]
    each = [min(float(x), UNSURE) for x in low]
    return Limits(int((last - first).max()) + 1, each[0], each[1], 2 * each[2])


def candidates(tokens: Tokens, borders: Borders, within: Limits) -> tuple[Ints, Ints]:
    """First and last tokens of the spans within the limits, sorted.

    None goes over a sentence's end, none is without a letter or a digit.
    """
    words = np.concatenate([[0], np.cumsum(tokens.flags & np.uint32(WORD) != 0)])
    real: Bools = tokens.end > tokens.start
    begins = np.flatnonzero(real & (borders.start >= within.start))
    first, last = [], []
    for length in range(within.length):
        end = begins + length
        inside = end < len(real)
        i, j = begins[inside], end[inside]
        good = real[j] & (tokens.sentence[i] == tokens.sentence[j]) & (words[j + 1] > words[i])
        good &= borders.end[j] >= within.end
        good &= borders.start[i] + borders.end[j] >= within.both
        first.append(i[good])
        last.append(j[good])
    i, j = (np.concatenate([np.zeros(0, np.int64), *parts]) for parts in (first, last))
    order = np.lexsort((j, i))
    return i[order], j[order]


def nesting(spans: Mapping[tuple[int, int], Iterable[str]]) -> Counter[tuple[str, str, str]]:
    """How often types were seen in one another, from all gold spans (first token, last token)."""
    found: Counter[tuple[str, str, str]] = Counter()
    open_: list[tuple[int, int]] = []
    for span in sorted(spans, key=lambda s: (s[0], -s[1])):
        open_ = [outer for outer in open_ if outer[1] >= span[1]]
        for kind in spans[span]:
            found.update(("in", outer, kind) for o in open_ for outer in spans[o])
            found.update(("same", other, kind) for other in sorted(spans[span]) if other != kind)
        open_.append(span)
    return found


def kept(spans: Sequence[Span], seen: Nesting) -> list[Span]:
    """Spans of one document in the order of the text: the best first, what clashes with it not."""
    chosen: list[Span] = []
    for span in sorted(spans, key=lambda s: (-s.margin, s)):
        if all(_together(span, other, seen) for other in chosen):
            chosen.append(span)
    return sorted(chosen, key=lambda s: (s.start, -s.end, s.type))


def _together(a: Span, b: Span, seen: Nesting) -> bool:
    if a.end <= b.start or b.end <= a.start:
        return True
    if (a.start, a.end) == (b.start, b.end):
        return seen.get(("same", a.type, b.type), 0) >= SEEN
    if a.start <= b.start and b.end <= a.end:
        return seen.get(("in", a.type, b.type), 0) >= SEEN
    if b.start <= a.start and a.end <= b.end:
        return seen.get(("in", b.type, a.type), 0) >= SEEN
    return False


def gold_spans(
    mentions: Iterable[tuple[int, int, int]], kinds: Sequence[str]
) -> dict[tuple[int, int], set[str]]:
    """(First token, last token) → types, from entity, first and last + 1 tokens of mentions."""
    found: dict[tuple[int, int], set[str]] = {}
    for entity, start, end in mentions:
        found.setdefault((start, end - 1), set()).add(kinds[entity])
    return found


def entities(text: str, t: Tokens, spans: Iterable[Span]) -> tuple[Entity, ...]:
    """Token spans as entities of one mention each, numbered in the order of the text."""
    found = []
    for number, span in enumerate(spans):
        start, end = int(t.start[span.start]), int(t.end[span.end - 1])
        mention = Mention(start=start, end=end, value=text[start:end])
        found.append(Entity(id=number, type=span.type, mentions=(mention,)))
    return tuple(found)
