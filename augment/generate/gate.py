"""The gate every call passes: how many at once, how many a minute, how much, how long.

>>> permit = gate.enter(request)   # waits for its turn, or raises Stopped
>>> gate.leave(permit, response)   # or the error: 429 halves how many may be under way
"""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import NamedTuple

from pydantic import Field

from augment.errors import BackendError, RateLimited
from augment.generate.failure import told
from augment.generate.prices import Price, prompt_tokens_at_most
from augment.reasons import Reason
from augment.schema import Record, Request, Response

_WINDOW = 60.0


class CallSettings(Record):
    """How to call: ``deadline`` in seconds from the start; caps are for the whole run.

    ``prices``: by model, all in one currency. Replies found in the ledger count towards
    ``max_cost`` and ``max_tokens`` (prompt and reply together), so a resumed run does not pass
    them either.
    ``unsure_retries``: after a failure that may have been charged. ``circuit``: requests given up
    in a row before the run ends. ``longest_wait``: seconds a server may ask us to wait.
    """

    concurrency: int = Field(default=8, ge=1)
    requests_per_minute: int | None = Field(default=None, ge=1)
    tokens_per_minute: int | None = Field(default=None, ge=1)
    retries: int = Field(default=8, ge=0)
    unsure_retries: int = Field(default=2, ge=0)
    first_wait: float = Field(default=1.0, gt=0)
    longest_wait: float = Field(default=300.0, gt=0)
    deadline: float | None = Field(default=None, gt=0)
    circuit: int = Field(default=3, ge=1)
    max_cost: float | None = Field(default=None, ge=0)
    max_tokens: int | None = Field(default=None, ge=0)
    prices: dict[str, Price] = Field(default_factory=dict)


DEFAULT = CallSettings()


class Clock:
    """Real time; tests give another."""

    def now(self) -> float:
        """Seconds, from any start."""
        return time.monotonic()

    def wait(self, condition: threading.Condition, seconds: float | None) -> None:
        """Until notified, or for some seconds."""
        condition.wait(seconds)


