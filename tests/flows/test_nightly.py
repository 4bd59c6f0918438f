"""nightly and review-round: new items once, named states, reviews merged, the newest model."""

import json
import os
import time

import pytest

from augment.hold import hold
from augment.pipeline.nights import merge, pool
from augment.pipeline.quarantine import quarantine
from augment.read import read
from augment.review.pull import Pulled, Said
from augment.schema import Document, Review
from augment.store import digest, read_lines, write_lines
from flows import settings
from flows.nightly import nightly
from flows.review_round import review_round
from flows.settings import Samples, Watched
from flows.tasks import plenty
from tests.flows.made import plan
from tests.flows.test_flows import artifacts_of, corpus, llm
from tests.generate.server import Fault, completion, serve
from tests.helpers import ROOT, doc

pytestmark = pytest.mark.usefixtures("prefect")
ITEMS = list(read_lines(ROOT / "data" / "sample" / "raw.jsonl", Document))


def put(folder, name, documents):
    folder.mkdir(exist_ok=True)
    write_lines(folder / name, documents)
    os.utime(folder / name, (time.time() - 3600,) * 2)


def annotated(body, attempt):
    """What an LLM would write of the item in a prompt: two places and that one is in the other."""
    prompt = body["messages"][-1]["content"]
    item = next(item for item in ITEMS if item.text[:40] in prompt)
    first = item.text.split()[0]
    return Fault(
        body=completion(f'[[e1:PLACE|{first}]]{item.text[len(first) :]}\n{{"relations": []}}')
    )


def test_a_week_of_nights(tmp_path):
    live, work = tmp_path / "live", tmp_path / "work"
    watched = Watched(place=str(live), work=work)
    samples = Samples(strategies=("annotate", "typos"), samples=6)
    put(live, "monday.jsonl", ITEMS[:4])
    put(live, "broken.jsonl", [])
    (live / "broken.jsonl").write_text("{broken\n")
    os.utime(live / "broken.jsonl", (time.time() - 3600,) * 2)
    with serve(annotated) as server:
        llms = llm(server, tmp_path)

        def night(**more):
            place = corpus(tmp_path, **more)
            return nightly(place, watched, samples, llms, return_state=True)

        monday = night()
        assert monday.name == "Completed", monday.message
        assert "samples of 4 new items" in monday.message
        assert [file.name.split("-")[1] for file in quarantine(work)] == ["broken.jsonl"]
        model = (work / "latest" / "model").resolve()
        assert model.is_dir()
        shown = artifacts_of(monday)
        assert {"nightly-yield", "nightly-cost", "nightly-model-gain", "nightly-files"} <= set(
            shown
        )
        paid, before = len(server.bodies), digest(work / "samples")
        tuesday = night(publish=f"file://{tmp_path}/sent")
        assert (tuesday.type.value, tuesday.name) == ("COMPLETED", "Nothing new")
        assert (len(server.bodies), digest(work / "samples")) == (paid, before)
        assert digest(tmp_path / "sent" / model.parent.name / "model") == digest(model)
        put(live, "wednesday.jsonl", ITEMS[2:6])
        wednesday = night()
        assert wednesday.name == "Completed"
        assert len(list((work / "samples").glob("*.jsonl"))) == 2
        assert (work / "latest" / "model").resolve() != model
        names = [d.id for d in read_lines(work / "pool" / "nights.jsonl", Document)]
        assert len(names) == len(set(names))
    taken = list((work / "batches").glob("*/items.jsonl"))
    ids = [d.id for path in taken for d in read_lines(path, Document)]
    assert sorted(ids) == sorted(item.id for item in ITEMS[:6])


def test_a_night_that_is_out_of_budget_goes_on_with_the_same_items(tmp_path):
    live, work = tmp_path / "live", tmp_path / "work"
    watched = Watched(place=str(live), work=work)
    samples = Samples(strategies=("annotate", "typos"), samples=4)
    put(live, "monday.jsonl", ITEMS[:3])
    with serve(annotated) as server:
        poor = llm(server, tmp_path, max_tokens=100)
        first = nightly(corpus(tmp_path), watched, samples, poor, return_state=True)
        assert (first.type.value, first.name) == ("FAILED", "Out of budget")
        put(live, "tuesday.jsonl", ITEMS[3:4])
        rich = llm(server, tmp_path)
        second = nightly(corpus(tmp_path), watched, samples, rich, return_state=True)
    assert second.name == "Completed", second.message
    assert len(list((work / "samples").glob("*.jsonl"))) == 2


def test_what_a_configuration_adds_is_no_sample_of_a_night_and_its_policy_is_the_models(tmp_path):
    live, work, policy = tmp_path / "live", tmp_path / "work", tmp_path / "policy.yaml"
    put(live, "monday.jsonl", ITEMS[:1])
    put(live, "tuesday.jsonl", ITEMS[1:2])
    policy.write_text("hosts: []\n")
    place = corpus(tmp_path)
    with place.config.open("a") as file:
        file.write(f"add: {{more: {ROOT / 'data/sample/annotations/A.txt'}}}\n")
    watched = Watched(place=str(live), work=work, most=1)
    samples = Samples(strategies=("typos",), samples=3)
    llms = settings.Llms(policy=policy)
    state = nightly(place, watched, samples, llms, return_state=True)
    assert state.name == "Completed", state.message
    for path in (work / "samples").glob("*.jsonl"):
        assert {d.meta.strategy for d in read_lines(path, Document)} == {"typos"}
    manifest = json.loads((work / "latest" / "manifest.json").read_text())
    assert manifest["config"]["write"]["policy"] == str(policy)


