"""`augment run` with an LLM: recorded replies through a real server, killed, capped, unanswered."""

import json
import re
import signal
import subprocess
import sys
import threading
import time
from itertools import count

import pytest

from augment.guide import load
from augment.ledger import Ledger
from augment.schema import Candidate, Document, Drop, Order, Request
from augment.store import digest, read_lines
from tests.generate.server import Fault, completion, error, serve
from tests.helpers import ROOT

FIXTURES = ROOT / "tests" / "align" / "fixtures" / "compose"
PRICES = """models:
  m: {prompt: 1.0, completion: 2.0, currency: EUR, date: 2026-11-22, source: a test}
"""


def blocks(*names):
    """Recorded replies to `compose` with the guide `textmine`."""
    written = "\n".join((FIXTURES / f"{name}.txt").read_text() for name in names)
    return ["=== " + block for block in written.split("=== ")[1:]]


REPLIES = [block.partition("\n")[2].strip() for block in blocks("A", "B")]


def in_turn(said=REPLIES, delay=0.0):
    """A script that answers each new prompt with the next reply, a repeated one with its own."""
    given, numbers, lock = {}, count(), threading.Lock()

    def script(body, attempt):
        asked = json.dumps(body["messages"])
        with lock:
            if asked not in given:
                given[asked] = said[next(numbers) % len(said)]
        time.sleep(delay)
        return completion(given[asked])

    return script


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """Sixteen documents to train on and eight to test on, under the same guide as the replies."""
    folder = tmp_path_factory.mktemp("corpus")
    gold = blocks("C")
    (folder / "train.txt").write_text("".join(gold[:16]))
    (folder / "test.txt").write_text("".join(gold[16:]))
    (folder / "prices.yaml").write_text(PRICES)
    return folder


def run(corpus, out, server, *more):
    return subprocess.run(command(corpus, out, server, *more), capture_output=True, text=True)


def command(corpus, out, server, *more):
    options = ["--corpus", corpus / "train.txt", "--test", corpus / "test.txt"]
    options += ["--guide", "textmine", "--student", "rules", "--strategy", "compose"]
    options += ["--llm", "openai:m", "--base-url", server.url, "--jobs", "1", "--seeds", "1"]
    options += ["--ledger", out.parent / "ledger.sqlite", "--prices", corpus / "prices.yaml"]
    return [sys.executable, "-m", "augment", "run", *map(str, options), "--out", str(out), *more]


def manifest(out):
    made = json.loads((out / "manifest.json").read_text())
    ends = made["accepted"] + sum(made["dropped"].values()) + made["unanswered"]
    assert ends == made["requests"]
    return made


def contents(out):
    left_out = {"timings.json", ".lock", "cells"}
    files = [p.relative_to(out) for p in sorted(out.rglob("*")) if p.is_file()]
    return {str(p): digest(out / p) for p in files if not left_out & set(p.parts)}


def test_replies_become_samples_measured_and_reported_with_their_cost(corpus, tmp_path):
    out = tmp_path / "run"
    with serve(in_turn()) as server:
        done = run(corpus, out, server, "--samples", "30")
    assert done.returncode == 0, done.stderr
    made = manifest(out)
    assert (made["requests"], made["replies"], made["unanswered"]) == (30, 30, 0)
    assert made["accepted"] > 10
    assert made["tokens"] == 30 * 15
    assert made["cost"] == pytest.approx(30 * (10 * 1.0 + 5 * 2.0) / 1e6)
    assert made["costs"]["per_accepted"] == pytest.approx(made["cost"] / made["accepted"])
    accepted = list(read_lines(out / "accepted.jsonl", Document))
    assert len(accepted) == made["accepted"]
    orders = {order.id: order for order in read_lines(out / "02_plan/part-0000.jsonl", Order)}
    for document in accepted:
        order = orders[document.id]
        assert {*document.labelled} == {*order.types, *order.negatives}
        assert {*order.types} & {relation.type for relation in document.relations}
        assert (document.meta.origin, document.meta.strategy) == ("synthetic", "compose")
    measured = json.loads((out / "measure.json").read_text())
    assert measured["arms"]["samples"]["16"]["verdict"] in {"gain", "no gain", "harm"}
    page = (out / "report.html").read_text()
    assert "What the LLMs took" in page and "EUR" in page
    with Ledger(tmp_path / "ledger.sqlite", read_only=True) as ledger:
        keys = [r.key for r in read_lines(out / "03_prompt/part-0000.jsonl", Request)]
        assert len(ledger.find(keys)) == 30


