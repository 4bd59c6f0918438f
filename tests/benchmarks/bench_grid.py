"""Every arm at every gold size on TextMine's training texts, and which step keeps a gain.

    AUGMENT_CORPORA=… python -m tests.benchmarks.bench_grid --work DIR [--write]

Additions: 72 texts composed by a large language model (``../replies``) and POPCORN's synthetic
corpus, each as it is, then step by step: ``masked`` (types annotated too thinly), ``checked`` (the
guide's hard rules and the filters too), ``gated`` (types that make the student worse on the
training side too). Prints markdown; ``--write`` (`make results`) puts it into docs/results.md, the
first table into README.md and the plot into docs/grid.svg. What is finished is kept in DIR: a
second call goes on where the first was stopped.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from augment import __version__
from augment.filter import filter
from augment.guide import Guide, load
from augment.measure.records import Compared, Entry, Interval, Result
from augment.overlap import Leaks
from augment.pipeline.experiment import Settings, experiment
from augment.pipeline.replicate.machine import machine
from augment.read import read_all
from augment.report.curves import gains_by_size
from augment.report.table import markdown
from augment.schema import Candidate, Document
from augment.store import write_json
from augment.validate import validate
from tests.benchmarks.bench_measure import told

CORPORA = Path(os.environ.get("AUGMENT_CORPORA", "."))
SOURCES = {
    "compose": CORPORA.parent / "replies" / "compose",
    "popcorn": CORPORA / "popcorn" / "synthetic.json",
}
STEPS = {"raw": "none", "masked": "auto", "checked": "auto", "gated": "gate"}
"""Step → the mask it is measured with; each has what those before it have."""
BEGIN, END = "<!-- grid:begin -->", "<!-- grid:end -->"
ROOT = Path(__file__).resolve().parents[2]
PLOTTED = ("templates", "gold_targeted", "compose, raw", "compose, gated", "popcorn, checked")
PLOTTED_AS = "One line an arm, with 95 % intervals; the figures are in the table"
SIZE = 'width="640"'
STYLE = (
    "svg{font:10.5px sans-serif;background:#fff}.grid{stroke:#dcdfe3}.zero{stroke:#565e67}"
    ".label{text-anchor:end;fill:#1d2126}.tick{text-anchor:middle;fill:#565e67;font-size:9.5px}"
    ".curve polyline{fill:none;stroke:currentColor;stroke-width:2}.whisker{stroke:currentColor}"
    ".curve circle,.curve text{fill:currentColor}.s0{color:#1d2126}.s1{color:#1f5fa8}"
    ".s2{color:#7a3e9d}.s3{color:#0b6e73}.s4{color:#7a5200}"
)
TAKEN = {"compose": tuple(STEPS), "popcorn": ("raw", "checked", "gated")}
"""The steps that are measured: the large corpus costs minutes a step and trial."""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--sizes", default="25,50,100,200,all")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--student", action="append")
    parser.add_argument("--write", action="store_true")
    args = parser.parse_args()
    guide = load("textmine")
    gold = read_all(CORPORA / "textmine" / "train.csv")[0]
    written = {name: read_all(path)[0] for name, path in SOURCES.items()}
    additions = {
        f"{name}, {step}": [checked(documents, gold, guide) if step in LATE else documents]
        for name, documents in written.items()
        for step in TAKEN[name]
    }
    result = experiment(
        gold,
        additions=additions,
        settings=Settings(
            folds=5,
            gold_sizes=tuple(int(s) if s.isdigit() else s for s in args.sizes.split(",")),
            seeds=args.seeds,
            masks={name: STEPS[name.split(", ")[1]] for name in additions},
            students=tuple(args.student or ["linear"]),
            jobs=args.jobs,
        ),
        guide=guide,
        work=args.work,
        track=told,
    )
    write_json(args.work / "grid.json", result.model_dump(mode="json"))
    rich = {name: richer(documents, gold) for name, documents in written.items()}
    sys.stdout.write(page(result, rich) + "\n")
    if args.write:
        put(ROOT / "README.md", f"{caption(result)}\n\n{summary(result)}")
        put(ROOT / "docs" / "results.md", page(result, rich))
        (ROOT / "docs" / "grid.svg").write_text(drawn(result) + "\n", encoding="utf-8")


LATE = ("checked", "gated")


def checked(
    documents: Sequence[Document], gold: Sequence[Document], guide: Guide
) -> list[Document]:
    """What validate and filter keep."""
    made = (Candidate(id=d.id, order="", strategy="compose", document=d) for d in documents)
    valid = (validate(candidate, guide=guide, order=None) for candidate in made)
    sound = [candidate for candidate in valid if isinstance(candidate, Candidate)]
    leaks = Leaks(gold, [], guide.person_names)
    kept = filter(sound, train=gold, leaks=leaks, guide=guide)
    return [candidate.document for candidate in kept if isinstance(candidate, Candidate)]


def richer(documents: Sequence[Document], gold: Sequence[Document]) -> set[str]:
    """Types that the documents hold more of, a document, than gold."""
    ours, golds = (Counter(r.type for d in of for r in d.relations) for of in (documents, gold))
    return {k for k, n in ours.items() if n / len(documents) > golds[k] / len(gold)}


def steps(result: Result, rich: dict[str, set[str]]) -> str:
    """Mean gain in F1 of the types that an addition has more of than gold, and of the others."""
    rows = ["| gold | addition | its types | other types | micro | verdict |", "|---|" + "---|" * 5]
    for size in result.arms["base"]:
        for name, entries in result.arms.items():
            found = entries.get(size)
            if "," in name and isinstance(found, Compared):
                own = rich[name.split(", ")[0]]
                gains = found.per_type_gain
                parts = [
                    [gains[k].mean for k in gains if (k in own) == its] for its in (True, False)
                ]
                means = [sum(part) / max(1, len(part)) for part in parts]
                cells = [f"{100 * x:+.1f}" for x in (*means, found.gain.micro_f1.mean)]
                rows.append(f"| {size} | {name} | {' | '.join(cells)} | {found.verdict} |")
    return "\n".join(rows).replace(" -", " −")


def summary(result: Result) -> str:
    """Gain in macro-F1 by arm and size; bold where the verdict is `gain`, slanted where `harm`."""
    sizes = list(result.arms["base"])
    base = (f"{100 * result.arms['base'][size].macro_f1:.1f}" for size in sizes)
    rows = [
        f"| gold documents | {' | '.join(sizes)} |",
        f"|---|{'---|' * len(sizes)}",
        f"| gold alone, macro-F1 | {' | '.join(base)} |",
    ]
    same: dict[str, list[str]] = {}
    for name, entries in result.arms.items():
        if name != "base":
            cells = (_gain(entries.get(size)) for size in sizes)
            same.setdefault(" | ".join(cells), []).append(name)
    rows += [f"| {together(names)} | {cells} |" for cells, names in same.items()]
    return "\n".join(rows)


def together(names: Sequence[str]) -> str:
    """Names of steps with the same figures: "compose, raw = masked"."""
    return " = ".join([names[0], *(name.split(", ")[-1] for name in names[1:])])


def _gain(entry: Entry | None) -> str:
    if not isinstance(entry, Compared):
        return "–"
    mark = {"gain": "**", "harm": "*"}.get(entry.verdict, "")
    return f"{mark}{entry.gain.macro_f1.points}{mark}".replace("-", "−")


def worth(result: Result) -> str:
    """What the gain of every addition is worth in gold documents."""
    sizes = list(result.arms["base"])
    rows = [f"| gold documents | {' | '.join(sizes)} |", f"|---|{'---|' * len(sizes)}"]
    for name in ("templates", "gold_targeted", *result.masked):
        cells = []
        for size in sizes:
            entry = result.arms.get(name, {}).get(size)
            found = entry.worth if isinstance(entry, Compared) else None
            far = " ↗" if found and found.extrapolated else ""
            cells.append(_documents(found.documents) + far if found else "–")
        rows.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(rows)


def _documents(found: Interval) -> str:
    return f"{found.mean:+.0f} [{found.low:+.0f}, {found.high:+.0f}]".replace("-", "−")


def page(result: Result, rich: dict[str, set[str]]) -> str:
    """All of it, as docs/results.md has it."""
    whole = result.model_dump(mode="json")
    rows = [({"student": one["student"]}, one) for one in (whole, *whole["others"].values())]
    advice = result.advice.text if result.advice else ""
    return f"""{caption(result)}

