"""Samples made, checked and passed: three stages of a run, spread in parts over where it works.

02_plan → 04_rewrite     04_rewrite, 05_align → 06_validate → 07_filter
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from augment.filter import Gate, Marker, Marks, gate
from augment.guide import Guide
from augment.overlap import Leaks
from augment.pipeline.job import Run
from augment.pipeline.relations import aligned
from augment.plan.quotas import LLM_FREE
from augment.read import read
from augment.reasons import Reason
from augment.rewrite import Rewriter
from augment.run_folder import Line, line
from augment.schema import Candidate, Document, Drop, Order, Record
from augment.validate import validate


def candidates(
    job: Run, train: Sequence[Document], held_out: Sequence[Document] = ()
) -> Iterator[Candidate | Drop | Line]:
    """Samples of the LLM-free strategies, then the documents of the additions.

    Not those made from a document that is held out here, as an earlier run on fewer may have them.
    """
    ids = {document.id for document in held_out}
    orders = (o for o in job.folder.read("02_plan", Order) if o.strategy in LLM_FREE)
    tracked = job.track(orders, "rewriting", job.config.samples)
    yield from job.each(partial(_rewritten, Rewriter(train, job.guide)), tracked)
    for name, path in job.config.add.items():
        for record in read(path):
            if isinstance(record, Drop):
                yield record.model_copy(update={"id": f"{name}/{record.id}"})
                continue
            meta = record.meta.model_copy(
                update={
                    "origin": "synthetic" if record.meta.origin == "gold" else record.meta.origin,
                    "strategy": record.meta.strategy or name,
                }
            )
            document = record.model_copy(update={"id": f"{name}/{record.id}", "meta": meta})
            found = Candidate(id=document.id, order="", strategy=name, document=document)
            if parents := sorted(ids.intersection(meta.parents)):
                yield found.drop("rewrite", Reason.LEAK_PARENT, f"made from {parents[0]}")
            else:
                yield found


def _rewritten(rewriter: Rewriter, order: Order) -> Line:
    return line(rewriter(order))


def checked(job: Run) -> Iterator[Line]:
    """Candidates that keep the guide's hard rules."""
    for stage in ("04_rewrite", aligned(job.config)):
        yield from job.each(partial(_checked, job.guide), with_orders(job, stage))


def _checked(guide: Guide, item: tuple[str, Order | None]) -> Line:
    text, order = item
    return line(validate(Candidate.model_validate_json(text), guide=guide, order=order))


class _Ordered(Record, extra="ignore"):
    order: str


def with_orders(job: Run, stage: str) -> Iterator[tuple[str, Order | None]]:
    """Candidates of a stage, as written, each with its order; both are in the plan's order."""
    orders = job.folder.read("02_plan", Order)
    order: Order | None = None
    for text in job.folder.lines(stage):
        wanted = _Ordered.model_validate_json(text).order
        if wanted and (order is None or order.id != wanted):
            order = next(o for o in orders if o.id == wanted)
        yield text, order if wanted else None


def passed(job: Run, train: Sequence[Document], leaks: Leaks) -> Iterator[Line]:
    """Candidates that are neither copies nor leaks: looked at anywhere, decided on here."""
    look = partial(_marked, Marker(leaks, job.guide.language))
    marked = job.each(look, job.folder.lines("06_validate"))
    return decided(gate(train, leaks), job.folder.lines("06_validate"), marked)


def _marked(marker: Marker, text: str) -> Marks:
    return marker(Candidate.model_validate_json(text))


def decided(gate: Gate, texts: Iterator[str], marked: Iterator[Marks]) -> Iterator[Line]:
    """Each candidate as it is written, or its drop."""
    for text, marks in zip(texts, marked, strict=True):
        verdict = gate(marks)
        if verdict is None:
            yield Line(text)
        else:
            yield line(Candidate.model_validate_json(text).drop("filter", *verdict))