def test_killed_in_the_middle_it_goes_on_and_pays_nothing_twice(corpus, tmp_path):
    with serve(in_turn()) as server:
        whole = tmp_path / "whole" / "run"
        assert run(corpus, whole, server, "--samples", "24", "--no-measure").returncode == 0
        script = server.script
        server.script = lambda body, attempt: (time.sleep(0.05), script(body, attempt))[1]
        server.asked.clear()
        out = tmp_path / "killed" / "run"
        calls = 0
        for least in (4, 10, 18):
            options = ["--samples", "24", "--no-measure", "--concurrency", "2"]
            process = subprocess.Popen(
                command(corpus, out, server, *options),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            while sum(server.asked.values()) < least and process.poll() is None:
                time.sleep(0.005)
            process.send_signal(signal.SIGKILL)
            process.wait()
        assert run(corpus, out, server, "--samples", "24", "--no-measure").returncode == 0
        calls = sum(server.asked.values())
    assert manifest(out)["replies"] == 24
    assert 24 <= calls <= 24 + 3 * 2  # what was under way when killed is asked again
    assert contents(out) == contents(whole)


def test_a_cap_stops_before_it_is_passed_and_a_larger_one_goes_on(corpus, tmp_path):
    out = tmp_path / "run"
    script = in_turn()
    dear = {"prompt_tokens": 10_000, "completion_tokens": 2_000}  # 0.014 euros
    with serve(lambda body, attempt: script(body, attempt) | {"usage": dear}) as server:
        first = run(corpus, out, server, "--samples", "10", "--no-measure", "--max-cost", "0.1")
        assert first.returncode == 1, first.stderr
        assert "--max-cost" in first.stderr
        made = manifest(out)
        assert 0 < made["replies"] < 10 and made["unanswered"] == 10 - made["replies"]
        assert made["cost"] <= 0.1 and "max-cost" in made["stopped"]
        again = run(corpus, out, server, "--samples", "10", "--no-measure", "--max-cost", "9")
        assert again.returncode == 0, again.stderr
        assert sum(server.asked.values()) == 10
    assert (manifest(out)["replies"], manifest(out)["stopped"]) == (10, None)


def test_a_dead_server_is_told_and_the_run_goes_on_when_it_is_back(corpus, tmp_path):
    out = tmp_path / "run"
    with serve(lambda body, attempt: Fault(401, error("bad key"))) as server:
        done = run(corpus, out, server, "--samples", "4", "--no-measure")
        assert (done.returncode, "): 401" in done.stderr and "check the key" in done.stderr) == (
            1,
            True,
        ), done.stderr
        assert "Traceback" not in done.stderr
        server.script = in_turn()
        assert run(corpus, out, server, "--samples", "4", "--no-measure").returncode == 0
    assert manifest(out)["replies"] == 4


def test_every_kind_of_bad_reply_is_a_named_drop(corpus, tmp_path):
    out = tmp_path / "run"
    refused = completion("Je ne peux pas.", finish="content_filter")
    bad = ["", REPLIES[0][:200], "Bonjour.", "[[e1:PLACE|Kiev\n{}", '{"text": "a"', REPLIES[1]]

    def script(body, attempt):
        place = len(server.asked) - 1
        return refused if place == 6 else completion(bad[place % len(bad)])

    with serve(script) as server:
        done = run(corpus, out, server, "--samples", "7", "--no-measure", "--concurrency", "1")
    assert done.returncode == 0, done.stderr
    made = manifest(out)
    assert (made["requests"], made["replies"], made["unanswered"]) == (7, 7, 0)
    assert made["dropped"]["refusal"] == 1 and made["dropped"]["empty_reply"] == 1
    drops = list(read_lines(out / "dropped.jsonl", Drop))
    assert len(drops) + made["accepted"] == 7 and all(drop.detail for drop in drops)


def test_a_dry_run_sends_nothing_and_prices(corpus, tmp_path):
    out = tmp_path / "run"
    with serve(in_turn()) as server:
        done = run(corpus, out, server, "--samples", "5", "--dry-run", "--json", "--verify", "1")
        assert done.returncode == 0, done.stderr
        assert "not counted" in done.stderr
        assert not server.asked
    said = json.loads(done.stdout)
    assert (said["dry_run"], said["requests"], said["in_ledger"]) == (True, 5, 0)
    assert said["cost"] > 0
    assert len(list(read_lines(out / "03_prompt/part-0000.jsonl", Request))) == 5


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--llm", "gpt"], "no NAME:MODEL"),
        (["--llm", "nope:m"], "no backend 'nope'"),
        (["--strategy", "annotate"], "annotate needs items"),
        (["--set", "write.exampels=3"], "no such field: write.exampels"),
        (["--set", "examples"], "no FIELD=VALUE"),
        (["--llm", "openai:n", *2 * ["--base-url", "http://127.0.0.1:1/v1"]], "3 addresses for"),
        (["--set", "call.max_cost=much"], "call.max_cost: 'much'"),
        (["--set", "write.llm=[]"], "compose needs an LLM"),
        (["--set", "call.base_url=['http://example.org/v1']"], "not allowed"),
    ],
)
def test_wrong_options_are_told_in_one_line(corpus, tmp_path, options, said):
    with serve(in_turn()) as server:
        done = run(corpus, tmp_path / "run", server, "--samples", "3", *options)
        assert not server.asked
    assert done.returncode == 2, done.stderr
    assert said in done.stderr and "Traceback" not in done.stderr


