"""`augment run`: read, plan, rewrite, validate, filter, measure, train, report – and resume.

>>> run(config, Path("data/runs/sample-1a2b3c4d"))["accepted"]
96
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

from augment.config import RunConfig, fingerprint
from augment.filter import filter
from augment.measure.cells import Cells
from augment.measure.records import Result
from augment.measure.splits import folds, near_twins
from augment.overlap import Leaks
from augment.pipeline.experiment import Settings, canonical, experiment, plainly
from augment.pipeline.experiment import fingerprint as student_fingerprint
from augment.pipeline.finish import fit_model, gains, tally
from augment.pipeline.job import SAMPLES, Run, check_names
from augment.pipeline.page import page
from augment.pipeline.split import hold_out
from augment.plan import Plan, plan
from augment.read import read
from augment.registry import resolve
from augment.rewrite import rewrite
from augment.schema import Candidate, Document, Drop, Order
from augment.scores import count, f1, scored
from augment.store import open_run, write_json, write_lines, writing
from augment.validate import validate

STAGES = ("01_read", "01_test", "04_rewrite", "06_validate", "07_filter")
"""Stages that may drop records, in order."""


def run(config: RunConfig, path: Path, *, track: Any = plainly) -> dict[str, Any]:
    """Make, check and measure samples; return the manifest, also at ``path/manifest.json``.

    A run that was killed goes on with the same call, and ends with the same bytes (but for
    ``timings.json``). Raises NoResult if nothing could be read or held out, UsageError if an
    addition has the name of an arm; what :func:`augment.store.open_run` raises.
    """
    check_names(config)
    with open_run(path, fingerprint=fingerprint(config), samples=config.samples) as folder:
        job = Run(config, folder, track)
        train, test = read_corpora(job)
        planned = order(job, train)
        leaks = Leaks(train, test, job.guide.person_names)
        job.stage("04_rewrite", candidates(job, planned, train))
        job.stage("06_validate", checked(job, planned))
        job.stage("07_filter", passed(job, train, leaks))
        accepted = by_arm(job)
        write_lines(path / "accepted.jsonl", chain.from_iterable(accepted.values()))
        write_lines(path / "dropped.jsonl", dropped(job))
        result = measure(job, train, test, accepted) if config.measure else None
        trained_on = fit(job, train, accepted, result)
        manifest = describe(job, accepted, result) | {"trained_on": trained_on}
        html = page(job, manifest, planned, train, accepted, result)
        with writing(path / "report.html") as file:
            file.write(html)
        write_json(path / "manifest.json", manifest)
        write_json(path / "timings.json", job.timings)
        return manifest


def read_corpora(job: Run) -> tuple[list[Document], list[Document]]:
    """Training and test documents; without a test corpus a part is held out first of all."""
    config = job.config
    job.stage("01_read", read(config.corpus))
    train = canonical(job.documents("01_read"), job.guide)
    if config.test is not None:
        job.stage("01_test", read(config.test))
        test = canonical(job.documents("01_test"), job.guide)
    else:
        train, test = hold_out(train, share=config.holdout, seed=config.seed)
    job.need("01_read" if config.test is None or not train else "01_test", train, test)
    return train, test


def order(job: Run, train: list[Document]) -> Plan:
    """The plan for this run; its orders are also kept as the stage `plan`."""
    config = job.config
    scores = out_of_fold(job, train) if config.samples else None
    made = plan(
        train,
        guide=job.guide,
        samples=config.samples,
        strategies=config.strategies,
        scores=scores,
        seed=config.seed,
    )
    job.stage("02_plan", made.orders)
    return made


def out_of_fold(job: Run, train: list[Document], number: int = 3) -> dict[str, float]:
    """F1 of each relation type on folds of the training documents, 0–1; empty if they are few."""
    groups = near_twins(train)
    if len(set(groups)) < 2 * number:
        return {}
    student = resolve("student", job.config.student)
    cells = Cells(
        partial(student, job.guide),
        job.cells,
        student_fingerprint(student, job.guide),
    )
    gold: list[Document] = []
    predicted: list[Any] = []
    for split in job.track(folds(train, groups, number, seeds=1), "scoring types", number):
        gold += split.test
        predicted += cells.predict(split.train, split.test)
    types = scored(gold, predicted).types
    return dict(zip(types, map(float, f1(count(gold, predicted, types).sum(axis=0))), strict=True))


def candidates(job: Run, planned: Plan, train: list[Document]) -> Iterator[Candidate | Drop]:
    """Samples of the LLM-free strategies, then the documents of the additions."""
    total = len(planned.orders)
    yield from rewrite(job.track(planned.orders, "rewriting", total), train, guide=job.guide)
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
            yield Candidate(id=document.id, order="", strategy=name, document=document)


def checked(job: Run, planned: Plan) -> Iterator[Candidate | Drop]:
    """Candidates that keep the guide's hard rules."""
    orders: dict[str, Order] = {o.id: o for o in planned.orders}
    for candidate in job.folder.read("04_rewrite", Candidate):
        yield validate(candidate, guide=job.guide, order=orders.get(candidate.order))


