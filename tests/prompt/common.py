"""Corpora and orders for the tests of `prompt`."""

from __future__ import annotations

from functools import cache

from augment.guide import Guide, load
from augment.read import read_all
from augment.schema import Document, Order
from tests.helpers import ROOT

GUIDES = ("ukraine_live", "textmine")
NAMES = (
    "compose",
    "realise",
    "restyle",
    "substitute",
    "annotate",
    "annotate/relations",
    "contrast",
    "telegraphic",
    "judge",
)


@cache
def guide(name: str) -> Guide:
    return load(name)


@cache
def sample() -> tuple[Document, ...]:
    documents, drops = read_all(ROOT / "data" / "sample" / "train.txt")
    assert not drops
    return tuple(documents)


@cache
def corpus(name: str) -> tuple[Document, ...]:
    """Documents that keep to a guide: the sample, or the examples of the guide itself."""
    if name == "ukraine_live":
        return sample()
    found = [
        example.document().model_copy(update={"id": f"{kind}-{i}"})
        for kind, relation in guide(name).relations.items()
        for i, example in enumerate(relation.positive + relation.hard_cases)
    ]
    return tuple(found)


def order(strategy: str, name: str = "ukraine_live", **update) -> Order:
    """An order with everything that any strategy may name; its source is the corpus's first."""
    types = list(guide(name).relations)
    source = corpus(name)[0]
    nodes = {str(e.id): e.type for e in source.entities[:2]}
    head, tail = (e.id for e in source.entities[:2])
    made = Order(
        id="000007",
        strategy=strategy,
        types=tuple(types[1:3]),
        negatives=(types[0],),
        distractors=2,
        seed=5,
        source=source.id,
        event="un incendie",
        style="dispatch",
        words=100,
        targets={"pronouns": 3, "quotations": 1},
        nodes=nodes,
        triples=((head, types[1], tail), (head, types[0], tail)),
    )
    return made.model_copy(update=update)
