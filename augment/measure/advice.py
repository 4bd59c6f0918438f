"""Figures → what to do: merge, do without an LLM, annotate more, prompt an LLM, or leave it.

>>> advise(result, ["compose"]).text
'merge compose: on 100 gold documents macro-F1 +8.8 [+4.5, +13.1], worth 71 [35, 160] more of them'
"""

from __future__ import annotations

from collections.abc import Sequence
from math import log2
from typing import NamedTuple

from augment.measure.records import (
    LLM_FREE,
    Advice,
    Compared,
    Entry,
    Interval,
    Prompted,
    Result,
    Worth,
)

MORE = 30
"""Gold documents that "annotate more" is about."""


class Choice(NamedTuple):
    """The best that one student can do at the largest size; ``arm`` is "base" for gold alone."""

    result: Result
    arm: str
    entry: Entry


def advise(result: Result, additions: Sequence[str]) -> Advice:
    """What to do at the largest gold size; of several students, the best with what serves it.

    An addition is merged if it is a gain, passes the gate, and is shown to beat the best arm
    without an LLM wherever that one is a gain too: what needs no LLM goes first. An LLM is prompted
    for each document if it is shown to beat the student, and by more than anything else gains. More
    gold is annotated if nothing else gains and the learning curve rises, or if it is cheaper.
    """
    size = largest(result)
    choices = [_choice(r, additions, size) for r in (result, *result.others.values())]
    best = max(choices, key=lambda choice: choice.entry.macro_f1)
    beyond = best.entry.macro_f1 - result.arms["base"][size].macro_f1
    advice = _prompt(result, size, beyond) or _use(best, size) or _annotate(best, size)
    return advice.model_copy(
        update={"student": best.result.student, "reasons": _reasons(best, additions, size)}
    )


def largest(result: Result) -> str:
    """The largest gold size that was measured."""
    return max(result.arms["base"], key=int)


def passes(result: Result, name: str, size: str) -> bool:
    """True if the gate lets this addition in."""
    entry = result.arms.get(name, {}).get(size)
    return isinstance(entry, Compared) and entry.gate is not None and entry.gate.passed


def _choice(result: Result, additions: Sequence[str], size: str) -> Choice:
    at = {name: by_size[size] for name, by_size in result.arms.items() if size in by_size}
    gains = {n: e for n, e in at.items() if isinstance(e, Compared) and e.verdict == "gain"}
    free = [name for name in LLM_FREE if name in gains]
    shown = [
        name
        for name in additions
        if (entry := gains.get(name))
        and passes(result, name, size)
        and (entry.best_llm_free not in free or _beats(entry))
    ]
    name = max(shown or free or ["base"], key=lambda name: at[name].macro_f1)
    return Choice(result, name, at[name])


def _beats(entry: Compared) -> bool:
    over = entry.over_best_llm_free
    return over is not None and over.macro_f1.low > 0


def _prompt(result: Result, size: str, beyond: float) -> Advice | None:
    """An LLM that is better than the student, and by more than ``beyond``."""
    for arm, entries in result.arms.items():
        llm = entries.get(size)
        if not isinstance(llm, Prompted):
            continue
        gain = llm.gain.macro_f1
        if gain.low > 0 and gain.mean > beyond:
            text = (
                f"prompt {llm.model} for each document: it extracts better than the student of "
                f"{size} gold documents, {gain.points}"
            )
            return Advice(action="prompt", text=text, arm=arm)
    return None


def _use(best: Choice, size: str) -> Advice | None:
    """The arm that gains; more gold instead, if that is cheaper."""
    if not isinstance(best.entry, Compared):
        return None
    worth = best.entry.worth
    said = f"on {size} gold documents macro-F1 {best.entry.gain.macro_f1.points}{_worth(worth)}"
    if best.arm in LLM_FREE:
        text = f"use {best.arm}, which needs no LLM: {said}"
        return Advice(action="without an LLM", text=text, arm=best.arm)
    if worth and worth.gold is not None and worth.cost is not None and worth.gold < worth.cost:
        number = round(worth.documents.mean)
        text = f"annotate {number} more yourself: {best.arm} gains as much and costs more"
        return Advice(action="annotate", text=text)
    return Advice(action="merge", text=f"merge {best.arm}: {said}", arm=best.arm)


def _annotate(best: Choice, size: str) -> Advice:
    doubling, base = best.result.doubling, best.result.arms["base"][size]
    if doubling is None:
        text = "leave it: nothing is shown to gain; several --gold-sizes would tell of more gold"
    elif doubling.low > 0:
        text = (
            f"annotate {MORE} more yourself: {_more(doubling, base, int(size))}; nothing else gains"
        )
        return Advice(action="annotate", text=text)
    else:
        text = "leave it: nothing is shown to gain, nor that more gold would"
    return Advice(action="leave", text=text)


def _reasons(best: Choice, additions: Sequence[str], size: str) -> tuple[str, ...]:
    found = []
    for name in additions:
        entry = best.result.arms.get(name, {}).get(size)
        if isinstance(entry, Compared):
            found.append(f"{name}: {entry.verdict}, {entry.gain.macro_f1.points}{_against(entry)}")
            if entry.worth and entry.worth.break_even is not None:
                price = entry.worth.break_even
                found.append(f"{name} pays where a gold document costs more than {price:.2f}")
    doubling, base = best.result.doubling, best.result.arms["base"][size]
    if doubling:
        found.append(_more(doubling, base, int(size)))
    return tuple(found)


def _against(entry: Compared) -> str:
    parts = ""
    if entry.over_best_llm_free:
        over = entry.over_best_llm_free.macro_f1.points
        parts = f"; over {entry.best_llm_free}, without an LLM, {over}"
    if entry.gate and entry.gate.lost:
        parts += f"; the gate is closed: {', '.join(entry.gate.lost)} lose more than two points"
    return parts + _worth(entry.worth)


def _worth(worth: Worth | None) -> str:
    if worth is None or worth.documents.mean <= 0:
        return ""
    mean, low, high = (
        round(x) for x in (worth.documents.mean, worth.documents.low, worth.documents.high)
    )
    far = ", drawn out beyond the curve" if worth.extrapolated else ""
    return f", worth {mean} [{low}, {high}] more of them{far}"


def _more(doubling: Interval, base: Entry, size: int) -> str:
    """What :data:`MORE` documents are expected to add, by the mean slope of the learning curve.

    Never more than there is to gain.
    """
    share = log2((size + MORE) / size)
    room = 1 - base.macro_f1
    low, mean, high = (min(room, share * x) for x in (doubling.low, doubling.mean, doubling.high))
    promised = Interval(mean=mean, low=low, high=high)
    return f"{MORE} more gold documents promise {promised.points}"
