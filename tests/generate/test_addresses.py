"""One LLM at several addresses, with real servers that are killed and come back."""

import json
import subprocess
import sys
import threading
import time
from contextlib import closing, contextmanager

import pytest

from augment.errors import (
    AuthError,
    BadRequest,
    ConfigError,
    ConnectionLost,
    RateLimited,
    ServerError,
)
from augment.generate import Addresses, Connection, connect
from augment.generate import addresses as module
from augment.generate.fake import Fake, echo
from augment.ledger import Ledger
from augment.pipeline.llms import addresses
from augment.schema import Drop
from tests.generate.common import FakeClock, asks, run
from tests.generate.server import Fault, completion, serve
from tests.helpers import ROOT


def said(body, attempt=0):
    return completion(f"oui : {body['messages'][-1]['content']}")


@contextmanager
def connected(*servers, **options):
    urls = [getattr(server, "url", server) for server in servers]
    made = {url: connect("openai", Connection(base_url=url, timeout=5)) for url in urls}
    with closing(Addresses(made, **options)) as backend:
        yield backend


class Hand:
    """A clock that is moved by hand."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


def test_two_servers_get_the_same_share_and_the_replies_of_one(tmp_path):
    def slowly(body, attempt):
        time.sleep(0.002)
        return said(body)

    requests = asks(200)
    with serve(slowly) as one, serve(slowly) as two:
        with connected(one) as backend, Ledger(tmp_path / "1") as ledger:
            alone = run(requests, backend, ledger, concurrency=8)
        one.asked.clear()
        with connected(one, two) as backend, Ledger(tmp_path / "2") as ledger:
            assert run(requests, backend, ledger, concurrency=8) == alone
            shares = [figures["replies"] for figures in backend.served().values()]
    assert [one.asked.total(), two.asked.total()] == shares
    assert sum(shares) == 200 and min(shares) >= 80


def test_one_after_another_they_take_turns():
    backends = {url: Fake() for url in "abc"}
    run(asks(9), Addresses(backends), concurrency=1)
    assert [backend.asked.total() for backend in backends.values()] == [3, 3, 3]


def test_the_slower_one_gets_less():
    held, both = threading.Event(), threading.Event()

    def slow(request, attempt):
        both.set()
        assert held.wait(60)
        return "oui"

    def fast(request, attempt):
        assert both.wait(60)
        if request.id == "r19":
            held.set()
        return "oui"

    backends = {"slow": Fake(script=slow), "fast": Fake(script=fast)}
    run(asks(20), Addresses(backends), concurrency=3)
    assert backends["slow"].asked.total() <= 3


@pytest.mark.parametrize(
    "fault",
    [Fault(503, "oops"), Fault(500, ""), Fault(200, completion("x"), cut=5), Fault(200, "")],
)
def test_a_request_goes_to_the_other_one_and_it_is_not_its_fault(fault, tmp_path):
    with serve(lambda body, attempt: fault) as broken, serve(said) as well:
        with connected(broken, well) as backend, Ledger(tmp_path / "l") as ledger:
            clock = FakeClock()
            outcomes = run(asks(30), backend, ledger, clock, retries=0, unsure_retries=1)
        assert not [o for o in outcomes if isinstance(o, Drop)]
        assert not clock.waits, "it had to wait"
    assert broken.asked.total() < 30 and well.asked.total() == 30


def test_a_dead_address_is_left_out_and_tried_again_less_and_less_often():
    clock, dead = Hand(), [True]

    def script(request, attempt):
        return ServerError("503") if dead[0] else echo(request, 0)

    backends = {"a": Fake(script=script), "b": Fake()}
    both, tried = Addresses(backends, clock=clock), []
    for second in range(200):
        clock.now = float(second)
        before = backends["a"].asked.total()
        run(asks(4), both, concurrency=1)
        if asked := backends["a"].asked.total() - before:
            assert asked == 1, "one request, to see"
            tried.append(second)
    assert tried == [0, 1, 2, 4, 8, 16, 32, 64, 124, 184]
    dead[0], clock.now = False, 244.0
    run(asks(20), both, concurrency=1)
    assert both.served()["a"] == {"replies": 10, "failures": len(tried)}


def test_with_all_dead_the_run_stops_as_with_one(tmp_path):
    with serve(said) as one, serve(said) as two:
        urls = [one.url, two.url]
    for gone in (urls[:1], urls):
        with connected(*gone) as backend, Ledger(tmp_path / "l") as ledger:
            outcomes = run(asks(50), backend, ledger, concurrency=4)
        assert {o.reason.value for o in outcomes} == {"no_reply", "circuit_open"}
        assert "is the server running" in outcomes[-1].detail


def test_a_request_that_no_server_answers_is_not_sent_round_for_ever():
    def script(request, attempt):
        return ServerError("500") if request.id == "r5" else "oui"

    backends = {url: Fake(script=script) for url in "abc"}
    outcomes = run(asks(60), Addresses(backends), concurrency=2, retries=2)
    assert [o.id for o in outcomes if isinstance(o, Drop)] == ["r5"]
    assert sum(b.asked[asks(60)[5].key] for b in backends.values()) == 5


@pytest.mark.parametrize(("unsure_retries", "calls"), [(0, 1), (2, 3), (9, 5)])
def test_what_may_be_charged_goes_elsewhere_no_more_often_than_it_may(unsure_retries, calls):
    def script(request, attempt):
        return ConnectionLost("cut") if request.id == "r5" else "oui"

    backends = {url: Fake(script=script) for url in "abc"}
    options = {"retries": 2, "unsure_retries": unsure_retries}
    run(asks(12), Addresses(backends), concurrency=2, **options)
    assert sum(b.asked[asks(12)[5].key] for b in backends.values()) == calls


@pytest.mark.parametrize("error", [BadRequest("400"), AuthError("401"), RateLimited("429")])
def test_what_is_not_the_address_s_fault_leaves_it_in(error):
    backends = {"a": Fake(script=lambda r, n: error if n == 0 else "oui"), "b": Fake()}
    both = Addresses(backends)
    run(asks(8), both, concurrency=1)
    assert both.served()["a"]["failures"] == 0


SERVER = """
import sys
from tests.generate.server import Server, completion
import time

