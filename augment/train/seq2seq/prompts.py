"""Documents → prompts in tokens: a stretch of text with two entities marked, and the question.

>>> prompts = Prompts(tokenizer, wording(schema, guide), window=512)
>>> text = prompts.read(document, schema)
>>> len(prompts.pair(text, 3, 0)) + len(prompts.questions["IS_BORN_IN"]) <= 512
True

Of a text that is too long for the window, what is around the two mentions that are closest to each
other is read; if they are too far apart, what is around each, with « […] » between. A stretch ends
before a mention rather than within it. Only a mention that is longer than its stretch is cut, and
ends in « … ». Whole mentions of the two entities within the stretches are marked, the nearest
:data:`MARKED` of each.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from augment.errors import ConfigError
from augment.schema import Document
from augment.train.schema import Schema
from augment.train.seq2seq import wording
from augment.train.seq2seq.wording import Wording
from augment.train.transformer.data import mention_spans, specials, tokens

MARKED = 6
"""Mentions of an entity that are marked."""
NAME = 12
"""Tokens of an entity's first mention that are repeated after the text."""
LEAST = 16
"""Tokens of text that a window must have room for."""

Span = tuple[int, int]


class Text(NamedTuple):
    """A document in tokens: by entity first token and last + 1 of its mentions, and its type."""

    ids: list[int]
    spans: list[list[Span]]
    kinds: list[str]


class Prompts:
    """Prompts of a tokenizer. ``before`` and ``after`` them belong its special tokens."""

    def __init__(self, tokenizer: Any, words: Wording, window: int) -> None:
        self._tokenizer = tokenizer
        self._kinds = {kind: self._ids(f" ({label})") for kind, label in words.kinds.items()}
        self._named = [self._ids(text) for text in wording.NAMED]
        self._open = [self._ids(text) for text in wording.OPEN]
        self._close, self._cut = self._ids(wording.CLOSE), self._ids(wording.CUT)
        self._text, self._gap = self._ids(wording.TEXT), self._ids(wording.GAP)
        self.before, self.after = specials(tokenizer)
        self.questions = {kind: self._ids(text) for kind, text in words.questions.items()}
        self.answer = self._ids(wording.ANSWER)
        longest = max((len(ids) for ids in self.questions.values()), default=0)
        window = min(window, tokenizer.model_max_length)
        around = len([*self.before, *self._text, *self.answer, *self.after])
        self._room = window - around - longest - 1
        kinds = max((len(ids) for ids in self._kinds.values()), default=0)
        names = 2 * (NAME + kinds + len(self._cut)) + sum(map(len, self._named))
        least = self._room - names - 2 * MARKED * self._mark() - len(self._cut)
        if least < LEAST:
            raise ConfigError(
                f"seq2seq: a window of {window} tokens has no room for text beside the question",
                hint=f"{window + LEAST - least} will do",
            )

    def _ids(self, text: str) -> list[int]:
        found = self._tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"]
        return [int(token) for token in found]

    def _mark(self) -> int:
        return max(map(len, self._open)) + len(self._close)

    def read(self, document: Document, schema: Schema) -> Text:
        """A document in tokens."""
        ids, offsets = tokens(document.text, self._tokenizer)
        flat = iter([(int(a), int(b)) for a, b in mention_spans(document, offsets)])
        spans = [[next(flat) for _ in entity.mentions] for entity in document.entities]
        kinds = [schema.kinds.get(e.type, (e.type, ""))[0] for e in document.entities]
        return Text(ids, spans, kinds)

    def pair(self, text: Text, head: int, tail: int) -> list[int]:
        """The prompt about two entities, or one with itself, as far as the question."""
        ends = [head] if head == tail else [head, tail]
        near = closest([text.spans[end] for end in ends])
        names: list[int] = []
        for number, end in enumerate(ends):
            first, last = min(text.spans[end])
            cut = self._cut if last - first > NAME else []
            own = [*text.ids[first : min(last, first + NAME)], *cut]
            names += [*self._named[number], *own, *self._kinds.get(text.kinds[end], [])]
        marked = [_nearest(text.spans[end], own) for end, own in zip(ends, near, strict=True)]
        room = self._room - len(names) - self._mark() * sum(map(len, marked))
        made: list[int] = []
        for stretch in stretches(near, text, room - len(self._gap) - len(self._cut)):
            made += [*(self._gap if made else []), *self._marked(text, stretch, marked, near)]
        return [*self.before, *self._text, *made, *names]

    def _marked(
        self, text: Text, stretch: Span, marked: list[list[Span]], near: list[Span]
    ) -> list[int]:
        """A stretch with marks around mentions; of nested ones the outer opens first."""
        start, end = stretch
        events: list[tuple[int, int, int, int, list[int]]] = []
        for number, spans in enumerate(marked):
            for first, last in spans:
                cut = (first, last) == near[number] and start <= first < end < last
                if cut or start <= first < last <= end:
                    stop = min(last, end)
                    close = [*(self._cut if cut else []), *self._close]
                    events.append((first, 1, -stop, number, self._open[number]))
                    events.append((stop, 0, -first, -number, close))
        made, at = [], start
        for place, *_, mark in sorted(events):
            made += [*text.ids[at:place], *mark]
            at = place
        return made + text.ids[at:end]


def closest(spans: list[list[Span]]) -> list[Span]:
    """A mention of each entity: those with the fewest tokens between, of equals the first."""
    if len(spans) == 1:
        return [min(spans[0])]
    pairs = (
        (max(a[0], b[0]) - min(a[1], b[1]), min(a, b), a, b) for a in spans[0] for b in spans[1]
    )
    return list(min(pairs)[2:])


def _nearest(spans: list[Span], own: Span) -> list[Span]:
    return sorted(spans, key=lambda span: (abs(span[0] - own[0]), span))[:MARKED]


def stretches(near: list[Span], text: Text, room: int) -> list[Span]:
    """What to read of a text around mentions: one stretch of at most ``room`` tokens, or two."""
    first, last = min(start for start, _ in near), max(end for _, end in near)
    if last - first > room and len(near) > 1:
        return [_around(span, text, room // 2) for span in sorted(near)]
    return [_around((first, last), text, room)]


def _around(span: Span, text: Text, room: int) -> Span:
    """The middle of a stretch is a span; it ends before a mention rather than within it."""
    first, last = span
    start = max(0, min(first - max(room - (last - first), 0) // 2, len(text.ids) - room))
    end = min(start + room, len(text.ids))
    mentions = [mention for spans in text.spans for mention in spans]
    starts = [b for a, b in mentions if a < start < b <= first]
    ends = [a for a, b in mentions if last <= a < end < b]
    return max([start, *starts]), min([end, *ends])
