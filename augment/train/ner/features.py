"""Tokens and spans of a batch → hashed features.

The span "Paris" of « À Paris, le 20 mai » gives about 70: the word, its stem, suffix and shape, the
words, stems and shapes around it, how surely a mention begins and ends there.
"""

from __future__ import annotations

import numpy as np

from augment.train.columns import Columns, Hashes, Ints, combine, distinct
from augment.train.ner.spans import Borders
from augment.train.regression import Floats
from augment.train.words import LONG, PREPOSITION, SHAPE, Tokens

WORDS = 6
"""Tokens of a span that are read one by one; a longer one is one hash all the same."""
AROUND = 5
"""Tokens before and after a span whose stems are read as a bag."""
PAGE = 200
"""Long words of a document that are read."""


def token_features(t: Tokens, at: Ints) -> Hashes:
    """Features of tokens for "does a mention begin, or end, here": (tokens, features)."""
    c = Columns()
    shape = t.flags & np.uint32(SHAPE)
    c.add("any", np.ones(len(at)))
    for k in (-2, -1, 0, 1, 2):
        for name, column in _columns(t, shape):
            c.add(f"{name} {k}", column[at + k])
    for k in (-2, -1, 0, 1):
        here, next_ = at + k, at + k + 1
        c.add(f"words {k}", combine(t.word[here], t.word[next_]))
        c.add(f"shapes {k}", combine(shape[here], shape[next_]))
        c.add(f"word suffix {k}", combine(t.word[here], t.suffix[next_]))
        c.add(f"suffix word {k}", combine(t.suffix[here], t.word[next_]))
    c.add("between", combine(t.word[at - 1], shape[at], t.word[at + 1]))
    c.add("first", t.sentence[at] != t.sentence[at - 1])
    return c.matrix()


def span_features(t: Tokens, first: Ints, last: Ints, borders: Borders) -> Hashes:
    """Features of spans, given by their first and last tokens: (spans, features)."""
    c = Columns()
    shape = t.flags & np.uint32(SHAPE)
    length = np.minimum(last - first, WORDS)
    c.add("any", np.ones(len(first)))
    c.add("length", length)
    whole = {name: _whole(column, first, last) for name, column in _columns(t, shape)}
    head = heads(t, first, last)
    for name, column in _columns(t, shape):
        c.add(f"whole {name}", whole[name])
        for place, at in (("first", first), ("last", last), ("head", head)):
            c.add(f"{place} {name}", combine(column[at], length if name == "shape" else 0))
        for k in (1, 2, 3):
            c.add(f"{name} {k} before", column[first - k])
            c.add(f"{name} {k} after", column[last + k])
    inside = np.minimum(first[:, None] + np.arange(WORDS), last[:, None])
    c.add_bag("inside", t.stem[inside])
    steps = np.arange(1, AROUND + 1)
    around = np.concatenate([first[:, None] - steps, last[:, None] + steps], axis=1)
    c.add_bag(
        "around", np.where(t.sentence[around] == t.sentence[first][:, None], t.stem[around], 0)
    )
    c.add("sentence", t.sentence[first] != t.sentence[first - 1])
    _crossed(c, t, (first, last, head), whole["shape"])
    _borders(c, (first, last), length, borders)
    return c.matrix()


def document_words(t: Tokens, documents: int) -> Hashes:
    """Stems of the long words of each document, which tell one event from another."""
    long = np.flatnonzero(t.flags & LONG != 0)
    number = t.sentence[long] >> 32
    found = np.zeros((documents, PAGE), np.uint32)
    for n in range(documents):
        stems = np.unique(t.stem[long[number == n]])[:PAGE]
        found[n, : len(stems)] = combine(stems, 7)
    return distinct(found)


def heads(t: Tokens, first: Ints, last: Ints) -> Ints:
    """Token of each span's head: the last before its first inner preposition."""
    inner = np.minimum(first[:, None] + np.arange(1, 8), last[:, None])
    stops = (t.flags[inner] & PREPOSITION != 0) & (inner > first[:, None])
    found: Ints = np.where(stops.any(axis=1), first + stops.argmax(axis=1), last)
    return found


def _columns(t: Tokens, shape: Hashes) -> list[tuple[str, Hashes]]:
    return [("word", t.word), ("stem", t.stem), ("suffix", t.suffix), ("shape", shape)]


def _whole(column: Hashes, first: Ints, last: Ints) -> Hashes:
    """One hash of all the tokens of a span."""
    found = combine(last - first)
    for k in range(int((last - first).max(initial=-1)) + 1):
        more = combine(found, column[np.minimum(first + k, last)])
        found = np.where(first + k <= last, more, found)
    return found


def _crossed(c: Columns, t: Tokens, at: tuple[Ints, Ints, Ints], shape: Hashes) -> None:
    """The words around a span with each other and with what it is."""
    first, last, head = at
    before, after = t.word[first - 1], t.word[last + 1]
    two_before, two_after = combine(t.word[first - 2], before), combine(after, t.word[last + 2])
    c.add("two before", two_before)
    c.add("two after", two_after)
    c.add("both sides", combine(before, after))
    for name, side in (("before", before), ("after", after)):
        c.add(f"{name} shape", combine(side, shape))
        c.add(f"{name} head", combine(side, t.stem[head]))
    c.add("two before shape", combine(two_before, shape))
    c.add("two after shape", combine(two_after, shape))
    outside = [t.flags[p] & SHAPE for p in (first - 1, last + 1)]
    c.add("shapes", combine(outside[0], shape, outside[1]))


def _borders(c: Columns, at: tuple[Ints, Ints], length: Ints, borders: Borders) -> None:
    """How surely a mention begins and ends at the span's borders, and within and beside it."""
    first, last = at
    start, end = borders
    c.add("start", _step(start[first]))
    c.add("end", _step(end[last]))
    c.add("start and end", combine(_step(start[first]), _step(end[last])))
    c.add("border", combine(_step((start[first] + end[last]) / 2), length))
    inside = first[:, None] + np.arange(1, WORDS + 1)
    within = inside <= last[:, None]
    inside = np.minimum(inside, last[:, None])
    starts = np.where(within, start[inside], -9.0).max(axis=1)
    ends = np.where(within, end[inside - 1], -9.0).max(axis=1)
    c.add("start inside", combine(_step(starts), length))
    c.add("end inside", combine(_step(ends), length))
    c.add("start before", _step(np.maximum(start[first - 1], start[first - 2])))
    c.add("end after", _step(np.maximum(end[last + 1], end[last + 2])))


def _step(odds: Floats) -> Ints:
    """Log-odds in steps of one."""
    return np.clip(np.floor(odds), -6, 6).astype(np.int64) + 10
