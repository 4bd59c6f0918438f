"""review-round and nightly with a real Label Studio that goes away and comes back."""

import os
import time

import pytest
from label_studio_sdk import LabelStudio

from augment.review.server import Server
from augment.schema import Document
from augment.store import digest, read_lines, write_lines
from flows.nightly import nightly
from flows.review_round import review_round
from flows.settings import Review, Samples, Watched
from tests.flows.test_flows import artifacts_of, corpus
from tests.helpers import doc
from tests.review.labelstudio import TOKEN, needed, running

pytestmark = pytest.mark.usefixtures("prefect")


@pytest.fixture(scope="module")
def studio(tmp_path_factory):
    needed()
    with running(tmp_path_factory.mktemp("studio")) as server:
        yield server


@pytest.fixture(autouse=True)
def token(monkeypatch):
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", TOKEN)


def say(studio, task, verdict="accepter"):
    """Submit the prediction of a task with a verdict."""
    choice = {"from_name": "verdict", "to_name": "text", "type": "choices", "id": "v"}
    result = [*task["predictions"][0]["result"], choice | {"value": {"choices": [verdict]}}]
    LabelStudio(base_url=studio.url, api_key=TOKEN).annotations.create(
        id=task["id"], result=result, lead_time=9
    )


def tasks(studio, title):
    server = Server(studio.url, TOKEN)
    return sorted(server.tasks(server.find(title).id), key=lambda task: task["id"])


def test_a_round_returns_at_once_and_is_merged_when_enough_came_back(studio, tmp_path):
    tagged = "[[1:MILITARY|Le général Ostrovar]] et [[2:CIVILIAN|Mme Belline]], [[3:PLACE|Tarsk]]"
    documents = [doc(f"{tagged} {n}.", (1, "RESIDES_IN", 3), id=f"t{n}") for n in range(4)]
    write_lines(tmp_path / "lot.jsonl", documents)
    project = Review(url=studio.url, project="lot 1", by=None)

    def round_():
        given = (tmp_path / "lot.jsonl", "textmine", project, 0.5, tmp_path)
        return review_round(*given, return_state=True)

    first = round_()
    assert (first.type.value, first.name) == ("COMPLETED", "Waiting for review")
    assert "0 of 4 tasks" in first.message
    pushed = tasks(studio, "lot 1")
    assert f"{studio.url}/projects/" in artifacts_of(first)["review-round-label-studio"]
    say(studio, pushed[0])
    assert round_().name == "Waiting for review"
    say(studio, pushed[1], "rejeter")
    done = round_()
    assert (done.type.value, done.name) == ("COMPLETED", "Reviewed")
    (merged,) = tmp_path.glob("*/merged.jsonl")
    found = list(read_lines(merged, Document))
    assert [d.id for d in found] == ["t0", "t2", "t3"]
    assert [d.meta.origin for d in found] == ["reviewed", "gold", "gold"]
    before = digest(merged)
    assert round_().name == "Reviewed"
    assert (digest(merged), len(tasks(studio, "lot 1"))) == (before, 4)


def test_a_night_pushes_when_it_can_and_learns_from_what_came_back(studio, tmp_path):
    live, work = tmp_path / "live", tmp_path / "work"
    live.mkdir()
    write_lines(live / "a.jsonl", [Document(id="x", text="Kiev résiste.")])
    os.utime(live / "a.jsonl", (time.time() - 3600,) * 2)
    watched = Watched(place=str(live), work=work)
    samples, review = Samples(strategies=("typos",), samples=4), Review(url=studio.url, number=3)

    def night():
        given = {"samples": samples, "review": review, "return_state": True}
        return nightly(corpus(tmp_path), watched, **given)

    studio.stop()
    away = night()
    assert (away.type.value, away.name) == ("FAILED", "Label Studio away")
    (kept,) = (work / "samples").glob("*.jsonl")
    studio.start()
    pushed = night()
    assert pushed.name == "Completed", pushed.message
    assert list((work / "samples").glob("*.jsonl")) == [kept]
    assert {"nightly-label-studio", "nightly-reviews"} <= set(artifacts_of(pushed))
    waiting = tasks(studio, f"nightly {kept.stem}")
    assert len(waiting) == 3
    assert night().name == "Nothing new"
    say(studio, waiting[0])
    say(studio, waiting[1], "rejeter")
    learnt = night()
    assert learnt.name == "Completed", learnt.message
    assert "2 reviewed" in learnt.message
    reviewed = list(read_lines(work / "pool" / "reviewed.jsonl", Document))
    assert [d.id for d in reviewed] == [waiting[0]["data"]["augment_id"]]
    assert len(list(read_lines(work / "pool" / "nights.jsonl", Document))) == 2
