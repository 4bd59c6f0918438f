"""Nights that go wrong: what is in the way of one batch is not in the way of the others."""

import json

import pytest

from augment.read import read
from augment.schema import Document
from augment.store import read_lines, write_lines
from flows.nightly import nightly
from flows.settings import Review, Samples, Watched
from tests.flows.test_flows import corpus, llm
from tests.flows.test_nightly import ITEMS, annotated, put
from tests.generate.server import Fault, completion, serve

pytestmark = pytest.mark.usefixtures("prefect")
ANNOTATE = Samples(strategies=("annotate",))


def taken(work):
    """The items of the batches that were done with."""
    batches = [work / "batches" / path.stem for path in (work / "samples").glob("*.jsonl")]
    return {d.id for path in batches for d in read_lines(path / "items.jsonl", Document)}


def test_an_item_that_always_fails_keeps_no_other_one_back(tmp_path):
    live, work = tmp_path / "live", tmp_path / "work"
    watched = Watched(place=str(live), work=work)

    def answer(body, attempt):
        bad = ITEMS[0].text[:40] in body["messages"][-1]["content"]
        return Fault(400, {"error": {"message": "no"}}) if bad else annotated(body, attempt)

    put(live, "monday.jsonl", ITEMS[:1])
    with serve(answer) as server:

        def night():
            llms = llm(server, tmp_path)
            return nightly(corpus(tmp_path), watched, ANNOTATE, llms, return_state=True)

        monday = night()
        assert (monday.type.value, monday.name) == ("FAILED", "No reply")
        put(live, "tuesday.jsonl", ITEMS[1:2])
        tuesday = night()
        assert (tuesday.type.value, tuesday.name) == ("FAILED", "No reply")
        assert taken(work) == {ITEMS[1].id}


def test_the_budget_is_a_nights_and_the_next_night_has_one_of_its_own(tmp_path):
    live, work = tmp_path / "live", tmp_path / "work"
    watched = Watched(place=str(live), work=work, most=1)
    for n in (0, 2, 4):
        put(live, f"{n}.jsonl", ITEMS[n : min(n + 2, 5)])

    def dear(body, attempt):
        answer = annotated(body, attempt)
        usage = {"prompt_tokens": 15_000, "completion_tokens": 0}
        return Fault(body=answer.body | {"usage": usage})

    with serve(dear) as server:
        llms = llm(server, tmp_path, max_tokens=60_000, concurrency=1)

        def night():
            return nightly(corpus(tmp_path), watched, ANNOTATE, llms, return_state=True)

        first = night()
        assert first.name == "Out of budget", first.message
        assert 2 <= len(server.bodies) < 5
        second = night()
        assert (second.name, len(server.bodies)) == ("No samples", 5), second.message
    assert taken(work) == {item.id for item in ITEMS[:5]}


def test_a_request_that_fails_among_others_is_asked_again_on_one_more_night(tmp_path):
    live, work = tmp_path / "live", tmp_path / "work"
    watched = Watched(place=str(live), work=work)
    put(live, "monday.jsonl", ITEMS[:2])
    failing = [ITEMS[0].text[:40]]

    def answer(body, attempt):
        bad = any(text in body["messages"][-1]["content"] for text in failing)
        return Fault(body="no JSON") if bad else annotated(body, attempt)

    def replies():
        (run,) = tmp_path.glob("quick-*/04_generate/manifest.json")
        return json.loads(run.read_text())["kept"]

    with serve(answer) as server:
        llms = llm(server, tmp_path)

        def night():
            return nightly(corpus(tmp_path), watched, ANNOTATE, llms, return_state=True)

        assert "1 batches go on tomorrow" in night().message
        assert replies() == 1
        failing.clear()
        assert "0 batches go on tomorrow" in night().message
        assert (replies(), taken(work)) == (2, {item.id for item in ITEMS[:2]})


def refused(body, attempt):
    """A paid reply that is none."""
    usage = {"prompt_tokens": 15_000, "completion_tokens": 0}
    return Fault(body=completion("", "content_filter", refusal="no") | {"usage": usage})


def uncounted(body, attempt):
    """The reply of a server that does not say how many tokens it took."""
    answer = annotated(body, attempt)
    return Fault(body={name: said for name, said in answer.body.items() if name != "usage"})


@pytest.mark.parametrize("answer", [refused, uncounted])
def test_every_night_may_pay_as_much_whatever_the_replies_before_were(tmp_path, answer):
    live, work = tmp_path / "live", tmp_path / "work"
    watched = Watched(place=str(live), work=work)
    put(live, "monday.jsonl", ITEMS[:3])
    with serve(answer) as server:
        llms = llm(server, tmp_path, max_tokens=30_000, concurrency=1)
        asked = []
        for _ in range(3):
            state = nightly(corpus(tmp_path), watched, ANNOTATE, llms, return_state=True)
            asked.append(len(server.bodies))
    assert (asked, taken(work)) == ([1, 2, 3], {item.id for item in ITEMS[:3]}), state.message


