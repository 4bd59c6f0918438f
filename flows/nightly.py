"""Flow `nightly`: new items → samples → what people should review → retrain behind the gate.

>>> nightly(Corpus(corpus=Path("train.csv"), guide="textmine"), Watched(place="live"))
"""

from typing import Any

from prefect import State, flow
from prefect.states import Completed

from augment.pipeline.hold import hold
from flows.night import NAME, Night
from flows.settings import Corpus, Llms, Measuring, Review, Samples, Watched
from flows.states import Stopped, stated

_SAMPLES = Samples(strategies=("annotate",))
_LLMS, _REVIEW, _MEASURING = Llms(), Review(), Measuring()


@flow(name=NAME, retries=0, persist_result=False)
@stated
def nightly(
    corpus: Corpus,
    watched: Watched,
    samples: Samples = _SAMPLES,
    llms: Llms = _LLMS,
    review: Review = _REVIEW,
    measuring: Measuring = _MEASURING,
) -> State[Any]:
    """Take new live items, annotate them, make samples, and retrain where that is shown to help.

    What was interrupted last time is finished first. A night without new items and reviews ends
    at once as "Nothing new". The newest model is `latest/model` in the folder `work`.

    Args:
        corpus: Gold documents, and where runs are put.
        watched: Where new items come from, and where it is kept what was seen.
        samples: How samples are made of them; their number, if not given, is that of the items.
        llms: Which LLMs are asked, and the most that a batch of new items may cost.
        review: Which Label Studio gets how many of the new samples.
        measuring: Which student is trained, and how its gain is measured.

    """
    llms.unlock()
    with hold(watched.work):
        night = Night(corpus, watched, review)
        found, stopped = night.take_all(samples, llms)
        reviews, away = night.ask_back()
        model = night.retrain(measuring)
    if trouble := stopped or away:
        raise Stopped(trouble)
    told = f"{found.known} files known, {len(found.waiting)} waiting"
    if not night.made and not model:
        return Completed(name="Nothing new", message=told)
    made = sum(night.made.values())
    return Completed(
        message=f"{made} samples of {len(night.made)} batches, {reviews} reviewed; "
        f"model: {model or 'as before'}; {told}",
        data=model,
    )