class Stopped(Exception):
    """The run asks nothing more: why, and the sentence that says so."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason, self.detail = reason, detail


class Spend(NamedTuple):
    """Tokens (prompt and reply together) and what they cost."""

    tokens: int
    cost: float


class Permit:
    """A call under way: the most it can take, and the round of the limit it started in."""

    def __init__(self, at_most: Spend, round: int, now: float) -> None:
        self.at_most, self.round, self.start = at_most, round, now
        self.tokens = at_most.tokens


class Gate:
    """Shared by the threads of one run.

    Concurrency (AIMD, Chiu & Jain 1989): a 429 halves the limit, at most once for the calls that
    were under way together; as many replies in a row as the limit add one, up to what was asked.
    No window of 60 seconds holds more than the limits per minute. The most that a call can take is
    set aside before it, so that the caps are never passed.
    """

    def __init__(self, settings: CallSettings, clock: Clock) -> None:
        self.settings, self.clock = settings, clock
        self.spent = self._aside = Spend(0, 0.0)
        self.limit, self.under_way = settings.concurrency, 0
        self.stopped: Stopped | None = None
        self.answered = False
        self.started = clock.now()
        self._round, self._streak, self._given_up = 0, 0, 0
        self._closed_until = self.started
        self._window: deque[Permit] = deque()
        self._changed = threading.Condition()

    def enter(self, request: Request) -> Permit:
        """Wait for a turn. Raises Stopped."""
        most = self.at_most(request)
        with self._changed:
            while (wait := self._turn(most)) != 0:
                self._pause(wait)
            permit = Permit(most, self._round, self.clock.now())
            self._window.append(permit)
            self.under_way += 1
            self._aside = _plus(self._aside, most)
            return permit

    def leave(self, permit: Permit, outcome: Response | BackendError) -> None:
        """Give the turn back, with what came of it."""
        with self._changed:
            self.under_way -= 1
            self._aside = _plus(self._aside, Spend(-permit.at_most.tokens, -permit.at_most.cost))
            if isinstance(outcome, Response):
                self._answered(permit, outcome)
            else:
                self._failed(permit, outcome)
            self._changed.notify_all()

    def sleep(self, seconds: float) -> None:
        """Wait before trying again, without a turn. Raises Stopped."""
        with self._changed:
            until = self.clock.now() + seconds
            while (left := until - self.clock.now()) > 0:
                self._pause(left)

    def gave_up(self, error: BackendError) -> None:
        """A request failed for good; too many in a row, or one that all would share, stop all."""
        with self._changed:
            self._given_up += 1
            if error.fatal or self._given_up >= self.settings.circuit:
                self._stop(Reason.CIRCUIT_OPEN, told(error))

    def stop(self, reason: Reason, detail: str) -> None:
        """Ask nothing more; calls under way end."""
        with self._changed:
            self._stop(reason, detail)

    def at_most(self, request: Request) -> Spend:
        """The most that one call can take."""
        prompt, price = prompt_tokens_at_most(request), self.settings.prices.get(request.model)
        cost = price.cost(prompt, request.max_tokens) if price else 0.0
        return Spend(prompt + request.max_tokens, cost)

    def _stop(self, reason: Reason, detail: str) -> None:
        self.stopped = self.stopped or Stopped(reason, detail)
        self._changed.notify_all()

    def _pause(self, seconds: float | None) -> None:
        """Wait, or stop at once if the wait would end past the deadline."""
        deadline = self.settings.deadline
        end = self.clock.now() + (seconds or 0.0)
        if self.stopped is None and deadline is not None and end >= self.started + deadline:
            self._stop(Reason.PAST_DEADLINE, f"the {deadline:g} s allowed are over")
        if self.stopped is not None:
            raise Stopped(self.stopped.reason, self.stopped.detail)
        self.clock.wait(self._changed, seconds)

    def _turn(self, most: Spend) -> float | None:
        """0: go; seconds to wait; None: until something changes."""
        now = self.clock.now()
        late = self.settings.deadline is not None and now >= self.started + self.settings.deadline
        if self.stopped is not None or late:
            self._pause(0.0)
        cap = self._passes_cap(most)
        if cap and self.under_way == 0:
            self._stop(Reason.OVER_BUDGET, cap)
            self._pause(0.0)
        if cap or self.under_way >= self.limit:
            return None
        return max(0.0, self._closed_until - now, self._until_window_allows(most, now))

    def _passes_cap(self, most: Spend) -> str:
        total = _plus(_plus(self.spent, self._aside), most)
        s = self.settings
        if s.max_cost is not None and total.cost > s.max_cost:
            return f"the next call could pass --max-cost {s.max_cost:g}"
        if s.max_tokens is not None and total.tokens > s.max_tokens:
            return f"the next call could pass --max-tokens {s.max_tokens}"
        return ""

    def _until_window_allows(self, most: Spend, now: float) -> float:
        """Seconds until calls and tokens of the last minute leave room for one more call."""
        s, window = self.settings, self._window
        while window and window[0].start <= now - _WINDOW:
            window.popleft()
        calls, tokens = len(window), sum(p.tokens for p in window) if s.tokens_per_minute else 0
        wait = 0.0
        for permit in window:
            calls_full = s.requests_per_minute is not None and calls >= s.requests_per_minute
            over = s.tokens_per_minute is not None and tokens + most.tokens > s.tokens_per_minute
            if not calls_full and not over:
                break
            wait = permit.start + _WINDOW - now
            calls, tokens = calls - 1, tokens - permit.tokens
        return wait

    def _answered(self, permit: Permit, response: Response) -> None:
        self._given_up, self.answered = 0, True
        used = spend_of(response, permit.at_most)
        permit.tokens = used.tokens
        self.spent = _plus(self.spent, used)
        self._streak += 1
        if self._streak >= self.limit and self.limit < self.settings.concurrency:
            self.limit, self._streak = self.limit + 1, 0

    def _failed(self, permit: Permit, error: BackendError) -> None:
        if error.unsure:
            self.spent = _plus(self.spent, permit.at_most)
        wait = error.retry_after or 0.0
        if wait > self.settings.longest_wait:
            self._stop(Reason.CIRCUIT_OPEN, f"the server asks to wait {wait:.0f} s ({error})")
        if isinstance(error, RateLimited):
            self._streak = 0
            self._closed_until = max(self._closed_until, self.clock.now() + wait)
            if permit.round == self._round:
                self.limit, self._round = max(1, self.limit // 2), self._round + 1


def spend_of(response: Response, unknown: Spend) -> Spend:
    """What a reply took; where the server does not say, the most it can have taken."""
    if response.prompt_tokens is None or response.completion_tokens is None:
        return unknown
    cost = response.cost if response.cost is not None else unknown.cost
    return Spend(response.prompt_tokens + response.completion_tokens, cost)


def _plus(a: Spend, b: Spend) -> Spend:
    return Spend(a.tokens + b.tokens, a.cost + b.cost)
