"""`augment review html`: samples on one page, to skim them without a Label Studio.

$ augment review html accepted.jsonl --guide sample --out page.html
47 samples → page.html
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from augment.cli.common import check_target, counted, emit, out, read_documents, warn
from augment.cli.review import GuideName, Json, Number, Seed, Select, StudentFolder


def html(
    documents: Annotated[Path, typer.Argument(help="Documents to skim.")],
    guide: GuideName,
    target: Annotated[Path, typer.Option("--out", "-o", help="The page.")],
    select: Select = None,
    student: StudentFolder = None,
    number: Number = 100,
    seed: Seed = 0,
    json: Json = False,
) -> None:
    """Write a page to skim samples in a browser: self-contained, filters, search, keyboard.

    Documents whose rights forbid showing them on another machine stay out.
    """
    from augment.guide.model import load
    from augment.pipeline.picked import Picking
    from augment.pipeline.skim import skim
    from augment.store import writing

    check_target(target, documents)
    known = load(guide)
    found = read_documents(documents)
    picking = Picking(by=select, number=number, seed=seed, student=student)
    made = skim(found, picking, known, title=documents.stem)
    with writing(target) as file:
        file.write(made.html)
    if json:
        emit(made.model_dump(exclude={"html"}))
        return
    out.print(f"{counted(made.shown, 'sample')} → {target}", markup=False, soft_wrap=True)
    if made.left:
        left = counted(made.left, "document")
        warn(f"{left} not shown: their rights forbid showing their text on another machine")
