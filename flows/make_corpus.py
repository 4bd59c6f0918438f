"""Flow `make-corpus`: corpus → plan → generate → filter; ends with accepted samples and a report.

>>> make_corpus(Corpus(corpus=Path("train.csv"), guide="textmine"), Samples(samples=200))
"""

from typing import Any

from prefect import State, flow
from prefect.states import Completed

from augment.config import RunConfig
from augment.files import check, publish
from augment.policy import load_policy
from flows import artifacts
from flows.settings import Corpus, Llms, Samples, configured
from flows.states import Outcome, Stopped, done, judged, stated
from flows.tasks import run_pipeline

_SAMPLES, _LLMS = Samples(), Llms()


@flow(name="make-corpus", retries=0, persist_result=False)
@stated
def make_corpus(corpus: Corpus, samples: Samples = _SAMPLES, llms: Llms = _LLMS) -> State[Any]:
    """Make annotated samples from a corpus, with LLMs or without, checked and filtered.

    Run again with the same values it goes on where it was; what LLMs have answered is not paid
    twice. The result is the run's folder, with `accepted.jsonl`, `dropped.jsonl` and `report.html`.

    Args:
        corpus: What samples are made from.
        samples: Which samples, and how many.
        llms: Which LLMs write them, and the most that may cost.

    """
    llms.unlock()
    config = configured(corpus, samples, llms, measure=False, gate=False)
    return ended("make-corpus", corpus, config)


def ended(name: str, corpus: Corpus, config: RunConfig) -> State[Any]:
    """Run the pipeline and show what came of it; green, or Stopped with a named state."""
    folder = corpus.folder(config)
    manifest, bad = shown(name, corpus, config)
    if bad:
        raise Stopped(bad)
    made = manifest["accepted"] + manifest["rewrite"]["accepted"]
    return Completed(message=f"{made} accepted samples in {folder}", data=folder)


def shown(name: str, corpus: Corpus, config: RunConfig) -> tuple[dict[str, Any], Outcome | None]:
    """Run the pipeline and show what came of it: its manifest, and why that is no success."""
    folder = corpus.folder(config)
    if corpus.publish:
        check(corpus.publish, load_policy(config.write.policy))
    manifest = done(
        run_pipeline(config, folder, corpus.workers, corpus.scheduler, return_state=True)
    )
    artifacts.show(name, manifest, folder, corpus.link(folder / "report.html"))
    send(corpus, config)
    return manifest, judged(manifest, folder)


def send(corpus: Corpus, config: RunConfig) -> None:
    """Publish the folder of a run, if that is wanted; what is there is not sent again."""
    if corpus.publish:
        folder = corpus.folder(config)
        url = f"{corpus.publish.rstrip('/')}/{folder.name}"
        publish(folder, url, policy=load_policy(config.write.policy))
