"""`augment review accept|agree|order`: what follows from documents that came back.

$ augment review accept reviewed.jsonl --target-error 5%
go on: 2.1 % of 240 relations wrong (0.9–4.8), target 5 % at 95 %; review about 12 more
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from augment.cli.common import (
    check_target,
    counted,
    emit,
    name_and_path,
    out,
    read_documents,
    say_left_out,
)
from augment.errors import UsageError

if TYPE_CHECKING:
    from augment.review.agreement import Figure
    from augment.review.rates import Rate
    from augment.schema import Document, Record


def share(written: str) -> float:
    """``5%`` or ``0.05`` as 0.05. Raises UsageError if it is neither, or not from 0 to 1."""
    number = written.strip().removesuffix("%").strip()
    try:
        value = float(number.replace(",", "."))
    except ValueError:
        raise UsageError(f"{written!r} is not a share", hint="write 5% or 0.05") from None
    value = value / 100 if written.strip().endswith("%") else value
    if not 0 <= value <= 1:
        raise UsageError(f"{written!r} is no share from 0 to 1", hint="write 5% or 0.05")
    return value


Reviewed = Annotated[list[Path], typer.Argument(help="Reviewed documents; several files count.")]
Json = Annotated[bool, typer.Option("--json", help="Machine-readable output.")]


def accept(
    reviewed: Reviewed,
    target: Annotated[str, typer.Option("--target-error", help="Errors allowed: 5% or 0.05.")],
    confidence: Annotated[str, typer.Option(help="How sure to be: 95% or 0.95.")] = "95%",
    unit: Annotated[
        Literal["relation", "sample"], typer.Option(help="What an error is counted of.")
    ] = "relation",
    batch: Annotated[
        int | None, typer.Option("--of", min=1, help="Documents in the batch, else it is large.")
    ] = None,
    json: Json = False,
) -> None:
    """Say whether a batch passes, from the documents of it that were reviewed, rejected ones too.

    Figures are weighted as the documents were drawn, so that they are those of the whole batch.
    """
    from augment.review.accept import judge
    from augment.review.cost import cost

    documents = read(reviewed)
    asked = {"target": share(target), "confidence": share(confidence)}
    told = judge(documents, **asked, unit=unit, batch=batch)
    spent = cost(documents)
    if json:
        emit(told.model_dump(mode="json") | {"cost": spent.model_dump() if spent else None})
        return
    aimed = f"target {100 * told.target:g} % at {100 * told.confidence:g} %"
    whole = f", {told.reviewed} of {counted(batch, 'document')} reviewed" if batch else ""
    say(f"{told.decision}: {aimed}, by {told.unit}{whole}")
    say(f"relations wrong    {rate(told.relations)}")
    say(f"relations missing  {rate(told.missing)}")
    say(f"samples changed    {rate(told.samples)}")
    if told.more is not None:
        say(f"review about {counted(told.more, 'more document')} if the rate stays as it is")
    elif told.decision == "go on":
        rule = f"{counted(told.zero_failures, 'document')} without an error would pass"
        seen = told.samples if told.unit == "sample" else told.relations
        why = "nothing seen" if seen.share is None else "the rate seen is not under the target"
        say(f"{why}; {rule}")
    for kind, own in told.types.items():
        if own.wrong.wrong or own.missing.wrong:
            say(f"  {kind}: wrong {rate(own.wrong)}, missing {rate(own.missing)}")
    for reason, number in list(told.reasons.items())[:10]:
        say(f"  {number} × {reason}")
    if spent:
        each = f", {spent.per_correction:.1f} a correction" if spent.per_correction else ""
        say(f"{spent.minutes:.0f} minutes, {spent.per_sample:.1f} a document{each}")


def agree(
    annotators: Annotated[list[str], typer.Argument(metavar="NAME=FILE…", help="Two or more.")],
    guide: Annotated[str, typer.Option("--guide", "-g", help="Name or folder of the guide.")],
    target: Annotated[
        Path | None, typer.Option("--out", "-o", help="What is to be decided, JSONL.")
    ] = None,
    united: Annotated[
        Path | None,
        typer.Option(help="Documents in dispute with all that was said, for `push --decide`."),
    ] = None,
    json: Json = False,
) -> None:
    """Show how far annotators agree, the LLM's own file being one of them."""
    from augment.guide import load
    from augment.review.agreement import agreement
    from augment.store import write_lines

    files = {name: path for name, path, _ in map(name_and_path, annotators)}
    if len(files) < 2 or len(files) < len(annotators):
        raise UsageError("two or more annotators of different names are needed: ana=a.jsonl …")
    targets = [path for path in (target, united) if path]
    for number, path in enumerate(targets):
        check_target(path, *files.values(), *targets[:number])
    found = agreement({n: read_documents(p) for n, p in files.items()}, guide=load(guide))
    if target:
        write_lines(target, found.disputes)
    if united:
        write_lines(united, found.united)
    if json:
        emit(found.model_dump(mode="json", exclude={"disputes", "united"}))
        return
    relations = [dispute.kind for dispute in found.disputes].count("relation")
    mentions = counted(len(found.disputes) - relations, "mention")
    both = f"{counted(relations, 'relation')} and {mentions} to decide"
    say(f"{counted(found.documents, 'document')}, {both}")
    for name, whole in (("all", found.whole), *found.pairs.items()):
        say(f"{name}: {_figures(whole)}")
    for kind, own in (*found.types.items(), *found.entity_types.items()):
        say(f"  {kind}: {_figures(own)}")


