"""`augment egress`: what was sent to other machines, from the log written before sending."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit

import typer

from augment.cli.common import counted, emit, out, warn

if TYPE_CHECKING:
    from augment.egress import Sent


def egress(
    log: Annotated[
        Path | None, typer.Option(help="The log; else the policy's, or data/egress.jsonl.")
    ] = None,
    policy: Annotated[Path | None, typer.Option(help="Policy that names the log's place.")] = None,
    since: Annotated[
        datetime | None, typer.Option(help="Only what was sent from then on, in UTC.")
    ] = None,
    host: Annotated[str | None, typer.Option(help="Only what was sent to that host.")] = None,
    show: Annotated[
        int | None, typer.Option(help="Show one request whole, by its number.", min=1)
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Machine-readable output.")] = False,
) -> None:
    """List what left this machine, or show one request as it was sent; keys are not in the log."""
    from augment.egress import read_log
    from augment.errors import StoreError
    from augment.policy import load_policy

    place = log or load_policy(policy).log
    if show is not None:
        _show(place, show, json)
        return
    start = since.replace(tzinfo=UTC) if since else None
    rows, torn, read = [], 0, 0
    for number, sent in read_log(place):
        read += 1
        torn += sent is None
        if sent and (start is None or sent.time >= start) and host in (None, _host(sent)):
            rows.append(_row(number, sent))
    if read and torn == read:
        raise StoreError(f"{place}: not a log of what left", hint="give the log with --log")
    if json:
        emit({"log": str(place), "requests": rows, "unreadable": torn})
        return
    _table(rows)
    out.print(f"{counted(len(rows), 'request')}, {counted(sum(r['size'] for r in rows), 'byte')}")
    if torn:
        warn(f"{place}: {counted(torn, 'line')} cut off or changed")


def _host(sent: Sent) -> str:
    return urlsplit(sent.url).hostname or ""


def _row(number: int, sent: Sent) -> dict[str, Any]:
    row = sent.model_dump(mode="json", exclude={"headers", "body", "encoding"})
    return {"number": number, "host": _host(sent), **row}


def _table(rows: list[dict[str, Any]]) -> None:
    from rich.table import Table

    table = Table("number", "time", "request", "bytes", "SHA-256")
    for row in rows:
        request = f"{row['method']} {row['url']}"
        table.add_row(
            str(row["number"]), row["time"][:19], request, str(row["size"]), row["sha256"][:12]
        )
    out.print(table)


def _show(place: Path, number: int, json: bool) -> None:
    from augment.egress import read_log
    from augment.errors import UsageError

    sent = next((sent for n, sent in read_log(place) if n == number), None)
    if sent is None:
        raise UsageError(f"{place}: no request {number}", hint="`augment egress` lists them")
    if json:
        emit(_row(number, sent) | sent.model_dump(mode="json"))
        return
    out.print(f"{sent.method} {sent.url}", markup=False, soft_wrap=True)
    for name, value in sent.headers.items():
        out.print(f"{name}: {value}", markup=False, soft_wrap=True)
    out.print(f"\n{sent.body}", markup=False, soft_wrap=True)
