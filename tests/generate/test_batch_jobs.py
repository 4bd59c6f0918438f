import json
import os
import signal
from contextlib import closing
from itertools import repeat
from multiprocessing import get_context
from types import SimpleNamespace

import httpx2
import pytest

from augment.egress import read_log
from augment.errors import (
    AuthError,
    BadReply,
    ConfigError,
    ModelNotFound,
    NoResult,
    PathError,
    StoreError,
    UnknownName,
)
from augment.generate import Connection, Price
from augment.generate.batch import JobStore, collect, connect, status, submission
from augment.generate.batch import store as batch_store
from augment.ledger import Ledger
from augment.policy import Policy, PolicyFile
from tests.generate.batch_server import PENDING, serve_batches
from tests.generate.batches import (
    KINDS,
    VENDORS,
    answer,
    make_run,
    online,
    open_job,
    replayed,
    request,
    requests,
    results,
    send,
)
from tests.generate.server import Fault, completion, error
from tests.helpers import ROOT

UNAVAILABLE = Fault(503, error("later"), {"Retry-After": "0"})
PATHS = {
    "openai": {"create": "/batches", "list": "/batches", "get": "/batches/ID"},
    "mistral": {"create": "/batch/jobs", "list": "/batch/jobs", "get": "/batch/jobs/ID"},
}


@pytest.fixture(params=VENDORS)
def vendor(request):
    return request.param


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    monkeypatch.setattr("augment.generate.batch.vendor.PAUSE", 0.0)


def fetch(run, path):
    with Ledger(path) as ledger:
        return collect(run, open_job, ledger)


def only(method, path, fault, times=1):
    """That fault for the first calls of that kind."""
    return lambda m, p, n: fault if (m, p) == (method, path) and n < times else None


def test_submitted_collected_and_found_by_the_run(vendor, tmp_path):
    asked = [request(kind, f"r{i}") for i, kind in enumerate(KINDS)]
    outcomes, _ = online(vendor, asked, tmp_path / "online.sqlite")
    run, ledger = make_run(tmp_path / "run", asked), tmp_path / "l.sqlite"
    with serve_batches(answer) as server:
        made = send(run, vendor, server.url)
        assert [(job.id, job.requests, job.vendor) for job in made.jobs] == [("job-0", 7, vendor)]
        (told,) = fetch(run, ledger).done
        assert sorted(server.asked) == sorted(r.key for r in asked)
    _, state, imported = told
    assert (state.total, state.done, state.failed) == (7, 5, 2)
    assert (imported.stored, imported.errors, imported.unanswered) == (6, {"ContextTooLong": 1}, 1)
    assert results(replayed(asked, ledger)) == results(outcomes)
    assert fetch(run, ledger).done == []


def test_a_job_that_runs_is_waited_for(vendor, tmp_path):
    run = make_run(tmp_path / "run", requests(3))
    with serve_batches() as server:
        server.status = PENDING[vendor]
        send(run, vendor, server.url)
        (waiting,) = fetch(run, tmp_path / "l.sqlite").waiting
        assert waiting[1].status == PENDING[vendor] and not waiting[1].finished
        assert send(run, vendor, server.url).under_way == 3 and len(server.jobs) == 1
        server.status = None
        assert [(j.id, s.finished) for j, s in status(run, open_job)] == [("job-0", True)]
        assert fetch(run, tmp_path / "l.sqlite").done[0][2].stored == 3
        assert [(j.collected, s) for j, s in status(run, open_job)] == [(True, None)]


@pytest.mark.parametrize(
    ("vendor", "word"),
    [
        ("openai", "expired"),
        ("openai", "cancelled"),
        ("mistral", "TIMEOUT_EXCEEDED"),
        ("mistral", "CANCELLED"),
    ],
)
def test_what_a_broken_off_job_answered_is_kept_and_the_rest_can_be_sent_again(
    vendor, word, tmp_path
):
    run, ledger = make_run(tmp_path / "run", requests(5)), tmp_path / "l.sqlite"
    late = {"question 1 🙂", "question 3 🙂"}

    def script(body):
        asked = body["messages"][-1]["content"]
        return None if asked in late else completion(asked)

    with serve_batches(script) as server:
        server.status = word
        send(run, vendor, server.url)
        ((job, _, imported),) = fetch(run, ledger).done
        assert (imported.stored, imported.errors) == (3, {"batch_expired": 2})
        assert (job.status, job.collected) == (word, True)
        late.clear()
        server.status = None
        with Ledger(ledger) as known:
            again = send(run, vendor, server.url, known)
        assert [job.requests for job in again.jobs] == [2]
        assert fetch(run, ledger).done[0][2].unanswered == 0
        assert len(server.asked) == 7


def test_a_job_that_failed_says_why_and_its_requests_can_be_sent_again(tmp_path):
    run = make_run(tmp_path / "run", requests(2))
    with serve_batches(lambda body: None) as server:
        server.status = "failed"
        send(run, "openai", server.url)
        server.jobs[0]["error"] = None
        ((_, state, imported),) = fetch(run, tmp_path / "l.sqlite").done
        assert state.said == "line 3: no JSON" and imported.unanswered == 2
        (job,) = send(run, "openai", server.url).jobs
        assert job.id == "job-1" and job.tag.endswith("-1")


