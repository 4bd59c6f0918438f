"""A run's records → what its page shows.

>>> page(job, manifest, planned, train, accepted, result)
'<!doctype html>…'
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from augment.guide import Guide
from augment.measure.drift import drift, values
from augment.measure.records import Result
from augment.pipeline.finish import prompted
from augment.pipeline.job import Run
from augment.plan import Row
from augment.report import Case, PlanLine, ReportData, render
from augment.schema import Candidate, Document, Drop

Arms = Mapping[str, Sequence[Document]]
EXAMPLES = 8
MOST = 20_000
"""Documents of an arm whose figures are worked out; of more, so many evenly spread ones."""
DROPS_A_REASON = 3


def page(
    job: Run,
    manifest: dict[str, Any],
    planned: Sequence[Row],
    train: Sequence[Document],
    accepted: Arms,
    result: Result | None,
) -> str:
    """The HTML page of a finished run."""
    guide = job.guide
    some = {name: made[:: max(1, len(made) // MOST)] for name, made in accepted.items()}
    data = ReportData(
        title=job.config.corpus.stem,
        manifest=manifest,
        measure=result.model_dump(mode="json") if result else None,
        additions=tuple(accepted),
        prompted=tuple(prompted(result)),
        plan=plan_lines(planned, every(accepted)),
        drift={name: tuple(drift(train, made)) for name, made in some.items()},
        gold_values=values(train),
        values={name: values(made) for name, made in some.items()},
        families={n: {"label": f.label, "colour": f.colour} for n, f in guide.families.items()},
        family={name: entity.family for name, entity in guide.entities.items()},
        relation_labels={name: relation.label for name, relation in guide.relations.items()},
        examples=tuple(spread(accepted)),
        cases=tuple(cases(job, accepted)),
        drops=tuple(few_drops(job)),
        card=card(job, train, accepted),
        language=guide.language,
    )
    return render(data)


def plan_lines(planned: Sequence[Row], samples: Iterable[Document]) -> tuple[PlanLine, ...]:
    """The plan's rows with the number of accepted samples that hold the type."""
    holding = Counter(kind for d in samples for kind in {r.type for r in d.relations})
    return tuple(
        PlanLine(
            type=row.type,
            gold=row.gold,
            f1=row.f1,
            share=row.share,
            ordered=row.orders,
            accepted=holding[row.type],
            why=row.why,
        )
        for row in planned
    )


def spread(accepted: Arms) -> list[Document]:
    """A few samples of each arm and strategy, evenly spread over the file."""
    sizes = Counter(str(d.meta.strategy) for d in every(accepted))
    each = max(1, EXAMPLES // max(1, len(sizes)))
    seen: Counter[str] = Counter()
    found: dict[str, list[Document]] = {name: [] for name in sizes}
    for document in every(accepted):
        name = str(document.meta.strategy)
        if seen[name] % -(-sizes[name] // each) == 0:
            found[name].append(document)
        seen[name] += 1
    return list(chain.from_iterable(found.values()))


def cases(job: Run, accepted: Arms) -> list[Case]:
    """Samples at the edge: longest, shortest, densest, with the most findings."""
    if not accepted:
        return []
    found: dict[str, Document] = {
        "the longest": max(every(accepted), key=lambda d: len(d.text)),
        "the shortest": min(every(accepted), key=lambda d: len(d.text)),
        "the most relations a word": max(every(accepted), key=density),
    }
    edited = (c for c in job.folder.read("07_filter", Candidate) if c.findings)
    most = max(edited, key=lambda c: len(c.findings), default=None)
    if most is not None:
        codes = Counter(f.code for f in most.findings)
        counted = ", ".join(f"{code} {n}" for code, n in sorted(codes.items()))
        found[f"the most findings ({counted})"] = most.document
    return [Case(why=why, document=document) for why, document in found.items()]


def every(accepted: Arms) -> Iterator[Document]:
    """All accepted documents; they are read one at a time."""
    return chain.from_iterable(accepted.values())


def density(document: Document) -> float:
    """Relations a word."""
    return len(document.relations) / max(1, len(document.text.split()))


def few_drops(job: Run) -> list[Drop]:
    """The first few drops of each reason."""
    seen: Counter[str] = Counter()
    kept = []
    for stage in manifest_stages(job):
        for drop in job.folder.drops(stage):
            seen[drop.reason.value] += 1
            if seen[drop.reason.value] <= DROPS_A_REASON:
                kept.append(drop)
    return kept


def manifest_stages(job: Run) -> list[str]:
    """Names of the finished stages."""
    return sorted(path.parent.name for path in job.folder.path.glob("*/manifest.json"))


def taken(guide: Guide) -> dict[str, str]:
    """What the versions of a guide took from reviews, one line a version."""
    return {
        f"taken from reviews into version {feedback.version}": "; ".join(
            f"{place} ({number})"
            for place, number in Counter(edit.at for edit in feedback.taken).items()
        )
        + "".join(f"; from {s.name} ({s.corrections} corrections)" for s in feedback.reviewed)
        for feedback in guide.feedback
    }


def card(job: Run, train: Sequence[Document], accepted: Arms) -> dict[str, Any]:
    """The data card: where the samples come from and under which rights."""
    told: dict[str, Counter[str]] = {n: Counter() for n in ("origin", "strategy", "licence")}
    prompts: Counter[str] = Counter()
    for document in every(accepted):
        meta = document.meta
        told["origin"][meta.origin] += 1
        told["strategy"][str(meta.strategy)] += 1
        told["licence"][str(meta.rights.get("licence", "not stated"))] += 1
        prompts.update([meta.prompt] if meta.prompt else [])
    return {
        "guide": f"{job.guide.name}, version {job.guide.version}",
        **taken(job.guide),
        **({"prompts": dict(sorted(prompts.items()))} if prompts else {}),
        "training documents": len(train),
        "accepted samples": sum(map(len, accepted.values())),
        **{name: dict(sorted(counted.items())) for name, counted in told.items()},
    }
