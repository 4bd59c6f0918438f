"""Flow `review-round`: push; return; a later run pulls, and merges when enough came back.

>>> review_round(Path("accepted.jsonl"), "textmine", Review(url="http://127.0.0.1:8080"))
"""

from pathlib import Path
from typing import Annotated, Any

from prefect import State, flow
from prefect.states import Completed
from pydantic import Field

from augment.errors import PathError
from augment.hold import hold
from augment.store import digest
from flows.rounds import Round, pulled, pushed
from flows.settings import Review
from flows.states import stated
from flows.tasks import plenty

_REVIEWS = Path("data/reviews")


@flow(name="review-round", retries=0, persist_result=False)
@stated
def review_round(
    documents: Path,
    guide: str,
    review: Review,
    enough: Annotated[float, Field(gt=0, le=1)] = 1.0,
    reviews: Path = _REVIEWS,
) -> State[Any]:
    """Have people look at documents in Label Studio; nothing waits for them.

    The first run pushes. Each further run looks how many tasks are done, and ends as "Waiting for
    review", or, when enough are, as "Reviewed" with `merged.jsonl`: the documents as they are
    after the review, without those that were rejected.

    Args:
        documents: What is to be reviewed, in any format, as accepted.jsonl of a run.
        guide: Name or folder of the guide that the documents were annotated by.
        review: Which Label Studio, and which of the documents.
        enough: Share of the tasks that has to be done before they are merged, 1 for all.
        reviews: The folder of the rounds; each has a folder there.

    """
    if not documents.exists():
        raise PathError(f"{documents}: no such file or folder")
    folder = reviews / f"{documents.stem}-{digest(documents)[:8]}"
    round = Round(folder, documents, guide)
    with hold(folder):
        sent = pushed("review-round", round, review)
        counts = pulled(round, review, enough)
    told = f"{counts['done']} of {counts['tasks']} tasks of project {sent.project} are done"
    if not plenty(counts, enough):
        return Completed(name="Waiting for review", message=f"{told}; {enough:.0%} are enough")
    return Completed(name="Reviewed", message=f"{told}: {folder / 'merged.jsonl'}", data=folder)
