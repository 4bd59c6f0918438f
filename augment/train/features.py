"""Candidate pairs → hashed features, for all pairs of a batch at once.

The pair (Zelensky, Ukraine) of « Zelensky, président de l’Ukraine » gives about 110 features: both
types, the distance, "président" between them, "l'" before the tail, the family counts of the text…
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from augment.train.columns import Bools, Columns, Hashes, Ints, combine
from augment.train.context import MENTIONS, Context
from augment.train.layout import Pairs
from augment.train.words import CUES

STEPS = np.array([0, 1, 2, 3, 4, 5, 7, 10, 15, 21, 31, 51])
"""Lower bounds of the token-distance buckets."""
BETWEEN = 14
"""Longest stretch of words between the closest mentions that is read."""
AROUND = 3
"""Tokens before and after the closest mentions that count as near them."""
REACH = 26
"""Longest stretch with these that is read for cues."""
COPIES = 4
"""How often a cue near the closest mentions counts: what tells rare types apart."""
NEAR = 12
"""The same for other mention pairs of one sentence, of which the :data:`CLOSEST` are read."""
CLOSEST = 3


class Geometry(NamedTuple):
    """Where the closest mentions of each pair stand: ``left:right`` are the tokens between."""

    left: Ints
    right: Ints
    order: Ints
    nesting: Ints
    sentences: Ints


def pair_features(context: Context, pairs: Pairs) -> Hashes:
    """Features of pairs of two different entities: shape (pairs, features), 0 for none."""
    where = _geometry(context, pairs)
    columns = Columns()
    _distances(columns, context, pairs, where)
    _counts(columns, context, pairs)
    _mention_words(columns, context, pairs)
    _entity_words(columns, context, pairs)
    _between(columns, context, where)
    _near(columns, context, pairs, where)
    _shared_sentences(columns, context, pairs)
    return columns.matrix()


def _geometry(context: Context, pairs: Pairs) -> Geometry:
    m, i, j = context.layout.mentions, pairs.i, pairs.j
    left = np.minimum(m.end[i], m.end[j])
    tail_inside = (m.start[i] <= m.start[j]) & (m.end[j] <= m.end[i])
    head_inside = (m.start[j] <= m.start[i]) & (m.end[i] <= m.end[j])
    nesting = tail_inside + 2 * head_inside
    return Geometry(
        left,
        np.maximum(np.maximum(m.start[i], m.start[j]), left),
        np.where(nesting > 0, 1 + nesting, m.start[i] < m.start[j]),
        nesting,
        np.minimum(np.abs(context.sentence[i] - context.sentence[j]), 4),
    )


def _distances(c: Columns, context: Context, pairs: Pairs, where: Geometry) -> None:
    """Distance, order, what stands between, and who is nearest to whom."""
    head, tail, (left, right, order, _, sentences) = pairs.head, pairs.tail, where
    same = sentences == 0
    c.add("distance", combine(np.searchsorted(STEPS, right - left, "right"), order))
    c.add("sentences", combine(sentences, order))
    c.add("nesting", where.nesting)
    before = context.before
    total = before.sum(axis=0)
    c.add("between", np.minimum(total[right] - total[left], 7))
    families = [context.family[e] for e in (tail, head)]
    counts = [np.minimum(before[f, right] - before[f, left], 4) for f in families]
    c.add("between of tail's", counts[0])
    c.add("between of head's", counts[1])
    c.add("between of both", combine(*counts, same))
    ranks = [np.minimum(r, 4) for r in (pairs.tail_rank, pairs.head_rank)]
    earlier = [np.minimum(r, 3) for r in (pairs.tail_before, pairs.head_before)]
    c.add("tail rank", ranks[0])
    c.add("head rank", ranks[1])
    c.add("ranks", combine(*ranks, same))
    c.add("tail rank before", earlier[0])
    c.add("head rank before", earlier[1])
    c.add("ranks before", combine(*earlier))
    nearest = [r == 0 for r in ranks]
    c.add("nearest", combine(*nearest, order, np.minimum(sentences, 2)))


def _counts(c: Columns, context: Context, pairs: Pairs) -> None:
    """Types, numbers and kinds of mentions, position, and what else is in the document."""
    e, head, tail = context.layout.entities, pairs.head, pairs.tail
    document = e.document[head]
    c.add("any", np.ones(len(head)))
    c.add("head type", e.kind[head])
    c.add("tail type", e.kind[tail])
    sizes = np.minimum(context.sizes, 4)
    c.add("family sizes", combine(context.families, sizes[document]), sizes[document] > 0)
    c.add("sizes", combine(*(sizes[document, context.family[x]] for x in (head, tail))))
    c.add("types present", context.present[document], context.present[document] != 0)
    orders = [np.minimum(e.order[x], 4) for x in (head, tail)]
    flags = [context.flags[x] for x in (head, tail)]
    for name, (of_head, of_tail) in (("order", orders), ("flags", flags)):
        c.add(f"head {name}", of_head)
        c.add(f"tail {name}", of_tail)
        c.add(f"both {name}", combine(of_head, of_tail))
    c.add("mentions", combine(*(np.minimum(e.size[x], 3) for x in (head, tail))))
    c.add("first sentence", combine(*(context.first_sentence[x] for x in (head, tail))))


def _mention_words(c: Columns, context: Context, pairs: Pairs) -> None:
    """Words of and around the closest mentions."""
    tokens, m = context.layout.tokens, context.layout.mentions
    for name, mention in (("head", pairs.i), ("tail", pairs.j)):
        start, end, main = m.start[mention], m.end[mention], context.head[mention]
        c.add(f"{name} preposition", context.preposition[mention])
        c.add(f"{name} word", tokens.word[main])
        c.add(f"{name} suffix", tokens.suffix[main])
        c.add(f"{name} last", tokens.word[end - 1])
        before = [tokens.word[start - 1], tokens.word[start - 2]]
        after = [tokens.word[end], tokens.word[end + 1]]
        for side, words in (("before", before), ("after", after)):
            c.add(f"{name} 1 {side}", words[0])
            c.add(f"{name} 2 {side}", words[1])
            c.add(f"{name} both {side}", combine(*words))
    c.add("prepositions", combine(context.preposition[pairs.i], context.preposition[pairs.j]))
    sorts = [(context.pronoun[x], context.named[x]) for x in (pairs.i, pairs.j)]
    c.add("mention kinds", combine(*sorts[0], *sorts[1]))


def _entity_words(c: Columns, context: Context, pairs: Pairs) -> None:
    """Head words of the entities and what stands around all their mentions."""
    tokens = context.layout.tokens
    for name, entity in (("head", pairs.head), ("tail", pairs.tail)):
        main = context.head[context.main[entity]]
        c.add(f"{name} entity", tokens.word[main])
        c.add(f"{name} entity suffix", tokens.suffix[main])
        c.add(f"{name} context", context.stems[entity], context.stems[entity] != 0)
        c.add_bits(f"{name} cues", context.cues[entity], len(CUES))


def _inside(context: Context, left: Ints, length: Ints, most: int) -> tuple[Ints, Bools]:
    """Tokens ``left … left + length``, as a last axis of ``most``, and which of them count."""
    steps = np.arange(most)
    tokens = np.minimum(left[..., None] + steps, len(context.layout.tokens.word) - 1)
    return tokens, steps < np.where(length <= most, length, 0)[..., None]


def _between(c: Columns, context: Context, where: Geometry) -> None:
    """Words between the closest mentions of one sentence."""
    tokens, order = context.layout.tokens, where.order[:, None]
    gap, same = where.right - where.left, where.sentences == 0
    at, inside = _inside(context, where.left, np.where(same, gap, 0), BETWEEN)
    words = np.where(inside, tokens.word[at], 0)
    c.add_bag("words", words)
    c.add_bag("ordered words", np.where(inside, combine(words, order), 0))
    c.add_bag("bigrams", np.where(inside[:, 1:], combine(words[:, :-1], words[:, 1:]), 0))
    c.add("path", combine(order[:, 0], *words[:, :4].T), same & (gap <= 4))
    cues = np.bitwise_or.reduce(np.where(inside, tokens.cues[at], 0), axis=1)
    for way in (0, 1):
        c.add_bits(f"cues between {way}", np.where(where.order == way, cues, 0), len(CUES))


def _near(c: Columns, context: Context, pairs: Pairs, where: Geometry) -> None:
    """Cues and stems in and around the closest mentions, alone and with who is nearest."""
    tokens, m = context.layout.tokens, context.layout.mentions
    start = np.minimum(m.start[pairs.i], m.start[pairs.j]) - AROUND
    length = np.maximum(m.end[pairs.i], m.end[pairs.j]) + AROUND - start
    at, inside = _inside(context, start, np.where(where.sentences == 0, length, 0), REACH)
    inside &= tokens.sentence[at] == context.sentence[pairs.i][:, None]
    stems = np.where(inside, tokens.stem[at], 0)
    cues = np.bitwise_or.reduce(np.where(inside, tokens.cues[at], 0), axis=1)
    nearest = 2 * (pairs.head_rank == 0) + (pairs.tail_rank == 0)
    c.add_bag("stems near", stems)
    c.add_bag("stems near both nearest", np.where(nearest[:, None] == 3, stems, 0))
    c.add_bits("cues near", cues, len(CUES), COPIES)
    for n in range(4):
        of_these = np.where(nearest == n, cues, 0)
        c.add_bits(f"cues near nearest {n}", of_these, len(CUES), COPIES)


def _shared_sentences(c: Columns, context: Context, pairs: Pairs) -> None:
    """Stems and cues between the closest mention pairs of one sentence; words of the sentences."""
    tokens, m = context.layout.tokens, context.layout.mentions
    i = np.repeat(context.nth[pairs.head], MENTIONS, axis=1)
    j = np.tile(context.nth[pairs.tail], MENTIONS)
    real = np.repeat(context.has[pairs.head], MENTIONS, axis=1)
    real &= np.tile(context.has[pairs.tail], MENTIONS)
    real &= context.sentence[i] == context.sentence[j]
    c.add("shared sentences", np.minimum(real.sum(axis=1), 4))
    left = np.minimum(m.end[i], m.end[j])
    gap = np.maximum(np.maximum(m.start[i], m.start[j]) - left, 0)
    closest = np.argsort(np.where(real, gap, 1 << 20), axis=1, kind="stable")[:, :CLOSEST]
    left, gap, real, sentence = (
        np.take_along_axis(x, closest, 1) for x in (left, gap, real, context.sentence[i])
    )
    at, inside = _inside(context, left, np.where(real, gap, 0), NEAR)
    c.add_bag("stems", np.where(inside, tokens.stem[at], 0))
    cues = np.where(inside, tokens.cues[at], 0).reshape(len(at), -1)
    c.add_bits("cues", np.bitwise_or.reduce(cues, axis=1), len(CUES))
    numbers, words = context.long_words
    row = np.searchsorted(numbers, sentence)
    c.add_bag("sentence words", np.where(real[:, :, None], words[row], 0))
