"""The end of a run: the model, and what was gained in words.

>>> gains(result, ["samples"])
['samples on 40 gold documents: macro-F1 +1.2 [-0.4, +2.9], micro-F1 +0.3 [-0.5, +1.1]: no gain']
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from augment import train
from augment.guide import Guide
from augment.measure.mask import masked, signatures
from augment.measure.records import Compared, Result
from augment.registry import resolve
from augment.schema import Document

Accepted = Mapping[str, Sequence[Document]]


def fit_model(
    student_name: str,
    guide: Guide,
    gold: Sequence[Document],
    accepted: Accepted,
    result: Result | None,
    path: Path,
) -> list[str]:
    """Train on gold and what was accepted, save to ``path``; return the arms that were used.

    Arms with the verdict `harm` are left out; types that `measure` masked are masked here too.
    """
    used = [name for name in accepted if not (result and _harms(result, name))]
    documents = list(gold)
    for name in used:
        types = result.masked.get(name, []) if result else []
        documents += masked(accepted[name], types, signatures(gold))
    student = resolve("student", student_name)(guide)
    student.fit(documents)
    train.save(student, path)
    return used


def _harms(result: Result, name: str) -> bool:
    entries = result.arms.get(name, {}).values()
    return any(isinstance(e, Compared) and e.verdict == "harm" for e in entries)


def gains(result: Result | None, arms: Sequence[str]) -> list[str]:
    """One line an arm and size: the gain in points of macro-F1 with its interval, the verdict."""
    if result is None:
        return ["not measured"]
    if result.dirty:
        return ["no figures: test texts are given away by training texts"]
    lines = []
    for name in arms:
        for size, entry in result.arms.get(name, {}).items():
            if isinstance(entry, Compared):
                macro, micro = entry.gain.macro_f1, entry.gain.micro_f1
                lines.append(
                    f"{name} on {size} gold documents: macro-F1 {_points(macro)}, "
                    f"micro-F1 {_points(micro)}: {entry.verdict}"
                )
    return lines


def _points(interval: Any) -> str:
    mean, low, high = (100 * x for x in (interval.mean, interval.low, interval.high))
    return f"{mean:+.1f} [{low:+.1f}, {high:+.1f}]"
