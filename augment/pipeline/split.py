"""Hold out a test set before anything else looks.

>>> train, test = hold_out(documents, share=0.25, seed=0)
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from augment.measure.splits import near_twins
from augment.schema import Document


def hold_out(
    documents: Sequence[Document], *, share: float, seed: int
) -> tuple[list[Document], list[Document]]:
    """Train and test documents, both in their old order; near-twins stay together.

    Whole groups of near-twins are drawn until at least ``share`` (0–1) of the documents is held
    out, so the test set may be larger by one group.
    """
    groups: dict[int, list[int]] = {}
    for position, group in enumerate(near_twins(documents)):
        groups.setdefault(group, []).append(position)
    order = sorted(groups)
    random.Random(f"{seed}/hold out").shuffle(order)
    held: set[int] = set()
    for group in order:
        if len(held) >= share * len(documents):
            break
        held.update(groups[group])
    train = [d for i, d in enumerate(documents) if i not in held]
    return train, [d for i, d in enumerate(documents) if i in held]
