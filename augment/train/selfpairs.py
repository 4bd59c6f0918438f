"""Self-pairs → hashed features: what says that an entity relates to itself, such as gender.

« M. Martin » gives the title "m" before, the ending "n" inside, and no plural.
"""

from __future__ import annotations

import numpy as np

from augment.train.columns import Columns, Hashes
from augment.train.context import WINDOW, Context
from augment.train.layout import Pairs
from augment.train.words import LONG

INSIDE = 6
"""Tokens of a mention that are read."""


def self_features(context: Context, pairs: Pairs) -> Hashes:
    """Features of pairs of an entity with itself: shape (pairs, features), 0 for none."""
    e, entity = context.layout.entities, pairs.head
    columns = Columns()
    columns.add("self", np.ones(len(entity)))
    columns.add("self type", e.kind[entity])
    columns.add("self flags", context.flags[entity])
    columns.add("self mentions", np.minimum(e.size[entity], 4))
    _inside(columns, context, pairs)
    _around(columns, context, pairs)
    return columns.matrix()


def _inside(c: Columns, context: Context, pairs: Pairs) -> None:
    """Words, suffixes and endings within the mentions."""
    tokens, m = context.layout.tokens, context.layout.mentions
    nth, has = context.nth[pairs.head], context.has[pairs.head]
    start, end = m.start[nth], m.end[nth]
    at = np.minimum(start[:, :, None] + np.arange(INSIDE), end[:, :, None] - 1)
    for name in ("word", "stem", "suffix", "ending"):
        column = getattr(tokens, name)
        c.add_bag(f"self {name}", np.where(has[:, :, None], column[at], 0))
    for name in ("word", "ending"):
        column = getattr(tokens, name)
        c.add_bag(f"self first {name}", np.where(has, column[start], 0))
    for name in ("word", "suffix"):
        column = getattr(tokens, name)
        c.add_bag(f"self head {name}", np.where(has, column[context.head[nth]], 0))
    c.add_bag("self alone", np.where(has & (end - start == 1), tokens.word[start], 0))


def _around(c: Columns, context: Context, pairs: Pairs) -> None:
    """Titles and words before, and the agreement of what comes after."""
    tokens, m = context.layout.tokens, context.layout.mentions
    nth, has = context.nth[pairs.head], context.has[pairs.head]
    for step in (1, 2):
        c.add_bag(f"self {step} before", np.where(has, tokens.word[m.start[nth] - step], 0))
        c.add_bag(f"self {step} after", np.where(has, tokens.word[m.end[nth] + step - 1], 0))
    c.add_bag("self ending before", np.where(has, tokens.ending[m.start[nth] - 1], 0))
    window, same = context.window
    at, near = window[nth], same[nth] & has[:, :, None]
    c.add_bag("self around", np.where(near, tokens.word[at], 0))
    near &= tokens.flags[at] & LONG != 0
    c.add_bag("self around suffix", np.where(near, tokens.suffix[at], 0))
    after = np.where(near, at, 0)[:, :, WINDOW : WINDOW + 4]
    for name in ("suffix", "ending"):
        column = np.where(after > 0, getattr(tokens, name)[after], 0)
        c.add_bag(f"self after {name}", column)