def test_what_the_form_does_not_say_of_samples_comes_from_the_configuration(tmp_path):
    live, work, place = tmp_path / "live", tmp_path / "work", corpus(tmp_path)
    put(live, "monday.jsonl", ITEMS[:3])
    with place.config.open("a") as file:
        file.write("strategies: [typos, mentions]\nsamples: 4\ncall: {dry_run: true}\n")
    state = nightly(place, Watched(place=str(live), work=work), return_state=True)
    assert "4 samples of 3 new items" in state.message
    (kept,) = (work / "samples").glob("*.jsonl")
    assert {d.meta.strategy for d in read_lines(kept, Document)} == {"typos", "mentions"}


def test_items_are_annotated_if_no_strategy_is_named(tmp_path):
    live, place = tmp_path / "live", corpus(tmp_path)
    put(live, "monday.jsonl", ITEMS[:2])
    watched = Watched(place=str(live), work=tmp_path / "work")
    with serve(annotated) as server:
        for samples in ({}, {"samples": Samples(samples=1)}):
            nightly(place, watched, llms=llm(server, tmp_path), **samples, return_state=True)
            put(live, "tuesday.jsonl", ITEMS[2:4])
        assert len(server.bodies) == 3


def test_the_same_samples_of_another_night_are_no_reason_for_another_model(tmp_path):
    live, work = tmp_path / "live", tmp_path / "work"
    samples = Samples(strategies=("typos",), samples=6)
    for name, item in zip(("monday", "tuesday"), ITEMS, strict=False):
        put(live, f"{name}.jsonl", [item, item.model_copy(update={"id": "again"})])
        watched = Watched(place=str(live), work=work)
        state = nightly(corpus(tmp_path), watched, samples, return_state=True)
        assert "6 samples of 1 new items" in state.message
        assert "1 records left out" in state.message
        (row,) = json.loads(artifacts_of(state)["nightly-files"])
        assert row["why"] == "exact_duplicate"
        assert ("model: as before" in state.message) == (name == "tuesday")
    assert len(list(read_lines(work / "pool" / "nights.jsonl", Document))) == 6


def test_two_nights_at_once_and_a_place_that_is_not_there(tmp_path):
    watched = Watched(place=str(tmp_path / "none"), work=tmp_path / "work")
    samples = Samples(strategies=("typos",))
    missing = nightly(corpus(tmp_path), watched, samples, return_state=True)
    assert (missing.type.value, missing.name) == ("FAILED", "Bad path")
    with hold(watched.work):
        second = nightly(corpus(tmp_path), watched, samples, return_state=True)
    assert (second.type.value, second.name) == ("FAILED", "Already running")


def test_a_label_studio_that_is_away_is_a_state(tmp_path, monkeypatch):
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", "0123456789abcdef")
    write_lines(tmp_path / "accepted.jsonl", ITEMS[:2])
    away = settings.Review(url="http://127.0.0.1:9")
    state = review_round.with_options()(
        tmp_path / "accepted.jsonl", "ukraine_live", away, reviews=tmp_path, return_state=True
    )
    assert (state.type.value, state.name) == ("FAILED", "Label Studio away")


def test_a_round_takes_any_format_and_names_a_file_that_is_not_there(tmp_path, monkeypatch):
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", "0123456789abcdef")
    (hourly,) = [d for d in plan()["deployments"] if d["name"] == "hourly"]

    def round_(documents):
        given = (documents, "ukraine_live", settings.Review(url="http://127.0.0.1:9"))
        return review_round(*given, reviews=tmp_path / "reviews", return_state=True)

    missing = round_(tmp_path / "none.jsonl")
    assert (missing.name, "none.jsonl" in missing.message) == ("Bad path", True)
    assert not (tmp_path / "reviews").exists()
    documents = ROOT / hourly["parameters"]["documents"]
    assert round_(documents).name == "Label Studio away"
    first, *others = (d for d in read(documents) if isinstance(d, Document))
    pulled = Pulled(tasks=1, done=1, drafts=0, said=(said(first, "reject", 1),), drops=())
    merged = merge(documents, pulled, tmp_path / "round")
    assert [d.id for d in read_lines(merged, Document)] == [d.id for d in others]


@pytest.mark.parametrize(("done", "is_it"), [(0, False), (6, False), (7, True), (25, True)])
def test_a_share_of_the_tasks_is_enough_to_the_task(done, is_it):
    assert plenty({"tasks": 25, "done": done}, 0.28) is is_it


def said(document, verdict, task):
    review = Review(verdict=verdict, changes=())
    meta = document.meta.model_copy(update={"origin": "reviewed", "review": review})
    return Said(task=task, document=document.model_copy(update={"meta": meta}), review=review)


def test_reviews_take_the_place_of_samples(tmp_path):
    night = [doc(f"[[1:PLACE|Kiev]], {n}.", id=f"n/{n}") for n in range(4)]
    write_lines(tmp_path / "samples" / "n.jsonl", night)
    verdicts = [said(night[0], "accept", 1), said(night[2], "reject", 2)]
    pulled = Pulled(tasks=3, done=2, drafts=0, said=tuple(verdicts), drops=())
    merge(tmp_path / "samples" / "n.jsonl", pulled, tmp_path / "reviews" / "n")
    found = {name: [d.id for d in read_lines(p, Document)] for name, p in pool(tmp_path).items()}
    assert list(found.items()) == [("reviewed", ["n/0"]), ("nights", ["n/1", "n/3"])]
    merged = tmp_path / "reviews" / "n" / "merged.jsonl"
    assert [d.id for d in read_lines(merged, Document)] == ["n/0", "n/1", "n/3"]
