"""Versions of a guide on the same LLM and orders: what was changed, and what came of it.

>>> revised({"openai:m, guide mine": first, "openai:m, guide mine-3": second}, known, weights)
[{'before': 'openai:m, guide mine', 'after': 'openai:m, guide mine-3', 'verdict': 'gain', …}]
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from augment.guide.changed import places, taken
from augment.pipeline.choice import FEWEST
from augment.pipeline.combinations import Combination
from augment.pipeline.extraction import contrast, gained
from augment.pipeline.ground import Ground
from augment.pipeline.trial import Trial
from augment.schema import Request
from augment.scores import Floats, Resamples


def revised(named: Mapping[str, Trial], known: Ground, weights: Resamples) -> list[dict[str, Any]]:
    """Each later guide against the first one, where all else is the same.

    ``changed``: the fields of the guide that differ; ``taken``: what the later one took from
    reviews; ``prompts``: how many orders' prompts that reached. Paired differences: ``valid`` rate,
    and with gold of ``relations``, each with ``before``, ``after``, ``difference``, ``low`` and
    ``high`` in 0–1. ``verdict`` is on relation macro-F1, without gold on the valid rate: `gain`
    or `harm` if the interval lies above or below 0, else `no difference shown`.
    """
    first: dict[Combination, str] = {}
    found = []
    for name, trial in named.items():
        key = trial.combination.model_copy(update={"guide": ""})
        before = first.setdefault(key, name)
        if before != name:
            told = _revision(named[before], trial, known, weights)
            found.append({"before": before, "after": name, **told})
    return found


def _revision(before: Trial, after: Trial, known: Ground, weights: Resamples) -> dict[str, Any]:
    old, new = before.job.guide, after.job.guide
    rates = [valid(trial) for trial in (before, after)]
    draws = weights.documents @ (rates[1] - rates[0]) / weights.documents.sum(axis=1)
    told: dict[str, Any] = {
        "guides": [old.written, new.written],
        "changed": places(old, new),
        "taken": [feedback.model_dump(mode="json") for feedback in taken(old, new)],
        "prompts": {"changed": _other_prompts(before, after), "of": len(before.desk.orders)},
        "valid": gained(rates[0].mean(), rates[1].mean(), draws),
        "relations": None,
    }
    if known.gold:
        gold = list(known.gold.values())
        told["relations"] = contrast(gold, before.found(), after.found(), weights)
    judged = (told["relations"] or {}).get("macro") or told["valid"]
    return told | {"verdict": verdict(judged, len(before.desk.orders))}


def valid(trial: Trial) -> Floats:
    """1 for each order that became a sample, else 0."""
    return np.array([document is not None for document in trial.found()], float)


def _other_prompts(before: Trial, after: Trial) -> int:
    """Orders whose request is not the same; one that could not be made is none."""
    old, new = (
        {r.id: r.key for r in trial.job.folder.read("03_prompt", Request)}
        for trial in (before, after)
    )
    return sum(old.get(name) != new.get(name) for name in {**old, **new})


def verdict(gain: Mapping[str, float], orders: int) -> str:
    """What an interval shows; under five orders nothing."""
    if orders >= FEWEST and gain["low"] > 0:
        return "gain"
    return "harm" if orders >= FEWEST and gain["high"] < 0 else "no difference shown"