def looked_at(body, attempt):
    """Writes, annotates blind, objects: by what the prompt asks."""
    last = body["messages"][-1]["content"]
    if last.startswith("Rédigez"):
        return completion(REPLIES[body["seed"] % len(REPLIES)])
    tagged = last.partition("<texte>\n")[2].partition("\n</texte>")[0]
    if last.startswith("Relevez"):
        written = next(reply for reply in REPLIES if reply.startswith(tagged))
        relations = json.loads(written.rpartition("\n")[2])["relations"]
        return completion(json.dumps({"relations": relations[:-1]}))
    assert last.startswith("Relisez"), last
    relations = json.loads(tagged.rpartition("\n")[2])["relations"]
    guide = load("textmine")
    kind = relations[0][1]
    objection = {"relation": relations[0][:3], "rule": kind, "why": "le texte ne le dit pas"}
    objection["quote"] = guide.relations[kind].definition
    return completion(json.dumps({"objections": [objection]}))


def test_verifiers_vote_and_a_judge_objects(corpus, tmp_path):
    out = tmp_path / "run"
    looks = ["--verify", "2", "--judge", "openai:m"]
    with serve(looked_at) as server:
        done = run(corpus, out, server, "--samples", "8", "--no-measure", *looks)
        assert done.returncode == 0, done.stderr
        calls = sum(server.asked.values())
        again = run(corpus, out, server, "--samples", "8", "--no-measure", *looks)
        assert again.returncode == 0, again.stderr
        assert sum(server.asked.values()) == calls
    made = manifest(out)
    verified = made["verify"]
    assert verified["requests"] == verified["replies"] > 0
    assert verified["requests"] == 2 * made["stages"]["07_filter"]["kept"]
    assert 0.5 < verified["f1"] < 1 and 0 < verified["kappa"] < 1
    assert verified["judge"]["replies"] == made["stages"]["07_verify"]["kept"]
    assert sum(verified["violations"].values()) > 0
    assert made["tokens"] == 15 * (8 + verified["replies"] + verified["judge"]["replies"])
    accepted = list(read_lines(out / "accepted.jsonl", Document))
    assert accepted and all(0.5 <= d.meta.agreement <= 1 for d in accepted)
    codes = {
        f.code for c in read_lines(out / "07_judge/part-0000.jsonl", Candidate) for f in c.findings
    }
    assert "outvoted" in codes and any(code.startswith("relations.") for code in codes)
    assert "Writer and verifiers agree" in (out / "report.html").read_text()


