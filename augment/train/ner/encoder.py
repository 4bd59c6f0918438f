"""Recogniser `transformer`: spans scored by their first and last words, as an encoder reads them.

>>> recogniser = Recogniser(guide, model="almanach/camembert-base")
>>> recogniser.fit(documents)
>>> recogniser.predict([document])[0][0]
Entity(id=0, type='PLACE', mentions=(Mention(start=2, end=7, value='Paris'),))
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from augment.schema import Document, Entity
from augment.train.columns import Bools, Ints
from augment.train.decode import Floats
from augment.train.ner.spans import Span, entities, gold_spans, kept, nesting
from augment.train.transformer.data import Window, mention_spans, read, token_spans
from augment.train.transformer.states import states
from augment.train.transformer.tuned import BLOCK, Tuned
from augment.train.words import Tokens, tokenise

WIDTH = 150
"""Width of what is read of a first or a last word."""


class Item(NamedTuple):
    """One document. ``words``: first and last token of each; ``gold``: first, last word, type.

    Its rows are the spans of one word, in their order, then those of two, up to ``longest``.
    """

    windows: list[Window]
    words: Ints
    gold: Ints
    longest: int
    types: int
    weight: float

    def size(self) -> int:
        """Number of words: there are far more spans, and nearly all of them are plainly none."""
        return len(self.words)

    def spans(self) -> tuple[Ints, Ints]:
        """First and last word of each row."""
        n = len(self.words)
        lengths = range(min(self.longest, n))
        none = np.zeros(0, np.int64)
        first = np.concatenate([none, *(np.arange(n - more) for more in lengths)])
        return first, first + np.repeat(np.array(lengths), [n - more for more in lengths])

    def labels(self) -> tuple[Bools, Bools]:
        """All is known; positive are the types of the gold spans."""
        positive = np.zeros((len(self.spans()[0]), self.types), bool)
        first, last, kind = self.gold.T
        more = last - first
        positive[more * len(self.words) - more * (more - 1) // 2 + first, kind] = True
        return np.ones_like(positive), positive


class Spans(nn.Module):  # type: ignore[misc]  # torch is not there
    """Scores spans for every type, and for none, with a biaffine form of their ends.

    Method: Yu et al. 2020, Named Entity Recognition as Dependency Parsing; the form is factored,
    and instead of one type or none a span may have several, over a threshold of its own.
    """

    def __init__(self, encoder: Any, types: int) -> None:
        super().__init__()
        size = encoder.config.hidden_size
        self.encoder = encoder
        self.first = nn.Linear(size, WIDTH)
        self.last = nn.Linear(size, WIDTH)
        self.both = nn.Linear(WIDTH, 1 + types)
        self.begins = nn.Linear(WIDTH, 1 + types, bias=False)
        self.ends = nn.Linear(WIDTH, 1 + types, bias=False)

    def forward(self, items: Sequence[Item]) -> list[Tensor]:
        """Scores of each document's rows: (spans, 1 + types), the threshold first."""
        read = zip(items, states(self.encoder, items), strict=True)
        return [self._spans(item, text) for item, text in read]

    def _spans(self, item: Item, text: Tensor) -> Tensor:
        first, last = torch.as_tensor(item.words, device=text.device).T
        first, last = torch.tanh(self.first(text[first])), torch.tanh(self.last(text[last]))
        begins, ends = self.begins(first), self.ends(last)
        n = len(item.words)
        rows = [text.new_zeros(0, self.both.out_features)]
        for more in range(min(item.longest, n)):
            pair = self.both(first[: n - more] * last[more:])
            rows.append(pair + begins[: n - more] + ends[more:])
        return torch.cat(rows)


