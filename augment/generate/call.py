"""Requests in, replies out, in order: the only place that retries, limits, remembers and pays.

>>> for outcome in generate(requests, backend=backend, ledger=ledger):
...     outcome
Response(id='compose-0001', text='[[e1:PLACE|Kiev]] résiste. …', cost=0.0021, …)
Drop(id='compose-0002', stage='generate', reason='no_reply', detail='503: overloaded')
"""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple

from augment.errors import BackendError, ConfigError, StoreError, Unreachable
from augment.generate.failure import ABOUT_ONE_REQUEST, Failure, failure, usable
from augment.generate.gate import DEFAULT, CallSettings, Clock, Gate, Spend, Stopped, spend_of
from augment.generate.prices import priced
from augment.ledger import Ledger
from augment.protocols import Backend
from augment.reasons import Reason
from augment.schema import Drop, Request, Response

_LONGEST_BACKOFF = 30.0
_NOBODY_THERE = 3
"""Tries again, at most, where no connection was ever made."""
_TOGETHER, _AT_LEAST = 4, 32
"""Requests sorted by prefix at a time: a multiple of those under way at once."""


class Progress(NamedTuple):
    """How far a run is. ``reused``: answered by the ledger. ``cost``: None if no price is known.

    ``eta``: seconds left, None before the first reply; ``stopped``: why nothing more is asked.
    """

    total: int
    done: int
    reused: int
    unanswered: dict[str, int]
    tokens: int
    cost: float | None
    under_way: int
    limit: int
    eta: float | None
    stopped: str | None


def generate(
    requests: Sequence[Request],
    *,
    backend: Backend,
    ledger: Ledger | None,
    settings: CallSettings = DEFAULT,
    on_progress: Callable[[Progress], None] = lambda progress: None,
    clock: Clock | None = None,
) -> Iterator[Response | Drop]:
    """One reply or one drop a request, in their order.

    Requests that are equal but for ``id`` are asked once. Replies in the ledger are not asked
    again; new ones are in it before they come out. Those that share all messages but the last are
    sent one after another, so that servers can reuse the prefix. ``ledger=None`` is for backends
    that cost nothing. ``on_progress`` is called from other threads, one at a time.

    Raises ConfigError for a cap on cost without a price, StoreError if the ledger's disk is full.
    """
    unpriced = sorted({request.model for request in requests} - set(settings.prices))
    if settings.max_cost is not None and unpriced:
        raise ConfigError(
            f"--max-cost needs the price of {unpriced[0]}, and it is not known",
            hint="give it in a file with --prices",
        )
    calls = _Calls(requests, backend, ledger, settings, clock or Clock())
    calls.report = on_progress
    return calls.run()


