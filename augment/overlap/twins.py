"""Documents that repeat each other: what must stay together, and what a reader may skip.

>>> [d.meta.group for d in grouped([first, other, repeated])]
['lemonde.fr:3587412', None, 'lemonde.fr:3587412']
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from augment.overlap.grams import near_twin_groups
from augment.schema import Document


def near_twins(documents: Sequence[Document]) -> list[int]:
    """Group number of each document: groups must not be split between train and test.

    Two documents belong together if more than half of the 4-grams, or 20 % of the 8-grams (the leak
    rule) of one text are in the other, or if they have the same ``meta.group``.
    """
    texts = [document.text for document in documents]
    told = [document.meta.group or number for number, document in enumerate(documents)]
    parent = list(range(len(texts)))

    def root(i: int) -> int:
        while parent[i] != i:
            i = parent[i]
        return i

    for groups in (near_twin_groups(texts), near_twin_groups(texts, n=8, threshold=0.2), told):
        first: dict[Hashable, int] = {}
        for i, group in enumerate(groups):
            a, b = root(first.setdefault(group, i)), root(i)
            parent[max(a, b)] = min(a, b)
    return [root(i) for i in range(len(texts))]


def grouped(documents: Sequence[Document]) -> list[Document]:
    """The documents, near-twins with one ``meta.group``: the id of the first of them in time.

    A document that repeats none keeps the group it has, if any.
    """
    members: dict[int, list[Document]] = {}
    twins = near_twins(documents)
    for twin, document in zip(twins, documents, strict=True):
        members.setdefault(twin, []).append(document)
    names = {
        twin: min(together, key=lambda d: d.meta.time or "9").id if len(together) > 1 else None
        for twin, together in members.items()
    }
    return [
        _in_group(d, names[twin] or d.meta.group) for twin, d in zip(twins, documents, strict=True)
    ]


def _in_group(document: Document, name: str | None) -> Document:
    if document.meta.group == name:
        return document
    return document.model_copy(update={"meta": document.meta.model_copy(update={"group": name})})
