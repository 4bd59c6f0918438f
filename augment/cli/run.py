"""`augment run`: the whole pipeline on one corpus, from a configuration file or from options."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from augment.cli.common import emit, name_and_path, out, sizes, track, warn

File = Path | None
Names = list[str] | None


def run(
    config: Annotated[
        str | None,
        typer.Argument(
            help="Configuration in YAML; `sample` for the corpus that ships with augment."
        ),
    ] = None,
    corpus: Annotated[File, typer.Option(help="Gold documents, file or folder.")] = None,
    test: Annotated[
        File, typer.Option(help="Gold test documents; without them a part is held out.")
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
    student: Annotated[
        str | None, typer.Option(help="linear or rules; the student that is trained.")
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
    }
    path = _configuration(config)
    settings = load(path, overrides)
    stem = "sample" if config == "sample" else (path or settings.corpus).stem
    place = run_folder(settings, stem)
    manifest = run_pipeline(settings, place, track=track)
    if json:
        emit(manifest)
    else:
        _show(manifest, settings.demonstration)
        out.print(f"report: {place / 'report.html'}", markup=False, soft_wrap=True)
    if manifest["candidates"] and not manifest["accepted"]:
        warn(f"nothing was accepted: {place / 'dropped.jsonl'} says why")
    if manifest["dirty"] or (settings.strict and manifest["dropped"]):
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


def _show(manifest: dict[str, Any], demonstration: bool) -> None:
    from rich.table import Table

    table = Table("stage", "kept", "dropped", "reasons")
    for name, stage in manifest["stages"].items():
        reasons = ", ".join(f"{reason} {n}" for reason, n in stage["dropped"].items())
        table.add_row(name, str(stage["kept"]), str(sum(stage["dropped"].values())), reasons)
    out.print(table)
    out.print(f"accepted: {manifest['accepted']} of {manifest['candidates']} candidates")
    if demonstration:
        out.print("DEMONSTRATION: small sample, not evidence", style="bold")
    for line in manifest["gains"]:
        out.print(line, markup=False, soft_wrap=True)
    for row in manifest["dirty"]:
        warn(f"dirty: {row['id']} ({row['arm']}) gives {row['test_id']} away: {row['reason']}")
