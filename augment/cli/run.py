"""`augment run`: the whole pipeline on one corpus, from a configuration file or from options."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from augment.cli.common import emit, name_and_path, out, sizes, track, warn
from augment.cli.live import live
from augment.cli.options import (
    PANEL,
    BaseUrl,
    Concurrency,
    DryRun,
    Fields,
    LedgerFile,
    Llm,
    MaxCost,
    MaxTokens,
    Policy,
    Prices,
    Raw,
    Replies,
    asking,
)
from augment.cli.outcome import show, show_estimate
from augment.cli.place import path_or_url, publisher

File = Path | None
Names = list[str] | None


def run(
    config: Annotated[
        str | None,
        typer.Argument(
            help="Configuration in YAML; `sample` for the corpus that ships with augment."
        ),
    ] = None,
    corpus: Annotated[
        File, typer.Option(parser=path_or_url, help="Gold documents, file or folder.")
    ] = None,
    test: Annotated[
        File,
        typer.Option(
            parser=path_or_url, help="Gold test documents; without them a part is held out."
        ),
    ] = None,
    guide: Annotated[
        str | None, typer.Option("--guide", "-g", help="Name or folder of a guide.")
    ] = None,
    strategy: Annotated[
        Names, typer.Option("--strategy", "-s", help="How to make samples; repeat for several.")
    ] = None,
    add: Annotated[
        Names, typer.Option(help="Documents to add and measure, PATH or NAME=PATH.")
    ] = None,
    samples: Annotated[int | None, typer.Option(help="Samples to make.", min=0)] = None,
    llm: Llm = None,
    base_url: BaseUrl = None,
    raw: Raw = None,
    replies: Replies = None,
    exhaustive: Annotated[
        bool | None,
        typer.Option(
            "--exhaustive",
            help="Ask for all relation types, not the ordered.",
            rich_help_panel=PANEL,
        ),
    ] = None,
    verify: Annotated[
        int | None,
        typer.Option(help="Blind annotations of each sample.", min=0, rich_help_panel=PANEL),
    ] = None,
    judge: Annotated[
        str | None,
        typer.Option(help="NAME:MODEL that objects by the guide's rules.", rich_help_panel=PANEL),
    ] = None,
    policy: Policy = None,
    concurrency: Concurrency = None,
    max_cost: MaxCost = None,
    max_tokens: MaxTokens = None,
    prices: Prices = None,
    ledger: LedgerFile = None,
    dry_run: DryRun = False,
    fields: Fields = None,
    student: Annotated[
        str | None,
        typer.Option(help="linear, rules, transformer:ENCODER or seq2seq:MODEL; what is trained."),
    ] = None,
    gold_sizes: Annotated[
        str | None, typer.Option(help="Sizes of the training subsets, as 50,100,all.")
    ] = None,
    seeds: Annotated[int | None, typer.Option(help="Training subsets of each size.", min=1)] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of the split and of the samples.")] = None,
    measure: Annotated[
        bool | None,
        typer.Option("--measure/--no-measure", help="Measure the gain; it is what takes time."),
    ] = None,
    jobs: Annotated[int | None, typer.Option(help="Processes.", min=1)] = None,
    strict: Annotated[
        bool | None, typer.Option("--strict", help="Exit with 1 if anything was dropped.")
    ] = None,
    folder: Annotated[File, typer.Option("--out", help="Run folder, else data/runs/….")] = None,
    url: Annotated[
        str | None, typer.Option("--publish", help="URL where the run folder is sent at the end.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the manifest.")] = False,
) -> None:
    """Plan, make, check and measure samples; end with a student and a report.

    Started again after an interruption, it goes on where it was.
    """
    from augment.config import load, run_folder
    from augment.pipeline.run import run as run_pipeline

    overrides = {
        "corpus": corpus,
        "test": test,
        "guide": guide,
        "strategies": tuple(strategy) if strategy else None,
        "add": _named(add) if add else None,
        "samples": samples,
        "student": student,
        "gold_sizes": sizes(gold_sizes) if gold_sizes else None,
        "seeds": seeds,
        "seed": seed,
        "measure": measure,
        "jobs": jobs,
        "strict": strict,
        "out": folder,
        "write.exhaustive": exhaustive,
        "write.verify": verify,
        "write.judge": judge,
        **asking(
            fields,
            llm=llm,
            base_url=base_url,
            raw=raw,
            replies=replies,
            policy=policy,
            concurrency=concurrency,
            max_cost=max_cost,
            max_tokens=max_tokens,
            prices=prices,
            ledger=ledger,
            dry_run=dry_run or None,
        ),
    }
    path = _configuration(config)
    settings = load(path, overrides)
    stem = "sample" if config == "sample" else (path or settings.corpus).stem
    place = run_folder(settings, stem)
    send = publisher(url, settings.write.policy)
    with live() as watch:
        manifest = run_pipeline(settings, place, track=track, watch=watch)
    if json:
        emit(manifest)
    elif settings.call.dry_run:
        show_estimate(manifest, place)
    else:
        show(manifest, settings.demonstration)
        out.print(f"report: {place / 'report.html'}", markup=False, soft_wrap=True)
    if settings.call.dry_run:
        if settings.write.verify or settings.write.judge:
            warn("not counted: what --verify and --judge would ask, one request a look and sample")
        return
    send(place)
    asked, heard = (manifest["verify"].get(name, 0) for name in ("requests", "replies"))
    if heard < asked:
        warn(f"only {heard} of {asked} blind annotations could be read: see `unverified` findings")
    made = manifest["rewrite"]
    asked_for = manifest["requests"] + made["candidates"]
    if settings.samples and settings.strategies and not asked_for:
        warn(
            f"nothing to make samples of: is {settings.corpus} annotated? If not, give it as --raw"
        )
    elif asked_for and not manifest["accepted"] + made["accepted"]:
        warn(f"nothing was accepted: {place / 'dropped.jsonl'} says why")
    if manifest["stopped"]:
        warn(f"stopped: {manifest['stopped']}; the same call goes on from here")
    lost = settings.strict and (manifest["dropped"] or made["dropped"] or manifest["unanswered"])
    if manifest["dirty"] or manifest["stopped"] or lost:
        raise typer.Exit(1)


def _configuration(config: str | None) -> Path | None:
    from augment.guide.model import shipped_folder

    if config == "sample":
        return shipped_folder("data/sample") / "run.yaml"
    return Path(config) if config else None


def _named(given: list[str]) -> dict[str, Path]:
    """``NAME=PATH`` or ``PATH`` → name and path. Raises UsageError for a name given twice."""
    from augment.errors import UsageError

    found: dict[str, Path] = {}
    for written in given:
        name, path, _ = name_and_path(written)
        if name in found:
            raise UsageError(f"--add {written}: {name} is taken", hint="give NAME=PATH")
        found[name] = path
    return found
