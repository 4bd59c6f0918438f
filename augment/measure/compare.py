"""Answers of all arms → scores, paired differences with intervals, verdicts.

>>> verdict(Differences(macro_f1=Interval(mean=0.03, low=0.01, high=0.05), …))
'gain'
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from augment.measure.records import (
    LLM_FREE,
    Compared,
    Differences,
    Entry,
    Gate,
    Interval,
    NonInferiority,
    Scores,
    TypeGain,
    Verdict,
)
from augment.measure.trial import Trial
from augment.measure.worth import Arm, Curve
from augment.schema import Document
from augment.scores import (
    Floats,
    Scored,
    bootstrap,
    count,
    holm,
    interval,
    metrics,
    p_value,
    resamples,
    scored,
)

MARGIN = 0.01
"""Micro-F1 may be lower by at most this for a gain."""
TYPE_MARGIN = 0.02
"""Non-inferiority margin of one type's F1."""
MANY = 100
"""Test triples a type needs for the test of non-inferiority."""
LEVEL = 0.05
"""A type is shown to lose below this p-value, after Holm."""


class Comparison(NamedTuple):
    """Scores by arm and size, the types they are over, and what a doubling of the gold adds."""

    arms: dict[str, dict[str, Entry]]
    over: Scored
    doubling: Interval | None


def compare(trials: Sequence[Trial], test: Sequence[Document], groups: Sequence[int]) -> Comparison:
    """Scores of every arm at every size.

    ``groups`` holds the near-twins among the test documents. Folds are pooled before scoring; an
    arm that is missing in some split of a size is left out there.
    """
    over = scored(test, (found for t in trials for a in t.answers.values() for found in a.triples))
    seeds = 1 + max(trial.split.seed for trial in trials)
    weights = resamples(groups, seeds)
    by_size = {t.size: [other for other in trials if other.size == t.size] for t in trials}

    def arm(size: str, name: str) -> Arm:
        counts = _counts(by_size[size], name, test, over)
        added = float(np.mean([trial.answers[name].added for trial in by_size[size]]))
        return Arm(metrics(counts.sum(axis=1), over), bootstrap(counts, over, weights), added)

    curve = Curve({int(size): arm(size, "base") for size in by_size})
    result: dict[str, dict[str, Entry]] = {}
    for size, here in by_size.items():
        names = [n for n in here[0].answers if all(n in trial.answers for trial in here)]
        found = {name: arm(size, name) for name in names}
        free = [name for name in LLM_FREE if name in found]
        best = max(free, key=lambda name: float(found[name].seeds.macro_f1.mean()), default=None)
        for name, one in found.items():
            entry = scores(one, over)
            if name != "base":
                entry = compared(entry, one.minus(found["base"]), over)
                update: dict[str, Any] = {"worth": curve.worth(int(size), one)}
                if best is not None:
                    beyond = differences(one.minus(found[best]))
                    update |= {"over_best_llm_free": beyond, "best_llm_free": best}
                entry = entry.model_copy(update=update)
            result.setdefault(name, {})[size] = entry
    return Comparison(result, over, curve.slope())


def _counts(
    trials: Sequence[Trial], name: str, test: Sequence[Document], over: Scored
) -> NDArray[np.int64]:
    """(seeds, documents, types, 3), folds pooled; documents in the order of ``test``."""
    row = {document.id: i for i, document in enumerate(test)}
    seeds = 1 + max(trial.split.seed for trial in trials)
    counts = np.zeros((seeds, len(test), len(over.types), 3), dtype=np.int64)
    for trial in trials:
        rows = [row[document.id] for document in trial.split.test]
        counts[trial.split.seed, rows] = count(
            trial.split.test, trial.answers[name].triples, over.types
        )
    return counts


def scores(arm: Arm, over: Scored) -> Scores:
    """Means over seeds; per type only those with gold."""
    frequent = float(np.mean(arm.seeds.macro_f1_50))
    means = arm.seeds.per_type.mean(axis=0)
    return Scores(
        macro_f1=float(arm.seeds.macro_f1.mean()),
        macro_f1_50=None if math.isnan(frequent) else frequent,
        micro_f1=float(arm.seeds.micro_f1.mean()),
        per_type={kind: float(means[i]) for i, kind in _with(over, 1)},
        documents=arm.added,
    )