class Recogniser(Tuned):
    """Nested mentions: all spans up to the longest of training are scored for all types.

    A span has the types that score above its threshold, which is learnt with them; of spans that
    cross, or are nested as was never seen, the surest stays, as in `linear`. Offsets are those of
    words of the text, whatever the encoder's tokens are.
    """

    written = "ner/transformer"
    types: Sequence[str] = ()
    longest = 0
    nesting: Mapping[tuple[str, str, str], int] = {}

    def fit(self, documents: Sequence[Document], weights: Sequence[float] | None = None) -> None:
        """Learn from the entities of documents; ``labelled`` and ``masked`` are about relations.

        A document without entities of which nothing is labelled is raw text and is left out.
        Without any mention nothing is learnt. Raises ConfigError or PathError (the encoder).
        """
        weight = [1.0] * len(documents) if weights is None else list(weights)
        used = [
            n for n, d in enumerate(documents) if weight[n] and (d.entities or d.labelled != "none")
        ]
        gold = [self._gold(documents[n], tokenise(documents[n].text)) for n in used]
        self.types = sorted({kind for spans in gold for kinds in spans.values() for kind in kinds})
        self.longest = max((b - a + 1 for spans in gold for a, b in spans), default=0)
        seen = sum((nesting(spans) for spans in gold), Counter[tuple[str, str, str]]())
        self.nesting = {pair: n for pair, n in sorted(seen.items()) if n > 1}
        used = used if self.types else []
        self._tune([documents[n] for n in used], [weight[n] for n in used])

    def _gold(self, document: Document, t: Tokens) -> dict[tuple[int, int], set[str]]:
        """(First word, last word) → types."""
        spans = mention_spans(document, np.stack([t.start, t.end], axis=1)).tolist()
        kinds = [e.type for e, _ in document.mentions()]
        named = [self.guide.canonical(kind) if self.guide else kind for kind in kinds]
        rows = [(n, first, after) for n, (first, after) in enumerate(spans)]
        return gold_spans(rows if len(t.start) else [], named)

    def _head(self, read: Any) -> nn.Module:
        return Spans(read, len(self.types))

    def _items(
        self, documents: Sequence[Document], weights: Sequence[float] | None = None
    ) -> list[Item]:
        weight = [1.0] * len(documents) if weights is None else weights
        return [self._item(d, w) for d, w in zip(documents, weight, strict=True)]

    def _item(self, document: Document, weight: float) -> Item:
        t = tokenise(document.text)
        windows, offsets = read(document.text, self._tokenizer, self.settings)
        words = token_spans(np.stack([t.start, t.end], axis=1), offsets)
        words[:, 1] -= 1
        gold = [
            (first, last, self.types.index(kind))
            for (first, last), kinds in self._gold(document, t).items()
            for kind in kinds
        ]
        rows = np.array(gold, np.int64).reshape(-1, 3)
        return Item(windows, words, rows, self.longest, len(self.types), weight)

    def predict(self, documents: Sequence[Document]) -> list[tuple[Entity, ...]]:
        """Mentions found in each text, each as an entity of its own; given ones are not seen."""
        found: list[tuple[Entity, ...]] = [() for _ in documents]
        for start in range(0, len(documents) if self._network else 0, BLOCK):
            bare = [d.model_copy(update={"entities": ()}) for d in documents[start : start + BLOCK]]
            made = self._items(bare)
            rows = [n for n, item in enumerate(made) if len(item.words)]
            for n, over in zip(rows, self._scored([made[n] for n in rows]), strict=True):
                spans = kept(self._chosen(made[n], over), self.nesting)
                text = bare[n].text
                found[start + n] = entities(text, tokenise(text), spans)
        return found

    def _chosen(self, item: Item, over: Floats) -> list[Span]:
        first, last = item.spans()
        return [
            Span(int(first[row]), int(last[row]) + 1, self.types[n], float(over[row, n]))
            for row, n in zip(*np.nonzero(over > 0), strict=True)
        ]

    def _known(self) -> dict[str, Any]:
        pairs = [[*pair, n] for pair, n in self.nesting.items()]
        return {"types": self.types, "longest": self.longest, "nesting": pairs}

    def _recall(self, known: dict[str, Any]) -> None:
        self.types, self.longest = known["types"], known["longest"]
        self.nesting = {(how, a, b): n for how, a, b, n in known["nesting"]}