def test_a_silent_verifier_is_told_and_asked_again(corpus, tmp_path):
    out = tmp_path / "run"

    def half(body, attempt):
        if body["messages"][-1]["content"].startswith("Rédigez"):
            return looked_at(body, attempt)
        return Fault(401, error("no more"))

    with serve(half) as server:
        options = ["--samples", "4", "--no-measure", "--verify", "1"]
        done = run(corpus, out, server, *options)
        assert (done.returncode, "stopped: 401" in done.stderr) == (1, True), done.stderr
        assert manifest(out)["verify"]["replies"] == 0
        assert "only 0 of" in done.stderr
        server.script = looked_at
        assert run(corpus, out, server, *options).returncode == 0
    made = manifest(out)
    assert made["verify"]["replies"] == made["stages"]["07_filter"]["kept"]


PROSE = re.compile(r"\[\[\w+:(?:FIRSTNAME|LASTNAME)\|([^\]|]+)\]\]")


@pytest.mark.parametrize("level", ["nothing", "guide", "pseudonymised", "examples"])
def test_prompts_for_another_machine_hold_what_the_policy_lets_out(tmp_path, level):
    sample = ROOT / "data" / "sample"
    policy = tmp_path / "policy.yaml"
    rule = {"guide": "*", "level": level}
    if level in ("pseudonymised", "examples"):
        rule["corpus"] = digest(sample / "train.txt")
    policy.write_text(json.dumps({"hosts": ["api.example.org"], "allow": [rule]}))
    options = ["--corpus", sample / "train.txt", "--test", sample / "test.txt"]
    options += ["--guide", "ukraine_live", "--student", "rules", "--samples", "12", "--dry-run"]
    options += ["--llm", "openai:m"]
    options += ["--strategy", "compose", "--policy", policy, "--out", tmp_path / "run"]
    options += ["--base-url", "https://api.example.org/v1", "--ledger", tmp_path / "l.sqlite"]
    options += [] if level in ("nothing", "guide") else ["--strategy", "restyle"]
    command = [sys.executable, "-m", "augment", "run", *map(str, options)]
    done = subprocess.run(command, capture_output=True, text=True)
    if level == "nothing":
        assert (done.returncode, "policy" in done.stderr) == (2, True), done.stderr
        return
    assert done.returncode == 0, done.stderr
    requests = list(read_lines(tmp_path / "run" / "03_prompt" / "part-0000.jsonl", Request))
    said = " ".join(m.content for r in requests for m in r.messages[1:])
    names = set(PROSE.findall((sample / "train.txt").read_text()))
    found = {name for name in names if re.search(rf"\|{re.escape(name)}\]", said)}
    assert bool(found) == (level == "examples"), sorted(found)[:5]
    shown = any(len(r.messages) > 2 for r in requests)
    assert shown == (level != "guide")
    if level == "guide":
        assert "Longueur" not in said and "Le texte contient" not in said


def test_orders_given_beside_the_plan_have_ids_and_strategies_of_their_own(corpus, tmp_path):
    orders = tmp_path / "orders.jsonl"
    given = ["--samples", "2", "--no-measure", "--set", f"write.orders={orders}"]
    order = Order(id="000001", strategy="compose", types=("IS_BORN_IN",))
    with serve(in_turn()) as server:
        orders.write_text(order.model_dump_json() + "\n")
        same = run(corpus, tmp_path / "same", server, *given)
        assert (same.returncode, "an order 000001 too" in same.stderr) == (2, True), same.stderr
        orders.write_text(order.model_copy(update={"strategy": "nope"}).model_dump_json() + "\n")
        other = run(corpus, tmp_path / "other", server, *given)
        assert (other.returncode, "no strategy 'nope'" in other.stderr) == (2, True), other.stderr
        assert not server.asked
        orders.write_text(order.model_copy(update={"id": "own-1"}).model_dump_json() + "\n")
        assert run(corpus, tmp_path / "run", server, *given).returncode == 0
    assert manifest(tmp_path / "run")["requests"] == 3
