import threading

import pytest

from augment.errors import (
    AuthError,
    BadReply,
    BadRequest,
    ConfigError,
    ContextTooLong,
    RateLimited,
    ServerError,
    StoreError,
    Unreachable,
)
from augment.generate import UNANSWERED, CallSettings, Price, estimate, generate
from augment.generate.fake import Fake, echo
from augment.ledger import Ledger
from augment.reasons import Reason
from augment.schema import Drop, Message, Request
from tests.generate.common import MODEL, FakeClock, ask, asks, run

PRICE = Price(prompt=1e6, completion=1e6, currency="EUR", date="2026-11-22", source="a test")
"""One euro a token: what a run costs is the number of tokens."""


@pytest.fixture
def ledger(tmp_path):
    with Ledger(tmp_path / "ledger.sqlite") as opened:
        yield opened


def fails(error, times):
    return Fake(script=lambda request, attempt: error if attempt < times else echo(request, 0))


def reasons(outcomes):
    return [o.reason.value if isinstance(o, Drop) else "" for o in outcomes]


def test_replies_come_in_the_order_of_the_requests_whatever_the_order_of_answers(ledger):
    first_waits = threading.Event()

    def script(request, attempt):
        if request.id == "r0":
            assert first_waits.wait(60)
        if request.id == "r7":
            first_waits.set()
        return echo(request, attempt)

    outcomes = run(asks(8), Fake(script=script), ledger, concurrency=8)
    assert [(o.id, o.text) for o in outcomes] == [(f"r{i}", f"question {i}") for i in range(8)]


def test_what_the_ledger_holds_is_not_asked_again(ledger):
    backend = Fake()
    first = run(asks(5), backend, ledger)
    again = run([r.model_copy(update={"id": "x" + r.id}) for r in asks(6)], backend, ledger)
    assert set(backend.asked.values()) == {1} and len(backend.asked) == 6
    assert [o.id for o in again] == [f"xr{i}" for i in range(6)]
    assert [o.text for o in again[:5]] == [o.text for o in first]


def test_equal_requests_are_asked_once_and_all_answered(ledger):
    backend = Fake()
    outcomes = run([ask(id="a"), ask(id="b"), ask(id="c", seed=1)], backend, ledger)
    assert [o.id for o in outcomes] == ["a", "b", "c"]
    assert sorted(backend.asked.values()) == [1, 1]


def test_a_reply_is_in_the_ledger_before_it_comes_out(ledger):
    outcomes = generate(asks(3), backend=Fake(), ledger=ledger)
    for outcome in outcomes:
        with Ledger(ledger.path, read_only=True) as other:
            assert other.get(outcome.key).text == outcome.text


def test_failures_that_pass_are_tried_again_with_growing_waits(ledger):
    clock = FakeClock()
    (reply,) = run([ask()], fails(ServerError("503"), 4), ledger, clock)
    assert reply.text == "Bonjour"
    assert len(clock.waits) == 4
    assert all(0.5 * 2**i <= wait <= 2**i for i, wait in enumerate(clock.waits))


def test_retry_after_is_honoured_for_all_calls(ledger):
    clock = FakeClock()
    backend = fails(RateLimited("429", retry_after=20.0), 1)
    run(asks(3), backend, ledger, clock, concurrency=1)
    assert clock.time >= 60 and set(backend.asked.values()) == {2}


def test_a_server_that_asks_for_an_hour_ends_the_run():
    outcomes = run(asks(3), fails(RateLimited("429", retry_after=3600.0), 9), concurrency=1)
    assert reasons(outcomes) == ["circuit_open"] * 3
    assert "asks to wait 3600 s" in outcomes[0].detail


def test_a_failure_that_stays_is_a_drop_with_its_cause(ledger):
    def script(request, attempt):
        return ServerError("503: overloaded") if request.id == "r1" else "oui"

    outcomes = run(asks(3), Fake(script=script), ledger, concurrency=1, retries=2)
    assert reasons(outcomes) == ["", "no_reply", ""]
    assert outcomes[1].detail == "503: overloaded – try again later; what was answered is kept"
    assert outcomes[1].reason in UNANSWERED


@pytest.mark.parametrize(
    ("error", "reason"),
    [(BadRequest("400"), "not_accepted"), (ContextTooLong("400"), "context_too_long")],
)
def test_what_will_not_pass_is_asked_once(error, reason):
    backend = fails(error, 9)
    assert reasons(run([ask()], backend)) == [reason]
    assert backend.asked.total() == 1


