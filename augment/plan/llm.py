"""Orders for an LLM: what to write, what to work on, which relations to put in.

Order(strategy="compose", types=("IS_BORN_ON", "IS_BORN_IN", …), negatives=("RESIDES_IN", …),
      event="FIRE", style="eyewitness", words=104, distractors=2, targets={"pronouns": 2, …})
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import cached_property
from random import Random
from typing import Any

from augment.guide.model import Guide
from augment.plan.gains import Quotas
from augment.plan.gold import Gold, named
from augment.plan.graphs import Graphs
from augment.plan.raw import Items, Uncertainty
from augment.plan.records import Settings
from augment.plan.texts import Texts
from augment.schema import Document, Order

LLM = ("compose", "realise", "restyle", "substitute", "annotate", "contrast", "telegraphic")
FROM_GOLD = frozenset(("restyle", "substitute"))
"""Strategies that need a gold document with the type that is wanted."""

MANNER = ("pronouns",)
"""Targets that a text can meet that states its graph, and nothing else, as facts."""
WORDS_PER_NODE = 6
"""Gold texts have a little more than five words for each entity."""

Fields = dict[str, Any]


class Writer:
    """Fills in orders one after the other; what it needs of the corpus is read when first asked."""

    def __init__(
        self,
        documents: Sequence[Document],
        raw: Sequence[Document],
        guide: Guide,
        settings: Settings,
        seed: int,
        uncertainty: Uncertainty | None,
    ) -> None:
        self.documents, self.guide, self.settings, self.seed = documents, guide, settings, seed
        self.raw, self.uncertainty = raw, uncertainty
        self._makers: dict[str, Callable[[str, Quotas, Random], Fields | None]] = {
            "compose": self._compose,
            "realise": self._realise,
            "restyle": self._restyle,
            "substitute": self._substitute,
            "annotate": self._annotate,
            "contrast": self._contrast,
            "telegraphic": self._telegraphic,
        }

    @cached_property
    def texts(self) -> Texts:
        """What texts should be like."""
        return Texts(self.documents, self.guide, self.seed)

    @cached_property
    def graphs(self) -> Graphs:
        """Graphs to be stated."""
        return Graphs(self.documents, self.guide)

    @cached_property
    def gold(self) -> Gold:
        """Documents to work on."""
        return Gold(self.documents, self.guide, self.seed)

    @cached_property
    def items(self) -> Items:
        """Raw items to annotate."""
        return Items(self.raw, self.documents, self.guide, self.uncertainty)

    def able(self, strategy: str, kind: str) -> bool:
        """False if the strategy can make nothing of this type; True if it may."""
        if strategy == "annotate":
            return bool(self.raw)
        return strategy in (*FROM_GOLD, "contrast") or bool(self.guide.pairs[kind])

    def order(self, draft: Order, quotas: Quotas, rng: Random) -> Order | None:
        """The draft filled in and its types taken; None if there is nothing to make it of."""
        fields = self._makers[draft.strategy](draft.types[0], quotas, rng)
        if fields is None:
            return None
        types = fields.setdefault("types", draft.types)
        for kind in types:
            quotas.take(kind)
        implied = fields.pop("implied", ())
        alike = [kind for kind in self.guide.lookalikes(types) if kind not in implied]
        number = min(self.settings.negatives * len(types), len(alike))
        drawn = {"negatives": tuple(rng.sample(alike, number)), "seed": rng.getrandbits(32)}
        exhaustive = {"exhaustive": self.settings.exhaustive}
        return draft.model_copy(update=drawn | exhaustive | fields)

    def _together(
        self, first: str, quotas: Quotas, rng: Random, among: Collection[str] | None = None
    ) -> tuple[str, ...]:
        """Types for one text, drawn by gain: they share entity types, or are ``among`` those."""
        chosen = [first]
        while len(chosen) < self.settings.types_together:
            ends = {end for kind in chosen for end in self._ends(kind)}
            fit = [
                t
                for t in quotas.open(chosen)
                if (t in among if among is not None else ends & self._ends(t))
            ]
            if not fit:
                break
            chosen += rng.choices(fit, [quotas.gain(t) + 1e-9 for t in fit])
        return tuple(chosen)

    def _ends(self, kind: str) -> set[str]:
        """Families on either side of a relation type."""
        types = {end for pair in self.guide.pairs[kind] for end in pair}
        return {self.guide.entities[t].family for t in types}

    def _compose(self, first: str, quotas: Quotas, rng: Random) -> Fields:
        drawn = self.texts.figures()
        return {
            "types": self._together(first, quotas, rng),
            "event": self.texts.event(rng),
            "style": self.texts.style(),
            "words": drawn.pop("words"),
            "distractors": drawn.pop("distractors"),
            "targets": drawn,
        }

    def _telegraphic(self, first: str, quotas: Quotas, rng: Random) -> Fields:
        """Half as long, with half as many entities; the manner of gold does not fit."""
        made = self._compose(first, quotas, rng)
        targets = {name: made["targets"][name] // 2 for name in ("entities",) if made["targets"]}
        halved = {"words": made["words"] // 2, "distractors": made["distractors"] // 2}
        return made | halved | {"targets": targets}

    def _realise(self, first: str, quotas: Quotas, rng: Random) -> Fields | None:
        types = self._together(first, quotas, rng)
        nodes, triples = self.graphs.sample(types, rng)
        drawn = self.texts.figures()
        implied = {kind: {*self.graphs.beside(kind)} - {*types} for kind in types}
        needed = sum(len(implied[kind]) for _, kind, _ in triples if kind in implied)
        distractors = drawn["distractors"] // 2 + needed
        return {
            "types": types,
            "implied": set[str]().union(*implied.values()),
            "nodes": nodes,
            "triples": triples,
            "style": self.texts.style(),
            "words": WORDS_PER_NODE * (len(nodes) + distractors) + 10,
            "distractors": distractors,
            "targets": {name: drawn[name] for name in MANNER if name in drawn},
        }

    def _restyle(self, first: str, quotas: Quotas, rng: Random) -> Fields | None:
        source = self.gold.carrier(first, rng)
        if source is None:
            return None
        return {"source": source.id, "style": self.texts.style(), "negatives": ()}

    def _substitute(self, first: str, quotas: Quotas, rng: Random) -> Fields | None:
        source = self.gold.carrier(first, rng)
        if source is None:
            return None
        nodes = named(source, self.guide, first)
        return {"source": source.id, "nodes": nodes, "negatives": ()} if nodes else None

    def _contrast(self, first: str, quotas: Quotas, rng: Random) -> Fields | None:
        turn = self.gold.turn(first)
        if turn is None:
            return None
        excerpt, triples = turn
        return {"source": excerpt.id, "triples": triples, "negatives": (triples[0][1],)}

    def _annotate(self, first: str, quotas: Quotas, rng: Random) -> Fields | None:
        item = self.items.take(first)
        if item is None:
            return None
        among = self.items.announced(item)
        return {"source": item.id, "types": self._together(first, quotas, rng, among)}
