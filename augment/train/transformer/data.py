"""Documents → what the model takes: windows of tokens, mentions as token spans, candidate pairs.

>>> item = items([document], tokenizer, schema, Settings())[0]
>>> item.windows[0]
Window(ids=[5, 812, 93, 6], lead=1, start=0, end=2)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from augment.schema import Document
from augment.train.columns import Bools, Ints
from augment.train.labels import Labels
from augment.train.layout import layout
from augment.train.schema import Schema
from augment.train.table import Table, pair_codes, pairs_only
from augment.train.transformer.settings import Settings


class Window(NamedTuple):
    """Tokens ``start:end`` of a text as the encoder reads them, ``lead`` special ones before."""

    ids: list[int]
    lead: int
    start: int
    end: int


class Example(Protocol):
    """One document as a network takes it: windows, and rows to be labelled with types."""

    @property
    def windows(self) -> list[Window]:
        """All that the encoder reads of it."""

    @property
    def weight(self) -> float:
        """How often it counts."""

    def size(self) -> int:
        """What a loss is divided by: 0 if it teaches nothing."""

    def labels(self) -> tuple[Bools, Bools]:
        """What is known and what is positive, (rows, types) each."""


Some = TypeVar("Some", bound=Example)


class Item(NamedTuple):
    """One document. ``mentions``: first and last token + 1 of each, entity by entity.

    ``sizes``: mentions of each entity; ``kinds``: its type. ``known`` and ``positive`` have a row
    a pair and a column a relation type; what is not known (not admitted by the types, not labelled,
    masked) counts neither way.
    """

    windows: list[Window]
    mentions: Ints
    sizes: list[int]
    kinds: Ints
    head: Ints
    tail: Ints
    known: Bools
    positive: Bools
    weight: float

    def size(self) -> int:
        """Number of pairs with a known type."""
        return int(self.known.any(axis=1).sum())

    def labels(self) -> tuple[Bools, Bools]:
        """What is known and what is positive."""
        return self.known, self.positive


def types(schema: Schema) -> dict[str, int]:
    """Number of each entity type; 0 is for the others."""
    return {kind: n for n, kind in enumerate(sorted({k for k, _ in schema.kinds.values()}), 1)}


def pairs(documents: Sequence[Document], schema: Schema) -> Table:
    """Candidate pairs: those whose types some relation type admits, as for the student `linear`."""
    return pairs_only(layout(documents, schema.kinds, schema.gate))


def items(
    documents: Sequence[Document],
    tokenizer: Any,
    schema: Schema,
    settings: Settings,
    weights: Sequence[float] | None = None,
) -> list[Item]:
    """One item a document, its pairs in the order of :func:`pairs`."""
    table = pairs(documents, schema)
    known, positive = known_labels(documents, schema, table)
    numbers = types(schema)
    ends = np.searchsorted(table.document, np.arange(len(documents) + 1))
    made = []
    for n, document in enumerate(documents):
        own = slice(ends[n], ends[n + 1])
        windows, offsets = read(document.text, tokenizer, settings)
        named = [schema.kinds.get(e.type, ("", ""))[0] for e in document.entities]
        made.append(
            Item(
                windows,
                mention_spans(document, offsets),
                [len(entity.mentions) for entity in document.entities],
                np.array([numbers.get(name, 0) for name in named], np.int64),
                table.head[own],
                table.tail[own],
                known[own],
                positive[own],
                1.0 if weights is None else float(weights[n]),
            )
        )
    return made


def known_labels(
    documents: Sequence[Document], schema: Schema, table: Table
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Which pairs are known for each relation type, and which are positive: (pairs, types) each."""
    labels = Labels(documents, table)
    known = np.zeros((len(table.head), len(schema.relations)), bool)
    positive = known.copy()
    for n, (kind, relation) in enumerate(schema.relations.items()):
        rows = np.flatnonzero(np.isin(table.kinds, pair_codes(relation.pairs)))
        known[rows, n], positive[rows, n] = labels.of(kind, rows)
    return known, positive & known


def read(text: str, tokenizer: Any, settings: Settings) -> tuple[list[Window], Ints]:
    """Overlapping windows of a text, and first and last code point + 1 of its tokens: (tokens, 2).

    Special tokens are in the windows but are no tokens of the text.
    """
    ids, offsets = tokens(text, tokenizer)
    before, after = specials(tokenizer)
    room = min(settings.window, tokenizer.model_max_length) - len(before) - len(after)
    step = room - min(settings.overlap, room // 2)
    windows = []
    for start in range(0, max(len(ids) - room, 0) + step, step):
        own = ids[start : start + room]
        windows.append(Window([*before, *own, *after], len(before), start, start + len(own)))
    return windows, offsets


def tokens(text: str, tokenizer: Any) -> tuple[list[int], Ints]:
    """The tokens of a text, without special ones; first and last code point + 1 of each."""
    plain = {"truncation": False, "verbose": False, "add_special_tokens": False}
    read = tokenizer(text, return_offsets_mapping=True, **plain)
    return read["input_ids"], np.array(read["offset_mapping"], np.int64).reshape(-1, 2)


def specials(tokenizer: Any) -> tuple[list[int], list[int]]:
    """The special tokens before a text and after it."""
    around = tokenizer("a", return_special_tokens_mask=True)
    inside = np.flatnonzero(np.array(around["special_tokens_mask"]) == 0)
    return around["input_ids"][: inside[0]], around["input_ids"][inside[-1] + 1 :]


def mention_spans(document: Document, offsets: Ints) -> Ints:
    """First token and last token + 1 of each mention; of one inside a token, that token."""
    spans = [(m.start, m.end) for _, m in document.mentions()]
    return token_spans(np.array(spans, np.int64).reshape(-1, 2), offsets)


def token_spans(spans: Ints, offsets: Ints) -> Ints:
    """First token and last token + 1 of stretches of the text, as :func:`mention_spans`."""
    start, end = spans.T
    first = np.searchsorted(offsets[:, 1], start, "right")
    first = np.clip(first, 0, max(len(offsets) - 1, 0))
    last = np.maximum(np.searchsorted(offsets[:, 0], end, "left"), first + 1)
    return np.stack([first, last], axis=1)


def groups(items: Iterable[Some], windows: int) -> Iterator[list[Some]]:
    """Items in their order, so many together that at most this many windows are (or one item)."""
    group: list[Some] = []
    for item in items:
        if group and sum(len(i.windows) for i in [*group, item]) > windows:
            yield group
            group = []
        group.append(item)
    if group:
        yield group
