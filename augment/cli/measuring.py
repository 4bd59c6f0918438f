"""What `augment measure` does once its options are read.

>>> experiment(Given(Path("train.csv"), None, ["compose=texts.jsonl"], None), settings, json=out)
Result(arms={'base': {'100': Scores(macro_f1=0.57, …), …}, …}, …)
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from augment.cli.common import check_target, read_documents, track
from augment.cli.given import additions_of
from augment.cli.live import live
from augment.cli.measured import show_evaluation

if TYPE_CHECKING:
    from augment.config import RunConfig
    from augment.measure.records import Result
    from augment.pipeline.experiment import Settings


SEEN = "in time its writer may have seen the later texts"
"""Said of every addition: all training texts could be shown to who made it."""


class Given(NamedTuple):
    """What is measured on, as it was given."""

    train: Path
    test: Path | None
    add: list[str]
    guide: str | None


def experiment(
    given: Given,
    settings: Settings,
    *,
    json: Path | None = None,
    llms: RunConfig | None = None,
    robust: bool = False,
) -> Result:
    """Measure, and write the result to ``json``, beside which what is done is kept."""
    from tempfile import TemporaryDirectory

    from augment.guide import load
    from augment.pipeline.direct import Direct, asking
    from augment.pipeline.experiment import experiment
    from augment.pipeline.robustness import check_names, robustness
    from augment.registry import resolve
    from augment.store import write_json

    for name in settings.students:
        resolve("student", name)
    rules = load(given.guide) if given.guide else None
    train, test = (read_documents(path) if path else [] for path in (given.train, given.test))
    additions = additions_of(given.add)
    if robust:
        check_names(additions)
    with TemporaryDirectory() as scratch, live() as watch:
        work = json.with_suffix(".work") if json else Path(scratch)
        beside = None
        if llms and rules:
            beside = asking(Direct(llms, rules, train, test, work), llms, watch)
        fixed: dict[str, Any] = {
            "additions": additions,
            "settings": settings,
            "guide": rules,
            "work": work,
            "track": track,
        }
        result = experiment(train, test, **fixed, beside=beside)
        if robust and not result.dirty:
            found = robustness(train, test, **fixed)
            notes = [f"{name}: {SEEN}" for name in additions if "time" in found.versions]
            update = {"robustness": found, "notes": [*result.notes, *notes]}
            result = result.model_copy(update=update)
    if json:
        write_json(json, result.model_dump(mode="json"))
    return result


def page(path: Path, title: str, result: Result) -> None:
    """Write the page of a result."""
    from augment.pipeline.finish import prompted
    from augment.report import render_measured
    from augment.store import writing

    with writing(path) as file:
        file.write(render_measured(title, result.model_dump(mode="json"), prompted(result)))


def evaluation(gold: Path, predicted: Path, json: Path | None) -> None:
    """Score predictions against gold, show it, and write it to ``json``."""
    from augment.measure.evaluate import evaluate
    from augment.store import write_json

    if json:
        check_target(json, gold, predicted)
    result = evaluate(read_documents(gold), read_documents(predicted))
    if json:
        write_json(json, result.model_dump(mode="json"))
    show_evaluation(result)
