"""Errors and manifests → named states: a run that gave nothing usable is never green.

>>> judged({"accepted": 0, "rewrite": {"candidates": 40, "accepted": 0}, …}, folder)
Outcome(name='No samples', message='nothing was accepted; …/dropped.jsonl says why')
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import wraps
from pathlib import Path
from typing import Any, NamedTuple, ParamSpec, TypeVar

import httpx
from prefect import State
from prefect.concurrency.asyncio import ConcurrencySlotAcquisitionError
from prefect.states import Failed

from augment import errors
from augment.reasons import Reason

P = ParamSpec("P")
R = TypeVar("R")

NAMES: tuple[tuple[type[errors.AugmentError], str], ...] = (
    (errors.InUse, "Already running"),
    (errors.StoreError, "Storage"),
    (errors.DiskFull, "Storage"),
    (errors.WorkersLost, "Failed"),
    (errors.NoResult, "No samples"),
    (errors.ReviewAway, "Label Studio away"),
    (errors.ReviewError, "Label Studio refuses"),
    (errors.BackendError, "LLM away"),
    (errors.PathError, "Bad path"),
    (errors.UsageError, "Bad settings"),
    (errors.AugmentError, "Failed"),
)
"""What the state is called that an error ends in; the first that fits."""
AGAIN = "the same run goes on from here"
STOPS = {
    Reason.OVER_BUDGET: ("Out of budget", "raise max_cost or max_tokens"),
    Reason.PAST_DEADLINE: ("Out of time", "raise call.deadline"),
    Reason.CIRCUIT_OPEN: ("LLM away", "see that the server answers, and the key is right"),
}
NO_REPLY = ("No reply", "see that the server answers; if so, it does not take these requests")


class Outcome(NamedTuple):
    """Name and message of a state of type FAILED."""

    name: str
    message: str


class Stopped(Exception):
    """A run ends here, in a named state."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(f"{outcome.name}: {outcome.message}")
        self.outcome = outcome


def stated(function: Callable[P, R]) -> Callable[P, R | State[Any]]:
    """A flow or task whose errors of this package end it in a named state, without a traceback."""

    @wraps(function)
    def named(*args: P.args, **kwargs: P.kwargs) -> R | State[Any]:
        try:
            return function(*args, **kwargs)
        except errors.AugmentError as error:
            stop = Stopped(of_error(error))
        except Stopped as error:
            stop = error
        except (httpx.TransportError, ConcurrencySlotAcquisitionError) as error:
            stop = Stopped(Outcome("Prefect away", f"no server: {error}; {AGAIN}"))
        return Failed(name=stop.outcome.name, message=stop.outcome.message, data=stop)

    return named


def done(state: State[Any]) -> Any:
    """What a task gave. Raises Stopped if it failed, with a name or by an error nobody expected."""
    if state.is_completed():
        return state.result()
    raise Stopped(Outcome(state.name or "Failed", state.message or ""))


def together(troubles: Sequence[Outcome], told: str) -> Outcome:
    """One state for all that went wrong, named as the first; ``told``: what went well."""
    first, *others = troubles
    more = [f"{trouble.name}: {trouble.message}" for trouble in others]
    return Outcome(first.name, "; ".join([first.message, *more, told]))


def of_error(error: errors.AugmentError) -> Outcome:
    """The state an error ends in: what and where, then what to do."""
    if isinstance(error, errors.NoReply):
        return unanswered(str(error), error.reasons)
    name = next(name for kind, name in NAMES if isinstance(error, kind))
    return Outcome(name, f"{error}; {error.hint}" if error.hint else str(error))


def unanswered(why: str, reasons: Collection[str]) -> Outcome:
    """The state of a run in which LLMs were not asked everything, by the reasons of the drops."""
    name, what = next((STOPS[reason] for reason in STOPS if reason.value in reasons), NO_REPLY)
    return Outcome(name, f"{why}; {what}; {AGAIN}")


def judged(manifest: dict[str, Any], folder: Path) -> Outcome | None:
    """Why a finished run is not to be taken for a success, None if it is one."""
    if manifest["dirty"]:
        first = manifest["dirty"][0]
        return Outcome(
            "Dirty",
            f"{len(manifest['dirty'])} training texts give test texts away, the first: "
            f"{first['id']} ({first['arm']}) gives {first['test_id']} away: {first['reason']}; "
            "take them out of the corpus or the addition; there are no figures",
        )
    if manifest["stopped"]:
        lost = [reason for stage in manifest["stages"].values() for reason in stage["dropped"]]
        return unanswered(manifest["stopped"], lost)
    made = manifest["rewrite"]
    if manifest["requests"] + made["candidates"] and not manifest["accepted"] + made["accepted"]:
        return Outcome(
            "No samples", f"nothing was accepted; {folder / 'dropped.jsonl'} says why of each"
        )
    return None