def said(body, attempt):
    time.sleep(0.02)
    return completion("oui : " + body["messages"][-1]["content"])

class Here(Server):
    def __init__(self, port):
        self.port = port
        super().__init__(said)
    def server_bind(self):
        self.server_address = ("127.0.0.1", self.port)
        super().server_bind()

server = Here(int(sys.argv[1]))
print(server.url, flush=True)
server.serve_forever(0.01)
"""


def process(port=0):
    started = subprocess.Popen(
        [sys.executable, "-c", SERVER, str(port)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    return started, started.stdout.readline().strip()


def test_killed_in_mid_run_and_started_again(tmp_path, monkeypatch):
    """The run goes on with the other one, comes back to this one, and ends with the same bytes."""
    monkeypatch.setattr(module, "SHORTEST", 0.2)
    requests = asks(300)
    (first, one), (second, two) = process(), process()
    port, events = int(one.split(":")[2].split("/")[0]), []

    def watch(progress):
        if progress.done == 60:
            first.kill()
            first.wait()
            events.append("killed")
        if progress.done == 140:
            events.append(process(port)[0])

    try:
        with connected(one, two) as backend, Ledger(tmp_path / "both") as ledger:
            outcomes = run(requests, backend, ledger, on_progress=watch, concurrency=6)
            figures = backend.served()
        with connected(two) as backend, Ledger(tmp_path / "alone") as ledger:
            alone = run(requests, backend, ledger, concurrency=6)
    finally:
        for server in (first, second, *events[1:]):
            server.kill()
            server.wait()
            server.stdout.close()
    assert outcomes == alone and len(events) == 2
    assert figures[one]["failures"] >= 1
    assert 60 < figures[one]["replies"] < 150 < figures[two]["replies"]


def test_addresses_of_one_llm_and_of_several():
    assert addresses([], 2) == [(), ()]
    assert addresses(["a", "b"], 1) == [("a", "b")] == addresses(["a,b", "a"], 1)
    assert addresses(["a,b"], 2) == [("a", "b"), ("a", "b")]
    assert addresses(["a,b", "c"], 2) == [("a", "b"), ("c",)]
    with pytest.raises(ConfigError, match="3 addresses for 2 LLMs"):
        addresses(["a", "b", "c"], 2)


def test_the_ledger_knows_nothing_of_addresses(tmp_path):
    with serve(said) as one, serve(said) as two:
        with connected(one, two) as backend, Ledger(tmp_path / "l") as ledger:
            run(asks(10), backend, ledger)
        assert one.asked.total() + two.asked.total() == 10
        with connected("http://127.0.0.1:9/v1") as backend, Ledger(tmp_path / "l") as ledger:
            assert not [o for o in run(asks(10), backend, ledger) if isinstance(o, Drop)]
    assert json.dumps(one.url).encode() not in (tmp_path / "l").read_bytes()
