"""`augment review push|status|config`: documents to a Label Studio, and how far it is.

$ augment review push accepted.jsonl --guide sample --url http://127.0.0.1:8080
40 tasks in project 3 (accepted, correct): 40 new, 0 there before
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from augment.cli.common import counted, emit, err, out, read_documents, warn

if TYPE_CHECKING:
    from augment.review.pull import Pulled

app = typer.Typer(
    help="Have people review documents in Label Studio.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)

LOCAL = "http://127.0.0.1:8080"
GuideName = Annotated[str, typer.Option("--guide", "-g", help="Name or folder of the guide.")]
Task = Annotated[
    Literal["correct", "triage"],
    typer.Option(help="correct: edit spans and relations; triage: tick what is wrong."),
]
Url = Annotated[str, typer.Option(envvar="LABEL_STUDIO_URL", help="Address of the Label Studio.")]
ProjectName = Annotated[str, typer.Option("--project", help="Number or title of the project.")]
PolicyFile = Annotated[
    Path | None, typer.Option("--policy", help="What may leave, beside the machine's policy.")
]
Select = Annotated[
    Literal["random", "uncertain", "rare", "violations"] | None,
    typer.Option(help="Take --number documents only, drawn with known probabilities."),
]
StudentFolder = Annotated[
    Path | None,
    typer.Option("--student", help="Model folder: how sure it is, is the score of each document."),
]
Number = Annotated[int, typer.Option(min=1, help="How many to select.")]
Seed = Annotated[int, typer.Option(help="Seed of the selection.")]
Json = Annotated[bool, typer.Option("--json", help="Machine-readable output.")]


@app.command()
def push(
    documents: Annotated[Path, typer.Argument(help="Documents to review.")],
    guide: GuideName,
    project: Annotated[
        str | None, typer.Option(help="Number or title; a new title makes a new project.")
    ] = None,
    task: Task = "correct",
    select: Select = None,
    student: StudentFolder = None,
    number: Number = 100,
    seed: Seed = 0,
    decide: Annotated[
        Path | None, typer.Option(help="What is to be decided, `agree --out`: push only that.")
    ] = None,
    url: Url = LOCAL,
    policy: PolicyFile = None,
    json: Json = False,
) -> None:
    """Push documents as tasks, their annotations as predictions; pushed twice, they are there once.

    The token is read from LABEL_STUDIO_API_KEY.
    """
    from rich.progress import Progress

    from augment.pipeline import review

    found = read_documents(documents, blind=True)
    sending = review.Sending(
        corpus=documents,
        guide=guide,
        url=url,
        policy=policy,
        project=project,
        task=task,
        by=select,
        number=number,
        seed=seed,
        student=student,
        decide=decide,
    )
    total = min(number, len(found)) if select else len(found)
    with Progress(console=err, disable=not err.is_terminal, transient=True) as bar:
        line = bar.add_task("Pushing", total=total)
        sent = review.push(found, sending, lambda tasks: bar.advance(line, tasks))
    if json:
        emit(sent.model_dump(mode="json", exclude={"kept_back"}) | {"left": len(sent.kept_back)})
        return
    made = sent.arrived
    out.print(
        f"{counted(made.tasks, 'task')} in project {sent.project} ({sent.title}): "
        f"{made.new} new, {made.known} there before",
        markup=False,
        soft_wrap=True,
    )
    if made.differing:
        ids = ", ".join(made.differing[:3])
        there = f"{counted(len(made.differing), 'task')} there with other annotations"
        warn(f"{there}, weight or reason to look, left as they are: {ids}")
    if sent.kept_back:
        left = counted(len(sent.kept_back), "document")
        warn(f"{left} not pushed: {sent.kept_back[0].detail}")


@app.command()
def status(
    project: ProjectName, url: Url = LOCAL, policy: PolicyFile = None, json: Json = False
) -> None:
    """Show how far a project is: verdicts, reviewers and their minutes."""
    from augment.pipeline import review
    from augment.review.status import status as counts_of

    pulled = review.pull(url, project, policy=policy)
    found = counts_of(pulled)
    if json:
        emit(found.model_dump(mode="json"))
        return
    show(pulled, f"{found.annotated} of {counted(found.tasks, 'task')}, {found.minutes} minutes")
    for name, share in found.people.items():
        done = counted(share.annotations, "annotation")
        out.print(f"{name}: {done}, {share.minutes} minutes", markup=False, soft_wrap=True)


@app.command("config")
def config_(
    guide: GuideName,
    task: Task = "correct",
    types: Annotated[
        str | None, typer.Option(metavar="TYPE,…", help="Ask for these relation types only.")
    ] = None,
) -> None:
    """Print the labelling configuration of a guide, in XML."""
    from augment.errors import UnknownName
    from augment.guide.model import load
    from augment.labelstudio import config

    known = load(guide)
    asked = types.split(",") if types else None
    for name in asked or ():
        if name not in known.relations:
            there = ", ".join(known.relations)
            raise UnknownName(f"--types: {guide} has no relation {name!r}; there are: {there}")
    typer.echo(config(known, task=task, types=asked))


def show(pulled: Pulled, first: str) -> None:
    """A first line, then counts by verdict, then what is not submitted."""
    counts = pulled.counts()
    verdicts = ", ".join(f"{counts[n]} {n}" for n in ("accepted", "corrected", "rejected"))
    more = f", {counts['dropped']} dropped" if counts["dropped"] else ""
    out.print(first, markup=False, soft_wrap=True)
    out.print(f"{counted(counts['annotations'], 'annotation')}: {verdicts}{more}", markup=False)
    if pulled.drafts:
        warn(f"{counted(pulled.drafts, 'task')} with work that is not submitted")