def test_what_is_paid_in_a_batch_that_fails_counts_for_the_night(tmp_path):
    live, work = tmp_path / "live", tmp_path / "work"
    watched = Watched(place=str(live), work=work, most=2)
    for n in (0, 2):
        put(live, f"{n}.jsonl", ITEMS[n : n + 2])
    failing = {ITEMS[n].text[:40] for n in (0, 2)}

    def answer(body, attempt):
        bad = any(text in body["messages"][-1]["content"] for text in failing)
        return Fault(400, {"error": {"message": "no"}}) if bad else refused(body, attempt)

    with serve(answer) as server:
        llms = llm(server, tmp_path, max_tokens=30_000, concurrency=1)
        state = nightly(corpus(tmp_path), watched, ANNOTATE, llms, return_state=True)
        asked = [body["messages"][-1]["content"] for body in server.bodies]
    paid = [text for text in asked if not any(bad in text for bad in failing)]
    assert len(paid) == 1, state.message


def test_a_store_that_takes_nothing_does_not_keep_back_what_else_there_is_to_do(tmp_path):
    live, work = tmp_path / "live", tmp_path / "work"
    watched = Watched(place=str(live), work=work)
    put(live, "monday.jsonl", ITEMS[:1])
    typos = Samples(strategies=("typos",), samples=6)
    assert nightly(corpus(tmp_path), watched, typos, return_state=True).name == "Completed"
    put(live, "tuesday.jsonl", ITEMS[1:2])
    (tmp_path / "sent").write_text("no folder")
    away = corpus(tmp_path, publish=f"file://{tmp_path}/sent")
    state = nightly(away, watched, typos, return_state=True)
    assert (state.type.value, state.name) == ("FAILED", "Bad path")
    assert "1 batches go on tomorrow" in state.message
    assert "Bad path: model: " in state.message
    (tmp_path / "sent").unlink()
    (live / "monday.jsonl").unlink()
    (live / "tuesday.jsonl").unlink()
    live.rmdir()
    again = nightly(corpus(tmp_path), watched, typos, return_state=True)
    assert "6 samples of 1 new items" in again.message


def test_an_item_that_is_gold_by_the_next_night_keeps_no_other_one_back(tmp_path):
    live, work = tmp_path / "live", tmp_path / "work"
    watched, place = Watched(place=str(live), work=work), corpus(tmp_path)
    put(live, "monday.jsonl", ITEMS[:2])
    with serve(lambda body, attempt: Fault(401, {"error": {"message": "no"}})) as server:
        away = nightly(place, watched, ANNOTATE, llm(server, tmp_path), return_state=True)
    assert away.name == "No reply", away.message
    gold = tmp_path / "gold.jsonl"
    found = (d for d in read(place.corpus) if isinstance(d, Document))
    write_lines(gold, [*found, ITEMS[0].model_copy(update={"labelled": "full"})])
    put(live, "tuesday.jsonl", ITEMS[2:3])
    with serve(annotated) as server:
        more = corpus(tmp_path, corpus=gold)
        state = nightly(more, watched, ANNOTATE, llm(server, tmp_path), return_state=True)
        asked = "".join(body["messages"][-1]["content"] for body in server.bodies)
    assert [item.text[:40] in asked for item in ITEMS[:3]] == [False, True, True], state.message
    assert "0 batches go on tomorrow" in state.message


def test_samples_that_are_made_again_the_next_night_are_not_pushed_before(tmp_path, monkeypatch):
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", "0123456789abcdef")
    live, work = tmp_path / "live", tmp_path / "work"
    watched, away = Watched(place=str(live), work=work), Review(url="http://127.0.0.1:9")
    samples = Samples(strategies=("annotate", "typos"), samples=4)
    put(live, "monday.jsonl", ITEMS[:2])

    def answer(body, attempt):
        bad = ITEMS[0].text[:40] in body["messages"][-1]["content"]
        return Fault(body="no JSON") if bad else annotated(body, attempt)

    with serve(answer) as server:
        given = (watched, samples, llm(server, tmp_path), away)
        first = nightly(corpus(tmp_path), *given, return_state=True)
        assert (first.name, "1 batches go on" in first.message) == ("Completed", True)
        assert not (work / "reviews").exists()
        second = nightly(corpus(tmp_path), *given, return_state=True)
    assert (second.name, "0 batches go on" in second.message) == ("Label Studio away", True)


def test_a_folder_where_the_newest_model_is_to_be_named_is_one_line(tmp_path):
    live, work = tmp_path / "live", tmp_path / "work"
    put(live, "monday.jsonl", ITEMS[:1])
    work.mkdir()
    put(work / "latest", "a copy of a model.jsonl", ITEMS[:1])
    watched, typos = Watched(place=str(live), work=work), Samples(strategies=("typos",), samples=6)
    state = nightly(corpus(tmp_path), watched, typos, return_state=True)
    assert (state.name, "latest" in state.message) == ("Bad path", True), state.message
