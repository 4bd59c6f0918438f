"""Which of several combinations to take: the best, or the cheapest that is not shown to be worse.

>>> choose([a, b], "relation macro-F1", orders=40)["text"]
'B (relation macro-F1 60.1): no difference shown to A (61.0); it costs less.'
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from augment.errors import ConfigError
from augment.guide.model import yaml_fault
from augment.scores import Floats, interval
from augment.store import writing

FEWEST = 5
"""Orders below which no difference counts as shown."""


class Entry(NamedTuple):
    """A combination: its value in 0–1, that value on shared bootstrap draws, what it took."""

    name: str
    value: float
    draws: Floats
    cost: float | None
    tokens: float | None


def choose(entries: Sequence[Entry], criterion: str, *, orders: int) -> dict[str, Any]:
    """``chosen`` (None if nothing could be used), ``shown``, ``tied`` and ``text``.

    The best by value is taken, unless the interval of its difference to others holds 0 (95 %,
    divided by the number of comparisons, Bonferroni): then the cheapest of these, by cost if all
    are known, else by tokens.
    """
    best = max(entries, key=lambda e: e.value)
    if not best.value:
        return _said(None, f"No recommendation: {criterion} is 0 everywhere.")
    others = [entry for entry in entries if entry is not best]
    if not others:
        return _said(best.name, "One combination: nothing to compare it with.")
    level = 1 - 0.05 / len(others)
    tied = [e for e in others if orders < FEWEST or interval(best.draws - e.draws, level)[0] <= 0]
    if tied:
        return _cheapest([e for e in entries if e is best or any(e is t for t in tied)], criterion)
    second = max(others, key=lambda e: e.value)
    low, high = interval(best.draws - second.draws, level)
    gap = f"{_points(best.value - second.value)} [{_points(low)}, {_points(high)}]"
    told = f"{criterion} {_points(best.value)}, {gap} above {second.name}, the next."
    return _said(best.name, f"{best.name}: {told}", shown=True)


def _cheapest(tied: Sequence[Entry], criterion: str) -> dict[str, Any]:
    """Of combinations that are not shown to differ."""
    priced = all(entry.cost is not None for entry in tied)
    took = [entry.cost if priced else entry.tokens for entry in tied]
    known = [amount for amount in took if amount is not None]
    best = max(tied, key=lambda entry: entry.value)
    first = "it has the best figure" if best.value > min(e.value for e in tied) else "it is first"
    if len(known) < len(took):
        chosen, why = best, f"what they cost is not known: {first}"
    elif max(known) == min(known):
        chosen, why = best, f"they cost the same: {first}"
    else:
        chosen = tied[known.index(min(known))]
        why = "it costs less" if priced else "it takes fewer tokens"
    others = [entry for entry in tied if entry is not chosen]
    values = f"{criterion} {_points(chosen.value)}"
    beside = ", ".join(f"{entry.name} ({_points(entry.value)})" for entry in others)
    text = f"{chosen.name} ({values}): no difference shown to {beside}; {why}."
    return _said(chosen.name, text, tied=[entry.name for entry in others])


def _points(share: float) -> str:
    return f"{100 * share:.1f}"


def _said(
    chosen: str | None, text: str, *, shown: bool = False, tied: Sequence[str] = ()
) -> dict[str, Any]:
    return {"chosen": chosen, "shown": shown, "tied": list(tied), "text": text}


def configuration(path: Path) -> dict[str, Any]:
    """The fields of a YAML file, none if there is no file. Raises ConfigError."""
    if not path.exists():
        return {}
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not YAML: {yaml_fault(error)}") from error
    parts = [found, *(found.get(g) or {} for g in ("write", "call") if isinstance(found, dict))]
    if not all(isinstance(part, dict) for part in parts):
        raise ConfigError(f"{path}: no configuration, `field: value` lines")
    return dict(found)


def promote(path: Path, chosen: dict[str, Any], *, guide: str | None = None) -> None:
    """Put ``{"write": {…}, "call": {…}, …}`` into a configuration; other fields stay.

    Of ``write.prompt`` the versions of other prompts stay. Fields outside of `write` and `call` are
    for a file that is new; ``guide``, if several were compared, for any. Paths are written relative
    to the file. Comments are lost. Raises ConfigError, PathError.
    """
    fields = configuration(path)
    if not fields:
        fields = {k: v for k, v in chosen.items() if k not in ("write", "call")}
    elif guide is not None:
        fields["guide"] = guide
    for group in ("write", "call"):
        old, new = fields.get(group) or {}, dict(chosen[group])
        if "prompt" in new:
            own = {name.partition(".")[0] for name in new["prompt"]}
            kept = [n for n in old.get("prompt") or [] if n.partition(".")[0] not in own]
            new["prompt"] = [*kept, *new["prompt"]]
        if old or new:
            fields[group] = {**old, **new}
    placed = _relative(fields, path.absolute().parent)
    with writing(path) as file:
        yaml.safe_dump(placed, file, sort_keys=False, allow_unicode=True)


def _relative(fields: dict[str, Any], folder: Path) -> dict[str, Any]:
    def placed(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: placed(one) for name, one in value.items()}
        return os.path.relpath(value, folder) if isinstance(value, Path) else value

    found: dict[str, Any] = placed(fields)
    return found
