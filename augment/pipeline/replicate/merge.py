"""Results that came back → one file, and a table with machine and date that a page takes in.

>>> merged = merge(bundle, [result for path in paths for result in load(path, bundle)])
>>> section(merged)
'<!-- replicate:begin 3f2a1b0c9d8e --> … | machine | date | student | gold | arm | …'
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from augment.errors import PathError, StoreError, UsageError
from augment.pipeline.replicate.machine import sources
from augment.pipeline.replicate.records import Bundle, Merged, Ran, Replicated
from augment.pipeline.replicate.zipped import check_format
from augment.report.table import markdown
from augment.store import writing

AGAIN = "get the file again from who ran it"


def load(path: Path, bundle: Bundle) -> list[Replicated]:
    """The results in a file that `run` or `merge` wrote.

    Raises PathError or StoreError (no such file, damaged or edited), UsageError (of another bundle
    or another version).
    """
    raw = _json(path)
    check_format(path, raw)
    try:
        if "results" in raw:
            found = list(Merged.model_validate(raw).results)
        else:
            found = [Replicated.model_validate(raw)]
    except ValidationError as error:
        raise _unreadable(path, raw, error) from error
    for result in found:
        if result.sha256 != result.identity():
            raise StoreError(f"{path}: was edited or damaged: its hash does not fit", hint=AGAIN)
        if result.bundle != bundle.id:
            raise UsageError(
                f"{path}: of the bundle {result.bundle[:12]}, not of {bundle.id[:12]}",
                hint="give results of one bundle",
            )
    return found


def merge(bundle: Bundle, given: Iterable[Replicated]) -> Merged:
    """All results of a bundle in a fixed order; the same one given twice counts once.

    Raises UsageError for two that differ although student, machine and date are the same.
    """
    results = {result.sha256: result for result in given}
    seen: set[tuple[str, str, str]] = set()
    for result in results.values():
        for student in result.students:
            key = (student.name, result.machine.model_dump_json(), result.date)
            if key in seen:
                raise UsageError(
                    f"two different results for {student.name} on {result.machine} at "
                    f"{result.date}",
                    hint="leave one of the files out",
                )
            seen.add(key)
    ordered = sorted(results.values(), key=lambda r: (r.date, str(r.machine), r.sha256))
    return Merged(bundle=bundle, results=tuple(ordered))


def section(merged: Merged) -> str:
    """The part of a page between this bundle's marks, the marks included."""
    bundle = merged.bundle
    asked = list(bundle.settings["students"])
    rows = [(result, student) for result in merged.results for student in result.students]
    rows.sort(key=lambda row: asked.index(row[1].name) if row[1].asked else len(asked))
    table = markdown([_row(bundle, *row) for row in rows])
    begin, end = _marks(bundle)
    return f"{begin}\n\nBundle `{bundle.id[:12]}`, {bundle.augment}.\n\n{table}\n\n{end}"


def put(path: Path, merged: Merged) -> None:
    """Write the section into a page: in place of the one it has, else at its end.

    Nothing else of the page is touched. Raises PathError; UsageError if the marks in it are not
    one pair.
    """
    text = _text(path) if path.exists() else ""
    begin, end = _marks(merged.bundle)
    made = section(merged)
    before, marked, rest = text.partition(begin)
    inside, closed, after = rest.partition(end)
    if not marked and end not in text:
        gap = "" if not text else "\n" if text.endswith("\n") else "\n\n"
        before, after = f"{text}{gap}", "\n"
    elif not closed or end in before + after or begin in inside + after:
        raise UsageError(f"{path}: not one pair of {begin} and {end}", hint="mend the page")
    with writing(path) as file:
        file.write(f"{before}{made}{after}")


def _row(bundle: Bundle, result: Replicated, ran: Ran) -> tuple[dict[str, str], dict[str, Any]]:
    marks = [] if ran.asked else ["not in the bundle"]
    if result.augment != bundle.augment:
        other = result.augment.version != bundle.augment.version
        marks.append(str(result.augment) if other else f"sources {result.augment.sha256[:8]}")
    student = f"{ran.name} ({', '.join(marks)})" if marks else ran.name
    lead = {"machine": str(result.machine), "date": result.date[:10], "student": student}
    return lead, result.of(ran).model_dump(mode="json")


def _marks(bundle: Bundle) -> tuple[str, str]:
    short = bundle.id[:12]
    return f"<!-- replicate:begin {short} -->", f"<!-- replicate:end {short} -->"


def _json(path: Path) -> Any:
    try:
        return json.loads(_text(path))
    except (ValueError, RecursionError) as error:
        raise StoreError(f"{path}: not JSON, or cut off", hint=AGAIN) from error


def _text(path: Path) -> str:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return file.read()
    except UnicodeDecodeError as error:
        raise PathError(f"{path}: not UTF-8") from error
    except OSError as error:
        raise PathError(f"{path}: {error.strerror or error}") from error


def _unreadable(path: Path, raw: dict[str, Any], error: ValidationError) -> UsageError:
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    return UsageError(
        f"{path}: not a result that {sources()} can read: {where}: {first['msg']}",
        hint="merge with the augment that wrote it, or get the file again",
    )
