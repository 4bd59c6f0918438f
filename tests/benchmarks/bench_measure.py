"""What real LLM output is worth to the linear student, by folds on TextMine's training texts.

    AUGMENT_CORPORA=… python tests/benchmarks/bench_measure.py --work DIR --part labels --seeds 3

Prints markdown tables. ``labels``: gold texts with an LLM's relations, against the same texts with
gold relations; ``raw``: the same for texts annotated from scratch. Texts that an LLM composed are
in ``bench_grid.py``. The corpora and the replies (``../replies``) are not part of the product.
Finished cells are kept in DIR, so that a second call goes on where the first was stopped.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from augment.codec import decode, parse_relations
from augment.guide import load
from augment.measure.records import Result
from augment.measure.splits import near_twins
from augment.pipeline.experiment import Settings, experiment
from augment.read import read_all
from augment.report.table import markdown
from augment.schema import Document, Meta

CORPORA = Path(os.environ.get("AUGMENT_CORPORA", "."))
REPLIES = CORPORA.parent / "replies"
FEW_SHOT_COPIES = {"11521"}
"""Texts that nearly copy one of the examples the writer was shown."""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--sizes", default="50,100,all")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--part", choices=list(PARTS), default="labels")
    args = parser.parse_args()
    settings = Settings(
        folds=5,
        gold_sizes=tuple(int(s) if s.isdigit() else s for s in args.sizes.split(",")),
        seeds=args.seeds,
        jobs=args.jobs,
    )
    gold = read_all(CORPORA / "textmine" / "train.csv")[0]
    PARTS[args.part](gold, settings, args.work)


def labels(gold: list[Document], settings: Settings, work: Path) -> None:
    """The same texts with gold relations and with an LLM's."""
    by_id = {document.id: document for document in gold}
    written = {}
    for row in _rows("relations.jsonl"):
        entities = by_id[row["id"]].entities
        relations = parse_relations(row["relations"], entities)
        written[row["id"]] = by_id[row["id"]].model_copy(update={"relations": relations})
    _against_gold(gold, written, settings, work, "LLM relations on gold entities")


def raw(gold: list[Document], settings: Settings, work: Path) -> None:
    """The same texts annotated by people, and by an LLM from the raw text."""
    written = {}
    for row in _rows("raw.jsonl"):
        if row["id"] not in FEW_SHOT_COPIES:
            two_lines = f"{row['tagged']}\n{json.dumps({'relations': row['relations']})}"
            written[row["id"]] = decode(two_lines, id=row["id"], meta=Meta(origin="synthetic"))
    _against_gold(gold, written, settings, work, "LLM annotation of the raw text")


def _rows(name: str) -> list[dict]:
    with (REPLIES / "annotate" / name).open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def _against_gold(
    gold: list[Document], written: dict[str, Document], settings: Settings, work: Path, what: str
) -> None:
    """Folds over the gold texts that are neither among the texts written nor near-twins of one."""
    groups = near_twins(gold)
    taken = {g for d, g in zip(gold, groups, strict=True) if d.id in written}
    others = [d for d, g in zip(gold, groups, strict=True) if g not in taken]
    additions = {
        "gold_labels": [[d for d in gold if d.id in written]],
        "llm_labels": [list(written.values())],
    }
    run(others, additions, settings, work, what)


def run(
    gold: Sequence[Document], additions: dict, settings: Settings, work: Path, title: str
) -> None:
    result = experiment(
        gold,
        additions=additions,
        settings=settings,
        guide=load("textmine"),
        work=work,
        track=told,
    )
    table = markdown([({}, result.model_dump(mode="json"))])
    sys.stdout.write(f"\n## {title}\n\n{table}\n{gains(result)}\n")
    sys.stdout.write(f"\nMasked: {result.masked}\n\nChosen: {result.chosen}\n")
    sys.stdout.flush()


def told(items, what, total):
    for i, item in enumerate(items, 1):
        sys.stderr.write(f"{what} {i}/{total}\n")
        yield item


def gains(result: Result) -> str:
    """The largest gains by type of the additions, at the smallest size."""
    lines = []
    for name in result.masked:
        for size, entry in result.arms.get(name, {}).items():
            ordered = sorted(entry.per_type_gain.items(), key=lambda item: -item[1].mean)
            shown = [*ordered[:6], *ordered[-3:]]
            told = (f"{k} {100 * g.mean:+.0f} (p {g.p_holm:.2f})" for k, g in shown)
            lines.append(f"\n{name} at {size}: {', '.join(told)}")
    return "\n".join(lines)


PARTS = {"labels": labels, "raw": raw}

if __name__ == "__main__":
    main()
