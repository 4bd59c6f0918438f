"""What an LLM says of test documents: the questions, and the triples in its replies.

>>> read(question, reply, guide)
Read(triples=frozenset({(4, 'RESIDES_IN', 20)}), failed=None, reply=Response(…))
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from augment.align.strategies import annotate_given
from augment.guide import Guide
from augment.pipeline.ask import STOPS
from augment.pipeline.cost import total
from augment.reasons import Reason
from augment.schema import Document, Drop, Order, Request, Response, Triple

Cell = tuple[str, str, int, int]
"""Arm, size, seed and fold."""


class Question(NamedTuple):
    """One test document put to one LLM; ``shown`` is the document as the LLM may see it.

    ``request`` is a drop where the prompt would be too long.
    """

    cell: Cell
    document: Document
    shown: Document
    order: Order
    request: Request | Drop


class Read(NamedTuple):
    """What was read off a reply; ``failed`` says why nothing was."""

    triples: frozenset[Triple] = frozenset()
    failed: Reason | None = None
    reply: Response | None = None


def read(question: Question, outcome: Response | Drop, guide: Guide) -> Read:
    """The triples of a reply, with the ids of the document itself."""
    if isinstance(outcome, Drop):
        return Read(failed=outcome.reason)
    made = annotate_given(outcome, order=question.order, guide=guide, source=question.shown)
    if isinstance(made, Drop):
        return Read(failed=made.reason, reply=outcome)
    if made.document.labelled == "none":
        return Read(failed=Reason.NO_RELATIONS, reply=outcome)
    ends = zip(question.shown.entities, question.document.entities, strict=True)
    ids = {seen.id: real.id for seen, real in ends}
    triples = (r.triple for r in made.document.relations)
    return Read(frozenset((ids[h], kind, ids[t]) for h, kind, t in triples), reply=outcome)


def stopped(found: Sequence[Read]) -> bool:
    """True if not all was asked, or nothing answered."""
    return all(r.reply is None for r in found) or any(r.failed in STOPS for r in found)


def told(found: Sequence[Read]) -> dict[str, Any]:
    """What the replies of one row took, and why some could not be used."""
    failed = Counter(r.failed.value for r in found if r.failed)
    replies = [r.reply for r in found if r.reply]
    used = [total([r.prompt_tokens, r.completion_tokens]) for r in replies]
    tokens = total(used)
    return {
        "failed": dict(sorted(failed.items())),
        "tokens": None if tokens is None else int(tokens),
        "cost": total(r.cost for r in replies),
    }


def requests(asked: Iterable[Question]) -> list[Request]:
    """What is sent for the questions."""
    return [q.request for q in asked if isinstance(q.request, Request)]


def matched(
    asked: Sequence[Question], outcomes: Iterable[Response | Drop]
) -> Iterable[Response | Drop]:
    """The reply to each question, or why there is none.

    Replies are found by key; those that have none, by id in the order they were asked.
    """
    replies: dict[str, Response] = {}
    drops: dict[str, deque[Drop]] = defaultdict(deque)
    for outcome in outcomes:
        if isinstance(outcome, Response):
            replies[outcome.key] = outcome
        else:
            drops[outcome.id].append(outcome)
    for question in asked:
        request = question.request
        if isinstance(request, Drop):
            yield request
        else:
            yield replies.get(request.key) or drops[request.id].popleft()