def passed(job: Run, train: list[Document], leaks: Leaks) -> Iterator[Candidate | Drop]:
    """Candidates that are neither copies nor leaks."""
    found = job.folder.read("06_validate", Candidate)
    return filter(found, train=train, leaks=leaks, guide=job.guide)


def by_arm(job: Run) -> dict[str, list[Document]]:
    """Accepted documents by the arm that is measured: the run's own samples, each addition."""
    arms: dict[str, list[Document]] = {SAMPLES: [], **{name: [] for name in job.config.add}}
    for candidate in job.folder.read("07_filter", Candidate):
        arms[candidate.strategy if candidate.strategy in arms else SAMPLES].append(
            candidate.document
        )
    return {name: documents for name, documents in arms.items() if documents}


def dropped(job: Run) -> Iterator[Drop]:
    """All drops of the run, stage by stage."""
    for stage in STAGES:
        yield from job.folder.drops(stage)


def measure(
    job: Run, train: list[Document], test: list[Document], accepted: dict[str, list[Document]]
) -> Result:
    """What each arm gains on the test documents; kept as the stage `measure`."""

    def results() -> Iterator[Result]:
        config = job.config
        yield experiment(
            train,
            test,
            additions={name: [documents] for name, documents in accepted.items()},
            settings=Settings(
                gold_sizes=config.gold_sizes,
                seeds=config.seeds,
                mask=config.mask,
                student=config.student,
                jobs=config.jobs,
            ),
            guide=job.guide,
            work=job.cells,
            track=job.track,
        )

    job.stage("10_measure", results())
    result = next(job.folder.read("10_measure", Result))
    write_json(job.folder.path / "measure.json", result.model_dump(mode="json"))
    return result


def fit(
    job: Run, train: list[Document], accepted: dict[str, list[Document]], result: Result | None
) -> list[str]:
    """Train and save the model of the run; return the arms it learnt from beside gold."""
    done = job.folder.manifest("09_train")
    if done is None or done["key"] != job.key:
        start = time.perf_counter()
        student = job.config.student
        used = fit_model(student, job.guide, train, accepted, result, job.folder.path / "model")
        done = {"stage": "09_train", "key": job.key, "trained_on": ["gold", *used]}
        write_json(job.folder.path / "09_train" / "manifest.json", done)
        job.timings["09_train"] = round(time.perf_counter() - start, 3)
    trained_on: list[str] = done["trained_on"]
    return trained_on


def describe(
    job: Run, accepted: dict[str, list[Document]], result: Result | None
) -> dict[str, Any]:
    """What the run made, lost and gained: the manifest of the run."""
    config = job.config
    stages = {stage: job.folder.manifest(stage) for stage in STAGES}
    done = {
        stage: {"kept": made["kept"], "dropped": made["dropped"]}
        for stage, made in stages.items()
        if made is not None
    }
    rewritten = done["04_rewrite"]
    return {
        "fingerprint": fingerprint(config),
        "config": config.model_dump(mode="json", exclude={"out", "jobs"}),
        "stages": done,
        "candidates": rewritten["kept"] + sum(rewritten["dropped"].values()),
        "accepted": sum(len(documents) for documents in accepted.values()),
        "dropped": tally(done),
        "edits": edits(job),
        "gains": gains(result, list(accepted)),
        "dirty": [row.model_dump() for row in result.dirty] if result else [],
    }


def edits(job: Run) -> dict[str, int]:
    """Relations that `validate` removed, mended or added in accepted samples, by finding."""
    found: Counter[str] = Counter()
    for candidate in job.folder.read("07_filter", Candidate):
        found.update(f.code for f in candidate.findings if f.action in ("removed", "completed"))
    return dict(sorted(found.items()))
