"""Raw items for `annotate`: those whose words announce the wanted types, each at most once.

>>> Items([item], [], guide, None).take("IS_BORN_IN").id  # "… née à Lyon …"
'item'
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property

from augment.errors import UsageError
from augment.guide.context import cue_pattern, folded
from augment.guide.model import Guide
from augment.overlap import near_twin_groups
from augment.plan.texts import event_types
from augment.schema import Document

Uncertainty = Callable[[Document], float] | Mapping[str, float]
"""How unsure a student is of a raw item, 0–1: a function, or values by id (0 where missing)."""

EVENT = 0.5
"""What a word for an event adds to an item's worth, in units of a cue's weight."""


class Items:
    """The items still to be had, by relation type.

    Of near-twins one is taken, and none that a document nearly copies. Raises UsageError if an
    item has the id of a document or of another item.
    """

    def __init__(
        self,
        raw: Sequence[Document],
        documents: Sequence[Document],
        guide: Guide,
        uncertainty: Uncertainty | None = None,
    ) -> None:
        self._raw, self._documents, self._guide = raw, documents, guide
        self._uncertainty = uncertainty or {}
        self._gone: set[int] = set()
        self._queues: dict[str, Iterator[int]] = {}
        ids = Counter(d.id for d in documents) + Counter(d.id for d in raw)
        for item in raw:
            if ids[item.id] > 1:
                raise UsageError(
                    f"the raw item {item.id} has the id of another item or of a document",
                    hint="give raw items ids of their own",
                )

    def take(self, kind: str) -> Document | None:
        """The best item left for a relation type, None if no item left has a cue of it."""
        if kind not in self._queues:
            self._queues[kind] = iter(self._ranked(kind))
        for number in self._queues[kind]:
            group = self._groups[number]
            if group not in self._gone:
                self._gone.add(group)
                return self._raw[number]
        return None

    def announced(self, item: Document) -> list[str]:
        """The relation types that have a cue in an item."""
        return list(self._cues[self._places[item.id]])

    def _ranked(self, kind: str) -> list[int]:
        """Items with a cue of the type (all, if the guide has none of it), the best first."""
        cued = bool(self._guide.relations[kind].cues)
        scored = []
        for i in range(len(self._raw)):
            found = self._cues[i].get(kind, ())
            if found or not cued:
                worth = sum(self._weight[kind, cue] for cue in found)
                worth = (worth + EVENT * self._events[i]) * (1 + self._unsure[i])
                scored.append((-worth, i))
        return [i for _, i in sorted(scored)]

    @cached_property
    def _unsure(self) -> list[float]:
        given = self._uncertainty
        if isinstance(given, Mapping):
            return [given.get(item.id, 0.0) for item in self._raw]
        return [given(item) for item in self._raw]

    @cached_property
    def _places(self) -> dict[str, int]:
        return {item.id: i for i, item in enumerate(self._raw)}

    @cached_property
    def _groups(self) -> list[int]:
        """The group of near-twins of each item; those with a document in them are gone."""
        groups = near_twin_groups([d.text for d in (*self._documents, *self._raw)])
        self._gone |= set(groups[: len(self._documents)])
        return groups[len(self._documents) :]

    @cached_property
    def _cues(self) -> list[dict[str, list[str]]]:
        """Of each item, the cues it has by relation type."""
        kinds: dict[str, list[str]] = defaultdict(list)
        for kind, relation in self._guide.relations.items():
            for cue in dict.fromkeys(map(folded, relation.cues)):
                kinds[cue].append(kind)
        patterns = {cue: cue_pattern([cue]) for cue in kinds}
        found: list[dict[str, list[str]]] = []
        for text in self._texts:
            of: dict[str, list[str]] = defaultdict(list)
            for cue, pattern in patterns.items():
                if cue in text and pattern and pattern.search(text):
                    for kind in kinds[cue]:
                        of[kind].append(cue)
            found.append({kind: of[kind] for kind in self._guide.relations if kind in of})
        return found

    @cached_property
    def _weight(self) -> dict[tuple[str, str], float]:
        """How telling a cue is: the logarithm of how few items have it."""
        spread = Counter((kind, c) for of in self._cues for kind, cues in of.items() for c in cues)
        return {key: math.log((len(self._raw) + 1) / n) for key, n in spread.items()}

    @cached_property
    def _events(self) -> list[bool]:
        """True for each item with a word for an event."""
        events = event_types(self._guide)
        pattern = cue_pattern(c for e in events for c in self._guide.entities[e].cues)
        return [bool(pattern and pattern.search(text)) for text in self._texts]

    @cached_property
    def _texts(self) -> list[str]:
        return [folded(item.text) for item in self._raw]
