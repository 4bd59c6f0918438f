"""The real clients against a server that fails in every way, through retries and ledger."""

from contextlib import closing

import pytest

from augment.generate import UNANSWERED, Connection, connect
from augment.ledger import Ledger
from augment.schema import Drop
from tests.generate.common import asks, run
from tests.generate.server import Fault, completion, error, serve

PASSING = [
    Fault(429, error("slow down"), {"Retry-After": "2"}),
    Fault(429, error("slow down")),
    Fault(500, "oops"),
    Fault(503, ""),
    Fault(200, completion("x" * 500), cut=100),
    Fault(200, '{"choices": [{"mess'),
    Fault(200, ""),
]
STAYING = {
    "not_accepted": Fault(400, error("bad")),
    "context_too_long": Fault(400, error("x", "context_length_exceeded")),
    "refusal": Fault(200, completion("Non.", "content_filter")),
    "no_reply": Fault(500, "oops"),
}


def number(body):
    return int(body["messages"][-1]["content"].split()[-1])


@pytest.mark.parametrize("vendor", ["openai", "mistral"])
def test_every_request_is_answered_after_any_fault_that_passes(vendor, tmp_path):
    requests = asks(3 * len(PASSING))

    def script(body, attempt):
        fault = PASSING[number(body) % len(PASSING)]
        return completion(f"réponse {number(body)}") if attempt else fault

    with (
        serve(script) as server,
        closing(connect(vendor, Connection(base_url=server.url))) as backend,
        Ledger(tmp_path / "l.sqlite") as ledger,
    ):
        outcomes = run(requests, backend, ledger, concurrency=6)
        assert [o.text for o in outcomes] == [f"réponse {i}" for i in range(len(requests))]
        assert server.asked.total() == 2 * len(requests)
        assert run(requests, backend, ledger) == outcomes
        assert server.asked.total() == 2 * len(requests), "paid twice"


@pytest.mark.parametrize("vendor", ["openai", "mistral"])
def test_every_request_that_stays_unanswered_is_counted_with_its_reason(vendor, tmp_path):
    kinds = [*STAYING, "answered"]
    requests = asks(4 * len(kinds))

    def script(body, attempt):
        return STAYING.get(kinds[number(body) % len(kinds)], completion("oui"))

    with (
        serve(script) as server,
        closing(connect(vendor, Connection(base_url=server.url))) as backend,
        Ledger(tmp_path / "l.sqlite") as ledger,
    ):
        outcomes = run(requests, backend, ledger, retries=1, circuit=99)
    found = [o.reason.value if isinstance(o, Drop) else "answered" for o in outcomes]
    assert found == kinds * 4
    dropped = [o for o in outcomes if isinstance(o, Drop) and o.reason not in UNANSWERED]
    assert {o.raw for o in dropped} == {"Non."}
    assert {o.stage for o in outcomes if isinstance(o, Drop)} == {"generate"}


def test_a_server_that_is_gone_ends_the_run_cleanly(tmp_path):
    with serve(lambda b, a: completion("oui")) as server:
        url = server.url
    with (
        closing(connect("openai", Connection(base_url=url))) as backend,
        Ledger(tmp_path / "l.sqlite") as ledger,
    ):
        outcomes = run(asks(50), backend, ledger, concurrency=4)
    reasons = {o.reason.value for o in outcomes}
    assert reasons == {"no_reply", "circuit_open"}
    assert "is the server running" in outcomes[-1].detail
