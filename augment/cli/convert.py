"""``augment convert IN OUT --to FORMAT``: from one format to another, with a list of what is lost.

$ augment convert corpus.csv corpus.jsonl --to jsonl
398 documents written to corpus.jsonl (jsonl)
2 rows dropped, see corpus.jsonl.dropped.jsonl: 1 offset_shift, 1 broken_json
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import typer

from augment.cli.common import check_target, counted, emit, out, track, warn
from augment.cli.place import Policy, path_or_url
from augment.errors import ConfigError, NoResult

if TYPE_CHECKING:
    from augment.schema import Document, Drop

FORMATS = "textmine, popcorn, jsonl, inline, brat, csv, parquet, spacy or labelstudio"


def convert(
    source: Annotated[
        Path, typer.Argument(parser=path_or_url, metavar="IN", help="A file or a folder.")
    ],
    target: Annotated[
        str, typer.Argument(metavar="OUT", help="A file; for brat a folder. A URL is sent to.")
    ],
    to: Annotated[str, typer.Option(metavar="FORMAT", help=f"Format of OUT: {FORMATS}.")],
    from_: Annotated[
        str | None, typer.Option("--from", metavar="FORMAT", help="Format of IN, else detected.")
    ] = None,
    repair: Annotated[
        bool, typer.Option("--repair", help="Mend offsets that a known shift explains.")
    ] = False,
    questions: Annotated[
        bool, typer.Option("--questions", help="Readers' questions of live pages too.")
    ] = False,
    policy: Policy = None,
    columns: Annotated[
        str, typer.Option(metavar="FIELD=COLUMN,…", help="Columns of a table: text=body,id=number.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Counts in JSON.")] = False,
) -> None:
    """Convert a corpus; list what the new format cannot hold; bad rows go to a file of drops."""
    from augment.files import sending
    from augment.policy import load_policy
    from augment.read import read
    from augment.read.detect import DROPPED, sources

    files = [path for path, _ in sources(source, from_)]
    files += [path.with_suffix(".txt") for path in files]
    records = read(source, format=from_, columns=parse_columns(columns), questions=questions)
    tally = Tally(source, to, repair)
    with sending(target, load_policy(policy)) as place:
        beside = Path(f"{place}{DROPPED}")
        check_target(place, *files, folder=to == "brat")
        check_target(beside, *files)
        failure = _write(track(records, "Converting"), tally, place, beside)
    if as_json:
        emit(tally.report())
    else:
        _show(tally, f"{target} ({to})", f"{target}{DROPPED}")
    if failure:
        raise failure


def _write(
    records: Iterable[Document | Drop], tally: Tally, target: Path, beside: Path
) -> NoResult | None:
    """Write documents, and beside them the drops if there are any; why there is no document."""
    from augment.read import write
    from augment.store import writing

    failure: NoResult | None = None
    with writing(beside) as drops:
        try:
            write(_kept(records, tally, drops), target, format=tally.to)
        except NoResult as error:
            failure = error
    if not tally.dropped:
        beside.unlink()
    return failure


class Tally:
    """What happened: documents kept and mended, drops by reason, losses by kind."""

    def __init__(self, source: Path, to: str, repair: bool) -> None:
        self.source, self.to, self.repair = source, to, repair
        self.kept = self.repaired = 0
        self.dropped: Counter[str] = Counter()
        self.losses: Counter[str] = Counter()

    def report(self) -> dict[str, Any]:
        """Counts for ``--json``."""
        return {
            "documents": self.kept,
            "repaired": self.repaired,
            "dropped": {str(reason): n for reason, n in self.dropped.most_common()},
            "losses": dict(self.losses.most_common()),
        }


def parse_columns(written: str) -> dict[str, str]:
    """``"text=body,id=number"`` → ``{"text": "body", "id": "number"}``. Raises ConfigError."""
    pairs = [pair.partition("=") for pair in written.split(",")] if written else []
    for field, equals, column in pairs:
        if not (field and equals and column):
            raise ConfigError(
                f"--columns {written!r}: not FIELD=COLUMN,…", hint="such as text=body,id=number"
            )
    return {field.strip(): column.strip() for field, _, column in pairs}


def _kept(records: Iterable[Document | Drop], tally: Tally, drops: TextIO) -> Iterator[Document]:
    from augment.read import losses, repaired
    from augment.schema import Drop

    for record in records:
        document: Document | None
        if not isinstance(record, Drop):
            document = record
        elif tally.repair and (document := repaired(record)):
            tally.repaired += 1
        else:
            tally.dropped[record.reason] += 1
            drops.write(record.model_dump_json() + "\n")
            continue
        tally.kept += 1
        tally.losses.update(losses(document, tally.to))
        yield document
    if not tally.kept:
        raise NoResult(
            f"{tally.source}: no document could be read", hint="the file of drops says why"
        )


def _show(tally: Tally, target: str, beside: str) -> None:
    if tally.kept:
        mended = f", {tally.repaired} of them with offsets mended" if tally.repaired else ""
        written = f"{counted(tally.kept, 'document')} written to {target}{mended}"
        out.print(written, markup=False, soft_wrap=True)
    for kind, count in tally.losses.most_common():
        warn(f"not held by {tally.to}: {kind} (in {counted(count, 'document')})")
    if tally.dropped:
        reasons = ", ".join(f"{n} {reason}" for reason, n in tally.dropped.most_common())
        warn(f"{counted(tally.dropped.total(), 'row')} dropped, see {beside}: {reasons}")
    if "offset_shift" in tally.dropped:
        warn("  → --repair mends offset_shift")
