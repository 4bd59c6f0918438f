"""One LLM at several addresses: used evenly; one that is dead is left out until it is back.

>>> both = Addresses({"http://gpu-1:8000/v1": first, "http://gpu-2:8000/v1": second})
>>> both.complete(request)   # by the one with fewer requests under way
>>> both.served()
{'http://gpu-1:8000/v1': {'replies': 26, 'failures': 0}, 'http://gpu-2:8000/v1': …}
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from itertools import count
from math import inf

from augment.errors import BackendError, RateLimited
from augment.protocols import Backend
from augment.schema import Request, Response

SHORTEST, LONGEST = 1.0, 60.0
"""Seconds until one request is sent again to an address that failed: as long as it is out."""


class _Place:
    """An address: what is under way there, how it did, and since when it is out (None: it is not).

    ``again``: when one request goes there again, to see.
    """

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        self.under_way = self.last = self.replies = self.failures = 0
        self.out_since: float | None = None
        self.again = 0.0


class Addresses:
    """A backend that has one for each address; where each is asked the same, replies are the same.

    An error tells in ``elsewhere`` how often its request may go to another one. With all of them
    out, all are asked.
    """

    def __init__(
        self, backends: Mapping[str, Backend], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.name = next(iter(backends.values())).name
        self._places = {url: _Place(backend) for url, backend in backends.items()}
        self._clock, self._turns, self._lock = clock, count(1), threading.Lock()

    def complete(self, request: Request) -> Response:
        """One reply, asked for once. Raises a BackendError."""
        with self._lock:
            place = self._next()
            place.under_way += 1
            place.last = next(self._turns)
        try:
            reply = place.backend.complete(request)
        except BackendError as error:
            error.elsewhere = self._failed(place, error)
            raise
        else:
            with self._lock:
                place.replies += 1
                place.out_since = None
            return reply
        finally:
            with self._lock:
                place.under_way -= 1

    def served(self) -> dict[str, dict[str, int]]:
        """Replies and failures of each address."""
        with self._lock:
            places = self._places.items()
            return {url: {"replies": p.replies, "failures": p.failures} for url, p in places}

    def close(self) -> None:
        """Close them all."""
        for place in self._places.values():
            place.backend.close()

    def _next(self) -> _Place:
        """One to try again, else the least busy; of equals the one that was asked before."""
        now, places = self._clock(), self._places.values()
        for place in places:
            if place.out_since is not None and place.again <= now:
                place.again = inf
                return place
        return min(self._well() or places, key=lambda place: (place.under_way, place.last))

    def _well(self) -> list[_Place]:
        return [place for place in self._places.values() if place.out_since is None]

    def _failed(self, place: _Place, error: BackendError) -> int:
        """How many others there are, if one is well and the failure is the address's; else 0.

        A server that is busy, or objects, is well.
        """
        with self._lock:
            if not error.retryable or isinstance(error, RateLimited):
                place.out_since = None
                return 0
            now = self._clock()
            place.failures += 1
            place.out_since = now if place.out_since is None else place.out_since
            place.again = now + min(LONGEST, max(SHORTEST, now - place.out_since))
            return len(self._places) - 1 if self._well() else 0
