"""A round of review: documents into Label Studio once, and what people said into files.

reviews/accepted-9f2c31aa/{pushed,complete}.json, {reviewed,rejected,merged}.jsonl
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from augment.errors import NoResult
from augment.pipeline.review import Sent
from augment.store import write_json
from flows import artifacts
from flows.settings import Review
from flows.states import done
from flows.tasks import Answers, pull, push


class Round(NamedTuple):
    """Where a round lies, what was pushed, and the documents that it is about."""

    folder: Path
    documents: Path
    guide: str

    @property
    def sent(self) -> Sent | None:
        """What was pushed, None if nothing was yet."""
        path = self.folder / "pushed.json"
        return Sent.model_validate_json(path.read_bytes()) if path.is_file() else None

    @property
    def complete(self) -> bool:
        """True if all that was pushed came back."""
        return (self.folder / "complete.json").is_file()


def pushed(flow: str, round: Round, review: Review, title: str | None = None) -> Sent:
    """Push, unless it was done; the link to the project is an artifact."""
    sent = round.sent
    if sent is None:
        sending = review.sending(round.documents, round.guide, title or review.project)
        sent = done(push(sending, return_state=True))
        write_json(round.folder / "pushed.json", sent.model_dump(mode="json"))
    artifacts.show_project(flow, str(review.url), sent.project, sent.title)
    return sent


def pulled(round: Round, review: Review, enough: float = 0.0) -> dict[str, int]:
    """Tasks, done ones and verdicts; merged into files if the share that is done is enough."""
    sent = round.sent
    if sent is None:
        raise NoResult(f"{round.folder}: nothing was pushed")
    answers = Answers(
        url=str(review.url),
        project=sent.project,
        documents=round.documents,
        folder=round.folder,
        guide=round.guide,
        policy=review.policy,
        enough=enough,
    )
    counts: dict[str, int] = done(pull(answers, return_state=True))
    if counts["done"] == counts["tasks"]:
        write_json(round.folder / "complete.json", counts)
    return counts
