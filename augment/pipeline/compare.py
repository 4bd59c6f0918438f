"""`augment compare`: the same orders to each LLM, prompt and number of examples, side by side.

>>> compare(config, Wanted(examples=(0, 3), steps=(1, 2)), path)["recommendation"]["text"]
'openai:b, 3 examples, 1 step: relation macro-F1 61.2, 5.3 [2.1, 8.8] above openai:a, …, the next.'
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np

from augment.config import RunConfig, fingerprint
from augment.errors import ConfigError, UsageError
from augment.guide import Guide, load
from augment.guide.changed import check_same_types
from augment.measure.records import Compared
from augment.pipeline.ask import Watch, at_most
from augment.pipeline.choice import Entry, choose
from augment.pipeline.combinations import Combination, combinations, names
from augment.pipeline.experiment import Settings, experiment, plainly
from augment.pipeline.extraction import extraction, related
from augment.pipeline.gauge import Gauge
from augment.pipeline.ground import ANNOTATE, Ground, ground
from augment.pipeline.job import Run
from augment.pipeline.llms import call_settings, check, named
from augment.pipeline.probe import check_allowed, probe
from augment.pipeline.revisions import revised, valid
from augment.pipeline.trial import Trial
from augment.plan.quotas import LLM_FREE
from augment.report import render_comparison
from augment.run_folder import open_run
from augment.schema import Record, Request, Response
from augment.scores import Floats, resamples
from augment.store import digest, write_json, writing

DRAWS = 2_000
"""Resamples of the orders."""
MACRO, VALID = "relation macro-F1", "valid rate"


class Wanted(Record):
    """What is compared beside the LLMs, and what else is asked.

    ``prompts``: versions that go together, as ``("annotate.v1",)``; the newest if none is given.
    ``steps`` concerns `annotate`; both if none is given. ``memorised``: a public corpus that the
    LLMs may know by heart. ``gain``: measure what a student gains too. ``guides``: versions of the
    configuration's guide to compare it with.
    """

    prompts: tuple[tuple[str, ...], ...] = ()
    examples: tuple[int, ...] = (3,)
    steps: tuple[Literal[1, 2], ...] = ()
    memorised: Path | None = None
    gain: bool = False
    guides: tuple[str, ...] = ()


def compare(
    config: RunConfig,
    wanted: Wanted,
    path: Path,
    *,
    track: Any = plainly,
    watch: Watch | None = None,
) -> dict[str, Any]:
    """Figures of each combination and a recommendation, also at ``path/compare.json``.

    All calls go the way of `augment run`: ledger, caps, policy; killed, it goes on with the same
    call. With ``call.dry_run`` nothing is sent, and what it would take is returned. Raises
    UsageError, ConfigError, NoResult, and what :func:`augment.run_folder.open_run` raises.
    """
    config = prepared(config)
    check(config)
    every = combinations(config, wanted.prompts, wanted.examples, wanted.steps, wanted.guides)
    with open_run(path, fingerprint=owner(config, every), samples=config.samples) as folder:
        job = Run(config, folder, track)
        if wanted.memorised:
            check_allowed(job, wanted.memorised)
        known = ground(job, versions(job.guide, wanted.guides))
        if not known.orders:
            raise UsageError("no order could be made", hint="another strategy, or a larger corpus")
        gauge = Gauge(path / "calls.jsonl")
        trials = [Trial(job, f"{i:02d}", c, known, gauge) for i, c in enumerate(every, start=1)]
        if config.call.dry_run:
            return estimated(job, trials)
        paid: dict[str, Response] = {}
        for trial in trials:
            trial.run(paid, watch)
        heart = probe(job, wanted.memorised, paid, watch) if wanted.memorised else {}
        gains = gained(job, trials, known) if wanted.gain else {}
        result = described(job, trials, known, gains)
        result |= {"memorised": heart, "notes": notes(result, config, wanted, heart)}
        write_json(path / "compare.json", result)
        with writing(path / "compare.html") as file:
            file.write(render_comparison(result))
        return result


def owner(config: RunConfig, every: Sequence[Combination]) -> str:
    """One hash of all that decides the figures, the contents of all guides among it."""
    guides = dict.fromkeys(combination.guide for combination in every)
    prints = [fingerprint(config.model_copy(update={"guide": guide})) for guide in guides]
    key = json.dumps([prints, [c.model_dump() for c in every]])
    return hashlib.sha256(key.encode()).hexdigest()


def versions(guide: Guide, others: Sequence[str]) -> list[Guide]:
    """The guide, and the others. Raises GuideError; UsageError if their types differ."""
    found = [guide, *map(load, others)]
    for other in found[1:]:
        check_same_types(guide, other)
    return found


def prepared(config: RunConfig) -> RunConfig:
    """The configuration with one strategy and with writers only. Raises ConfigError."""
    with_llm = [name for name in config.strategies if name not in LLM_FREE]
    if len(with_llm) != 1 or not config.samples:
        what = "sample" if with_llm else "strategy with an LLM"
        raise ConfigError(f"compare takes one {what}", hint="--strategy annotate --sample 20")
    llm = tuple(dict.fromkeys(config.write.llm))
    plain = {"llm": llm, "steps": 1, "verify": 0, "verifier": None, "judge": None}
    if with_llm == [ANNOTATE] and config.write.raw is None:
        plain["raw"] = config.corpus
    write = config.write.model_copy(update=plain | {"direct": False})
    return config.model_copy(update={"strategies": tuple(with_llm), "write": write, "add": {}})


def estimated(job: Run, trials: Sequence[Trial]) -> dict[str, Any]:
    """What all first requests would take at most; a second step takes what it does of gold's."""
    requests: list[Request] = []
    for trial in trials:
        requests += [r for r in trial.desk.requests() if isinstance(r, Request)]
        requests += [r for r in trial.given().values() if isinstance(r, Request)]
    different = list({request.key: request for request in requests}.values())
    return {"dry_run": True, **at_most(job.config, different)._asdict()}


