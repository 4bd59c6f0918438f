"""What these tests share: requests, a clock that only moves when somebody waits."""

import threading

from augment.generate import CallSettings, generate
from augment.generate.gate import Clock
from augment.schema import Message, Request

MODEL = "m"


def ask(text="Bonjour", id="r1", **fields):
    return Request(id=id, model=MODEL, messages=(Message(role="user", content=text),), **fields)


def asks(n, **fields):
    return [ask(f"question {i}", f"r{i}", **fields) for i in range(n)]


class FakeClock(Clock):
    def __init__(self):
        self.time, self.waits = 0.0, []
        self._lock = threading.Lock()

    def now(self):
        return self.time

    def wait(self, condition, seconds):
        if seconds is None:
            condition.wait()
            return
        with self._lock:
            self.time += seconds
            self.waits.append(seconds)
        condition.wait(0)


def run(requests, backend, ledger=None, clock=None, on_progress=None, **settings):
    seen = []
    outcomes = generate(
        requests,
        backend=backend,
        ledger=ledger,
        settings=CallSettings(**settings),
        on_progress=on_progress or seen.append,
        clock=clock or FakeClock(),
    )
    return list(outcomes)
