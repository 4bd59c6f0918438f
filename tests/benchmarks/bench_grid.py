"""Every arm at every gold size on TextMine's training texts, and which step keeps a gain.

    AUGMENT_CORPORA=… python tests/benchmarks/bench_grid.py --work DIR [--write]

Additions: 72 texts composed by a large language model (``../replies``) and POPCORN's synthetic
corpus, each as it is, then step by step: ``masked`` (types annotated too thinly), ``checked`` (the
guide's hard rules and the filters too), ``gated`` (types that make the student worse on the
training side too). Prints markdown; ``--write`` puts it into docs/grid.md and the README. What is
finished is kept in DIR: a second call goes on where the first was stopped.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from augment.filter import filter
from augment.guide import Guide, load
from augment.measure.records import Compared, Result
from augment.overlap import Leaks
from augment.pipeline.experiment import Settings, experiment
from augment.read import read_all
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
TAKEN = {"compose": tuple(STEPS), "popcorn": ("raw", "gated")}
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
    sys.stdout.write(steps(result, {n: richer(d, gold) for n, d in written.items()}) + "\n")


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
                means = [
                    100 * sum(gains[k].mean for k in gains if (k in own) == its)
                    / max(1, sum((k in own) == its for k in gains))
                    for its in (True, False)
                ]  # fmt: skip
                micro = 100 * found.gain.micro_f1.mean
                cells = [*(f"{x:+.1f}" for x in (*means, micro)), found.verdict]
                rows.append(f"| {size} | {name} | {' | '.join(cells)} |")
    return "\n".join(rows)


if __name__ == "__main__":
    main()