class _Calls:
    """The calls of one run, and what came of them by request key."""

    report: Callable[[Progress], None]

    def __init__(
        self,
        requests: Sequence[Request],
        backend: Backend,
        ledger: Ledger | None,
        settings: CallSettings,
        clock: Clock,
    ) -> None:
        self.requests, self.backend = requests, backend
        self.ledger, self.settings = ledger, settings
        self.copies = Counter(request.key for request in requests)
        known = ledger.find(list(self.copies)) if ledger else {}
        self.gate = Gate(settings, clock)
        self.known = {key: usable(reply) for key, reply in known.items()}
        unknown = {r.key: self.gate.at_most(r) for r in requests if r.key in known}
        spent = [spend_of(reply, unknown[key]) for key, reply in known.items()]
        self.gate.spent = Spend(sum(s.tokens for s in spent), sum(s.cost for s in spent))
        self.reused = sum(self.copies[key] for key in known)
        self.done = self.reused
        self.unanswered: Counter[str] = Counter()
        self.lock = threading.Lock()

    def run(self) -> Iterator[Response | Drop]:
        """Send what is missing, give everything out in order; leave no call behind."""
        pool = ThreadPoolExecutor(self.settings.concurrency, thread_name_prefix="call")
        try:
            futures = {r.key: pool.submit(self.answer, r) for r in self.missing()}
            self.tell()
            for request in self.requests:
                yield _outcome(request, self.known.get(request.key) or futures[request.key])
        finally:
            self.gate.stop(Reason.CIRCUIT_OPEN, "interrupted")
            pool.shutdown(cancel_futures=True)

    def missing(self) -> list[Request]:
        """One request a key that is not known, those with a shared prefix together.

        Not over the whole run, or the first reply would have to wait for the last requests.
        """
        left = list({r.key: r for r in self.requests if r.key not in self.known}.values())
        together = max(_AT_LEAST, _TOGETHER * self.settings.concurrency)
        found = []
        for start in range(0, len(left), together):
            groups: dict[object, list[Request]] = {}
            for request in left[start : start + together]:
                groups.setdefault((request.model, request.messages[:-1]), []).append(request)
            found += [request for group in groups.values() for request in group]
        return found

    def answer(self, request: Request) -> Response | Failure:
        """What came of one request; tells how far the run is."""
        try:
            result = self.ask(request)
        except Stopped as stopped:
            result = Failure(stopped.reason, stopped.detail)
        except StoreError as error:
            self.gate.stop(Reason.CIRCUIT_OPEN, str(error))
            raise
        except BackendError as error:
            if not isinstance(error, ABOUT_ONE_REQUEST):
                self.gate.gave_up(error)
            result = failure(error)
        with self.lock:
            self.done += self.copies[request.key]
            if isinstance(result, Failure):
                self.unanswered[result.reason.value] += self.copies[request.key]
        self.tell()
        return result

    def ask(self, request: Request) -> Response | Failure:
        """Ask until there is a reply or no point in asking. Raises BackendError, Stopped.

        Going to another address is no new attempt, as the failure was not the request's; but a
        call that may be charged counts wherever it went.
        """
        attempt = unsure = moved = 0
        while True:
            permit = self.gate.enter(request)
            try:
                reply = self.once(request)
            except BackendError as error:
                self.gate.leave(permit, error)
                unsure += error.unsure
                if unsure > self.settings.unsure_retries:
                    raise
                if moved < error.elsewhere:
                    moved += 1
                    continue
                if not error.retryable or attempt >= self.retries(error):
                    raise
                self.gate.sleep(self.wait(request, attempt, error))
                attempt += 1
            except BaseException:
                self.gate.leave(permit, BackendError("interrupted"))
                raise
            else:
                self.gate.leave(permit, reply)
                return usable(reply)

    def retries(self, error: BackendError) -> int:
        """How often to try again; less where nobody has answered at all: the address is wrong."""
        most = self.settings.retries
        nobody = isinstance(error, Unreachable) and not self.gate.answered
        return min(most, _NOBODY_THERE) if nobody else most

    def once(self, request: Request) -> Response:
        """A reply that another process has stored meanwhile, or one call; stored, then given."""
        if self.ledger is None:
            return priced(self.backend.complete(request), self.settings.prices.get(request.model))
        self.ledger.ready()
        found = self.ledger.get(request.key)
        if found is not None:
            return found
        reply = priced(self.backend.complete(request), self.settings.prices.get(request.model))
        return self.ledger.put(reply, backend=self.backend.name, model=request.model)

    def wait(self, request: Request, attempt: int, error: BackendError) -> float:
        """Seconds before the next attempt: what the server asks, or exponential with jitter."""
        jitter = random.Random(f"{request.key}/{attempt}").uniform(0.5, 1.0)
        if error.retry_after is not None:
            return error.retry_after + jitter * self.settings.first_wait
        backoff: float = self.settings.first_wait * 2.0**attempt
        return jitter * min(_LONGEST_BACKOFF, backoff)

    def tell(self) -> None:
        """Call the caller's ``on_progress``."""
        with self.lock:
            gate, total = self.gate, len(self.requests)
            asked = self.done - self.reused
            elapsed = gate.clock.now() - gate.started
            progress = Progress(
                total=total,
                done=self.done,
                reused=self.reused,
                unanswered=dict(self.unanswered),
                tokens=gate.spent.tokens,
                cost=gate.spent.cost if self.settings.prices else None,
                under_way=gate.under_way,
                limit=gate.limit,
                eta=(total - self.done) * elapsed / asked if asked else None,
                stopped=gate.stopped.detail if gate.stopped else None,
            )
            self.report(progress)


def _outcome(
    request: Request, found: Response | Failure | Future[Response | Failure]
) -> Response | Drop:
    result = found.result() if isinstance(found, Future) else found
    if isinstance(result, Response):
        return result.model_copy(update={"id": request.id})
    return Drop(
        id=request.id,
        stage="generate",
        reason=result.reason,
        detail=result.detail,
        raw=result.raw,
    )
