"""What `augment batch` prints: tables of jobs and files, and what came of the lines.

200 lines: 198 replies stored, 0 known before, 2 errors, 0 of other runs, 0 broken
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from augment.cli.common import counted, out, warn

if TYPE_CHECKING:
    from augment.generate.batch import Imported, Job


def rows(jobs: Sequence[Job], states: Sequence[Any]) -> tuple[list[str], list[list[str]]]:
    """Columns and cells of a table of jobs."""
    found = []
    for job, state in zip(jobs, states, strict=True):
        where = "collected" if job.collected else state.status if state else job.status
        done = f"{state.done} + {state.failed} failed" if state else ""
        found.append([job.id or "–", job.vendor, job.model, str(job.requests), where, done])
    return ["job", "vendor", "model", "requests", "status", "done"], found


def table(columns: list[str], cells: list[list[str]]) -> None:
    """Print a table."""
    from rich.markup import escape
    from rich.table import Table

    shown = Table(*columns)
    for row in cells:
        shown.add_row(*map(escape, row))
    out.print(shown)


def say_left(sent: int, known: int, under_way: int, equal: int, cost: str = "") -> None:
    """How many requests go out, and why the others do not."""
    out.print(
        f"{counted(sent, 'request')} to be answered{cost}; {known} answered before, {under_way} in "
        f"batches under way, {equal} equal to others",
        soft_wrap=True,
    )


def say_imported(found: Imported) -> None:
    """What came of the lines of batch files."""
    out.print(
        f"{counted(found.lines, 'line')}: {found.stored} replies stored, "
        f"{found.known} known before, {sum(found.errors.values())} errors, "
        f"{found.unknown} of other runs, {found.broken} broken",
        soft_wrap=True,
    )
    for kind, number in found.errors.items():
        warn(f"{kind} ({number}): {found.said[kind]}")
    if found.refused:
        parts = " ".join(f"--without {part}" for part in found.refused)
        warn(f"the model does not take all parts of the requests: give {parts}")
    if found.unanswered:
        warn(f"{counted(found.unanswered, 'request')} without a reply: they can be sent again")
