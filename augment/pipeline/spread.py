"""Where work is done: a `Spread` takes a pure function and parts, and gives the results in order.

>>> list(here(sum, [[1, 2], [3]]))
[3, 3]
>>> list(processes(2)(sum, [[1, 2], [3]]))
[3, 3]

`flows/cluster.py` has one for a cluster. What comes out is the same wherever the work is done.
"""

from __future__ import annotations

import logging
import os
import pickle
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from functools import lru_cache, partial
from itertools import chain, islice
from typing import Any, Protocol, TypeVar

from cloudpickle import dumps
from joblib.externals.loky import get_reusable_executor

from augment import __version__
from augment.errors import UsageError, WorkersLost
from augment.protocols import Spread

PART = 1000
"""Records in a part."""
ATTEMPTS = 3
"""How often a part is begun again after a process that worked on one was killed."""
AHEAD = 2
"""Parts under way for each process."""
IDLE = 60
"""Seconds after which processes without work end."""
THREADS = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")}

log = logging.getLogger(__name__)
P = TypeVar("P")
R = TypeVar("R")


def here(function: Callable[[P], R], parts: Iterable[P]) -> Iterator[R]:
    """One part after the other, in this process."""
    return map(function, parts)


def processes(number: int) -> Spread:
    """So many processes of this machine; a single part is done here.

    The work of a process that is killed is done again. Raises WorkersLost if that goes on.
    """
    return here if number == 1 else partial(_processes, number)


def each(
    spread: Spread, function: Callable[[P], R], items: Iterable[P], size: int = PART
) -> Iterator[R]:
    """What a function makes of each item; the items are spread in parts of this size."""
    return chain.from_iterable(spread(partial(_all, function), in_parts(items, size)))


def _all(function: Callable[[P], R], part: Iterable[P]) -> list[R]:
    return [function(item) for item in part]


def in_parts(items: Iterable[P], size: int) -> Iterator[list[P]]:
    """Lists of so many items; the last may be shorter."""
    left = iter(items)
    while part := list(islice(left, size)):
        yield part


def pack(function: Callable[..., Any]) -> bytes:
    """A function as :func:`call` takes it, once for all parts; with the version of this package."""
    packed: bytes = dumps(function)
    return __version__.encode() + b"\n" + packed


def call(packed: bytes, part: Any) -> Any:
    """Have a part done by a worker, which keeps what the function has learnt for the next part.

    Raises UsageError if the worker has another version of this package, WorkersLost for an error
    that cannot be sent back.
    """
    try:
        return _unpacked(packed)(part)
    except Exception as error:
        try:
            pickle.loads(pickle.dumps(error))
        except Exception as lost:
            hint = "run it with --jobs 1 to see where"
            raise WorkersLost(f"{type(error).__name__}: {error}", hint=hint) from lost
        raise


@lru_cache(maxsize=2)
def _unpacked(packed: bytes) -> Callable[[Any], Any]:
    version, _, rest = packed.partition(b"\n")
    if version != __version__.encode():
        raise UsageError(
            f"a worker has augment {__version__}, and the work is of {version.decode()}",
            hint="install the same version for all workers",
        )
    function: Callable[[Any], Any] = pickle.loads(rest)
    return function


class Future(Protocol):
    """A result that is to come."""

    def result(self) -> Any:
        """Wait for it."""

    def cancel(self) -> object:
        """It is not wanted any more."""


def in_order(submit: Callable[[Any], Future], parts: Iterable[Any], *, ahead: int) -> Iterator[Any]:
    """Results in the order of the parts, ``ahead`` of them under way at a time."""
    left, sent = iter(parts), deque[Future]()
    try:
        while True:
            sent.extend(map(submit, islice(left, ahead - len(sent))))
            if not sent:
                return
            yield sent[0].result()
            sent.popleft()
    finally:
        for future in sent:
            future.cancel()


def _processes(number: int, function: Callable[[P], R], parts: Iterable[P]) -> Iterator[R]:
    left = iter(parts)
    first = list(islice(left, 2))
    if len(first) < 2:
        yield from here(function, first)
        return
    submit = partial(_Work, number, pack(function))
    try:
        yield from in_order(submit, chain(first, left), ahead=AHEAD * number)
    except BaseException:  # interrupted, or not wanted any more: nobody waits for what is under way
        pool = _pool(number)
        workers = list(pool._processes.values())
        pool.shutdown(wait=False, kill_workers=True)
        for worker in workers:  # joblib does not get to it where a part was given a moment ago
            worker.terminate()
        raise


def _pool(number: int) -> Any:
    """The processes of this machine, those there are if they are as many and alive."""
    return get_reusable_executor(
        number, timeout=IDLE, env=THREADS, initializer=_end_with, initargs=(os.getpid(),)
    )


class _Work:
    """A part given to a process of this machine, and to another one if that is killed."""

    def __init__(self, number: int, packed: bytes, part: Any) -> None:
        self._number, self._packed, self._part = number, packed, part
        self._sent: Any = None
        with suppress(BrokenProcessPool):
            self._send()

    def _send(self) -> None:
        self._sent = _pool(self._number).submit(call, self._packed, self._part)

    def result(self) -> Any:
        for attempt in range(ATTEMPTS):
            try:
                if self._sent is None:
                    self._send()
                return self._sent.result()
            except BrokenProcessPool as error:
                log.warning("a process was killed: what it was at is done again (%s)", attempt + 1)
                self._sent, last = None, error
        raise WorkersLost(
            "processes are killed again and again, by the system for want of memory perhaps",
            hint="run it again, it goes on where it was; fewer --jobs need less memory",
        ) from last

    def cancel(self) -> None:
        if self._sent is not None:
            self._sent.cancel()


def _end_with(owner: int) -> None:
    """End this process soon after the one it works for has ended, in the midst of its work."""

    def watch() -> None:
        while os.getppid() == owner:
            time.sleep(1)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
