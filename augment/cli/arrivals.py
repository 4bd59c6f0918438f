"""`augment review pull|watch`: what people said, fetched once or as it comes.

$ augment review watch --project "lot 1" --out reviewed.jsonl
3 new, 37 left: 3 documents → reviewed.jsonl
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from augment.cli.common import check_target, counted, emit, out, warn
from augment.cli.review import LOCAL, Json, PolicyFile, ProjectName, Url, show
from augment.reasons import Reason

if TYPE_CHECKING:
    from augment.pipeline.arrivals import Files, Written
    from augment.review.pull import Pulled

SHOWN = 5
"""How many annotations that cannot be read are named."""
Target = Annotated[Path, typer.Option("--out", "-o", help="Reviewed documents, JSONL.")]
Rejected = Annotated[Path | None, typer.Option(help="File for rejected documents.")]
All = Annotated[
    Path | None, typer.Option("--all", help="File for every annotation, whatever its verdict.")
]
Annotator = Annotated[
    str | None, typer.Option(help="Of several annotations of a task take this person's.")
]
GuideName = Annotated[
    str | None, typer.Option("--guide", "-g", help="Refuse types that this guide has not.")
]


def pull(
    project: ProjectName,
    target: Target,
    rejected: Rejected = None,
    all: All = None,
    annotator: Annotator = None,
    guide: GuideName = None,
    url: Url = LOCAL,
    policy: PolicyFile = None,
    json: Json = False,
) -> None:
    """Fetch what people said: one document a task, of several annotations the latest.

    What cannot be read, or was skipped, is in OUT.dropped.jsonl with a reason; what `hide` put
    traps into is in OUT.blind.jsonl, for `unhide`.
    """
    from augment.errors import UnknownName
    from augment.pipeline import review
    from augment.pipeline.arrivals import write

    files = _files(target, rejected, all)
    pulled = review.pull(url, project, guide=guide, policy=policy)
    people = sorted({said.review.reviewer or "" for said in pulled.said})
    if annotator and people and annotator not in people:
        raise UnknownName(f"--annotator {annotator}: said nothing; there are: {', '.join(people)}")
    written = write(pulled, files, annotator)
    if json:
        counts = {"written": written.kept, "blind": written.blind, "drafts": pulled.drafts}
        emit(pulled.counts() | counts)
        return
    show(pulled, f"{counted(written.kept, 'document')} → {target}")
    _say_aside(pulled, written, files)


def watch(
    project: ProjectName,
    target: Target,
    rejected: Rejected = None,
    all: All = None,
    annotator: Annotator = None,
    guide: GuideName = None,
    every: Annotated[float, typer.Option(min=0.1, help="Seconds between two looks.")] = 30,
    until: Annotated[
        int | None, typer.Option(min=1, help="End when this many tasks are done, else with all.")
    ] = None,
    give_up: Annotated[
        float, typer.Option(min=0, help="Seconds without an answer after which it ends.")
    ] = 3600,
    url: Url = LOCAL,
    policy: PolicyFile = None,
) -> None:
    """Do what `pull` does whenever something new was said, until all tasks are done.

    The files are always those that `pull` would write; ended at any moment, the same call goes on.
    """
    from augment.pipeline import review
    from augment.pipeline.arrivals import Waiting, write
    from augment.pipeline.arrivals import watch as batches

    files = _files(target, rejected, all)
    fetch = partial(review.pull, url, project, guide=guide, policy=policy)
    waiting = Waiting(every=every, give_up=give_up, until=until)
    for batch in batches(fetch, waiting, warn):
        written = write(batch.pulled, files, annotator)
        line = f"{batch.new} new, {batch.left} left: {counted(written.kept, 'document')} → {target}"
        out.print(line, markup=False, soft_wrap=True)
    show(batch.pulled, f"{batch.pulled.done} of {counted(batch.pulled.tasks, 'task')} done")
    _say_aside(batch.pulled, written, files)


def _files(target: Path, rejected: Path | None, all: Path | None) -> Files:
    """Where things go. Raises PathError if one cannot be written, or is named twice."""
    from augment.pipeline.arrivals import Files

    files = Files(out=target, rejected=rejected, all=all)
    targets = [path for path in (target, files.drops, files.blind, rejected, all) if path]
    for number, path in enumerate(targets):
        check_target(path, *targets[:number])
    return files


def _say_aside(pulled: Pulled, written: Written, files: Files) -> None:
    if pulled.drops:
        warn(f"{counted(len(pulled.drops), 'annotation')} not usable, see {files.drops}")
        unread = [drop for drop in pulled.drops if drop.reason != Reason.SKIPPED]
        for drop in unread[:SHOWN]:
            warn(f"{drop.id}: {drop.detail}")
    if written.blind:
        aside = f"{counted(written.blind, 'document')} of a blind batch set aside"
        warn(f"{aside}: `augment review unhide {files.blind}` takes the traps out")
