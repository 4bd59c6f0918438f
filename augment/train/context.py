"""What pairs look up: figures of each mention, entity and document of a batch, computed once.

>>> context = Context(layout(documents, kinds, gate))
>>> context.named.shape == context.layout.mentions.start.shape
True
"""

from __future__ import annotations

from functools import cached_property

import numpy as np

from augment.train.columns import Bools, Hashes, Ints, distinct
from augment.train.layout import Layout
from augment.train.words import CAPITAL, LONG, PLURAL, PREPOSITION, PRONOUN

MENTIONS = 4
"""Mentions of an entity that are looked at, in the order of the text."""
WINDOW = 5
"""Tokens of context before and after a mention."""
SENTENCE = 40
"""Long words of a sentence that are looked at."""


class Context:
    """Columns by mention, by entity and by document; indices are those of the layout."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        tokens, mentions, entities = layout.tokens, layout.mentions, layout.entities
        self.sentence = tokens.sentence[mentions.start]
        self.first_sentence = (tokens.sentence[mentions.start[entities.first]] & 0xFFFFFFFF) == 0
        nth = entities.first[:, None] + np.arange(MENTIONS)
        self.has = np.arange(MENTIONS) < entities.size[:, None]
        self.nth: Ints = np.where(self.has, nth, entities.first[:, None])
        self.families, self.family = np.unique(entities.family, return_inverse=True)
        alone = mentions.end - mentions.start == 1
        self.pronoun = self._flag(mentions.start, PRONOUN) & alone
        self.named = self._flag(mentions.start, CAPITAL) & ~self.pronoun
        self.plural = self._flag(mentions.start - 1, PLURAL) | self._flag(self.head, PLURAL)

    def _flag(self, tokens: Ints, flag: int) -> Bools:
        return np.asarray(self.layout.tokens.flags[tokens] & flag != 0)

    @cached_property
    def head(self) -> Ints:
        """Token of each mention's head: the last before its first inner preposition."""
        m = self.layout.mentions
        last = m.end - 1
        inner = np.minimum(m.start[:, None] + np.arange(1, 8), last[:, None])
        stops = self._flag(inner, PREPOSITION) & (inner > m.start[:, None])
        head: Ints = np.where(stops.any(axis=1), m.start + stops.argmax(axis=1), last)
        return head

    @cached_property
    def preposition(self) -> Hashes:
        """The preposition one or two tokens before each mention, 0 if there is none."""
        word, start = self.layout.tokens.word, self.layout.mentions.start
        farther = np.where(self._flag(start - 2, PREPOSITION), word[start - 2], 0)
        found: Hashes = np.where(self._flag(start - 1, PREPOSITION), word[start - 1], farther)
        return found

    @cached_property
    def main(self) -> Ints:
        """The first mention of each entity that is no pronoun, else its first."""
        usable = ~self.pronoun[self.nth] & self.has
        main: Ints = self.nth[np.arange(len(usable)), usable.argmax(axis=1)]
        return main

    @cached_property
    def flags(self) -> Ints:
        """Three bits by entity: has a pronoun, a name, a plural among its mentions."""
        columns = [self.pronoun, self.named, self.plural]
        bits = [(column[self.nth] & self.has).any(axis=1) for column in columns]
        flags: Ints = bits[0] + 2 * bits[1] + 4 * bits[2]
        return flags

    @cached_property
    def window(self) -> tuple[Ints, Bools]:
        """Tokens around each mention and which are in its sentence: shape (mentions, 10)."""
        m = self.layout.mentions
        before = m.start[:, None] - np.arange(WINDOW, 0, -1)
        tokens = np.concatenate([before, m.end[:, None] + np.arange(WINDOW)], axis=1)
        return tokens, self.layout.tokens.sentence[tokens] == self.sentence[:, None]

    @cached_property
    def stems(self) -> Hashes:
        """Stems around each entity's mentions."""
        tokens, same = self.window
        stems = np.where(same, self.layout.tokens.stem[tokens], 0)[self.nth]
        stems = np.where(self.has[:, :, None], stems, 0)
        return distinct(stems.reshape(len(stems), -1))

    @cached_property
    def cues(self) -> Hashes:
        """Cue classes around each entity's mentions, as bits."""
        tokens, same = self.window
        cues = np.where(same, self.layout.tokens.cues[tokens], 0)
        cues = np.bitwise_or.reduce(cues, axis=1)[self.nth]
        together: Hashes = np.bitwise_or.reduce(np.where(self.has, cues, 0), axis=1)
        return together

    @cached_property
    def before(self) -> Ints:
        """Mentions of each family that start before each token: shape (families, tokens + 1)."""
        m = self.layout.mentions
        counts = np.zeros((len(self.families), len(self.layout.tokens.word) + 1), np.int32)
        np.add.at(counts, (self.family[m.entity], m.start + 1), 1)
        return np.cumsum(counts, axis=1)

    @cached_property
    def sizes(self) -> Ints:
        """Entities of each family by document: shape (documents, families)."""
        document = self.layout.entities.document
        sizes = np.zeros((int(document.max(initial=-1)) + 1, len(self.families)), np.int64)
        np.add.at(sizes, (document, self.family), 1)
        return sizes

    @cached_property
    def present(self) -> Hashes:
        """Entity types of each document."""
        e = self.layout.entities
        kinds, kind = np.unique(e.kind, return_inverse=True)
        there = np.zeros((len(self.sizes), len(kinds)), bool)
        there[e.document, kind] = True
        return distinct(np.where(there, kinds, np.uint32(0)))

    @cached_property
    def long_words(self) -> tuple[Ints, Hashes]:
        """Sentence numbers, ascending, and the distinct long words of each."""
        tokens = self.layout.tokens
        numbers, row = np.unique(tokens.sentence, return_inverse=True)
        long = np.flatnonzero(tokens.flags & LONG != 0)
        long = long[np.argsort(row[long], kind="stable")]
        place = np.arange(len(long)) - np.searchsorted(row[long], row[long])
        kept = place < SENTENCE
        words = np.zeros((len(numbers), SENTENCE), np.uint32)
        words[row[long][kept], place[kept]] = tokens.word[long[kept]]
        return numbers, distinct(words)
