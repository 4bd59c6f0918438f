"""`augment replicate make|run|merge`: an experiment in a file, run by others, put together."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from augment.cli.common import (
    check_target,
    counted,
    name_and_path,
    out,
    read_documents,
    sizes,
    track,
    warn,
)
from augment.cli.given import (
    additions_of,
    costs_of,
    masks_of,
    processes,
    recipes_of,
    settings_of,
)
from augment.cli.measured import show
from augment.cli.options import (
    SIZES,
    Add,
    Choose,
    Cost,
    Folds,
    GoldCost,
    GoldSizes,
    Mask,
    Seeds,
    Test,
)
from augment.cli.place import path_or_url

if TYPE_CHECKING:
    from augment.pipeline.replicate import Source

app = typer.Typer(
    help="Freeze an experiment in a file that others run on their machines, and put the results "
    "together.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)

File = Path | None
Role = Literal["train", "test"]
Names = list[str] | None
Bundle = Annotated[Path, typer.Argument(metavar="BUNDLE", help="What `replicate make` wrote.")]


@app.command()
def make(
    train: Annotated[Path, typer.Option(parser=path_or_url, help="Gold training documents.")],
    path: Annotated[Path, typer.Option("--out", help="Bundle to write, a zip file.")],
    test: Test = None,
    folds: Folds = None,
    add: Add = None,
    guide: Annotated[
        str | None, typer.Option("--guide", "-g", help="Name or folder of a guide; it goes in.")
    ] = None,
    student: Annotated[
        Names,
        typer.Option(help="As in `augment measure`; it need not run here. Default: linear."),
    ] = None,
    gold_sizes: GoldSizes = SIZES,
    seeds: Seeds = 5,
    mask: Mask = None,
    choose: Choose = None,
    gold_cost: GoldCost = None,
    cost: Cost = None,
    with_corpora: Annotated[
        bool, typer.Option("--with-corpora", help="Put the gold in too; else only its hash.")
    ] = False,
    by_hash: Annotated[
        Names, typer.Option(help="NAME of an addition of which only the hash goes in.")
    ] = None,
    rights: Annotated[
        File, typer.Option(help="Your own statement of licences; see docs/privacy.md.")
    ] = None,
) -> None:
    """Write an experiment as a bundle: the documents by hash, additions, guide, settings, versions.

    The gold stays here unless --with-corpora. What may not be passed on is never put in. The same
    input gives the same bytes.
    """
    from augment.errors import UsageError
    from augment.guide.model import folder
    from augment.pipeline import replicate
    from augment.rights import load_rights

    if test and folds:
        raise UsageError("--test and --folds exclude each other", hint="leave one out")
    check_target(path, train, *filter(None, [test]), *(name_and_path(a)[1] for a in add or []))
    place = folder(guide) if guide else None
    table = load_rights(rights)
    given = {
        "folds": None if test else folds or 5,
        "gold_sizes": sizes(gold_sizes),
        "seeds": seeds,
        **masks_of(mask or []),
        "students": _known(student or ["linear"]),
        "choose": recipes_of(choose or []),
        "gold_cost": gold_cost,
        "costs": costs_of(cost or []),
    }
    settings = settings_of(given)
    sources = _corpora({"train": train, "test": test}, with_corpora)
    sources += _added(add or [], by_hash or [])
    made = replicate.make(sources, settings, guide=place, rights=table, path=path)
    for part in made.parts:
        where = "in the bundle" if part.inside else f"by hash, {part.sha256[:12]}…"
        out.print(f"{part}: {counted(part.documents, 'document')}, {where}", markup=False)
    out.print(f"bundle {made.id[:12]}: {path}", markup=False, soft_wrap=True)


@app.command()
def run(
    bundle: Bundle,
    path: Annotated[
        Path, typer.Option("--out", help="Result to write; FILE.work keeps what is done.")
    ],
    corpora: Annotated[
        list[Path] | None,
        typer.Option(help="File or folder that holds documents of the bundle; repeat for several."),
    ] = None,
    student: Annotated[
        Names,
        typer.Option(help="In place of the bundle's, as transformer:FOLDER; repeat for several."),
    ] = None,
    jobs: Annotated[
        int | None,
        typer.Option(min=1, help="Processes; default: all cores, 1 for encoders on a GPU."),
    ] = None,
) -> None:
    """Run a bundle: find its documents by hash, measure, write scores, versions and machine.

    Interrupted, it goes on where it was when it is started again with the same --out.
    """
    from augment.pipeline import replicate
    from augment.store import write_json

    found = replicate.opened(bundle)
    check_target(path, bundle, *(corpora or []))
    changed = {"students": _known(student)} if student else {}
    settings = replicate.settings_of(found.bundle, **changed)
    settings = settings.model_copy(update={"jobs": jobs or processes(settings.students)})
    for line in replicate.differences(found.bundle):
        warn(line)
    parts = replicate.gather(found, corpora or [])
    work = path.with_name(f"{path.name}.work")
    result = replicate.run(found, parts, settings, work=work, track=track)
    write_json(path, result.model_dump(mode="json"))
    show(result.result)
    out.print(f"{result.machine}: {path}", markup=False, soft_wrap=True)
    if result.result.dirty:
        raise typer.Exit(1)


@app.command()
def merge(
    bundle: Bundle,
    results: Annotated[list[Path], typer.Argument(metavar="RESULT", help="What came back.")],
    path: Annotated[
        Path, typer.Option("--out", help="File of all results; those it holds already stay.")
    ],
    table: Annotated[
        File, typer.Option(help="Markdown page: the table goes between the bundle's marks in it.")
    ] = None,
) -> None:
    """Put the results of a bundle together, with machine and date.

    A result that is damaged, edited or of another bundle is refused; one given twice counts once.
    """
    from augment.errors import UsageError
    from augment.pipeline import replicate
    from augment.store import write_json

    check_target(path, bundle, *results, *filter(None, [table]))
    if table:
        check_target(table, bundle, *results)
    head = replicate.opened(bundle).bundle
    files = [*([path] if path.exists() else []), *results]
    merged = replicate.merge(head, [row for file in files for row in replicate.load(file, head)])
    if not merged.results:
        raise UsageError("no result", hint="give what `replicate run` wrote")
    write_json(path, merged.model_dump(mode="json"))
    if table:
        replicate.put(table, merged)
    out.print(f"bundle {head.id[:12]}: {counted(len(merged.results), 'result')}", markup=False)


def _known(students: list[str]) -> tuple[str, ...]:
    """The names, checked; a student whose extra is not installed is one too. Raises UnknownName."""
    from contextlib import suppress

    from augment.errors import MissingExtra
    from augment.registry import resolve

    for name in students:
        with suppress(MissingExtra):
            resolve("student", name)
    return tuple(students)


def _corpora(paths: dict[Role, File], inside: bool) -> list[Source]:
    from augment.pipeline.replicate import Source
    from augment.store import digest

    return [
        Source(role, read_documents(path), digest=digest(path), inside=inside)
        for role, path in paths.items()
        if path
    ]


def _added(given: list[str], by_hash: list[str]) -> list[Source]:
    """Every batch of every addition. Raises UsageError as `measure` does."""
    from augment.errors import UsageError
    from augment.pipeline.replicate import Source

    found = additions_of(given)
    for name in by_hash:
        if name not in found:
            raise UsageError(f"--by-hash {name}: no addition of that name", hint="as in --add")
    return [
        Source("addition", documents, name=name, inside=name not in by_hash)
        for name, batches in found.items()
        for documents in batches
    ]
