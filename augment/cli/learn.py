"""`augment review feedback|apply`: what corrections teach.

$ augment review feedback reviewed.jsonl --guide mine --out proposals.yaml
relations.IS_LOCATED_IN: 12 by the LLM, 1 by people, 2 disputed (removed 7, …)
"""

from __future__ import annotations

from pathlib import Path
from textwrap import shorten
from typing import TYPE_CHECKING, Annotated

import typer

from augment.cli.common import check_target, counted, emit
from augment.cli.reviewed import Json, Reviewed, read, say

if TYPE_CHECKING:
    from augment.guide import Guide
    from augment.guide.feedback import Source
    from augment.review.feedback import Broken
    from augment.schema import Document

SHOWN = 2
"""Corrected sentences that are printed of a section, and disputed ones."""
GuideName = Annotated[str, typer.Option("--guide", "-g", help="Name or folder of the guide.")]


def feedback(
    reviewed: Reviewed,
    guide: GuideName,
    target: Annotated[
        Path | None, typer.Option("--out", "-o", help="Proposals to edit and apply, YAML.")
    ] = None,
    json: Json = False,
) -> None:
    """Show what reviewers corrected by section of the guide, and propose edits of it."""
    from augment.guide import load
    from augment.review.edits import save
    from augment.review.feedback import feedback as sections
    from augment.review.proposals import propose
    from augment.validate.stage import inspect

    if target:
        check_target(target, *reviewed)
    known, files = load(guide), {path: read([path]) for path in reviewed}
    documents = [document for found in files.values() for document in found]
    stands = [d for d in documents if d.meta.review and d.meta.review.verdict != "reject"]
    left = [finding for document in stands for finding in inspect(document, known)]
    broken = sections(documents, guide=known, findings={"people": left})
    if target:
        proposed = propose(broken, known, map(_source, files, files.values()))
        save(proposed, target)
    if json:
        emit([section.model_dump(mode="json") for section in broken])
        return
    for section in broken:
        _show(section, known)
    if target:
        number = counted(len(proposed.proposals), "proposal")
        say(f"{number} → {target}: set « take: true » where you agree, then `augment review apply`")


def _source(path: Path, documents: list[Document]) -> Source:
    """A reviewed file by its content."""
    from augment.guide.feedback import Source
    from augment.store import digest

    said = [d.meta.review for d in documents if d.meta.review]
    number = sum(len(review.changes) for review in said)
    return Source(name=path.name, sha256=digest(path), documents=len(said), corrections=number)


def _show(section: Broken, guide: Guide) -> None:
    """A section: who got it wrong how often, what the guide says, and a few sentences."""
    from augment.guide.show import readable

    found = ", ".join(
        f"{name} {number}" for name, number in (section.actions | section.paragraphs).items()
    )
    disputed = f", {section.disputed} disputed" if section.disputed else ""
    counts = f"{section.llm} by the LLM, {section.people} by people{disputed}"
    say(f"{section.place}: {counts}" + (f" ({found})" if found else ""))
    kind = section.place.partition(".")[2]
    known = guide.relations.get(kind) or guide.entities.get(kind)
    if known and known.definition:
        say(f"    guide: {shorten(known.definition, 200, placeholder=' …')}")
    for what, cases in (("", section.cases), ("disputed, ", section.disputes)):
        for case in cases[:SHOWN]:
            said = f"{what}{case.document}: {case.action} {' → '.join(map(str, case.what))}"
            if case.was:
                said += f", it was {case.was}"
            ends = [end for end in (case.head, case.tail) if end is not None]
            text = readable(case.example.text, ends) if case.example else ""
            say(f"    {said}" + (f": {text}" if text else ""))


def apply(
    proposals: Annotated[Path, typer.Argument(help="The file, edited.")],
    guide: GuideName,
    target: Annotated[
        Path | None, typer.Option("--out", "-o", help="Folder of the new guide; else only shown.")
    ] = None,
) -> None:
    """Show what the proposals taken change in the guide, and write it as its next version.

    The new guide.yaml has no comments; its `feedback` says what was taken and from which files.
    """
    from datetime import date

    from augment.errors import PathError
    from augment.guide import load
    from augment.guide.write import write
    from augment.review.edits import read as read_proposals
    from augment.review.proposals import apply as applied
    from augment.review.proposals import changes

    if target:
        if (target / "guide.yaml").exists():
            raise PathError(f"{target}: has a guide already", hint="choose another --out")
        check_target(target, proposals, folder=True)
    before = load(guide)
    after = applied(before, read_proposals(proposals), date=date.today())
    for line in changes(before, after):
        say(line)
    if after is before:
        say("nothing is taken: set « take: true » in the file")
    elif target:
        say(f"version {after.version} → {write(after, target)}")
