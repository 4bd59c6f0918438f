"""What `make soak` does to nights: every fault in every stage; writes the tables in the docs.

python -m tests.flows.soak [--nights 2] [--only "run killed"] [--rows FILE] [--write]

A night is hit in several of its stages, one after the other, by faults that were not yet in the
midst of them, until each was. That takes half an hour to an hour on two cores.
"""

import argparse
import json
import os
import platform
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import prefect

from tests.flows.faults import FAULTS, STUDIO, Fault, Row, good, spoilt, undisturbed
from tests.flows.night_folder import MARKS, STAGES
from tests.flows.stand import standing
from tests.helpers import ROOT
from tests.review.labelstudio import HOME, running

PAGE = ROOT / "docs" / "faults.md"
BEGIN, END = "<!-- faults:begin -->", "<!-- faults:end -->"


def main() -> int:
    """0 if nothing was lost, nothing paid twice and all bytes were the same."""
    parser = argparse.ArgumentParser(prog="python -m tests.flows.soak", description=__doc__)
    parser.add_argument("--nights", type=int, default=60, help="at most; else as many as it takes")
    parser.add_argument("--rows", type=Path, help="file of rows, those of earlier calls too")
    parser.add_argument("--only", action="append", choices=[fault.name for fault in FAULTS])
    parser.add_argument("--write", action="store_true", help=f"the tables into {PAGE.name}")
    args = parser.parse_args()
    faults = [fault for fault in FAULTS if not args.only or fault.name in args.only]
    found: list[Row] = []
    if args.rows and args.rows.exists():
        found += [Row(**json.loads(line)) for line in args.rows.read_text().splitlines()]
    with tempfile.TemporaryDirectory(prefix="faults-") as folder, standing(Path(folder)) as stand:
        stand.say = say
        expected = undisturbed(stand)
        say("an undisturbed night is over")
        for number in range(args.nights):
            if not (missing := left(faults, found)):
                break
            say(f"{len(missing)} to go")
            found += night(stand, plan(missing, len(found) + number), expected)
            keep(found, args)
        stand.until(lambda: not stand.held(), 2)
        say("no slot of a limit is held")
        found += away(stand, expected)
        keep(found, args)
    return 0 if found and all(map(good, found)) else 1


def away(stand, expected) -> list[Row]:
    """A night whose Label Studio goes away, if there is one: make label-studio."""
    if not (HOME / "installed").exists():
        say("not run: Label Studio away; make label-studio")
        return []
    folder = stand.home / "studio"
    folder.mkdir()
    with running(folder) as stand.studio:
        return night(stand, [(STUDIO, "push")], expected)


def keep(rows: Sequence[Row], args: argparse.Namespace) -> None:
    """The rows in the file, and the tables in the page, if that is wanted."""
    if args.rows:
        args.rows.write_text("".join(json.dumps(row._asdict()) + "\n" for row in rows))
    if args.write:
        write(rows)


def left(faults: Sequence[Fault], rows: Sequence[Row]) -> list[tuple[Fault, str]]:
    """Each fault with each of the stages that it was not yet in the midst of."""
    hit = {(row.fault, row.stage) for row in rows if row.hit}
    return [
        (f, stage)
        for stage in STAGES
        for f in faults
        if stage in f.stages
        if (f.name, stage) not in hit
    ]


def plan(missing: Sequence[tuple[Fault, str]], seed: int) -> list[tuple[Fault, str]]:
    """Some of what is missing for one night; between two stages at least one goes by."""
    rng, found, free = random.Random(seed), [], 0
    names = list(STAGES)
    for number in sorted({names.index(stage) for _, stage in missing}):
        if number >= free:
            found.append(rng.choice([cell for cell in missing if cell[1] == names[number]]))
            free = number + rng.choice([2, 3])
    return found


def night(stand, plan, expected) -> list[Row]:
    """The rows of one night, shown as they are."""
    rows = spoilt(stand, plan, expected)
    for row in rows:
        say(" ".join(f"{name}={value}" for name, value in row._asdict().items()))
    return rows


def say(text: str) -> None:
    sys.stdout.write(f"{time.strftime('%H:%M:%S')} {text}\n")
    sys.stdout.flush()


def write(rows: Sequence[Row]) -> None:
    """The tables between the marks of the page."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    _, marked, after = rest.partition(END)
    if not marked:
        raise SystemExit(f"{PAGE}: no {BEGIN} … {END}")
    text = "\n\n".join([caption(rows), summary(rows), by_stage(rows)])
    PAGE.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", encoding="utf-8")


def caption(rows: Sequence[Row]) -> str:
    """When and where."""
    return (
        f"{time.strftime('%Y-%m-%d')}, {os.cpu_count()} cores, load {os.getloadavg()[2]:.0f}, "
        f"Python {platform.python_version()}, Prefect {prefect.__version__}: "
        f"{len(rows)} faults, {sum(row.hit for row in rows)} of them in the midst of the stage."
    )


def summary(rows: Sequence[Row]) -> str:
    """A line a fault."""
    lines = [
        "| fault | times | lost | paid twice | in flight, asked again | same bytes | state shown |",
        "|---|---|---|---|---|---|---|",
    ]
    for name in dict.fromkeys(row.fault for row in rows):
        own = [row for row in rows if row.fault == name]
        states = ", ".join(dict.fromkeys(row.state for row in own))
        same = f"{sum(row.same for row in own)} of {len(own)}"
        lost, paid, again = (sum(getattr(r, n) for r in own) for n in ("lost", "paid", "again"))
        lines.append(f"| {name} | {len(own)} | {lost} | {paid} | {again} | {same} | {states} |")
    return "\n".join(lines)


def by_stage(rows: Sequence[Row]) -> str:
    """Seconds from the fault until the stage was done, a line a stage."""
    names = list(dict.fromkeys(row.fault for row in rows))
    lines = [f"| stage | {' | '.join(names)} |", f"|---|{'---|' * len(names)}"]
    for stage in MARKS:
        cells = [[r for r in rows if (r.fault, r.stage) == (name, stage)] for name in names]
        if any(cells):
            lines.append(f"| {stage} | {' | '.join(map(_seconds, cells))} |")
    return "\n".join(lines)


def _seconds(rows: Sequence[Row]) -> str:
    if not rows:
        return ""
    middle = statistics.median(row.seconds for row in rows)
    return f"{middle:.0f}" if any(row.hit for row in rows) else f"({middle:.0f})"


if __name__ == "__main__":
    raise SystemExit(main())
