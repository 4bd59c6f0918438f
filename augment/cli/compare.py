"""`augment compare`: which LLM, which prompt, how many examples; the same orders to each."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from augment.cli.common import check_target, emit, out, track, warn
from augment.cli.live import live
from augment.cli.options import (
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
    Replies,
    asking,
)
from augment.cli.outcome import show_estimate
from augment.cli.place import path_or_url

if TYPE_CHECKING:
    from augment.config import RunConfig
    from augment.pipeline.compare import Wanted

File = Path | None
Names = list[str] | None
WIDTH = 210
"""Columns of the table where there is no terminal to ask."""


def compare(
    config: Annotated[
        File, typer.Argument(help="Configuration of a run in YAML; options go before it.")
    ] = None,
    llm: Llm = None,
    base_url: BaseUrl = None,
    prompt: Annotated[
        Names,
        typer.Option(help="Version, as compose.v1; several that go together as A,B; repeat."),
    ] = None,
    examples: Annotated[
        list[int] | None, typer.Option(help="Examples in a prompt; repeat.", min=0)
    ] = None,
    steps: Annotated[
        list[int] | None,
        typer.Option(help="Steps of annotate, 1 or 2, else both; repeat.", min=1, max=2),
    ] = None,
    sample: Annotated[int, typer.Option(help="Orders for each.", min=1)] = 20,
    strategy: Annotated[
        str | None, typer.Option("--strategy", "-s", help="What is ordered, else annotate.")
    ] = None,
    corpus: Annotated[
        File, typer.Option(parser=path_or_url, help="Gold training documents.")
    ] = None,
    test: Annotated[
        File, typer.Option(parser=path_or_url, help="Gold test documents, if any: not looked at.")
    ] = None,
    guide: Annotated[
        Names,
        typer.Option("--guide", "-g", help="Name or folder; repeat for versions of a guide."),
    ] = None,
    raw: Annotated[
        File,
        typer.Option(
            parser=path_or_url, help="Items for annotate; without, training texts with their gold."
        ),
    ] = None,
    replies: Replies = None,
    policy: Policy = None,
    concurrency: Concurrency = None,
    max_cost: MaxCost = None,
    max_tokens: MaxTokens = None,
    prices: Prices = None,
    ledger: LedgerFile = None,
    dry_run: DryRun = False,
    fields: Fields = None,
    memorised: Annotated[
        File, typer.Option(parser=path_or_url, help="Public texts: do the LLMs know them by heart?")
    ] = None,
    gain: Annotated[
        bool, typer.Option("--gain", help="Measure what a student gains, too; takes time.")
    ] = False,
    promote: Annotated[
        File, typer.Option(help="Write what is recommended into this configuration.")
    ] = None,
    folder: Annotated[File, typer.Option("--out", help="Folder, else data/compare/….")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the result.")] = False,
) -> None:
    """Give the same orders to several LLMs, prompts, numbers of examples; recommend one.

    Texts to annotate are taken from the training documents, never from the test documents.
    Started again after an interruption, it goes on where it was.
    """
    from augment.config import load
    from augment.errors import ConfigError, PathError
    from augment.pipeline.compare import Wanted
    from augment.pipeline.compare import compare as run

    strategies = (strategy,) if strategy else None if config else ("annotate",)
    overrides: dict[str, Any] = {
        "corpus": corpus,
        "test": test,
        "guide": guide[0] if guide else None,
        "strategies": strategies,
        "samples": sample,
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
    settings = load(config, overrides)
    if not settings.write.llm:
        raise ConfigError("compare needs LLMs", hint="give --llm NAME:MODEL, once or more")
    if memorised is not None and not memorised.exists():
        raise PathError(f"{memorised}: no such file or folder (given as memorised)")
    wanted = Wanted(
        prompts=tuple(tuple(versions.split(",")) for versions in prompt or ()),
        examples=tuple(examples or (settings.write.examples,)),
        steps=tuple(steps or ()),  # type: ignore[arg-type]  # checked by the option
        memorised=memorised,
        gain=gain,
        guides=tuple(guide[1:] if guide else ()),
    )
    place = folder or _place(settings, wanted)
    check_target(place, settings.corpus, folder=True)
    _check_promote(promote, settings)
    with live() as watch:
        result = run(settings, wanted, place, track=track, watch=watch)
    if json:
        emit(result)
    elif settings.call.dry_run:
        show_estimate(result)
    else:
        _show(result, place)
    if promote is not None and not settings.call.dry_run:
        _promote(promote, settings, result)


def _place(settings: RunConfig, wanted: Wanted) -> Path:
    from hashlib import sha256

    from augment.config import fingerprint

    guides = (settings.guide, *wanted.guides)
    prints = [fingerprint(settings.model_copy(update={"guide": guide})) for guide in guides]
    key = sha256(("".join(prints) + wanted.model_dump_json()).encode()).hexdigest()[:8]
    return Path("data/compare") / f"{settings.corpus.stem}-{key}"


def _check_promote(target: File, settings: RunConfig) -> None:
    """Raise, before anything is paid, if the file cannot be taken for a configuration."""
    from augment.pipeline.choice import configuration

    if target is not None:
        check_target(target, settings.corpus)
        configuration(target)


def _promote(target: Path, settings: RunConfig, result: dict[str, Any]) -> None:
    from augment.errors import NoResult
    from augment.pipeline.choice import promote
    from augment.pipeline.compare import promotion

    if result["recommendation"]["chosen"] is None:
        raise NoResult(f"{target}: not written: {result['recommendation']['text']}", hint="")
    chosen = promotion(settings, result)
    promote(target, chosen, guide=chosen["guide"] if result["revisions"] else None)
    warn(f"{target}: {result['recommendation']['chosen']}")


def _show(result: dict[str, Any], place: Path) -> None:
    from rich.console import Console
    from rich.table import Table

    from augment.report import comparison_table, revision_lines

    header, rows = comparison_table(result)
    table = Table(*header)
    for row in rows:
        table.add_row(*row)
    (out if out.is_terminal else Console(width=WIDTH, emoji=False)).print(table)
    for row in result["combinations"]:
        lost = {**row["dropped"], "unanswered": row["unanswered"]}
        told = ", ".join(f"{reason} {n}" for reason, n in lost.items() if n)
        if told:
            out.print(f"{row['name']}: dropped: {told}", markup=False, soft_wrap=True)
    for revision in result["revisions"]:
        for line in revision_lines(revision):
            out.print(line, markup=False, soft_wrap=True)
    for llm, said in result["memorised"].items():
        out.print(f"{llm}: {said['verdict']}, {said['texts']} texts", markup=False)
    for note in result["notes"]:
        out.print(f"note: {note}", markup=False, soft_wrap=True)
    out.print(result["recommendation"]["text"], markup=False, soft_wrap=True, style="bold")
    out.print(f"page: {place / 'compare.html'}", markup=False, soft_wrap=True)