def _figures(own: Record) -> str:
    return ", ".join(f"{what} {figure(getattr(own, what))}" for what in type(own).model_fields)


def order(
    batch: Annotated[Path, typer.Argument(help="Documents still to review.")],
    target: Annotated[Path, typer.Option("--out", "-o", help="The same, the best first, JSONL.")],
    reviewed: Annotated[
        list[Path] | None, typer.Option(help="What was reviewed of this kind, for the rates.")
    ] = None,
    scores: Annotated[Path | None, typer.Option(help="JSON file with F1 (0–1) by type.")] = None,
    json: Json = False,
) -> None:
    """Put documents in order of what a minute of review should gain: errors by type, and time."""
    from augment.cli.plan import type_scores
    from augment.review.cost import ranked
    from augment.store import write_lines

    check_target(target, batch, *(reviewed or ()))
    values = {kind: 1 - f1 for kind, f1 in type_scores(scores).items()} if scores else None
    rows = ranked(read_documents(batch), reviewed=read(reviewed or []), values=values)
    write_lines(target, [row.document for row in rows])
    minutes = sum(row.minutes for row in rows)
    if json:
        told = [{"id": r.document.id, "gain": r.gain, "minutes": r.minutes} for r in rows]
        emit({"documents": len(rows), "minutes": minutes, "order": told})
        return
    say(f"{counted(len(rows), 'document')} → {target}, about {minutes:.0f} minutes in all")


def read(paths: list[Path], *, blind: bool = False) -> list[Document]:
    """The documents of several files, all reviews of each: of `pull --all` there are several."""
    from augment.read import another_review, read_all

    found = []
    for path in paths:
        documents, drops = read_all(path, blind=blind)
        more = {i: one for i, drop in enumerate(drops) if (one := another_review(drop))}
        left = [drop for i, drop in enumerate(drops) if i not in more]
        say_left_out(path, left[:1], len(documents), len(left))
        found += [*documents, *more.values()]
    return found


def say(line: str) -> None:
    """Print a line as it is."""
    out.print(line, markup=False, soft_wrap=True)


def rate(own: Rate) -> str:
    """``2.1 % (0.9–4.8), 5 of 240``."""
    if own.share is None:
        return "– (nothing seen)"
    low, high = 100 * own.low, 100 * own.high
    return f"{100 * own.share:.1f} % ({low:.1f}–{high:.1f}), {own.wrong:g} of {own.seen:g}"


def figure(own: Figure) -> str:
    """``0.71 (0.58–0.83)``."""
    if own.value is None or own.low is None or own.high is None:
        return "–"
    return f"{own.value:.2f} ({own.low:.2f}–{own.high:.2f})"