{summary(result)}

In gold documents (↗: beyond the curve):

{worth(result)}

Step by step, mean gain in F1 of the types of which an addition has more a document than gold has, \
and of all others:

{steps(result, rich)}

What `measure` recommends at the largest size: {advice}.

<details><summary>All figures</summary>

{markdown(rows)}

</details>"""


def caption(result: Result) -> str:
    """What was measured, where and when."""
    return (
        f"Gain in macro-F1 over gold alone, points, with 95 % intervals: student "
        f"`{result.student}`, {result.folds} folds of TextMine’s {result.test_documents} training "
        f"texts, {result.seeds} draws of the gold; bold is a `gain`, slanted is `harm`. "
        f"{datetime.now(UTC):%Y-%m-%d}, {machine()}, augment {__version__}."
    )


def drawn(result: Result) -> str:
    """The plot of gains as a file of its own."""
    lines = {
        name: {int(n): e.gain.macro_f1.model_dump() for n, e in by_size.items()}
        for name, by_size in result.arms.items()
        if name in PLOTTED
    }
    plot = str(gains_by_size(lines, title="Gain in macro-F1 by gold documents", desc=PLOTTED_AS))
    return plot.replace("<svg ", f'<svg xmlns="http://www.w3.org/2000/svg" {SIZE} ', 1).replace(
        "<title>", f"<style>{STYLE}</style><title>", 1
    )


def put(path: Path, text: str) -> None:
    """Write ``text`` between the marks of a page."""
    before, _, rest = path.read_text(encoding="utf-8").partition(BEGIN)
    _, marked, after = rest.partition(END)
    if not marked:
        raise SystemExit(f"{path}: no {BEGIN} … {END}")
    path.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