def compared(entry: Scores, difference: Arm, over: Scored) -> Compared:
    """The same with its differences from base; the comparison with the LLM-free best is not yet."""
    gain = differences(difference)
    types = [(i, kind, _interval(difference, "per_type", i)) for i, kind in _with(over, 1)]
    adjusted = holm({kind: p_value(difference.draws.per_type[:, i]) for i, kind, _ in types})
    many = [(i, kind) for i, kind, _ in types if over.support[i] >= MANY]
    return Compared(
        **entry.model_dump(),
        gain=gain,
        over_best_llm_free=None,
        best_llm_free=None,
        verdict=verdict(gain),
        per_type_gain={
            kind: TypeGain(**found.model_dump(), p_holm=adjusted[kind]) for _, kind, found in types
        },
        top3_share=top3_share([found.mean for _, _, found in types]),
        non_inferior={
            kind: NonInferiority(low=found.low, margin=TYPE_MARGIN, shown=found.low > -TYPE_MARGIN)
            for i, kind, found in types
            if over.support[i] >= MANY
        },
        gate=gate(gain, {kind: difference.draws.per_type[:, i] for i, kind in many}),
    )


def gate(gain: Differences, frequent: Mapping[str, Floats]) -> Gate:
    """Whether to merge; ``frequent`` holds draws of the difference, by type."""
    p = {kind: (1 + int((d >= -TYPE_MARGIN).sum())) / (1 + len(d)) for kind, d in frequent.items()}
    lost = tuple(kind for kind, adjusted in holm(p).items() if adjusted < LEVEL)
    rises = gain.macro_f1.low > 0
    return Gate(passed=rises and not lost, macro_rises=rises, lost=lost)


def differences(difference: Arm) -> Differences:
    """Intervals of the three averages."""
    frequent = _interval(difference, "macro_f1_50")
    return Differences(
        macro_f1=_interval(difference, "macro_f1"),
        macro_f1_50=None if math.isnan(frequent.mean) else frequent,
        micro_f1=_interval(difference, "micro_f1"),
    )


def _interval(difference: Arm, field: str, column: int | None = None) -> Interval:
    at: Any = slice(None) if column is None else (slice(None), column)
    low, high = interval(getattr(difference.draws, field)[at])
    return Interval(mean=float(getattr(difference.seeds, field)[at].mean()), low=low, high=high)


def _with(over: Scored, triples: int) -> list[tuple[int, str]]:
    return [(int(i), over.types[i]) for i in np.flatnonzero(over.at_least(triples))]


def verdict(gain: Differences) -> Verdict:
    """On macro-F1 against base (DESIGN, rule 7).

    ``gain`` if its low end is above 0 and micro-F1 is shown not to be lower by more than one point
    (the low end of its interval too); ``harm`` if its high end is below 0; else ``no gain``.
    """
    if gain.macro_f1.low > 0 and gain.micro_f1.low >= -MARGIN:
        return "gain"
    return "harm" if gain.macro_f1.high < 0 else "no gain"


def top3_share(gains: Sequence[float]) -> float | None:
    """Share of the summed gains that the three largest make; None if the sum is not positive."""
    total = sum(gains)
    return sum(sorted(gains)[-3:]) / total if total > 0 else None


def chosen(trials: Sequence[Trial]) -> dict[str, dict[str, int]]:
    """Size → how often each strategy was the LLM-free best."""
    found: dict[str, dict[str, int]] = {}
    for trial in trials:
        for answer in trial.answers.values():
            if answer.chosen:
                tally = found.setdefault(trial.size, {})
                tally[answer.chosen] = tally.get(answer.chosen, 0) + 1
    return {size: dict(sorted(tally.items())) for size, tally in found.items()}


def masked_types(trials: Sequence[Trial], names: Mapping[str, Any]) -> dict[str, list[str]]:
    """Addition → the types masked in at least half of its trials at the largest size, sorted.

    That is the size nearest to what a model is trained on; from fewer documents less can be told.
    """
    size = max((trial.size for trial in trials), key=int)
    found: dict[str, list[str]] = {}
    for name in names:
        told = [trial.answers for trial in trials if trial.size == size]
        masks = [answers[name].masked for answers in told if name in answers]
        kinds = sorted({kind for mask in masks for kind in mask})
        found[name] = [k for k in kinds if 2 * sum(k in mask for mask in masks) >= len(masks)]
    return found
