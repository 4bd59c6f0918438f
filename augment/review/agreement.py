"""How far annotators agree, the LLM being one of them: F1, kappa, alpha, and what to decide.

>>> agreement({"ana": ours, "luc": theirs, "llm": given}, guide=guide).types["RESIDES_IN"].alpha
Figure(value=0.71, low=0.58, high=0.83, n=112)
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np

from augment.errors import UsageError
from augment.guide.model import Guide
from augment.match import told
from augment.mentions import mentions
from augment.review import kappa
from augment.review.disputes import Dispute, disputes, united
from augment.review.votes import Sheet, sheet
from augment.schema import Document, Record
from augment.scores import Floats, interval

SIDES = ("no", "yes")


class Figure(Record):
    """A figure with its 95 % bootstrap interval over documents, None where it is not defined.

    ``n``: what it is of: mentions, entities or relations of either side, or decisions.
    """

    value: float | None
    low: float | None
    high: float | None
    n: int


class Agreed(Record):
    """Figures over two or more annotators; F1 and kappa over all pairs of them.

    ``mentions``: same span and type. ``entities``: of one type that overlap. ``relations``: between
    entities taken for the same (:mod:`augment.review.votes`). ``kappa`` (Cohen 1960) and ``alpha``
    (Krippendorff 2011, nominal): the yes or no to each candidate, which is an ordered pair of
    entities and a type that the guide admits between them; of symmetric types either direction.
    """

    mentions: Figure
    entities: Figure
    relations: Figure
    kappa: Figure
    alpha: Figure


class Agreement(Record):
    """Agreement of all, of each two annotators, and by relation and entity type.

    ``disputes``: what is to be decided; ``united``: documents that have some, with all that anybody
    said in them.
    """

    documents: int
    annotators: tuple[str, ...]
    whole: Agreed
    pairs: dict[str, Agreed]
    types: dict[str, TypeAgreed]
    entity_types: dict[str, EntityAgreed]
    disputes: tuple[Dispute, ...]
    united: tuple[Document, ...]


class TypeAgreed(Record):
    """Figures of one relation type."""

    relations: Figure
    kappa: Figure
    alpha: Figure


class EntityAgreed(Record):
    """Figures of one entity type."""

    mentions: Figure
    entities: Figure


Sums = dict[tuple[str, str, str], Counter[Any]]
"""Of one document: (what, two annotators, type) → counts."""


def agreement(
    annotators: Mapping[str, Iterable[Document]], *, guide: Guide, draws: int = 2000, seed: int = 0
) -> Agreement:
    """Agreement on the documents that two or more annotators have, matched by id.

    Raises UsageError if there is no such document, or a text differs.
    """
    by_id: dict[str, dict[str, Document]] = defaultdict(dict)
    for name, documents in annotators.items():
        for document in documents:
            by_id[document.id][name] = document
    sheets = [sheet(own, guide) for own in by_id.values() if len(own) > 1]
    if not sheets:
        raise UsageError("no document that two annotators have", hint="are the ids the same?")
    table = _Table([_sums(own) for own in sheets], draws, seed)
    two = [f"{a} – {b}" for a, b in combinations(annotators, 2)]
    there = {pair for _, pair, _ in table.rows}
    listed = [disputes(own) for own in sheets]
    return Agreement(
        documents=len(sheets),
        annotators=tuple(annotators),
        whole=_agreed(table, None),
        pairs={pair: _agreed(table, pair) for pair in two if pair in there},
        types={kind: _type(table, kind) for kind in table.used("relations")},
        entity_types={
            kind: EntityAgreed(
                mentions=table.figure("mentions", kind=kind),
                entities=table.figure("entities", kind=kind),
            )
            for kind in table.used("mentions")
        },
        disputes=tuple(one for found in listed for one in found),
        united=tuple(united(own) for own, found in zip(sheets, listed, strict=True) if found),
    )


def _agreed(table: _Table, pair: str | None) -> Agreed:
    return Agreed(**{what: table.figure(what, pair=pair) for what in Agreed.model_fields})


def _type(table: _Table, kind: str) -> TypeAgreed:
    return TypeAgreed(**{what: table.figure(what, kind=kind) for what in TypeAgreed.model_fields})


def _sums(own: Sheet) -> Sums:
    found: Sums = defaultdict(Counter)
    for i, j in combinations(range(len(own.annotators)), 2):
        pair = f"{own.annotators[i]} – {own.annotators[j]}"
        a, b = own.documents[i], own.documents[j]
        sides: dict[str, tuple[set[tuple[Any, str]], ...]] = {
            "mentions": tuple({(m, m[2]) for m in mentions(d)} for d in (a, b)),
            "entities": tuple(set(own.has[k].items()) for k in (i, j)),
            "relations": tuple({(t, t[1]) for t in side} for side in told(a, b)),
        }
        for what, (left, right) in sides.items():
            for name, items in (("both", left & right), ("left", left), ("right", right)):
                for _, kind in items:
                    found[what, pair, kind][name] += 1
        for vote in own.votes:
            said = (vote.said[i], vote.said[j])
            if vote.gated and {*said} <= {*SIDES}:
                found["kappa", pair, vote.type][said] += 1
                found["alpha", pair, vote.type][_unit(said)] += 1
    for vote in own.votes:
        if vote.gated:
            found["alpha", "", vote.type][_unit(vote.said)] += 1
    return found


def _unit(said: Sequence[str]) -> tuple[int, ...]:
    return tuple(said.count(side) for side in SIDES)


class _Table:
    """The counts of every document as arrays, and bootstrap draws of the documents."""

    def __init__(self, sums: Sequence[Sums], draws: int, seed: int) -> None:
        self.rows: dict[tuple[str, str, str], Floats] = {}
        for i, own in enumerate(sums):
            for key, counts in own.items():
                values = _vector(key[0], counts)
                self.rows.setdefault(key, np.zeros((len(sums), len(values))))[i] = values
        rng = np.random.default_rng(seed)
        drawn = rng.multinomial(len(sums), np.full(len(sums), 1 / len(sums)), size=draws)
        self.draws = drawn.astype(float)

    def used(self, what: str) -> list[str]:
        """Types that anybody used."""
        return sorted({kind for own, _, kind in self.rows if own == what})

    def figure(self, what: str, *, pair: str | None = None, kind: str | None = None) -> Figure:
        """One figure, of two annotators or of all, of one type or of all."""
        pooled = "" if what == "alpha" else None
        wanted = pooled if pair is None else pair
        parts = [
            row
            for (own, two, type_), row in self.rows.items()
            if own == what and wanted in (None, two) and kind in (None, type_)
        ]
        if not parts:
            return Figure(value=None, low=None, high=None, n=0)
        total = np.sum(parts, axis=0)
        of = _OF[what]
        value, drawn = float(of(total.sum(axis=0))), of(self.draws @ total)
        known = drawn[~np.isnan(drawn)]
        if np.isnan(value):
            return Figure(value=None, low=None, high=None, n=_size(what, total))
        low, high = interval(known)
        return Figure(value=value, low=low, high=high, n=_size(what, total))


def _vector(what: str, counts: Counter[Any]) -> Floats:
    if what == "alpha":
        total = np.zeros(3)
        for unit, number in counts.items():
            if sum(unit) > 1:
                total += number * kappa.disagreement([unit])
        return total
    if what == "kappa":
        return np.array([counts[a, b] for a in SIDES for b in SIDES], float)
    return np.array([counts[name] for name in ("both", "left", "right")], float)


def _size(what: str, total: Floats) -> int:
    """Items of either side; decisions (of alpha each annotator's)."""
    both, left, right = (float(x) for x in total.sum(axis=0)[:3])
    if what == "kappa":
        return int(total.sum())
    return int(left + right if what == "alpha" else left + right - both)


def _f1(sums: Floats) -> Any:
    whole = sums[..., 1] + sums[..., 2]
    return np.where(whole > 0, 2 * sums[..., 0] / np.maximum(whole, 1), np.nan)[()]


def _kappa(sums: Floats) -> Any:
    return kappa.kappa(sums.reshape(*sums.shape[:-1], 2, 2))


_OF: dict[str, Callable[[Floats], Any]] = {
    "mentions": _f1,
    "entities": _f1,
    "relations": _f1,
    "kappa": _kappa,
    "alpha": kappa.alpha,
}
