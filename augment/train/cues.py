"""Where the guide's cues stand, and what holds of each candidate pair of one relation type.

>>> tests(arrays, ["né à"], rows)["near"]  # the pair (Paul, Lyon) of « Paul est né à Lyon »
array([ True])
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from augment.train.columns import Bools, Ints
from augment.train.layout import Layout
from augment.train.words import tokenise

AROUND = 3
"""Tokens before and after a pair where a cue is still near."""


def tests(layout: Layout, cues: Iterable[str], rows: Ints) -> Mapping[str, Bools]:
    """What holds of the pairs ``rows``, which are all candidates of one relation type.

    ``sentence``: the closest mentions share a sentence; ``cue``: a cue stands in their sentences;
    ``near``: it stands between them or at most :data:`AROUND` tokens away (of a self-pair: from
    any mention); ``tail``: the head has no candidate tail that is nearer; ``head``: the reverse.
    """
    sentence, m = layout.tokens.sentence, layout.mentions
    pairs = layout.pairs.take(rows)
    i, j = pairs.i, pairs.j
    left, right = np.minimum(m.start[i], m.start[j]), np.maximum(m.end[i], m.end[j])
    gap = np.maximum(np.maximum(m.start[i] - m.end[j], m.start[j] - m.end[i]), 0)
    found = np.concatenate([[0], np.cumsum(_cued(layout, cues))])

    def cued(start: Ints, end: Ints, around: int) -> Bools:
        first = np.searchsorted(sentence, sentence[start], "left")
        last = np.searchsorted(sentence, sentence[end - 1], "right")
        return np.asarray(
            found[np.minimum(end + around, last)] > found[np.maximum(start - around, first)]
        )

    near = cued(left, right, AROUND)
    if len(m.start):
        anywhere = np.logical_or.reduceat(cued(m.start, m.end, AROUND), layout.entities.first)
        near |= (pairs.head == pairs.tail) & anywhere[pairs.head]
    return {
        "sentence": sentence[left] == sentence[right - 1],
        "cue": cued(left, right, len(sentence)),
        "near": near,
        "tail": _nearest(pairs.head, gap),
        "head": _nearest(pairs.tail, gap),
    }


def _cued(layout: Layout, cues: Iterable[str]) -> Bools:
    """The tokens at which a cue begins."""
    word = layout.tokens.word
    begins = np.zeros(len(word), bool)
    for cue in cues:
        wanted = tokenise(cue).word
        here = np.ones(len(word), bool)
        for k, part in enumerate(wanted):
            here[: len(word) - k] &= word[k:] == part
        begins |= here
    return begins


def _nearest(of: Ints, gap: Ints) -> Bools:
    """True for the pairs with the smallest gap among those of the same entity."""
    smallest = np.full(int(of.max(initial=-1)) + 1, np.iinfo(np.int64).max)
    np.minimum.at(smallest, of, gap)
    return np.asarray(gap == smallest[of])
