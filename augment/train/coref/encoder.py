"""Linker `transformer`: pairs of mentions scored as an encoder reads them, best antecedents first.

>>> linker = Linker(guide, model="almanach/camembert-base")
>>> linker.fit(documents)
>>> [len(entity.mentions) for entity in linker.predict([document])[0]]
[6, 5, 1, 1]
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from augment.schema import Document, Entity
from augment.train.columns import Bools, Ints
from augment.train.coref.clusters import GRID, curve, linkable, linked
from augment.train.coref.mentions import Mentions, columns, places
from augment.train.coref.pairs import Pairs, pairs
from augment.train.decode import Floats
from augment.train.transformer.data import Window, read, token_spans
from augment.train.transformer.states import means, states
from augment.train.transformer.tuned import Tuned

WIDTH = 150
"""Width of what is read of a mention, and of a pair."""
CLUE = 20
"""Width of the embedding of a type, a distance, a likeness."""
STEPS = np.array([1, 2, 3, 4, 5, 8, 16, 32])
"""Lower bounds of the buckets of distances in mentions of the type."""


class Item(NamedTuple):
    """One document, a row a pair. ``mentions``: first and last token + 1; ``kinds``: their types.

    ``i`` stands before ``j``; ``far`` is the bucket of their distance, ``alike`` 2 for equal
    strings, 1 for equal heads.
    """

    windows: list[Window]
    mentions: Ints
    kinds: Ints
    i: Ints
    j: Ints
    far: Ints
    alike: Ints
    together: Bools
    weight: float

    def size(self) -> int:
        """Number of pairs."""
        return len(self.i)

    def labels(self) -> tuple[Bools, Bools]:
        """All is known; positive are the pairs of one entity."""
        return np.ones((len(self.i), 1), bool), self.together[:, None]


class Antecedents(nn.Module):  # type: ignore[misc]  # torch is not there
    """Scores pairs of mentions, each read as its first, its last and the mean of its tokens.

    After Lee et al. 2017, End-to-end Neural Coreference Resolution, with mentions that are given:
    each pair is decided alone, against 0, as in :mod:`augment.train.coref.linear`.
    """

    def __init__(self, encoder: Any, types: int) -> None:
        super().__init__()
        size = encoder.config.hidden_size
        self.encoder = encoder
        self.types = nn.Embedding(types, CLUE)
        self.far = nn.Embedding(len(STEPS) + 1, CLUE)
        self.alike = nn.Embedding(3, CLUE)
        self.mention = nn.Linear(3 * size + CLUE, WIDTH)
        self.pair = nn.Linear(3 * WIDTH + 2 * CLUE, WIDTH)
        self.score = nn.Linear(WIDTH, 1)

    def forward(self, items: Sequence[Item]) -> list[Tensor]:
        """Of each document's pairs 0, the threshold, and the log-odds: (pairs, 2)."""
        read = zip(items, states(self.encoder, items), strict=True)
        return [self._pairs(item, text) for item, text in read]

    def _pairs(self, item: Item, text: Tensor) -> Tensor:
        mentions, kinds, i, j, far, alike = (
            torch.as_tensor(column, device=text.device) for column in item[1:7]
        )
        first, after = mentions.T
        mean = means(item.mentions, len(text)).to(text) @ text
        ends = torch.cat([text[first], text[after - 1], mean, self.types(kinds)], dim=1)
        read = torch.tanh(self.mention(ends))
        clues = [self.far(far), self.alike(alike)]
        pair = torch.cat([read[i], read[j], read[i] * read[j], *clues], dim=1)
        odds = self.score(torch.relu(self.pair(pair)))
        return torch.cat([torch.zeros_like(odds), odds], dim=1)


class Linker(Tuned):
    """Best-first clustering over scores of pairs of one type, as in `linear`.

    The threshold is the one with the best mean of MUC, B³ and CEAF-e on the documents held out, of
    equals the nearest to 0; without any it is 0. Types that never had two mentions stay single.
    """

    written = "coref/transformer"
    threshold = 0.0
    kinds: Mapping[str, str] = {}

    def fit(self, documents: Sequence[Document], weights: Sequence[float] | None = None) -> None:
        """Learn from the entities of documents; ``labelled`` and ``masked`` are about relations.

        Without a pair that could be linked nothing is learnt. Raises ConfigError or PathError (the
        encoder).
        """
        weight = [1.0] * len(documents) if weights is None else list(weights)
        used = [n for n, _ in enumerate(documents) if weight[n]]
        documents, weight = [documents[n] for n in used], [weight[n] for n in used]
        self.kinds, self.threshold = linkable(documents, self.guide), 0.0
        held = self._tune(documents, weight)
        if held:
            m = columns(held, places(held, self.kinds))
            p = pairs(m)
            got = curve(m, p, self._odds(held, m, p), len(held))
            self.threshold = float(max(zip(got, -np.abs(GRID), GRID, strict=True))[2])

    def _head(self, read: Any) -> nn.Module:
        return Antecedents(read, len(self._types()))

    def _types(self) -> list[str]:
        return sorted(set(self.kinds.values()))

    def _items(
        self, documents: Sequence[Document], weights: Sequence[float] | None = None
    ) -> list[Item]:
        weight = [1.0] * len(documents) if weights is None else weights
        return [self._item(d, w) for d, w in zip(documents, weight, strict=True)]

    def _item(self, document: Document, weight: float) -> Item:
        found = places([document], self.kinds)
        m = columns([document], found)
        i, j, rank = pairs(m)
        windows, offsets = read(document.text, self._tokenizer, self.settings)
        types = self._types()
        whole, stem = (
            (column[i] == column[j]) & (column[i] != 0) for column in (m.words.whole, m.words.stem)
        )
        return Item(
            windows,
            token_spans(np.stack([m.start, m.end], axis=1), offsets),
            np.array([types.index(place.type) for place in found], np.int64),
            i,
            j,
            np.searchsorted(STEPS, rank, "right"),
            np.where(whole, 2, stem.astype(np.int64)),
            m.entity[i] == m.entity[j],
            weight,
        )

    def predict(self, documents: Sequence[Document]) -> list[tuple[Entity, ...]]:
        """The mentions of each document in clusters; how they are clustered now is not looked at.

        Clusters are numbered, and their mentions sorted, in the order of the text.
        """
        return linked(documents, self.kinds, self._odds, self.threshold)

    def _odds(self, documents: Sequence[Document], m: Mentions, p: Pairs) -> Floats:
        """Log-odds of the pairs of a batch, which has them in another order than its documents."""
        odds = np.full(len(p.i), -np.inf)
        if self._network is not None:
            number = m.document[p.i]
            made = self._items(documents)
            rows = [n for n, item in enumerate(made) if len(item.i)]
            for n, over in zip(rows, self._scored([made[n] for n in rows]), strict=True):
                odds[number == n] = over[:, 0]
        return odds

    def _known(self) -> dict[str, Any]:
        return {"kinds": dict(self.kinds), "threshold": self.threshold}

    def _recall(self, known: dict[str, Any]) -> None:
        self.kinds, self.threshold = known["kinds"], known["threshold"]
