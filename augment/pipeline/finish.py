"""The end of a run: the model, and what was gained in words.

>>> gains(result, ["samples"])
['samples on 40 gold documents: macro-F1 +1.2 [-0.4, +2.9], micro-F1 +0.3 [-0.5, +1.1]: no gain']
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from augment import train
from augment.guide import Guide
from augment.measure.advice import largest, passes
from augment.measure.mask import masked, signatures
from augment.measure.records import Compared, Prompted, Result
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
    *,
    gate: bool,
) -> list[str]:
    """Train on gold and what was accepted, save to ``path``; return the arms that were used.

    Arms with the verdict `harm` are left out, with ``gate`` all that it does not let in; types that
    `measure` masked are masked here too.
    """
    used = [name for name in accepted if _used(result, name, gate)]
    documents = list(gold)
    for name in used:
        types = result.masked.get(name, []) if result else []
        documents += masked(accepted[name], types, signatures(gold))
    student = resolve("student", student_name)(guide)
    student.fit(documents)
    train.save(student, path)
    return used


def _used(result: Result | None, name: str, gate: bool) -> bool:
    if result is None or not result.arms:
        return not gate
    if gate:
        return passes(result, name, largest(result))
    entries = result.arms.get(name, {}).values()
    return not any(isinstance(e, Compared) and e.verdict == "harm" for e in entries)


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
                    f"{name} on {size} gold documents: macro-F1 {macro.points}, "
                    f"micro-F1 {micro.points}: {entry.verdict}"
                )
    return lines


def prompted(result: Result | None) -> list[str]:
    """How an LLM that extracts by itself compares with the student: one line an LLM and size."""
    return [
        _prompted(size, entry)
        for by_size in (result.arms.values() if result else ())
        for size, entry in by_size.items()
        if isinstance(entry, Prompted)
    ]


def _prompted(size: str, entry: Prompted) -> str:
    macro, micro, student = entry.gain.macro_f1, entry.gain.micro_f1, entry.student
    verb = "extracts better than" if macro.low > 0 else "is not told apart from"
    if macro.high < 0:
        verb = "extracts worse than"
    number = entry.test_documents
    tokens, cost = (None if x is None else x / number for x in (entry.tokens, entry.cost))
    failed = sum(entry.failed.values())
    return (
        f"the LLM alone ({entry.model}) {verb} the student of {size} gold documents: "
        f"macro-F1 {100 * entry.macro_f1:.1f} against {100 * student.macro_f1:.1f}, "
        f"{macro.points}, micro-F1 {micro.points}, on {number} test documents"
        + (f", {failed} of them without a reply that can be read" if failed else "")
        + f"; a document takes {'tokens not known' if tokens is None else f'{tokens:.0f} tokens'}"
        + f", cost {'not known' if cost is None else f'{cost:.3g} {entry.currency}'}"
    )
