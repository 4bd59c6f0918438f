"""`augment review hide|unhide|noise`: do reviewers believe what they are shown, and is gold right.

$ augment review unhide reviewed.jsonl.blind.jsonl --guide mine --key key.json … --out clean.jsonl
100 documents → clean.jsonl, 4 rejected
traps found  70.0 % (39.7–89.2), 7 of 10
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from augment.cli.common import check_target, counted, emit, out, read_documents
from augment.cli.reviewed import Json, Reviewed, figure, rate, read, say, share

if TYPE_CHECKING:
    from augment.pipeline.blind import Key

GuideName = Annotated[str, typer.Option("--guide", "-g", help="Name or folder of the guide.")]
KeyFile = Annotated[Path, typer.Option("--key", help="File of what is hidden: not for reviewers.")]


def hide(
    batch: Annotated[Path, typer.Argument(help="Documents to review.")],
    guide: GuideName,
    target: Annotated[Path, typer.Option("--out", "-o", help="Documents to push, JSONL.")],
    key: KeyFile,
    traps: Annotated[str, typer.Option(help="Share of documents with a wrong label.")] = "10%",
    gold: Annotated[Path | None, typer.Option(help="Gold to mix in.")] = None,
    number: Annotated[int, typer.Option(min=0, help="How many of the gold.")] = 20,
    seed: Annotated[int, typer.Option(help="Seed.")] = 0,
) -> None:
    """Put wrong labels into a share of the documents, and gold among them; both are in the key."""
    from augment.guide import load
    from augment.pipeline.blind import hide as hidden
    from augment.store import write_json, write_lines

    check_target(target, batch, *filter(None, [gold]))
    check_target(key, batch, target, *filter(None, [gold]))
    known = read_documents(gold) if gold else []
    shown, made = hidden(
        read_documents(batch),
        guide=load(guide),
        traps=share(traps),
        gold=known,
        number=number if gold else 0,
        seed=seed,
    )
    write_lines(target, shown)
    write_json(key, made.model_dump(mode="json"))
    say(f"{counted(len(shown), 'document')} → {target}, {len(made.traps)} with a trap")
    if gold:
        say(f"{counted(len(made.gold), 'gold document')} among them")


def unhide(
    reviewed: Reviewed,
    guide: GuideName,
    key: KeyFile,
    batch: Annotated[Path, typer.Option(help="The documents as they were before `hide`.")],
    target: Annotated[Path, typer.Option("--out", "-o", help="Without traps and gold, JSONL.")],
    gold: Annotated[Path | None, typer.Option(help="File for the reviewed gold.")] = None,
    rejected: Annotated[Path | None, typer.Option(help="File for rejected documents.")] = None,
    json: Json = False,
) -> None:
    """Take the hidden out of what came back; show how many traps were found.

    REVIEWED is what `pull` sets aside: OUT.blind.jsonl.
    """
    from augment.guide import load
    from augment.pipeline.blind import unhide as taken_out
    from augment.store import write_lines

    targets = [path for path in (target, gold, rejected) if path]
    for number, path in enumerate(targets):
        check_target(path, batch, key, *targets[:number], *reviewed)
    hidden = _key(key)
    said = read(reviewed, blind=True)
    found = taken_out(said, hidden, batch=read_documents(batch), guide=load(guide))
    write_lines(target, found.documents)
    if gold:
        write_lines(gold, found.gold)
    if rejected:
        write_lines(rejected, found.rejected)
    if json:
        counts = {"documents": len(found.documents), "rejected": len(found.rejected)}
        traps = found.caught.model_dump(mode="json")
        emit(counts | {"gold": len(found.gold), "traps": traps})
        return
    say(f"{counted(len(found.documents), 'document')} → {target}, {len(found.rejected)} rejected")
    say(f"traps found  {rate(found.caught.found)}")
    for kind, own in found.caught.kinds.items():
        say(f"  {kind}: {rate(own)}")


def _key(path: Path) -> Key:
    from pydantic import ValidationError

    from augment.errors import PathError
    from augment.pipeline.blind import Key

    try:
        return Key.model_validate_json(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise PathError(f"{path}: cannot read: {error.strerror or error}") from error
    except (ValidationError, UnicodeDecodeError) as error:
        raise PathError(f"{path}: not a key of `augment review hide`") from error


def noise(
    reviewed: Annotated[Path, typer.Argument(help="Gold as reviewed: `unhide --gold`.")],
    gold: Annotated[Path, typer.Option(help="The gold itself.")],
    predicted: Annotated[Path, typer.Option(help="What the student predicts for it.")],
    found: Annotated[
        str | None, typer.Option("--traps-found", help="Share of traps found, as 80%.")
    ] = None,
    json: Json = False,
) -> None:
    """Estimate which part of a student's remaining errors is the gold's own."""
    from augment.review.noise import ceiling

    triples = {d.id: frozenset(r.triple for r in d.relations) for d in read_documents(predicted)}
    told = ceiling(
        read_documents(gold),
        read_documents(reviewed),
        triples,
        found=share(found) if found else None,
    )
    if json:
        emit(told.model_dump(mode="json"))
        return
    say(f"{counted(told.documents, 'gold document')} reviewed, ceiling F1 {figure(told.ceiling)}")
    say(f"the gold's part of {told.errors} errors: {told.gold}, {figure(told.share)}")
    if told.corrected is not None:
        out.print(f"allowing for what reviewers let pass: {told.corrected:.2f}", markup=False)
