"""What an encoder says of the tokens of documents, their windows put together again.

>>> states(encoder, [item])[0].shape  # tokens, width
torch.Size([412, 768])
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from augment.train.columns import Ints
from augment.train.transformer.data import Example, Window

AT_ONCE = 16
"""Windows that are read together where nothing is learnt: bounds the memory of a long document."""


def states(encoder: Any, items: Sequence[Example]) -> list[Tensor]:
    """Embeddings of the tokens of each document: (tokens, size)."""
    hidden, _ = encoded(encoder, [window for item in items for window in item.windows])
    parts = hidden.split([len(item.windows) for item in items])
    return [merged(item.windows, part)[0] for item, part in zip(items, parts, strict=True)]


def encoded(
    encoder: Any, windows: Sequence[Window], *, attention: bool = False
) -> tuple[Tensor, Tensor | None]:
    """Embeddings (windows, places, size); if asked for the last layer's attention.

    Attention is (windows, heads, places, places). On a GPU the encoder computes in bf16.
    """
    longest = max(len(window.ids) for window in windows)
    empty = encoder.config.pad_token_id or 0
    ids = [window.ids + [empty] * (longest - len(window.ids)) for window in windows]
    there = [[1] * len(window.ids) + [0] * (longest - len(window.ids)) for window in windows]
    device = next(encoder.parameters()).device
    some = len(windows) if torch.is_grad_enabled() else AT_ONCE
    hidden, looks = [], []
    for own, present in zip(
        *(torch.tensor(rows, device=device).split(some) for rows in (ids, there)), strict=True
    ):
        with torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda"):
            read = encoder(input_ids=own, attention_mask=present, output_attentions=attention)
        hidden.append(read.last_hidden_state.float())
        looks += [read.attentions[-1].float()] if attention else []
    return torch.cat(hidden), torch.cat(looks) if looks else None


def merged(windows: Sequence[Window], hidden: Tensor) -> tuple[Tensor, Tensor]:
    """Embeddings of a document's tokens (tokens, size), and in how many windows each is (…, 1).

    A token in several windows has the mean of what they say.
    """
    tokens = max(1, *(window.end for window in windows))
    seen = hidden.new_zeros(tokens, 1)
    text = hidden.new_zeros(tokens, hidden.shape[2])
    for n, (_, lead, start, end) in enumerate(windows):
        seen[start:end] += 1
        text[start:end] += hidden[n, lead : lead + end - start]
    seen = seen.clamp(min=1)
    return text / seen, seen


def means(spans: Ints, tokens: int) -> Tensor:
    """(spans, tokens): each row has the same weight for each token of a span, in all 1.

    Spans are first and last token + 1.
    """
    first, last = torch.as_tensor(spans).T.unsqueeze(2)
    place = torch.arange(tokens)
    inside = ((first <= place) & (place < last)).float()
    return inside / inside.sum(dim=1, keepdim=True)
