"""`augment run`: read, plan, write, validate, filter, measure, train, report – and resume.

>>> run(config, Path("data/runs/sample-1a2b3c4d"))["accepted"]
42
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from augment.config import RunConfig, fingerprint
from augment.measure.records import Result
from augment.overlap import Leaks
from augment.pipeline.accepted import accepted
from augment.pipeline.ask import Watch
from augment.pipeline.cost import cost_of_samples
from augment.pipeline.direct import ask_of, expected, in_run
from augment.pipeline.experiment import Beside, Settings, experiment, plainly
from augment.pipeline.finish import fit_model
from augment.pipeline.job import SAMPLES, Run, check_fields
from augment.pipeline.llms import check
from augment.pipeline.manifest import STAGES, describe
from augment.pipeline.names import canonical
from augment.pipeline.order import order
from augment.pipeline.page import page
from augment.pipeline.samples import candidates, checked, passed
from augment.pipeline.split import hold_out
from augment.pipeline.spread import PART, processes
from augment.pipeline.verify import verify
from augment.pipeline.write import Writing, with_llm, write
from augment.protocols import Spread
from augment.read import read
from augment.run_folder import open_run
from augment.schema import Document, Drop, Order
from augment.store import write_json, write_lines, writing


def run(
    config: RunConfig,
    path: Path,
    *,
    track: Any = plainly,
    watch: Watch | None = None,
    spread: Spread | None = None,
    part: int = PART,
) -> dict[str, Any]:
    """Make, check and measure samples; return the manifest, also at ``path/manifest.json``.

    A run that was killed goes on with the same call, and ends with the same bytes (but for
    ``timings.json``); what LLMs have answered is not asked again. ``watch`` is told how the calls
    go. The work is done by ``spread``, in parts of ``part`` records; without one, by as many
    processes as ``config.jobs``. With ``call.dry_run`` it ends with the prompts and returns what
    they would take. Raises NoResult if nothing could be read, held out or answered, UsageError if
    an addition has the name of an arm; what :func:`augment.run_folder.open_run` raises.
    """
    check_fields(config)
    check(config)
    spread = spread or processes(config.jobs)
    with open_run(path, fingerprint=fingerprint(config), samples=config.samples) as folder:
        job = Run(config, folder, track, spread, part)
        train, test = read_corpora(job)
        raw = read_raw(job)
        direct = in_run(job, train, test)
        planned = order(job, train, raw)
        leaks = Leaks(train, test, job.guide.person_names)
        held_out = test if config.test is None else []
        job.stage("04_rewrite", candidates(job, train, held_out))
        orders = with_llm(job.folder.read("02_plan", Order))
        desk = Writing(job, orders, train, raw) if orders else None
        estimate = write(desk, watch) if desk is not None else None
        if direct is not None and config.call.dry_run:
            estimate = expected(direct, job, train, test, estimate)
        if estimate is not None:
            return {"dry_run": True, **estimate._asdict()}
        job.stage("06_validate", checked(job))
        job.stage("07_filter", passed(job, train, leaks))
        verified = verify(desk, watch) if desk is not None else {}
        arms = accepted(job)
        write_lines(path / "dropped.jsonl", dropped(job))
        beside = ask_of(direct, job, train, test, watch) if direct else None
        result = measure(job, train, test, arms, beside) if config.measure else None
        trained_on = fit(job, train, arms, result) if config.train else []
        manifest = describe(job, list(arms), result)
        manifest |= {"verify": verified, "trained_on": trained_on}
        html = page(job, manifest, planned, train, arms, result)
        with writing(path / "report.html") as file:
            file.write(html)
        write_json(path / "manifest.json", manifest)
        write_json(path / "timings.json", {**job.timings, "addresses": job.served})
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


def read_raw(job: Run) -> list[Document]:
    """Items without annotation, for `annotate`; what they hold of it is not looked at."""
    if job.config.write.raw is None:
        return []
    job.stage("01_raw", read(job.config.write.raw))
    bare = {"entities": (), "relations": (), "masked": (), "labelled": "none"}
    return [d.model_copy(update=bare) for d in job.documents("01_raw")]


def dropped(job: Run) -> Iterator[Drop]:
    """All drops of the run, stage by stage."""
    for stage in STAGES:
        yield from job.folder.drops(stage)


def measure(
    job: Run,
    train: list[Document],
    test: list[Document],
    arms: Mapping[str, Sequence[Document]],
    beside: Beside | None,
) -> Result:
    """What each arm gains on the test documents; kept as the stage `measure`."""

    def results() -> Iterator[Result]:
        config, paid = job.config, cost_of_samples(job)
        yield experiment(
            train,
            test,
            additions={name: [documents] for name, documents in arms.items()},
            settings=Settings(
                gold_sizes=config.gold_sizes,
                seeds=config.seeds,
                mask=config.mask,
                students=(config.student,),
                jobs=config.jobs,
                gold_cost=config.gold_cost,
                costs={SAMPLES: paid} if paid is not None and SAMPLES in arms else {},
            ),
            guide=job.guide,
            work=job.cells,
            track=job.track,
            beside=beside,
            spread=job.spread,
        )

    job.stage("10_measure", results())
    result = next(job.folder.read("10_measure", Result))
    write_json(job.folder.path / "measure.json", result.model_dump(mode="json"))
    return result


def fit(
    job: Run, train: list[Document], arms: Mapping[str, Sequence[Document]], result: Result | None
) -> list[str]:
    """Train and save the model of the run; return the arms it learnt from beside gold."""
    done = job.folder.manifest("09_train")
    if done is None or done["key"] != job.key:
        start = time.perf_counter()
        used = fit_model(
            job.config.student,
            job.guide,
            train,
            arms,
            result,
            job.folder.path / "model",
            gate=job.config.gate,
        )
        done = {"stage": "09_train", "key": job.key, "trained_on": ["gold", *used]}
        write_json(job.folder.path / "09_train" / "manifest.json", done)
        job.timings["09_train"] = round(time.perf_counter() - start, 3)
    trained_on: list[str] = done["trained_on"]
    return trained_on
