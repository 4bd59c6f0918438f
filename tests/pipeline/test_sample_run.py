"""The sample's orders and recorded replies fit together; the card says what comes of them."""

import json
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from augment.config import load
from augment.guide import load as load_guide
from augment.overlap import Leaks
from augment.pipeline.run import run
from augment.read import read_all
from augment.schema import Document, Drop, Order, Request, Response
from augment.spans import check
from augment.store import read_lines
from tests.generate.server import Fault, completion, serve
from tests.helpers import ROOT

SAMPLE = ROOT / "data" / "sample"
CARD = (SAMPLE / "README.md").read_text(encoding="utf-8")
ORDERS = list(read_lines(SAMPLE / "orders.jsonl", Order))
REPLIES = list(map(json.loads, (SAMPLE / "replies.jsonl").read_text("utf-8").splitlines()))
RAW, _ = read_all(SAMPLE / "raw.jsonl")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The folder of the demonstration, without what is measured, and its manifest."""
    path = tmp_path_factory.mktemp("sample") / "run"
    config = load(SAMPLE / "run.yaml", {"measure": False, "student": "rules"})
    return path, run(config, path)


def records(path: Path, kind: type) -> list:
    return [r for part in sorted(path.glob("part-*.jsonl")) for r in read_lines(part, kind)]


def test_every_order_has_its_reply_and_every_reply_its_order():
    assert [reply["id"] for reply in REPLIES] == [order.id for order in ORDERS]
    assert len({reply["key"] for reply in REPLIES}) == len(REPLIES) >= 40


def test_every_request_is_answered(made):
    path, manifest = made
    assert manifest["requests"] == manifest["replies"] == len(ORDERS)
    assert manifest["unanswered"] == 0 and "not_recorded" not in manifest["dropped"]
    recorded = {reply["id"]: reply["text"] for reply in REPLIES}
    assert {r.id: r.text for r in records(path / "04_generate", Response)} == recorded


def test_the_card_tells_what_is_accepted_and_what_is_dropped(made):
    path, manifest = made
    strategy = {order.id: order.strategy for order in ORDERS}
    ordered, lost = Counter(strategy.values()), Counter()
    for drop in read_lines(path / "dropped.jsonl", Drop):
        if drop.id in strategy:
            lost[strategy[drop.id], drop.reason.value] += 1
    table = [
        (name, n, n - sum(v for (s, _), v in lost.items() if s == name),
         {reason: v for (s, reason), v in lost.items() if s == name})
        for name, n in sorted(ordered.items())
    ]  # fmt: skip
    table.append(("all orders", len(ORDERS), manifest["accepted"], manifest["dropped"]))
    for name, orders, accepted, reasons in table:
        told = ", ".join(f"{reason} {n}" for reason, n in sorted(reasons.items())) or "–"
        assert f"| {name} | {orders} | {accepted} | {told} |\n" in CARD


def test_nothing_of_the_test_items_is_in_what_was_written(made):
    path, manifest = made
    assert [reason for reason in manifest["dropped"] if "leak" in reason] == []
    (train, _), (test, _) = (read_all(SAMPLE / f"{side}.txt") for side in ("train", "test"))
    leaks = Leaks(train, test, load_guide("ukraine_live").person_names)
    accepted = list(read_lines(path / "accepted.jsonl", Document))
    assert [d.id for d in (*RAW, *accepted) if leaks.find(d)] == []


def test_every_span_is_the_text_it_says(made):
    accepted = list(read_lines(made[0] / "accepted.jsonl", Document))
    assert len(accepted) > 30
    for document in accepted:
        check(document)
        for _, m in document.mentions():
            assert document.text[m.start : m.end] == m.value


def test_raw_items_are_like_the_others_but_not_annotated():
    assert len(RAW) == 12
    for d in RAW:
        assert 70 <= len(d.text.split()) <= 110 and d.labelled == "none" and not d.entities
        assert d.meta.title and d.meta.time and d.meta.source == "augment"
        assert d.meta.rights["licence"] == "MIT"
        for text in (d.text, d.meta.title):
            assert not re.search(r"\w'\w|[“”\"]|\.\.\.|  ", text)
            assert not re.search(r"[^\u00a0]»|«[^\u00a0]|[^\u00a0\u202f][;:!?](?!\d)", text)


def test_replies_are_remade_with_another_llm(made, tmp_path):
    """`make rerecord` asks a server every order, and the demonstration replays what it said."""
    sample = tmp_path / "data" / "sample"
    shutil.copytree(SAMPLE, sample)
    recorded = {reply["id"]: reply["text"] for reply in REPLIES}
    asked = {
        request.messages[-1].content: recorded[request.id]
        for request in records(made[0] / "03_prompt", Request)
    }

    def answer(body, attempt):
        return Fault(body=completion(asked[body["messages"][-1]["content"]]))

    with serve(answer) as server:
        done = subprocess.run(
            ["make", "--file", ROOT / "Makefile", "--old-file", "install", "rerecord",
             f"BIN={Path(sys.executable).parent}", "LLM=openai:local/new:7b", f"URL={server.url}"],
            cwd=tmp_path, capture_output=True, text=True,
        )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(server.bodies) == len(ORDERS)
    remade = [json.loads(line) for line in (sample / "replies.jsonl").open(encoding="utf-8")]
    assert {reply["id"]: reply["text"] for reply in remade} == recorded
    assert not {reply["key"] for reply in remade} & {reply["key"] for reply in REPLIES}
    again = load(sample / "run.yaml", {"measure": False, "student": "rules", "samples": 0})
    assert again.write.llm == ("replay:local/new:7b",)
    manifest = run(again, tmp_path / "again")
    assert manifest["accepted"] == made[1]["accepted"]
