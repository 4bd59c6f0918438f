"""`augment show WHAT`: the closed lists there are: reasons, strategies, formats, students."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from augment.cli.common import emit, out
from augment.registry import names


class Listing(StrEnum):
    """What can be listed."""

    reasons = "reasons"
    strategies = "strategies"
    formats = "formats"
    students = "students"


KINDS = {"strategies": "strategy", "formats": "format", "students": "student"}


def show(
    what: Annotated[Listing, typer.Argument(help="Which list.")],
    json: Annotated[bool, typer.Option("--json", help="Machine-readable output.")] = False,
) -> None:
    """List what there is; `reasons` is a Markdown table of all rules and reasons for a drop."""
    if what is Listing.reasons:
        from augment.reasons import Reason
        from augment.validate import reasons_table

        if json:
            emit({reason.value: reason.doc for reason in Reason})
        else:
            out.print(reasons_table(), markup=False, soft_wrap=True, end="")
        return
    found = names(KINDS[what])
    if json:
        emit(found)
    else:
        out.print("\n".join(found), markup=False)
