"""`augment measure`: is an addition worth it? Paired gains with intervals; or plain scores."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from augment.cli.common import (
    check_target,
    name_and_path,
    read_documents,
    sizes,
    track,
)
from augment.cli.given import additions_of, amount, masks_of, recipes_of, settings_of
from augment.cli.live import live
from augment.cli.measured import merged, show, show_evaluation
from augment.cli.options import (
    BaseUrl,
    DryRun,
    Fields,
    LedgerFile,
    Llm,
    MaxCost,
    Policy,
    Prices,
    Replies,
    asking,
)
from augment.cli.prompted import asked_as, complete, show_expected
from augment.cli.robust import show_robustness

if TYPE_CHECKING:
    from augment.config import RunConfig
    from augment.measure.records import Result
    from augment.pipeline.experiment import Settings

File = Path | None
Names = list[str] | None


def measure(
    train: Annotated[File, typer.Option(help="Gold training documents.")] = None,
    test: Annotated[File, typer.Option(help="Gold test documents; without them, folds.")] = None,
    folds: Annotated[
        int | None, typer.Option(min=2, help="Folds of the training documents; 5 without --test.")
    ] = None,
    add: Annotated[
        list[str] | None,
        typer.Option(help="An addition, PATH or NAME=PATH; a NAME again is one more batch of it."),
    ] = None,
    gold: Annotated[File, typer.Option(help="Gold, to score predictions only.")] = None,
    predicted: Annotated[File, typer.Option(help="What is scored against --gold.")] = None,
    json: Annotated[
        File, typer.Option("--json", help="Write the result here; FILE.work keeps what is done.")
    ] = None,
    report: Annotated[
        File, typer.Option(help="Write a page with tables, plots and what to do here.")
    ] = None,
    guide: Annotated[
        str | None, typer.Option("--guide", "-g", help="Name or folder of a guide.")
    ] = None,
    student: Annotated[
        list[str] | None,
        typer.Option(help="linear (default), rules, transformer:ENCODER, seq2seq:MODEL; several."),
    ] = None,
    gold_sizes: Annotated[
        str, typer.Option(help="Sizes of the training subsets; one too large counts as all.")
    ] = "25,50,100,200,all",
    seeds: Annotated[int, typer.Option(min=1, help="Training subsets of each size.")] = 5,
    mask: Annotated[
        list[str] | None,
        typer.Option(
            help="Types an addition does not teach. auto (default): those it annotates too thinly; "
            "gate: also those it makes worse on the training side; none. NAME=gate: of one."
        ),
    ] = None,
    choose: Annotated[
        list[str] | None,
        typer.Option(
            help="One more arm an addition: RULE:SHARE,weight=W,order=O (deficit:50%,weight=auto)."
        ),
    ] = None,
    gate: Annotated[
        bool,
        typer.Option(
            help="Exit with 1 unless every addition may be merged at the largest size: macro-F1 "
            "is shown to rise, and no frequent type to lose more than two points."
        ),
    ] = False,
    gold_cost: Annotated[
        float | None, typer.Option(help="What a gold document costs to annotate.")
    ] = None,
    cost: Annotated[
        list[str] | None,
        typer.Option(help="NAME=AMOUNT: what an addition cost, in the same currency."),
    ] = None,
    jobs: Annotated[
        int | None,
        typer.Option(min=1, help="Processes; default: all cores. With one GPU take 1."),
    ] = None,
    robustness: Annotated[
        bool,
        typer.Option(
            help="Also on test texts with slips, without accents, with other names …, and in time: "
            "the first student at the largest size."
        ),
    ] = False,
    llm: Llm = None,
    base_url: BaseUrl = None,
    replies: Replies = None,
    policy: Policy = None,
    max_cost: MaxCost = None,
    prices: Prices = None,
    ledger: LedgerFile = None,
    dry_run: DryRun = False,
    fields: Fields = None,
) -> None:
    """Measure what additions are worth to a student, against the arms they have to beat.

    With --gold and --predicted: score predictions.

    Interrupted, it goes on where it was when it is started again with the same --json.
    """
    from augment.errors import UsageError

    if gold and predicted and not train:
        _evaluate(gold, predicted, json)
    elif train and not gold and not predicted:
        if test and folds:
            raise UsageError("--test and --folds exclude each other", hint="leave one out")
        if report:
            check_target(report, train, *filter(None, [test, json]))
        parts = None if test else folds or 5
        given = {
            "folds": parts,
            "gold_sizes": sizes(gold_sizes),
            "seeds": seeds,
            **masks_of(mask or []),
            "students": tuple(student or ["linear"]),
            "jobs": jobs or os.cpu_count() or 1,
            "choose": recipes_of(choose or []),
            "gold_cost": gold_cost,
            "costs": dict(map(amount, cost or [])),
        }
        asked = {
            "corpus": train,
            "test": test,
            "guide": guide,
            "gold_sizes": given["gold_sizes"],
            "write.direct": True,
            **asking(
                fields,
                llm=llm,
                base_url=base_url,
                replies=replies,
                policy=policy,
                max_cost=max_cost,
                prices=prices,
                ledger=ledger,
                dry_run=dry_run or None,
            ),
        }
        config = asked_as(asked, (name_and_path(a)[0] for a in add or [])) if llm else None
        if config and config.call.dry_run:
            show_expected(config, parts, seeds)
            return
        result = _experiment(
            (train, test), add or [], guide, settings_of(given), json, config, robustness
        )
        if report:
            _report(report, train, result)
        show(result)
        if result.robustness:
            show_robustness(result.robustness)
        if result.dirty or (config and not complete(result, config)):
            raise typer.Exit(1)
        if gate and not merged(result):
            raise typer.Exit(1)
    else:
        raise UsageError(
            "give either --train (with --add), or --gold and --predicted",
            hint="augment measure --train A --folds 5 --add C --json OUT",
        )


def _experiment(
    corpora: tuple[Path, File],
    add: list[str],
    guide: str | None,
    settings: Settings,
    json: File,
    llms: RunConfig | None,
    robust: bool,
) -> Result:
    from tempfile import TemporaryDirectory

    from augment.guide import load
    from augment.pipeline.direct import Direct, asking
    from augment.pipeline.experiment import experiment
    from augment.pipeline.robustness import robustness
    from augment.registry import resolve
    from augment.store import write_json

    for name in settings.students:
        resolve("student", name)
    if json:
        check_target(json, *filter(None, corpora))
    rules = load(guide) if guide else None
    train, test = (read_documents(path) if path else [] for path in corpora)
    additions = additions_of(add)
    with TemporaryDirectory() as scratch, live() as watch:
        work = json.with_suffix(".work") if json else Path(scratch)
        beside = None
        if llms and rules:
            beside = asking(Direct(llms, rules, train, test, work), llms, watch)
        result = experiment(
            train,
            test,
            additions=additions,
            settings=settings,
            guide=rules,
            work=work,
            track=track,
            beside=beside,
        )
        if robust and not result.dirty:
            found = robustness(
                train,
                test,
                additions=additions,
                settings=settings,
                guide=rules,
                work=work,
                track=track,
            )
            result = result.model_copy(update={"robustness": found})
    if json:
        write_json(json, result.model_dump(mode="json"))
    return result


def _report(path: Path, train: Path, result: Result) -> None:
    from augment.report import render_measured
    from augment.store import writing

    with writing(path) as file:
        file.write(render_measured(train.name, result.model_dump(mode="json")))


def _evaluate(gold: Path, predicted: Path, json: File) -> None:
    from augment.measure.evaluate import evaluate
    from augment.store import write_json

    if json:
        check_target(json, gold, predicted)
    result = evaluate(read_documents(gold), read_documents(predicted))
    if json:
        write_json(json, result.model_dump(mode="json"))
    show_evaluation(result)
