"""The network: an encoder, entities pooled from their mentions, pairs scored against a threshold.

>>> Extractor(encoder, types=24, relations=37)([item])[0].shape  # threshold first
torch.Size([282, 38])
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from augment.train.transformer.data import Item
from augment.train.transformer.states import encoded, means, merged

BLOCK = 64
"""Width of a block of the bilinear form."""
TYPE = 32
"""Width of an entity type's embedding."""
CHUNK = 512
"""Pairs that are scored together: bounds the memory."""


class Extractor(nn.Module):  # type: ignore[misc]  # torch is not there
    """Scores every candidate pair of documents for every relation type, and for none.

    Method: ATLOP (Zhou et al. 2021, Document-Level Relation Extraction with Adaptive Thresholding
    and Localized Context Pooling). Instead of markers in the text, a mention is the mean of its
    tokens, and entities have an embedding of their type.
    """

    def __init__(self, encoder: Any, types: int, relations: int) -> None:
        super().__init__()
        size = encoder.config.hidden_size
        width = max(BLOCK, size // BLOCK * BLOCK)
        self.encoder = encoder
        self.types = nn.Embedding(types + 1, TYPE)
        self.head = nn.Linear(2 * size + TYPE, width)
        self.tail = nn.Linear(2 * size + TYPE, width)
        self.scores = nn.Linear(width * BLOCK, 1 + relations)

    def forward(self, items: Sequence[Item]) -> list[Tensor]:
        """Scores of each document's pairs: (pairs, 1 + relations), the threshold first."""
        windows = [window for item in items for window in item.windows]
        hidden, attention = encoded(self.encoder, windows, attention=True)
        assert attention is not None
        scores, at = [], 0
        for item in items:
            own = slice(at, at + len(item.windows))
            at = own.stop
            scores.append(self._pairs(item, *_merged(item, hidden[own], attention[own])))
        return scores

    def _pairs(self, item: Item, text: Tensor, entities: Tensor, attention: Tensor) -> Tensor:
        device = text.device
        kinds = self.types(torch.as_tensor(item.kinds, device=device))
        head = torch.as_tensor(item.head, device=device)
        tail = torch.as_tensor(item.tail, device=device)
        scores = [text.new_zeros(0, self.scores.out_features)]
        for i, j in zip(head.split(CHUNK), tail.split(CHUNK), strict=True):
            shared = (attention[:, i] * attention[:, j]).sum(dim=0)
            context = shared / (shared.sum(dim=1, keepdim=True) + 1e-6) @ text
            h = torch.tanh(self.head(torch.cat([entities[i], context, kinds[i]], dim=1)))
            t = torch.tanh(self.tail(torch.cat([entities[j], context, kinds[j]], dim=1)))
            h, t = h.unflatten(1, (-1, BLOCK, 1)), t.unflatten(1, (-1, 1, BLOCK))
            scores.append(self.scores((h * t).flatten(1)))
        return torch.cat(scores)


def _merged(item: Item, hidden: Tensor, attention: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """What the windows of a document say together; a token in two windows has their mean.

    Tokens (tokens, size); entities (entities, size), the log-sum-exp of their mentions; where the
    mentions of each entity look (heads, entities, tokens).
    """
    text, seen = merged(item.windows, hidden)
    spans = means(item.mentions, len(text)).to(text)
    mentions = (spans @ text).split(item.sizes)
    entities = [torch.logsumexp(own, dim=0) for own in mentions]
    places = torch.stack([own.mean(dim=0) for own in spans.split(item.sizes)]) / seen.T
    looks = hidden.new_zeros(attention.shape[1], len(entities), len(text))
    for n, (_, lead, start, end) in enumerate(item.windows):
        own = slice(lead, lead + end - start)
        looks[:, :, start:end] += places[:, start:end] @ attention[n, :, own, own]
    return text, torch.stack(entities), looks


def loss(scores: Tensor, positive: Tensor, known: Tensor) -> Tensor:
    """Adaptive thresholding loss of each pair: (pairs,).

    The known positive types should score above the threshold (column 0), the known negative ones
    below; a type that is not known is in no sum, and gets no gradient.
    """
    threshold = torch.ones_like(known[:, :1])
    above = torch.cat([threshold, known & positive], dim=1)
    below = torch.cat([threshold, known & ~positive], dim=1)
    chosen = scores.masked_fill(~above, -torch.inf).log_softmax(dim=1)
    others = scores.masked_fill(~below, -torch.inf).log_softmax(dim=1)
    wanted = chosen[:, 1:].masked_fill(~above[:, 1:], 0.0).sum(dim=1)
    return -(wanted + others[:, 0])
