"""What an invented text should be like: its event, style, length and figures, as gold's are.

>>> texts.figures()
{'words': 104, 'entities': 21, 'mentions': 27, 'pronouns': 2, 'negations': 1, 'distractors': 2, …}

LLM texts lack pronouns, quotations, attribution, negation and entities in no relation; gold texts
are gone through one after the other, so that a batch of orders has gold's shares.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from random import Random

from augment.guide.model import Guide
from augment.schema import Document
from augment.text_figures import figures

STYLES = (
    "dispatch",
    "official_statement",
    "eyewitness",
    "analysis",
    "correction",
    "reader_question",
)
"""Styles of the items of a live feed, in turn; prompts say what they are in French."""

EVENTS = (
    "un accident", "un incident", "une annonce officielle", "une décision de justice",
    "une enquête", "une réunion", "un accord", "un désaccord public", "une nomination",
    "une cérémonie", "un chantier", "une panne", "une découverte", "une fermeture",
    "une ouverture", "un bilan chiffré",
)  # fmt: skip
"""Kinds of events for a guide without event types."""

DEFAULT = {"words": 110, "distractors": 2}
"""Without gold to draw from."""


class Texts:
    """Draws for one plan; the n-th draw does not depend on how many follow."""

    def __init__(self, documents: Sequence[Document], guide: Guide, seed: int) -> None:
        rng = Random(f"{seed}/texts")
        related = {kind for pairs in guide.pairs.values() for pair in pairs for kind in pair}
        self._figures = [_figures(d, guide, related) for d in documents] or [DEFAULT]
        rng.shuffle(self._figures)
        self._styles = rng.sample(STYLES, len(STYLES))
        self._drawn: Counter[str] = Counter()
        counted = Counter(guide.canonical(e.type) for d in documents for e in d.entities)
        self._events = {t: (counted[t] + 1) ** 0.5 for t in event_types(guide)}

    def figures(self) -> dict[str, int]:
        """Words, entities, mentions, pronouns, … and ``distractors`` of the next gold text."""
        return dict(self._figures[self._next("figures") % len(self._figures)])

    def style(self) -> str:
        """The next style."""
        return self._styles[self._next("styles") % len(self._styles)]

    def event(self, rng: Random) -> str:
        """An event type of the guide, the more often the more there are in gold, or a phrase."""
        if not self._events:
            return rng.choice(EVENTS)
        return rng.choices(list(self._events), list(self._events.values()))[0]

    def _next(self, what: str) -> int:
        self._drawn[what] += 1
        return self._drawn[what] - 1


def _figures(document: Document, guide: Guide, related: Collection[str]) -> dict[str, int]:
    """:class:`augment.text_figures.Figures` of a text, names not counted as distractors."""
    found = figures(document)._asdict()
    ends = {end for r in document.relations for end in (r.head, r.tail)}
    alone = [e for e in document.entities if e.id not in ends]
    del found["unrelated"]
    return found | {"distractors": sum(guide.canonical(e.type) in related for e in alone)}


def event_types(guide: Guide) -> list[str]:
    """The entity types whose family is called an event, in English or French."""

    def called(family: str) -> bool:
        label = guide.families[family].label if family in guide.families else ""
        return any(
            word.casefold().startswith(("event", "événement", "évènement", "evenement"))
            for word in (family, label)
        )

    return [name for name, entity in guide.entities.items() if called(entity.family)]
