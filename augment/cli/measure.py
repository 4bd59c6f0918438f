"""`augment measure`: is an addition worth it? Paired gains with intervals; or plain scores."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from augment.cli.common import name_and_path, sizes
from augment.cli.given import (
    costs_of,
    masks_of,
    processes,
    recipes_of,
    refuse,
    settings_of,
    targets,
)
from augment.cli.measured import merged, show
from augment.cli.measuring import Given, evaluation, experiment, page
from augment.cli.options import (
    SIZES,
    Add,
    BaseUrl,
    Choose,
    Cost,
    DryRun,
    Fields,
    Folds,
    GoldCost,
    GoldSizes,
    LedgerFile,
    Llm,
    Mask,
    MaxCost,
    Policy,
    Prices,
    Replies,
    Seeds,
    Test,
    asking,
)
from augment.cli.place import path_or_url
from augment.cli.prompted import asked_as, complete, show_expected
from augment.cli.robust import show_robustness

File = Path | None
Names = list[str] | None
ADDED = "mask", "choose", "gate", "cost"
"""Options that are for --add only."""
ASKING = (
    "base_url", "replies", "policy", "max_cost", "prices", "ledger", "dry_run", "fields",
)  # fmt: skip
"""Options that are for --llm only."""


def measure(
    context: typer.Context,
    train: Annotated[
        File, typer.Option(parser=path_or_url, help="Gold training documents.")
    ] = None,
    test: Test = None,
    folds: Folds = None,
    add: Add = None,
    gold: Annotated[
        File, typer.Option(parser=path_or_url, help="Gold, to score predictions only.")
    ] = None,
    predicted: Annotated[
        File, typer.Option(parser=path_or_url, help="What is scored against --gold.")
    ] = None,
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
    gold_sizes: GoldSizes = SIZES,
    seeds: Seeds = 5,
    mask: Mask = None,
    choose: Choose = None,
    gate: Annotated[
        bool,
        typer.Option(
            help="Exit with 1 unless every addition may be merged at the largest size, with one "
            "student at least: macro-F1 is shown to rise, no frequent type to lose over two points."
        ),
    ] = False,
    gold_cost: GoldCost = None,
    cost: Cost = None,
    jobs: Annotated[
        int | None,
        typer.Option(min=1, help="Processes; default: all cores, one with a network on a GPU."),
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
        refuse(context, "does not go with --gold", but=("gold", "predicted", "json"))
        evaluation(gold, predicted, json)
    elif train and not gold and not predicted:
        if test and folds:
            raise UsageError("--test and --folds exclude each other", hint="leave one out")
        refuse(context, "needs --add", [] if add else ADDED)
        refuse(context, "needs --llm", [] if llm else ASKING)
        named = [name_and_path(written) for written in add or []]
        inputs = [train, *filter(None, [test]), *(path for _, path, _ in named)]
        targets([json, report], inputs)
        parts = None if test else folds or 5
        given = {
            "folds": parts,
            "gold_sizes": sizes(gold_sizes),
            "seeds": seeds,
            **masks_of(mask or []),
            "students": tuple(student or ["linear"]),
            "jobs": jobs or processes(student or []),
            "choose": recipes_of(choose or []),
            "gold_cost": gold_cost,
            "costs": costs_of(cost or []),
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
        config = asked_as(asked, (name for name, *_ in named)) if llm else None
        if config and config.call.dry_run:
            show_expected(config, parts, seeds)
            return
        result = experiment(
            Given(train, test, add or [], guide),
            settings_of(given),
            json=json,
            llms=config,
            robust=robustness,
        )
        if report:
            page(report, train.name, result)
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
