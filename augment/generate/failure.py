"""Why a request has no usable reply, as a reason for its drop.

>>> failure(ContextTooLong("400: maximum context length is 8192 tokens"))
Failure(reason='context_too_long', detail='400: maximum … 8192 tokens – ask for fewer …', raw='')
"""

from __future__ import annotations

from typing import NamedTuple

from augment.errors import BackendError, BadRequest, ContextTooLong, NotRecorded, Refused
from augment.reasons import Reason
from augment.schema import Response

UNANSWERED = frozenset(
    {
        Reason.NO_REPLY,
        Reason.NOT_ACCEPTED,
        Reason.CONTEXT_TOO_LONG,
        Reason.NOT_RECORDED,
        Reason.OVER_BUDGET,
        Reason.PAST_DEADLINE,
        Reason.CIRCUIT_OPEN,
    }
)
"""Reasons of requests that have no reply; a request that was refused has one."""

ABOUT_ONE_REQUEST = (ContextTooLong, Refused, NotRecorded)
"""Errors that say nothing about whether the server works."""

_REASONS: dict[type[BackendError], Reason] = {
    BadRequest: Reason.NOT_ACCEPTED,
    ContextTooLong: Reason.CONTEXT_TOO_LONG,
    Refused: Reason.REFUSAL,
    NotRecorded: Reason.NOT_RECORDED,
}


class Failure(NamedTuple):
    """Why there is no usable reply, and the text if there was one."""

    reason: Reason
    detail: str
    raw: str = ""


def failure(error: BackendError) -> Failure:
    """What an error means for its request."""
    return Failure(_REASONS.get(type(error), Reason.NO_REPLY), told(error))


def told(error: BackendError) -> str:
    """What happened, and what to do about it."""
    return f"{error} – {error.hint}" if error.hint else str(error)


def usable(reply: Response) -> Response | Failure:
    """The reply, unless it is a refusal."""
    if reply.finish == "refusal":
        return Failure(Reason.REFUSAL, "the model refused", reply.text)
    return reply
