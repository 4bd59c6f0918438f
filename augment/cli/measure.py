"""`augment measure`: is an addition worth it? Paired gains with intervals; or plain scores."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from augment.cli.common import (
    check_target,
    counted,
    fail,
    name_and_path,
    out,
    read_documents,
    sizes,
    track,
    warn,
)

if TYPE_CHECKING:
    from augment.measure.records import Differences, Evaluation, Interval, Result
    from augment.pipeline.experiment import Settings
    from augment.schema import Document

File = Path | None
WIDTH = 122
"""Columns of the table of arms where there is no terminal to ask."""


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
    guide: Annotated[
        str | None, typer.Option("--guide", "-g", help="Name or folder of a guide.")
    ] = None,
    student: Annotated[str, typer.Option(help="linear or rules.")] = "linear",
    gold_sizes: Annotated[
        str, typer.Option(help="Sizes of the training subsets; one too large counts as all.")
    ] = "25,50,100,200,all",
    seeds: Annotated[int, typer.Option(min=1, help="Training subsets of each size.")] = 5,
    mask: Annotated[
        str, typer.Option(help="auto: leave out types an addition annotates too thinly; none.")
    ] = "auto",
    jobs: Annotated[int | None, typer.Option(min=1, help="Processes; default: all cores.")] = None,
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
        given = {
            "folds": None if test else folds or 5,
            "gold_sizes": sizes(gold_sizes),
            "seeds": seeds,
            "mask": mask,
            "student": student,
            "jobs": jobs or os.cpu_count() or 1,
        }
        result = _experiment((train, test), add or [], guide, _settings(given), json)
        _show(result)
        if result.dirty:
            raise typer.Exit(1)
    else:
        raise UsageError(
            "give either --train (with --add), or --gold and --predicted",
            hint="augment measure --train A --folds 5 --add C --json OUT",
        )


def _settings(given: dict[str, Any]) -> Settings:
    from pydantic import ValidationError

    from augment.errors import UsageError
    from augment.pipeline.experiment import Settings
    from augment.registry import resolve

    resolve("student", given["student"])
    try:
        return Settings(**given)
    except ValidationError as error:
        first = error.errors()[0]
        option = str(first["loc"][0]).replace("_", "-")
        raise UsageError(
            f"--{option} {first['input']}: {first['msg']}", hint="see `augment measure --help`"
        ) from error


def _experiment(
    corpora: tuple[Path, File], add: list[str], guide: str | None, settings: Settings, json: File
) -> Result:
    from tempfile import TemporaryDirectory

    from augment.guide import load
    from augment.pipeline.experiment import experiment
    from augment.store import write_json

    if json:
        check_target(json, *filter(None, corpora))
    rules = load(guide) if guide else None
    train, test = (read_documents(path) if path else [] for path in corpora)
    additions = _additions(add)
    with TemporaryDirectory() as scratch:
        result = experiment(
            train,
            test,
            additions=additions,
            settings=settings,
            guide=rules,
            work=json.with_suffix(".work") if json else Path(scratch),
            track=track,
        )
    if json:
        write_json(json, result.model_dump(mode="json"))
    return result


def _additions(given: list[str]) -> dict[str, list[list[Document]]]:
    """Name → batches. Raises UsageError for a reserved name, or two files of one stem."""
    from augment.errors import UsageError
    from augment.measure.records import RESERVED

    found: dict[str, list[list[Document]]] = {}
    for written in given:
        name, path, named = name_and_path(written)
        if not named and name in found:
            raise UsageError(f"--add {written}: {name} is taken", hint="give NAME=PATH")
        if name in RESERVED or not name:
            raise UsageError(
                f"--add {written}: the name {name!r} is reserved", hint="give another NAME=PATH"
            )
        found.setdefault(name, []).append(read_documents(path))
    return found


def _show(result: Result) -> None:
    from rich.console import Console
    from rich.table import Table

    for row in result.dirty:
        out.print(
            f"dirty: {row.id} ({row.arm}) gives {row.test_id} away: {row.reason}", markup=False
        )
    if result.dirty:
        fail(
            "test texts are given away, so there are no figures",
            "take these documents out and measure again",
        )
        return
    table = Table(
        "gold", "arm", "added", "macro", "gain", "micro", "gain", "over LLM-free", "verdict"
    )
    for size in result.arms["base"]:
        for name, entries in result.arms.items():
            if size in entries:
                table.add_row(size if name == "base" else "", name, *_row(entries[size]))
        table.add_section()
    wide = out if out.is_terminal else Console(width=WIDTH)
    wide.print(table)
    for name, types in result.masked.items():
        if types:
            out.print(f"{name}: masked, annotated too thinly: {', '.join(types)}", markup=False)
    for name, ids in result.set_aside.items():
        out.print(f"{name}: {len(ids)} documents set aside in some folds (names)", markup=False)
    for note in result.notes:
        out.print(f"note: {note}", markup=False)


def _row(entry: Any) -> list[str]:
    gain: Differences | None = getattr(entry, "gain", None)
    over: Differences | None = getattr(entry, "over_best_llm_free", None)
    return [
        f"{entry.documents:.0f}",
        f"{100 * entry.macro_f1:.1f}",
        _points(gain.macro_f1 if gain else None),
        f"{100 * entry.micro_f1:.1f}",
        _points(gain.micro_f1 if gain else None),
        _points(over.macro_f1 if over else None),
        getattr(entry, "verdict", ""),
    ]


def _points(found: Interval | None) -> str:
    """``+3.5 [+1.2, +5.6]``, in points."""
    if found is None:
        return ""
    mean, low, high = (100 * x for x in (found.mean, found.low, found.high))
    return f"{mean:+.1f} [{low:+.1f}, {high:+.1f}]"


def _evaluate(gold: Path, predicted: Path, json: File) -> None:
    from augment.measure.evaluate import evaluate
    from augment.store import write_json

    if json:
        check_target(json, gold, predicted)
    result: Evaluation = evaluate(read_documents(gold), read_documents(predicted))
    if json:
        write_json(json, result.model_dump(mode="json"))
    from rich.table import Table

    table = Table("type", "precision", "recall", "F1", "gold")
    for kind, got in result.per_type.items():
        shares = (f"{100 * x:.1f}" for x in (got.precision, got.recall, got.f1))
        table.add_row(kind, *shares, str(got.support))
    out.print(table)
    macro = "–" if result.macro_f1 is None else f"{100 * result.macro_f1:.1f}"
    out.print(
        f"macro-F1 {macro}, micro-F1 {100 * result.micro_f1:.1f} "
        f"(precision {100 * result.precision:.1f}, recall {100 * result.recall:.1f}) "
        f"over {result.documents} documents"
    )
    for what, ids in (("without prediction", result.missing), ("without gold", result.unknown)):
        if ids:
            more = ", …" if len(ids) > 5 else ""
            warn(f"{counted(len(ids), 'document')} {what}: {', '.join(ids[:5])}{more}")