def test_what_may_have_been_charged_is_tried_less_often():
    backend = fails(BadReply("truncated"), 99)
    assert reasons(run([ask()], backend, unsure_retries=2, retries=8)) == ["no_reply"]
    assert backend.asked.total() == 3


def test_the_circuit_opens_after_repeated_failure_and_keeps_what_there_is(ledger):
    def script(request, attempt):
        return "oui" if request.id in ("r0", "r2") else ServerError("500")

    backend = Fake(script=script)
    outcomes = run(asks(9), backend, ledger, concurrency=1, retries=1, circuit=3)
    assert reasons(outcomes) == ["", "no_reply", "", *["no_reply"] * 3, *["circuit_open"] * 3]
    assert len(backend.asked) == 6
    assert "500" in outcomes[-1].detail
    resumed = run(asks(9), Fake(), ledger)
    assert reasons(resumed) == [""] * 9


def test_a_wrong_key_ends_the_run_at_once():
    backend = fails(AuthError("401: wrong key"), 99)
    outcomes = run(asks(5), backend, concurrency=1)
    assert reasons(outcomes) == ["no_reply", *["circuit_open"] * 4]
    assert backend.asked.total() == 1


def test_a_refusal_is_paid_once_and_dropped_with_its_text(ledger):
    class Refusing(Fake):
        def complete(self, request):
            return super().complete(request).model_copy(update={"finish": "refusal"})

    backend = Refusing(script=lambda request, attempt: "Je ne peux pas.")
    for _ in range(2):
        (drop,) = run([ask()], backend, ledger)
        assert (drop.reason, drop.raw) == (Reason.REFUSAL, "Je ne peux pas.")
        assert drop.reason not in UNANSWERED
    assert backend.asked.total() == 1


def test_the_cap_stops_before_the_call_and_holds_for_the_resumed_run(ledger):
    requests = asks(20, max_tokens=10)
    asked = estimate(requests[:1], ledger=None)
    most = asked.prompt_tokens + asked.completion_tokens
    backend = Fake()
    outcomes = run(
        requests, backend, ledger, concurrency=4, prices={MODEL: PRICE}, max_cost=most + 9
    )
    answered = [o for o in outcomes if not isinstance(o, Drop)]
    assert {o.cost for o in answered} == {4.0}
    assert len(answered) == 3 and len(backend.asked) == 3
    assert set(reasons(outcomes)) == {"", "over_budget"}
    again = run(requests, backend, ledger, concurrency=4, prices={MODEL: PRICE}, max_cost=most + 9)
    assert len(backend.asked) == 3 and reasons(again) == reasons(outcomes)
    more = run(requests, backend, ledger, concurrency=4, max_tokens=most + 20)
    assert reasons(more).count("") == 6


def test_a_call_that_may_have_been_charged_counts_for_the_cap():
    asked = estimate([ask()], ledger=None)
    most = asked.prompt_tokens + asked.completion_tokens
    backend = fails(BadReply("cut"), 99)
    assert reasons(run([ask()], backend, max_tokens=2 * most - 1)) == ["over_budget"]
    assert backend.asked.total() == 1


def test_a_cap_on_cost_needs_a_price_and_zero_asks_nothing(ledger):
    with pytest.raises(ConfigError, match="price"):
        run([ask()], Fake(), ledger, max_cost=1.0)
    backend = Fake()
    assert reasons(run(asks(2), backend, ledger, max_tokens=0)) == ["over_budget"] * 2
    assert backend.asked.total() == 0


def test_an_unknown_price_is_null():
    progress = []
    (reply,) = run([ask()], Fake(), on_progress=progress.append)
    assert reply.cost is None and progress[-1].cost is None and progress[-1].tokens == 2


def test_an_estimate_counts_and_prices_what_the_ledger_does_not_hold(ledger):
    run(asks(2, max_tokens=5), Fake(), ledger)
    found = estimate(
        asks(5, max_tokens=5), ledger=ledger, settings=CallSettings(prices={MODEL: PRICE})
    )
    assert (found.requests, found.in_ledger, found.completion_tokens) == (5, 2, 15)
    assert found.cost == found.prompt_tokens + found.completion_tokens
    assert estimate(asks(5), ledger=None).cost is None


def test_the_deadline_stops_asking():
    clock = FakeClock()

    def script(request, attempt):
        clock.time += 10
        return "oui"

    outcomes = run(asks(5), Fake(script=script), clock=clock, concurrency=1, deadline=25.0)
    assert reasons(outcomes) == ["", "", "", "past_deadline", "past_deadline"]


