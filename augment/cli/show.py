"""`augment show WHAT`: the closed lists there are, and any prompt."""

from __future__ import annotations

from typing import Annotated

import typer

from augment.cli.common import emit, out
from augment.cli.prompt import prompt
from augment.registry import names

Json = Annotated[bool, typer.Option("--json", help="Machine-readable output.")]
KINDS = {"strategies": "strategy", "formats": "format", "students": "student"}

app = typer.Typer(
    help="Show what there is: reasons, strategies, formats, students, fields, prompts.",
    no_args_is_help=True,
)
app.command("prompt")(prompt)


@app.command("reasons")
def reasons(json: Json = False) -> None:
    """All rules and reasons for a drop, as a Markdown table."""
    from augment.reasons import Reason
    from augment.validate import reasons_table

    if json:
        emit({reason.value: reason.doc for reason in Reason})
    else:
        out.print(reasons_table(), markup=False, soft_wrap=True, end="")


@app.command("strategies")
def strategies(json: Json = False) -> None:
    """Ways to make a sample."""
    _list("strategies", json)


@app.command("formats")
def formats(json: Json = False) -> None:
    """File formats."""
    _list("formats", json)


@app.command("students")
def students(json: Json = False) -> None:
    """Extractors that can be trained."""
    _list("students", json)


@app.command("fields")
def fields(json: Json = False) -> None:
    """What can be set of a run, in YAML or with --set."""
    from pydantic import BaseModel
    from rich.table import Table

    from augment.config import CallConfig, RunConfig, WriteConfig

    groups: dict[str, type[BaseModel]] = {"": RunConfig, "write.": WriteConfig, "call.": CallConfig}
    rows = [
        (f"{prefix}{name}", field.default, field.description or "")
        for prefix, group in groups.items()
        for name, field in group.model_fields.items()
        if f"{name}." not in groups
    ]
    if json:
        emit({name: about for name, _, about in rows})
        return
    table = Table("field", "default", "what it is")
    for name, default, about in rows:
        shown = "" if default is None or repr(default) == "PydanticUndefined" else str(default)
        table.add_row(name, shown, about.replace("``", ""))
    out.print(table)


def _list(what: str, json: bool) -> None:
    found = names(KINDS[what])
    if json:
        emit(found)
    else:
        out.print("\n".join(found), markup=False)