def described(
    job: Run, trials: Sequence[Trial], known: Ground, gains: dict[str, Any]
) -> dict[str, Any]:
    """All figures, and which combination to take."""
    labels = names([trial.combination for trial in trials])
    by_name = dict(zip(labels, trials, strict=True))
    weights = resamples(range(len(known.orders)), 1, draws=DRAWS, seed=job.config.seed)
    rows, entries = [], []
    for name, trial in by_name.items():
        row = {"name": name, **trial.combination.model_dump(mode="json"), **trial.counts()}
        row |= {"spans": trial.spans(), "violations": trial.violations()}
        value, draws = row["valid"]["value"], _valid_draws(trial, weights.documents)
        if known.gold:
            gold = list(known.gold.values())
            end_to_end = extraction(gold, trial.found(), weights)
            row |= end_to_end.figures | {"given": related(gold, trial.found_given(), weights)[0]}
            macro = row["relations"]["macro"]
            value, draws = (macro["value"], end_to_end.draws) if macro else (value, draws)
        row |= {"diversity": trial.diversity(), **trial.took(), "gain": gains.get(trial.number)}
        rows.append(row)
        entries.append(Entry(name, value, draws, row["cost"], row["tokens"]))
    scored = bool(known.gold) and all(row["relations"]["macro"] for row in rows)
    criterion = MACRO if scored else VALID
    prices = call_settings(job.config, named(job.config)).prices
    return {
        "strategy": job.config.strategies[0],
        "orders": len(known.orders),
        "criterion": criterion,
        "currency": next((price.currency for price in prices.values()), None),
        "combinations": rows,
        "revisions": revised(by_name, known, weights),
        "recommendation": choose(entries, criterion, orders=len(known.orders)),
    }


def _valid_draws(trial: Trial, weights: Floats) -> Floats:
    return np.asarray(weights @ valid(trial) / weights.sum(axis=1))


def gained(job: Run, trials: Sequence[Trial], known: Ground) -> dict[str, Any]:
    """By number of the trial, the student's gain in macro-F1 on folds of the training texts."""
    made = {trial.number: [[d for d in trial.found() if d]] for trial in trials}
    config = job.config
    settings = Settings(
        folds=5,
        gold_sizes=("all",),
        seeds=config.seeds,
        mask=config.mask,
        students=(config.student,),
        jobs=config.jobs,
    )
    result = experiment(
        known.train,
        additions={f"trial {name}": batches for name, batches in made.items() if batches[0]},
        settings=settings,
        guide=job.guide,
        work=job.cells,
        track=job.track,
    )
    found = {}
    for name in made:
        entry = next(iter(result.arms.get(f"trial {name}", {}).values()), None)
        if isinstance(entry, Compared):
            found[name] = entry.gain.macro_f1.model_dump() | {"verdict": entry.verdict}
    return found


def notes(
    result: dict[str, Any], config: RunConfig, wanted: Wanted, heart: dict[str, Any]
) -> list[str]:
    """What a reader of the figures has to know."""
    found = []
    if result["orders"] < 30:
        found.append(f"{result['orders']} orders: the intervals are wide, and rather too narrow")
    for revision in result["revisions"]:
        if revision["changed"] and not revision["prompts"]["changed"]:
            told = "what was changed in the guide reached no prompt: raise write.prompt_tokens"
            found.append(f"{revision['after']}: {told}")
    same = wanted.memorised and digest(wanted.memorised) == digest(config.corpus)
    if wanted.gain and not any(row["gain"] for row in result["combinations"]):
        found.append(
            "no gain: nothing was accepted, or texts of different folds give each other away"
        )
    for llm, said in heart.items():
        if said["verdict"] == "known by heart":
            where = "this corpus" if same else f"{wanted.memorised}"
            found.append(f"{llm} knows {where} by heart: its figures on it are suspect")
    return found


def promotion(config: RunConfig, result: dict[str, Any]) -> dict[str, Any]:
    """The fields of a configuration that make a run of the combination that was chosen."""
    config = prepared(config)
    chosen = result["recommendation"]["chosen"]
    row = next(row for row in result["combinations"] if row["name"] == chosen)
    llm = next(llm for llm in named(config) if f"{llm.backend}:{llm.model}" == row["llm"])
    write = {"llm": [row["llm"]], "prompt": list(row["prompt"]), "examples": row["examples"]}
    if result["strategy"] == ANNOTATE:
        write["steps"] = row["steps"]
    given = {name: getattr(config.write, name) for name in ("prompts", "raw", "replies")}
    write |= {n: p.absolute() for n, p in given.items() if p and p != config.corpus}
    new = {"corpus": config.corpus.absolute(), "guide": row["guide"]}
    call = {"base_url": list(llm.urls)} if llm.urls else {}
    return {**new, "strategies": [result["strategy"]], "write": write, "call": call}
