"""What of a guide's brief is left out first where it is too much for a prompt.

>>> parts = list(smaller(brief(guide, ["IS_LOCATED_IN"]), LEAST))
>>> [len(part.rules) for part in parts[:3]]
[4, 3, 2]
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

from augment.prompt.brief import Brief

Cut = Callable[[Brief], Brief]


def smaller(full: Brief, cuts: Sequence[Cut]) -> Iterator[Brief]:
    """The brief, then with ever more left out; rules go one at a time, the last one first."""
    yield full
    for cut in cuts:
        while (less := cut(full)) != full:
            full = less
            yield full


def _relations(full: Brief, **fields: Any) -> Brief:
    return full._replace(relations=tuple(r._replace(**fields) for r in full.relations))


def _taken_only(full: Brief, side: str) -> Brief:
    """Of the examples of a side those from reviews: what LLMs got wrong goes last."""

    def kept(part: Any) -> Any:
        return part._replace(**{side: tuple(e for e in getattr(part, side) if e.taken)})

    return full._replace(relations=tuple(map(kept, full.relations)))


def _fewer_rules(full: Brief, rank: int) -> Brief:
    last = full.rules[-1:]
    return full._replace(rules=full.rules[:-1]) if last and last[0].rank >= rank else full


def _first_sentences(full: Brief) -> Brief:
    entities = (e._replace(definition=_first(e.definition)) for e in full.entities)
    return full._replace(entities=tuple(entities))


def _first(text: str) -> str:
    return re.split(r"(?<=[.!?])\s", text, maxsplit=1)[0]


def _names_only(full: Brief, related: bool) -> Brief:
    return full._replace(
        entities=tuple(
            e._replace(definition="") if related or not e.related else e for e in full.entities
        )
    )


LEAST: tuple[Cut, ...] = (
    partial(_fewer_rules, rank=3),
    _first_sentences,
    lambda full: _relations(full, alike=()),
    partial(_fewer_rules, rank=2),
    partial(_names_only, related=False),
    partial(_taken_only, side="negative"),
    partial(_fewer_rules, rank=1),
    partial(_names_only, related=True),
    partial(_taken_only, side="positive"),
    partial(_fewer_rules, rank=0),
    lambda full: _relations(full, positive=(), negative=()),
)
"""What goes first, in this order: rules that bear on the relation types, all but the first sentence
of what entity types are, look-alikes, rules on spans, what entity types are that the relation types
do not admit, counter-examples, rules that entity types refer to, what the other entity types are,
examples, rules that relation types refer to; last of all the examples that came from reviews."""

LAST: tuple[Cut, ...] = (lambda full: _relations(full, rule=""),)
"""What goes only where the order does not fit otherwise: the rules of relation types."""
