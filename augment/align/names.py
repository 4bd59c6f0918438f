"""Type names as models write them → the guide's: labels, case, accents, plural, separators.

>>> Names(guide).entity("Organisations militaires")
'MILITARY_ORGANISATION'
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cached_property, lru_cache

from augment.guide.model import Guide

_WORD = re.compile(r"[^\W_]+")
_LONGEST = 100


class Names:
    """Resolves type names; one that fits no type, or several, comes back as it is written."""

    def __init__(self, guide: Guide) -> None:
        self._guide = guide

    def entity(self, written: str) -> str:
        """An entity type; accepted aliases keep their spelling."""
        if written in self._guide.aliases:
            return written
        return _unique(self._entities, written)

    def relation(self, written: str) -> str:
        """A relation type."""
        return written if written in self._guide.relations else _unique(self._relations, written)

    def known(self, written: str) -> bool:
        """True if this is an entity type, however spelled."""
        return self.entity(written) in self._guide.aliases

    def canonical(self, entity_type: str) -> str:
        """The guide's name behind an alias."""
        return self._guide.canonical(entity_type)

    @cached_property
    def _entities(self) -> dict[str, set[str]]:
        table = self._guide.aliases.items()
        labels = [(e.label, name) for name, e in self._guide.entities.items()]
        return _table([*table, *labels])

    @cached_property
    def _relations(self) -> dict[str, set[str]]:
        types = self._guide.relations
        return _table([*zip(types, types, strict=True), *((r.label, n) for n, r in types.items())])


def _table(pairs: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
    table: dict[str, set[str]] = {}
    for spelling, name in pairs:
        table.setdefault(_fold(spelling), set()).add(name)
    return table


def _unique(table: Mapping[str, set[str]], written: str) -> str:
    found = table.get(_fold(written[:_LONGEST]), set())
    return next(iter(found)) if len(found) == 1 else written.strip()


@lru_cache(maxsize=4096)
def _fold(name: str) -> str:
    """Letters and digits only, without case, accents and the plural ending of each word."""
    plain = unicodedata.normalize("NFKD", name).casefold()
    letters = "".join(c for c in plain if not unicodedata.combining(c))
    words = _WORD.findall(letters)
    return "".join(w[:-1] if len(w) > 3 and w[-1] in "sx" else w for w in words)
