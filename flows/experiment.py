"""Flow `experiment`: train → measure → report; whether additions are worth it.

>>> experiment(Corpus(corpus=Path("train.csv"), guide="textmine"), {"compose": Path("a.jsonl")})
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from prefect import State, flow

from augment.config import RunConfig, WriteConfig
from flows.make_corpus import ended
from flows.settings import Corpus, Measuring, Place, configured
from flows.states import stated

_MEASURING = Measuring()


@flow(name="experiment", retries=0, persist_result=False)
@stated
def experiment(
    corpus: Corpus, additions: dict[str, Place], measuring: Measuring = _MEASURING
) -> State[Any]:
    """Measure what additions are worth to a student, train it behind the gate, and report.

    Run again with the same values it goes on where it was. The result is the run's folder, with
    `measure.json`, `model/` and `report.html`.

    Args:
        corpus: Gold documents to train and to test on.
        additions: Documents to add, by a name: accepted.jsonl of a run, a folder, or a URL.
        measuring: Which student, how many trials, and the gate.

    """
    return ended("experiment", corpus, measured(corpus, measuring, additions))


def measured(
    corpus: Corpus,
    measuring: Measuring,
    additions: Mapping[str, str | Path],
    policy: Path | None = None,
) -> RunConfig:
    """The configuration of a run that makes nothing and measures additions.

    ``policy``: of what it sends elsewhere; that of the YAML file, if None.
    """
    fixed = {"samples": 0, "measure": True, "add": dict(additions), "write.policy": policy}
    config = configured(corpus, measuring, **fixed)
    return config.model_copy(update={"write": WriteConfig(policy=config.write.policy)})
