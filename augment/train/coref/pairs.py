"""Pairs of mentions of one type in one text → hashed features.

(« Oliphie Trameur », « elle »): a name and a pronoun, nothing against feminine singular, one
sentence apart, the nearest of its type…
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from augment.schema import Document
from augment.train.columns import Bools, Columns, Hashes, Ints, combine, mix
from augment.train.coref.mentions import PRONOUN, Mentions, Words
from augment.train.layout import layout
from augment.train.words import Tokens

FAR = 40
"""Mentions of its type before it among which an antecedent is looked for."""
STEPS = np.array([0, 1, 2, 3, 5, 8, 13, 21, 34, 55, 90])
"""Lower bounds of the buckets of distances in tokens."""
GAP = 3
"""Longest stretch between two mentions that is read."""


class Pairs(NamedTuple):
    """One row a pair: the mention ``i`` stands before ``j``; ``rank`` 0 is the nearest to ``j``."""

    i: Ints
    j: Ints
    rank: Ints


def pairs(m: Mentions) -> Pairs:
    """All pairs of mentions of one type in one document, neither within the other."""
    order = np.lexsort((np.arange(len(m.kind)), m.kind, m.document))
    group = combine(m.document, m.kind)[order]
    first, second, ranks = [], [], []
    for rank in range(min(FAR, len(order) - 1)):
        alike = np.flatnonzero(group[rank + 1 :] == group[: -rank - 1])
        i, j = order[alike], order[alike + rank + 1]
        apart = m.end[i] <= m.start[j]
        first.append(i[apart])
        second.append(j[apart])
        ranks.append(np.full(int(apart.sum()), rank))
    none = np.zeros(0, np.int64)
    return Pairs(*(np.concatenate([none, *parts]) for parts in (first, second, ranks)))


def pair_features(m: Mentions, p: Pairs, documents: Sequence[Document]) -> Hashes:
    """Features of pairs, each alone, crossed with the sorts of the mentions and with their type."""
    t = layout([d.model_copy(update={"entities": ()}) for d in documents], {}, frozenset()).tokens
    start, end = _tokens(m, t)
    c = Columns()
    c.add("any", np.ones(len(p.i)))
    same = _strings(c, m.words, p)
    _agreement(c, m, p)
    _distance(c, (start, end), p, t)
    _surroundings(c, (start, end), p, t)
    count = np.bincount(m.document, minlength=len(documents))
    c.add("order", np.minimum(_earlier(m)[p.i], 4))
    c.add("crowd", np.minimum(count[m.document[p.i]] // 5, 8))
    base = c.matrix()
    sorts = combine(m.traits.sort[p.i], m.traits.sort[p.j], same)[:, None]
    kinds = combine(m.kind[p.i], m.traits.sort[p.j] == PRONOUN)[:, None]
    crossed = [np.where(base != 0, mix(base ^ mix(extra)), 0) for extra in (sorts, kinds)]
    return np.concatenate([base, *crossed], axis=1)


def _strings(c: Columns, w: Words, p: Pairs) -> Bools:
    """What the two have in common as strings; True where they are equal."""
    i, j = p.i, p.j
    equal = {
        name: (column[i] == column[j]) & (column[i] != 0)
        for name, column in w._asdict().items()
        if name in ("whole", "head", "stem", "first", "last", "before")
    }
    for name, there in equal.items():
        c.add(f"same {name}", there)
    c.add("first is last", (w.first[i] == w.last[j]) + 2 * (w.last[i] == w.first[j]))
    c.add("acronym", _either(w.initials, w.letters, p))
    in_both = (w.bag[i][:, :, None] == w.bag[j][:, None, :]) & (w.bag[i] != 0)[:, :, None]
    sizes = [(w.bag[x] != 0).sum(axis=1) for x in (i, j)]
    shared = in_both.any(axis=2).sum(axis=1)
    c.add("shared", np.minimum(shared, 3))
    within = (shared > 0) & (shared == np.minimum(*sizes))
    c.add("within", combine(within, shared == sizes[0], shared == sizes[1]))
    c.add("heads", combine(w.stem[i], w.stem[j]))
    c.add("head of second", w.stem[j])
    c.add("head of first", w.stem[i])
    c.add("word of second", w.whole[j])
    c.add("words", combine(w.before[j], equal["stem"]))
    c.add("string", combine(equal["whole"], equal["stem"], within, p.rank == 0))
    return np.asarray(equal["whole"])


def _either(one: Hashes, other: Hashes, p: Pairs) -> Bools:
    i, j = p.i, p.j
    return np.asarray(
        ((one[i] == other[j]) & (one[i] != 0)) | ((one[j] == other[i]) & (one[j] != 0))
    )


def _agreement(c: Columns, m: Mentions, p: Pairs) -> None:
    """Kinds of expression, gender, number, determiners."""
    i, j = p.i, p.j
    genders, numbers = (
        combine(column[i], column[j]) for column in (m.traits.gender, m.traits.number)
    )
    c.add("sorts", combine(m.traits.sort[i], m.traits.sort[j]))
    c.add("genders", genders)
    c.add("numbers", numbers)
    c.add("agreement", combine(genders, numbers))
    c.add("before first", m.words.before[i])
    c.add("before second", m.words.before[j])
    c.add("before", combine(m.words.before[i], m.words.before[j]))
    c.add(
        "pronoun and head",
        combine(m.words.whole[j], m.traits.sort[i], m.traits.gender[i], m.traits.number[i]),
    )


def _distance(c: Columns, where: tuple[Ints, Ints], p: Pairs, t: Tokens) -> None:
    """Distances in tokens, sentences and mentions of the type."""
    start, end = where
    gap = np.searchsorted(STEPS, start[p.j] - end[p.i], "right")
    sentences = np.minimum(t.sentence[start[p.j]] - t.sentence[start[p.i]], 6)
    rank = np.minimum(p.rank, 6)
    c.add("gap", gap)
    c.add("sentences", sentences)
    c.add("rank", rank)
    c.add("sentences and rank", combine(sentences, np.minimum(rank, 3)))


def _surroundings(c: Columns, where: tuple[Ints, Ints], p: Pairs, t: Tokens) -> None:
    """Sentence starts, the words beside the mentions, the words of a short stretch between them."""
    start, end = where
    opens = t.sentence != np.roll(t.sentence, 1)
    near = opens[start] | opens[start - 1]
    c.add("subjects", near[p.i] + 2 * near[p.j])
    c.add("after second", t.stem[end[p.j]])
    c.add("suffix after second", t.suffix[end[p.j]])
    c.add("after first", t.stem[end[p.i]])
    left, right = end[p.i], start[p.j]
    short = (right - left <= GAP) & (right >= left)
    between: Hashes = np.zeros(len(p.i), np.uint32)
    for k in range(GAP):
        more = combine(between, t.word[np.minimum(left + k, right)])
        between = np.where(left + k < right, more, between)
    c.add("between", combine(between, right - left), short)


def _earlier(m: Mentions) -> Ints:
    """How many mentions stand before each in its document."""
    number = np.arange(len(m.document))
    found: Ints = number - np.searchsorted(m.document, m.document)
    return found


def _tokens(m: Mentions, t: Tokens) -> tuple[Ints, Ints]:
    """First and last + 1 tokens of each mention, in the batch's tokens."""
    real = np.flatnonzero(t.end > t.start)
    shift = np.int64(1) << 32
    number = (t.sentence[real] >> 32) * shift
    first = np.searchsorted(number + t.end[real], m.document * shift + m.start, "right")
    after = np.searchsorted(number + t.start[real], m.document * shift + m.end, "left")
    first = np.minimum(first, len(real) - 1)
    start = real[first]
    return start, np.maximum(real[np.minimum(after - 1, len(real) - 1)] + 1, start + 1)
