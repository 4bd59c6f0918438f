"""Flow `nightly`: new items → samples → what people should review → retrain behind the gate.

>>> nightly(Corpus(corpus=Path("train.csv"), guide="textmine"), Watched(place="live"))
"""

from typing import Any

from prefect import State, flow
from prefect.states import Completed

from augment.hold import hold
from flows.night import NAME, Night
from flows.settings import Corpus, Llms, Measuring, Review, Samples, Watched
from flows.states import Stopped, stated, together

_SAMPLES, _LLMS, _REVIEW, _MEASURING = Samples(), Llms(), Review(), Measuring()


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

    What was interrupted last time is finished first; what cannot be finished keeps nothing else
    back. A night without new items and reviews ends at once as "Nothing new". The newest model is
    `latest/model` in the folder `work`.

    Args:
        corpus: Gold documents, and where runs are put.
        watched: Where new items come from, and where it is kept what was seen.
        samples: How samples are made of them: annotated, if no strategy is named, and by each
            strategy as many, if no number is set.
        llms: Which LLMs are asked, and the most that a night may cost.
        review: Which Label Studio gets how many of the new samples.
        measuring: Which student is trained, and how its gain is measured.

    """
    llms.unlock()
    with hold(watched.work):
        night, model = Night(corpus, watched, review), None
        with night.noted("new items"):
            night.take_all(samples, llms)
        rounds = night.reviews()
        with night.noted("model"):
            model = night.retrain(measuring, llms.policy)
    told = night.told(sum(row["done"] for row in rounds))
    if night.troubles:
        raise Stopped(together(night.troubles, told))
    new = any(night.made.values()) or model or any(row["new"] for row in rounds)
    return Completed(name=None if new else "Nothing new", message=told, data=model)