def test_a_wait_past_the_deadline_is_not_begun():
    clock = FakeClock()
    outcomes = run([ask()], fails(ServerError("500"), 9), clock=clock, deadline=5.0)
    assert reasons(outcomes) == ["past_deadline"] and clock.time < 5


def test_requests_per_minute_hold_in_every_window():
    clock, times = FakeClock(), []

    def script(request, attempt):
        clock.time += 1
        times.append(clock.time)
        return "oui"

    run(asks(23), Fake(script=script), clock=clock, concurrency=1, requests_per_minute=10)
    assert all(later - earlier >= 60 for earlier, later in zip(times, times[10:], strict=False))
    assert times[-1] < 130


def test_tokens_per_minute_hold_and_a_larger_request_goes_alone():
    clock, times = FakeClock(), []

    def script(request, attempt):
        times.append(clock.time)
        return " ".join(["mot"] * 98)

    run(asks(5), Fake(script=script), clock=clock, concurrency=1, tokens_per_minute=2200)
    assert times == [0.0, 0.0, 60.0, 60.0, 120.0], "100 used and 2 074 at most are in 2 200"
    start = clock.time = 1000.0
    times.clear()
    run(asks(3), Fake(script=script), clock=clock, concurrency=1, tokens_per_minute=50)
    assert [t - start for t in times] == [0.0, 60.0, 120.0]


def test_a_429_halves_the_calls_under_way_once_a_burst_and_replies_bring_them_back():
    burst, lock, progress = threading.Barrier(8), threading.Lock(), []

    def script(request, attempt):
        if attempt == 0 and int(request.id[1:]) < 8:
            burst.wait(60)
            return RateLimited("429")
        with lock:
            return "oui"

    outcomes = run(asks(60), Fake(script=script), on_progress=progress.append, concurrency=8)
    assert reasons(outcomes) == [""] * 60
    limits = [p.limit for p in progress]
    assert min(limits) == 4, "eight 429s of one burst are one decrease"
    assert limits[-1] == 8


def test_requests_that_share_a_prefix_go_together():
    def turn(prefix, last, id):
        messages = (Message(role="system", content=prefix), Message(role="user", content=last))
        return Request(id=id, model=MODEL, messages=messages)

    order = []

    def script(request, attempt):
        order.append(request.id)
        return "oui"

    requests = [turn("AB"[i % 2], str(i), f"r{i}") for i in range(6)]
    outcomes = run(requests, Fake(script=script), concurrency=1)
    assert order == ["r0", "r2", "r4", "r1", "r3", "r5"]
    assert [o.id for o in outcomes] == [f"r{i}" for i in range(6)]
    order.clear()
    run([turn("AB"[i % 2], str(i), str(i)) for i in range(100)], Fake(script=script), concurrency=1)
    assert set(map(int, order[:32])) == set(range(32)), "the first replies wait for the last"


def test_progress_tells_all_there_is_to_know(ledger):
    run(asks(2), Fake(), ledger)
    progress = []

    def script(request, attempt):
        return BadRequest("400") if request.id == "r3" else "oui"

    run(asks(4), Fake(script=script), ledger, on_progress=progress.append, concurrency=1)
    assert [p.done for p in progress] == [2, 3, 4]
    last = progress[-1]
    assert (last.total, last.reused, last.unanswered) == (4, 2, {"not_accepted": 1})
    assert progress[0].eta is None and last.eta == 0 and last.stopped is None


def test_a_consumer_that_leaves_early_loses_nothing(ledger):
    outcomes = generate(asks(50), backend=Fake(), ledger=ledger)
    next(outcomes)
    outcomes.close()
    assert not [t for t in threading.enumerate() if t.name.startswith("call")]
    backend = Fake()
    run(asks(50), backend, ledger)
    assert len(backend.asked) < 50


def test_a_nearly_full_disk_asks_nothing(tmp_path):
    backend, full = Fake(), "MB free, nothing more is asked"
    reserve = 1 << 62
    with Ledger(tmp_path / "l", reserve=reserve) as ledger, pytest.raises(StoreError, match=full):
        run(asks(3), backend, ledger)
    assert backend.asked.total() == 0


def test_where_nobody_ever_answered_it_is_told_soon():
    backend = Fake(script=lambda request, attempt: Unreachable("refused"))
    assert reasons(run([ask()], backend)) == ["no_reply"]
    assert sum(backend.asked.values()) == 4
    first = ask("first", "r0")

    def script(request, attempt):
        return "oui" if request.key == first.key or attempt > 5 else Unreachable("refused")

    assert reasons(run([first, ask()], Fake(script=script), concurrency=1)) == ["", ""]
