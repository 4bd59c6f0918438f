"""`augment guide init|check|diff|show|html`: make, check and read an annotation guide."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from augment.cli.common import check_target, counted, emit, err, out, read_documents
from augment.cli.place import path_or_url

app = typer.Typer(
    help="Make, check and read an annotation guide.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)

Name = Annotated[str, typer.Argument(metavar="GUIDE", help="Name or folder of a guide.")]
Json = Annotated[bool, typer.Option("--json", help="Machine-readable output.")]


@app.command()
def init(
    corpus: Annotated[
        Path, typer.Option("--from", parser=path_or_url, help="Annotated corpus, file or folder.")
    ],
    folder: Annotated[Path, typer.Option("--out", help="Folder of the new guide.")],
    text: Annotated[
        Path | None, typer.Option(help="Existing guide to take definitions from: pdf, docx, md.")
    ] = None,
    families: Annotated[
        str | None, typer.Option(help="Another guide, to take the families of types from.")
    ] = None,
    json: Json = False,
) -> None:
    """Infer a guide from a corpus; what only people can write is marked TODO.

    Examples are sentences of the corpus: keep them private if the corpus is.
    """
    from augment.errors import PathError
    from augment.guide import load
    from augment.guide.check import check as troubles
    from augment.guide.check import unwritten
    from augment.guide.infer import infer
    from augment.guide.text import read_text
    from augment.guide.write import write

    if (folder / "guide.yaml").exists():
        raise PathError(f"{folder}: has a guide already", hint="choose another --out")
    check_target(folder, folder=True)
    written = read_text(text) if text else ""
    known = load(families) if families else None
    documents = read_documents(corpus)
    with err.status(f"inferring a guide from {counted(len(documents), 'document')}"):
        guide = infer(documents, name=folder.name, text=written, like=known)
    path = write(guide, folder)
    counts = {
        "entities": len(guide.entities),
        "relations": len(guide.relations),
        "families": len(guide.families),
        "todo": len(unwritten(guide)),
        "findings": len(troubles(guide)),
    }
    if json:
        emit({"guide": str(path), **counts})
        return
    out.print(
        f"{path}: {counted(counts['entities'], 'entity type')}, "
        f"{counted(counts['relations'], 'relation type')}, {counted(counts['todo'], 'definition')} "
        "to write",
        soft_wrap=True,
        markup=False,
    )


@app.command()
def check(
    guide: Name,
    json: Json = False,
    strict: Annotated[bool, typer.Option("--strict", help="Exit 1 on any finding.")] = False,
) -> None:
    """Check that every example parses and agrees with the guide, and that names exist."""
    from augment.guide import load
    from augment.guide.check import check as troubles
    from augment.guide.check import unwritten

    loaded = load(guide)
    found, todo = troubles(loaded), unwritten(loaded)
    if json:
        emit({"findings": [trouble._asdict() for trouble in found], "todo": todo})
    else:
        if found:
            _table(["where", "finding", "detail"], [list(trouble) for trouble in found])
        out.print(f"{counted(len(found), 'finding')}; {counted(len(todo), 'definition')} to write")
    if strict and found:
        raise typer.Exit(1)


@app.command()
def diff(
    guide: Name,
    corpus: Annotated[
        Path, typer.Argument(parser=path_or_url, help="Annotated corpus, file or folder.")
    ],
    json: Json = False,
) -> None:
    """List where the annotators of a corpus and a guide disagree."""
    from augment.guide import load
    from augment.guide.diff import CODES
    from augment.guide.diff import diff as compare

    loaded = load(guide)
    documents = read_documents(corpus)
    with err.status(f"comparing with {len(documents)} documents"):
        rows = compare(loaded, documents)
    if json:
        emit([row._asdict() for row in rows])
        return
    for code, meaning in CODES.items():
        own = [row for row in rows if row.code == code]
        if own:
            out.print(f"\n[bold]{code}[/bold]: {meaning}")
            cells = [[r.type, str(r.cases or ""), r.detail, "\n".join(r.examples)] for r in own]
            _table(["type", "cases", "detail", "examples"], cells)
    if not rows:
        out.print("No disagreement.")


@app.command()
def show(
    guide: Name,
    kind: Annotated[str | None, typer.Argument(metavar="TYPE", help="One type only.")] = None,
    json: Json = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Plain Markdown.")] = False,
) -> None:
    """Show a guide, or one type of it, as an annotator reads it."""
    from rich.markdown import Markdown

    from augment.guide import load
    from augment.guide.show import markdown as render

    loaded = load(guide)
    written = render(loaded, kind)
    if json and kind:
        types: dict[str, Any] = {**loaded.entities, **loaded.relations}
        emit(types[kind].model_dump(mode="json"))
    elif json:
        emit(loaded.model_dump(mode="json"))
    elif markdown:
        out.print(written, markup=False, soft_wrap=True, end="")
    else:
        out.print(Markdown(written))


@app.command()
def html(
    guide: Name,
    path: Annotated[Path, typer.Option("--out", help="File to write.")],
) -> None:
    """Write a guide as one page to read and print, in French."""
    from augment.guide import load
    from augment.guide.show import page
    from augment.store import writing

    check_target(path)
    written = page(load(guide))
    with writing(path) as file:
        file.write(written)
    out.print(f"{path}", soft_wrap=True, markup=False)


def _table(columns: list[str], rows: list[list[str]]) -> None:
    from rich.markup import escape
    from rich.table import Table

    table = Table(*columns)
    for row in rows:
        table.add_row(*map(escape, row))
    out.print(table)