def test_a_job_without_its_output_file_yet_is_not_finished(vendor, tmp_path):
    run = make_run(tmp_path / "run", requests(1))
    with serve_batches() as server:
        send(run, vendor, server.url)
        output, server.jobs[0]["output"] = server.jobs[0]["output"], None
        assert fetch(run, tmp_path / "l.sqlite").done == []
        server.jobs[0]["output"] = output
        assert fetch(run, tmp_path / "l.sqlite").done[0][2].stored == 1


def test_an_output_that_the_server_has_no_more_is_said(vendor, tmp_path):
    run = make_run(tmp_path / "run", requests(1))
    with serve_batches() as server:
        send(run, vendor, server.url)
        del server.files[server.jobs[0]["output"]]
        ((_, state, imported),) = fetch(run, tmp_path / "l.sqlite").done
        assert "no output file any more" in state.said and imported.unanswered == 1


def test_replies_count_whatever_the_run_asks_by_now(tmp_path):
    run = make_run(tmp_path / "run", requests(2))
    with serve_batches() as server:
        send(run, "openai", server.url)
        make_run(run, requests(1))
        assert fetch(run, tmp_path / "l.sqlite").done[0][2].stored == 2


@pytest.mark.parametrize("step", ["upload", "create", "list", "get", "download"])
@pytest.mark.parametrize("kind", ["fault", "lost"])
def test_a_call_that_fails_once_is_made_again_but_no_job_twice(vendor, step, kind, tmp_path):
    paths = PATHS[vendor] | {"upload": "/files", "download": "/files/ID/content"}
    method = "POST" if step in ("upload", "create") else "GET"
    with serve_batches() as server:
        for number, fault in enumerate([UNAVAILABLE, Fault(body="x" * 100, cut=10)]):
            server.calls.clear()
            setattr(server, kind, only(method, paths[step], fault))
            run = make_run(tmp_path / str(number), requests(2, seed=number))
            send(run, vendor, server.url)
            assert fetch(run, tmp_path / "l.sqlite").done[0][2].stored == 2
            again = 1 if (kind, step) == ("lost", "create") else 2
            assert server.calls.count((method, paths[step])) >= again
        assert len(server.asked) == 4


def test_a_fault_that_stays_ends_with_its_error_and_the_next_call_goes_on(vendor, tmp_path):
    run, create = make_run(tmp_path / "run", requests(2)), PATHS[vendor]["create"]
    with serve_batches() as server:
        server.fault = only("POST", create, Fault(401, error("wrong key")), 9)
        with pytest.raises(AuthError, match="wrong key"):
            send(run, vendor, server.url)
        assert [(j.id, s) for j, s in status(run, open_job)] == [(None, None)]
        assert fetch(run, tmp_path / "l.sqlite").waiting[0][1] is None
        server.fault = lambda *call: None
        assert len(send(run, vendor, server.url).jobs) == len(server.jobs) == 1
        assert fetch(run, tmp_path / "l.sqlite").done[0][2].stored == 2


def test_a_lost_list_of_jobs_is_found_again_on_the_server(vendor, tmp_path):
    run = make_run(tmp_path / "run", requests(2))
    with serve_batches() as server:
        for _ in range(5):
            server.jobs.append({"id": f"job-{len(server.jobs)}", "metadata": {}, "input": "x"})
            server.jobs[-1] |= {"counts": (0, 0, 0), "output": None, "error": None}
        (made,) = send(run, vendor, server.url).jobs
        server.jobs += [{**server.jobs[0], "id": f"job-{n}"} for n in range(6, 11)]
        (run / "batch" / "jobs.json").unlink()
        (again,) = send(run, vendor, server.url).jobs
        assert again == made and len(server.asked) == 2


def test_a_server_without_a_batch_api_is_said(vendor, tmp_path):
    run = make_run(tmp_path / "run", requests(1))
    with serve_batches() as server:
        server.fault = lambda *call: Fault(404, "Not Found")
        with pytest.raises(ModelNotFound) as caught:
            send(run, vendor, server.url)
    assert "batch API" in caught.value.hint


