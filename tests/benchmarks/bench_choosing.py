"""What is gained by choosing, weighing and ordering an addition, by folds on TextMine's texts.

    AUGMENT_CORPORA=… python tests/benchmarks/bench_choosing.py --work DIR --gold 100 --seeds 2

Prints a markdown table: 72 composed texts (``../replies/compose``) by every rule at 10, 25, 50 and
100 %, by weight, and before the gold; points of F1. ``over random``: paired difference from as many
documents drawn at random. Finished cells are kept in DIR, so that a second call goes on where the
first was stopped; the corpora and the replies are not part of the product.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import get_args

from augment.guide import load
from augment.measure.arms import nothing, trained, usable
from augment.measure.cells import Cells
from augment.measure.compare import compare
from augment.measure.recipe import Recipe, Rule
from augment.measure.splits import folds, near_twins, view
from augment.measure.trial import Trial, trials
from augment.measure.wall import check
from augment.pipeline.choosing import Proxy, chosen_systems, in_cells, settle
from augment.pipeline.fingerprint import fingerprint
from augment.pipeline.names import canonical, person_names
from augment.pipeline.spread import processes
from augment.read import read_all
from augment.registry import resolve
from augment.schema import Document

CORPORA = Path(os.environ.get("AUGMENT_CORPORA", "."))
SHARES = (0.1, 0.25, 0.5)
ALL = Recipe()
AUTO = Recipe(weight="auto")
OTHERS = (*(Recipe(weight=w) for w in (0.5, 0.25, 0.1)), AUTO, Recipe(order="synthetic_first"))
NAME = "compose@"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--gold", type=int, default=100)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--jobs", type=int, default=1)
    args = parser.parse_args()
    guide = load("textmine")
    gold = canonical(read_all(CORPORA / "textmine" / "train.csv")[0], guide)
    added = canonical(read_all(CORPORA.parent / "replies" / "compose")[0], guide)
    splits = folds(gold, near_twins(gold), 5, seeds=args.seeds)
    people = person_names(guide, added)
    dirty, _ = check(splits, {"compose": [added]}, people)
    if dirty:
        sys.exit(f"not measured: {dirty}")
    student = resolve("student", "linear")
    cells = Cells(partial(student, guide), args.work, fingerprint(student, guide))
    recipes = [Recipe(choose=r, share=s) for r in get_args(Rule) for s in SHARES]
    systems = {
        "base": trained(nothing, cells),
        **chosen_systems(
            {"compose": [added]},
            [ALL, *recipes, *OTHERS],
            cells,
            guide,
            masks={"compose": "auto"},
            person_names=people,
        ),
    }
    size = {str(args.gold): args.gold}
    made = trials(splits, size, systems, spread=processes(args.jobs), track=told)
    sys.stdout.write(table(made, gold, recipes) + "\n")
    weights: Counter[float] = Counter()
    for split in splits:
        seen = view(split, args.gold)
        documents, _ = usable(seen, split.test, [added], cells, mask="auto", person_names=people)
        settled, _ = settle(AUTO, seen, documents, Proxy(guide), partial(in_cells, cells))
        weights[settled.weight] += 1
    sys.stdout.write(f"\nWeights that auto chose: {dict(sorted(weights.items()))}\n")


def table(made: Sequence[Trial], gold: Sequence[Document], recipes: Sequence[Recipe]) -> str:
    """One row a recipe."""
    groups = near_twins(gold)
    (size,) = {trial.size for trial in made}
    arms = {name: entries[size] for name, entries in compare(made, gold, groups)[0].items()}
    beyond = {}
    for share in SHARES:
        random = f"{NAME}{Recipe(share=share).label}"
        labels = [f"{NAME}{r.label}" for r in recipes if r.share == share]
        kept = [
            t._replace(answers={"base": t.answers[random], **{n: t.answers[n] for n in labels}})
            for t in made
        ]
        found = compare(kept, gold, groups)[0]
        beyond |= {n: points(found[n][size].gain.macro_f1) for n in labels if n != random}
    base = arms["base"]
    rows = [
        "| recipe | added | macro | gain | over random | micro | gain | verdict |",
        "|---|---|---|---|---|---|---|---|",
        f"| none | 0 | {100 * base.macro_f1:.1f} | | | {100 * base.micro_f1:.1f} | | |",
    ]
    for recipe in [*recipes, ALL, *OTHERS]:
        name = f"{NAME}{recipe.label}"
        entry = arms[name]
        cells = [
            recipe.label,
            f"{entry.documents:.0f}",
            f"{100 * entry.macro_f1:.1f}",
            points(entry.gain.macro_f1),
            beyond.get(name, ""),
            f"{100 * entry.micro_f1:.1f}",
            points(entry.gain.micro_f1),
            entry.verdict,
        ]
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def points(found) -> str:
    shown = f"{100 * found.mean:+.1f} [{100 * found.low:+.1f}, {100 * found.high:+.1f}]"
    return shown.replace("-", "−")


def told(items, what, total):
    for i, item in enumerate(items, 1):
        sys.stderr.write(f"{what} {i}/{total}\n")
        yield item


if __name__ == "__main__":
    main()
