"""Flow `make-corpus`: corpus → plan → generate → filter; ends with accepted samples and a report.

>>> make_corpus(Corpus(corpus=Path("train.csv"), guide="textmine"), Samples(samples=200))
"""

from pathlib import Path
from typing import Any

from prefect import State, flow
from prefect.states import Completed

from augment.config import RunConfig
from flows import artifacts
from flows.settings import Corpus, Llms, Place, Samples, configured, stem
from flows.states import Stopped, done, judged, stated
from flows.tasks import run_pipeline

_PLACE, _SAMPLES, _LLMS = Place(), Samples(), Llms()


@flow(name="make-corpus", retries=0, persist_result=False, validate_parameters=True)
@stated
def make_corpus(
    corpus: Corpus, samples: Samples = _SAMPLES, llms: Llms = _LLMS, place: Place = _PLACE
) -> State[Any]:
    """Make annotated samples from a corpus, with LLMs or without, checked and filtered.

    Run again with the same values it goes on where it was; what LLMs have answered is not paid
    twice. The result is the run's folder, with `accepted.jsonl`, `dropped.jsonl` and `report.html`.

    Args:
        corpus: What samples are made from.
        samples: Which samples, and how many.
        llms: Which LLMs write them, and the most that may cost.
        place: Where the run's folder is put.

    """
    llms.unlock()
    config = configured(corpus, samples, llms, measure=False, gate=False)
    folder = place.folder(config, stem(corpus, config))
    return ended("make-corpus", config, folder, place)


def ended(name: str, config: RunConfig, folder: Path, place: Place) -> State[Any]:
    """Run the pipeline, show what came of it, and end green or in a named state."""
    manifest = done(run_pipeline(config, folder))
    artifacts.show(name, manifest, folder, place.link(folder / "report.html"))
    if bad := judged(manifest, folder):
        raise Stopped(bad)
    made = manifest["accepted"] + manifest["rewrite"]["accepted"]
    return Completed(message=f"{made} accepted samples in {folder}", data=folder)