def test_faults_of_the_caller_are_said_before_anything_is_sent(tmp_path, monkeypatch):
    run = make_run(tmp_path / "run", requests(2))
    for name in ("OPENAI_API_KEY", "MISTRAL_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    hosts = PolicyFile(hosts=("api.openai.com", "api.mistral.ai"))
    for name in VENDORS:
        with pytest.raises(ConfigError, match="another machine is not allowed"):
            connect(name, Connection())
        with pytest.raises(ConfigError, match="needs a key"):
            connect(name, Connection(policy=Policy(files=(hosts,))))
    with pytest.raises(UnknownName, match="openai, mistral"):
        connect("vllm", Connection())
    fields = {"currency": "EUR", "date": "2026-11-22", "source": "x"}
    with serve_batches() as server:
        with pytest.raises(ConfigError, match="needs the price"):
            send(run, "openai", server.url, max_cost=1.0)
        with pytest.raises(NoResult, match="could cost"):
            price = Price(prompt=1e6, completion=1e6, **fields)
            send(run, "openai", server.url, max_cost=1.0, price=price)
        run = make_run(tmp_path / "other", [request("a", model="n")])
        with pytest.raises(ConfigError, match="asks nothing of 'm'"):
            send(run, "openai", server.url)
        assert not server.jobs and not server.files
    assert JobStore(run).jobs() == []


def test_a_run_in_use_and_damaged_files_are_said(tmp_path):
    run = make_run(tmp_path / "run", requests(2))
    with serve_batches() as server:
        with JobStore(run).lock(), pytest.raises(StoreError, match="in use"):
            send(run, "openai", server.url)
        send(run, "openai", server.url)
        (run / "batch" / "jobs.json").write_text("[{")
        with pytest.raises(StoreError, match="damaged"):
            send(run, "openai", server.url)
    with pytest.raises(PathError, match="03_prompt"):
        batch_store.requests_of(tmp_path)
    with pytest.raises(PathError, match="no such run"):
        batch_store.requests_of(tmp_path / "none")
    part = run / "03_prompt" / "part-0000.jsonl"
    part.write_text(json.dumps({"id": 1}) + "\n")
    with pytest.raises(StoreError, match="damaged"):
        batch_store.requests_of(run)


def work(run, vendor, url, ledger, die_at):
    """Submit and collect; SIGKILL to this process before or after its n-th durable step."""
    steps = 0

    def step():
        nonlocal steps
        if steps == die_at:
            os.kill(os.getpid(), signal.SIGKILL)
        steps += 1

    def around(function):
        def wrapped(*arguments, **options):
            step()
            result = function(*arguments, **options)
            step()
            return result

        return wrapped

    httpx2.Client.send = around(httpx2.Client.send)
    Ledger.put_all = around(Ledger.put_all)
    batch_store.write_json = around(batch_store.write_json)
    submission.write = around(submission.write)
    with Ledger(ledger) as known:
        send(run, vendor, url, known)
        collect(run, open_job, known)


def test_killed_at_any_step_nothing_is_asked_twice_and_nothing_is_lost(
    vendor, tmp_path, monkeypatch
):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    context = get_context("forkserver")
    context.set_forkserver_preload(["tests.generate.batch_preload", __name__])
    deaths = 0
    with serve_batches() as server:
        for die_at in range(100):
            server.asked.clear()
            server.jobs.clear()
            asked = requests(3, seed=die_at)
            run, ledger = make_run(tmp_path / f"{die_at}", asked), tmp_path / f"{die_at}.sqlite"
            process = context.Process(
                target=work, args=(run, vendor, server.url, ledger, die_at), daemon=True
            )
            process.start()
            process.join(60)
            with Ledger(ledger) as known:
                send(run, vendor, server.url, known)
                collect(run, open_job, known)
            assert sorted(server.asked) == sorted(r.key for r in asked)
            with Ledger(ledger) as known:
                assert len(known.find(server.asked)) == 3
            if process.exitcode == 0:
                break
            assert process.exitcode == -signal.SIGKILL
            deaths += 1
    assert deaths >= 20


def test_jobs_of_several_files_are_all_made_and_collected(vendor, tmp_path, monkeypatch):
    from augment.generate.batch import files

    small = files.FORMATS[vendor]._replace(limits=files.Limits(2, 10**6))
    monkeypatch.setitem(files.FORMATS, vendor, small)
    run = make_run(tmp_path / "run", requests(5))
    with serve_batches() as server, closing(open_job(send(run, vendor, server.url).jobs[0])) as api:
        assert len(server.jobs) == 3 and sorted(api.tags().values()) == ["job-0", "job-1", "job-2"]
        told = fetch(run, tmp_path / "l.sqlite")
    assert [imported.stored for _, _, imported in told.done] == [2, 2, 1]


def test_an_upload_is_in_the_log_before_it_leaves(vendor, tmp_path):
    run, log = make_run(tmp_path / "run", requests(2)), tmp_path / "log.jsonl"
    with serve_batches() as server:
        connection = Connection(base_url=server.url, log=log)
        with closing(connect(vendor, connection)) as api:
            settings = submission.SubmitSettings(vendor=vendor, model="m", base_url=server.url)
            submission.submit(run, api, ledger=None, settings=settings)
        sent = [entry for _, entry in read_log(log)]
        assert [entry.method for entry in sent] == ["GET", "POST", "POST"]
        assert server.files["file-0"] in sent[1].content()
        assert len(server.asked) == 2


def test_a_list_of_batches_without_end_is_told():
    with closing(connect("openai", Connection(base_url="http://127.0.0.1:9/v1"))) as api:
        same = SimpleNamespace(id="m", metadata=None)
        api._batches = SimpleNamespace(list=lambda limit: repeat(same))
        with pytest.raises(BadReply, match="has no end"):
            api.tags()
