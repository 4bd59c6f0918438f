"""Pushing to and pulling from a real Label Studio."""

import json
import os
import signal
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import httpx
import pytest
from label_studio_sdk import LabelStudio

from augment.cli import main
from augment.egress import EgressLog
from augment.errors import ConfigError, ReviewError, UnknownName, UsageError
from augment.pipeline import review
from augment.policy import Policy, PolicyFile, Rule
from augment.read import read_all
from augment.review.server import Server, _client
from augment.review.status import status
from tests.helpers import ROOT, doc
from tests.review.labelstudio import PERSON, TOKEN

SAMPLE = ROOT / "data" / "sample" / "train.txt"
GUIDE = "textmine"

pytestmark = pytest.mark.usefixtures("token")


@pytest.fixture
def sdk(studio):
    return LabelStudio(base_url=studio.url, api_key=TOKEN)


def sending(studio, title, **fields):
    return review.Sending(corpus=SAMPLE, guide=GUIDE, url=studio.url, project=title, **fields)


def command(*arguments, **environment):
    program = "from augment.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", program, *map(str, arguments)],
        capture_output=True,
        text=True,
        env=os.environ | environment,
    )


def run(*arguments):
    """A command in this process, which has to succeed."""
    with pytest.raises(SystemExit) as end:
        main([*map(str, arguments)])
    assert end.value.code == 0


def bare(document):
    meta = document.meta.model_copy(update={"origin": "gold", "review": None})
    return document.model_copy(update={"meta": meta})


def made_by_hand():
    return [
        doc(
            "😀 [[1:MILITARY|Le général Ostrovar]] et [[2:CIVILIAN|Mme Belline]] vivent à "
            "[[3:PLACE|Tarsk]]. [[1:MILITARY|Il]] s’y plaît.",
            (1, "RESIDES_IN", 3),
            (2, "RESIDES_IN", 3),
            (1, "IS_IN_CONTACT_WITH", 2),
            (2, "IS_IN_CONTACT_WITH", 1),
            id=f"main-{n}",
        )
        for n in range(5)
    ]


def test_what_was_pushed_comes_back_equal_and_pushed_twice_it_is_there_once(studio, sdk, tmp_path):
    given = ["--guide", GUIDE, "--url", studio.url]
    first = command("review", "push", SAMPLE, *given, "--project", "aller", "--json")
    assert first.returncode == 0, first.stderr
    sent = json.loads(first.stdout)
    documents = {document.id: document for document in read_all(SAMPLE)[0]}
    assert sent["arrived"] == {
        "tasks": len(documents), "new": len(documents), "known": 0, "differing": []
    }  # fmt: skip
    again = review.push(list(documents.values()), sending(studio, "aller")).arrived
    assert (again.new, again.known) == (0, len(documents))

    server = Server(studio.url, TOKEN)
    tasks = server.tasks(sent["project"])
    assert len(tasks) == len(documents)
    for task in tasks:
        sdk.annotations.create(id=task["id"], result=task["predictions"][0]["result"], lead_time=6)
    out = tmp_path / "reviewed.jsonl"
    done = command("review", "pull", "--project", "aller", "--url", studio.url, "--out", out)
    assert done.returncode == 0, done.stderr
    assert f"{len(documents)} accepted, 0 corrected, 0 rejected" in done.stdout
    back, drops = read_all(out)
    assert not drops
    assert {d.id: bare(d) for d in back} == {id: bare(d) for id, d in documents.items()}
    assert {d.meta.origin for d in back} == {"reviewed"}
    shown = command("review", "status", "--project", "aller", "--url", studio.url, "--json")
    found = json.loads(shown.stdout)
    assert found["annotated"] == found["tasks"] == len(documents)
    assert found["people"] == {PERSON: {"annotations": len(documents), "minutes": found["minutes"]}}
    assert found["minutes"] == pytest.approx(len(documents) / 10, abs=0.06)


def test_a_push_that_cannot_draw_makes_no_project(studio):
    with pytest.raises(UsageError, match="no student"):
        review.push(made_by_hand(), sending(studio, "rien à tirer", by="uncertain"))
    assert Server(studio.url, TOKEN).find("rien à tirer") is None


def test_a_push_killed_between_two_requests_is_done_again_without_a_second_task(studio):
    program = (
        "import os, signal, sys; from pathlib import Path; from augment.pipeline import review\n"
        "from augment.read import read_all\n"
        "path, url = Path(sys.argv[1]), sys.argv[2]\n"
        f"sending = review.Sending(corpus=path, guide={GUIDE!r}, url=url, project='tué')\n"
        "copies = [d.model_copy(update={'id': f'{d.id}-{n}'}) for n in range(4)"
        " for d in read_all(path)[0]]\n"
        "kill = lambda n: os.kill(os.getpid(), signal.SIGKILL)\n"
        "done = kill if len(sys.argv) == 3 else lambda n: None\n"
        "print(review.push(copies, sending, done).arrived.model_dump_json())\n"
    )
    ask = [sys.executable, "-c", program, str(SAMPLE), studio.url]
    assert subprocess.run(ask, capture_output=True).returncode == -signal.SIGKILL
    server = Server(studio.url, TOKEN)
    project = server.find("tué").id
    half = len(server.tasks(project))
    assert half == 100
    rest = subprocess.run([*ask, "whole"], capture_output=True, text=True)
    assert rest.returncode == 0, rest.stderr
    arrived = json.loads(rest.stdout)
    assert (arrived["known"], arrived["new"]) == (half, arrived["tasks"] - half)
    ids = [task["data"]["augment_id"] for task in server.tasks(project)]
    assert len(ids) == len(set(ids)) == arrived["tasks"]


def test_a_task_that_came_twice_is_taken_away_and_one_with_work_in_it_stays(studio, sdk):
    documents = made_by_hand()
    sent = review.push(documents[:2], sending(studio, "double"))
    server = Server(studio.url, TOKEN)
    first = server.tasks(sent.project)[0]
    again = {"data": first["data"], "predictions": first["predictions"]}
    server.import_tasks(sent.project, [again])
    last = max(task["id"] for task in server.tasks(sent.project))
    sdk.annotations.create(id=last, result=again["predictions"][0]["result"])
    second = server.tasks(sent.project)[1]
    server.import_tasks(sent.project, [{k: second[k] for k in ("data", "predictions")}])
    begun = max(task["id"] for task in server.tasks(sent.project))
    httpx.post(
        f"{studio.url}/api/tasks/{begun}/drafts",
        json={"result": second["predictions"][0]["result"], "lead_time": 5},
        headers={"Authorization": f"Token {TOKEN}"},
    ).raise_for_status()
    assert review.push(documents, sending(studio, "double")).arrived.new == 3
    left = server.tasks(sent.project)
    assert len(left) == 5 and {last, begun} <= {task["id"] for task in left}


def test_another_annotation_of_a_text_that_is_there_is_told_and_left(studio):
    documents = made_by_hand()[:1]
    review.push(documents, sending(studio, "autre"))
    other = [documents[0].model_copy(update={"relations": ()})]
    arrived = review.push(other, sending(studio, "autre")).arrived
    assert (arrived.new, arrived.differing) == (0, ("main-0",))


def test_what_people_change_reject_skip_and_break_is_counted_and_told(studio, sdk, tmp_path):
    documents = made_by_hand()
    sent = review.push(documents, sending(studio, "relu"))
    tasks = sorted(Server(studio.url, TOKEN).tasks(sent.project), key=lambda task: task["id"])
    results = [task["predictions"][0]["result"] for task in tasks]
    changed = json.loads(json.dumps(results[0]))
    [arrow] = [r for r in changed if r.get("labels") == ["RESIDES_IN"] and r["from_id"] == "e1-m0"]
    arrow["labels"] = ["IS_BORN_IN"]
    verdict = {"from_name": "verdict", "to_name": "text", "type": "choices", "id": "v"}
    rejected = [*results[1], verdict | {"value": {"choices": ["rejeter"]}}]
    broken = json.loads(json.dumps(results[3]))
    broken[0]["value"] |= {"start": 7, "text": "rien de tel"}
    colleague = sdk.users.create(email="paul@example.org", username="paul")
    sdk.annotations.create(id=tasks[0]["id"], result=results[0], completed_by=colleague.id)
    sdk.annotations.create(id=tasks[0]["id"], result=changed, lead_time=90)
    sdk.annotations.create(id=tasks[1]["id"], result=rejected)
    sdk.annotations.create(id=tasks[2]["id"], result=results[2], was_cancelled=True)
    sdk.annotations.create(id=tasks[3]["id"], result=broken)

    pulled = review.pull(studio.url, "relu", guide=GUIDE)
    assert pulled.counts() == {
        "annotations": 5, "accepted": 1, "corrected": 1, "rejected": 1, "dropped": 2
    }  # fmt: skip
    told = {drop.reason: (drop.id, drop.detail) for drop in pulled.drops}
    why = f"task {tasks[3]['id']}: region 7:21: 'rien de tel' is not there"
    assert told == {
        "skipped": ("main-2", "the reviewer skipped it"), "offset_mismatch": ("main-3", why)
    }  # fmt: skip
    latest = pulled.chosen()[0]
    assert (latest.review.reviewer, latest.review.seconds) == (PERSON, 90)
    [change] = latest.review.changes
    assert (change.kind, change.action, change.was) == ("relation", "retyped", "RESIDES_IN")
    assert change.type == "IS_BORN_IN"
    [other] = pulled.chosen("paul@example.org")
    assert other.review.verdict == "accept" and bare(other.document) == bare(documents[0])
    assert status(pulled).verdicts == pulled.counts()

    nobody = ["--annotator", "paule@example.org", "--out", tmp_path / "kept.jsonl"]
    (tmp_path / "kept.jsonl").write_text("from before")
    done = command("review", "pull", "--project", "relu", "--url", studio.url, *nobody)
    assert done.returncode == 2 and f"there are: {PERSON}, paul@example.org" in done.stderr
    assert (tmp_path / "kept.jsonl").read_text() == "from before"

    out, refused, all = (tmp_path / name for name in ("out.jsonl", "no.jsonl", "all.jsonl"))
    files = ["--out", out, "--rejected", refused, "--all", all]
    done = command("review", "pull", "--project", "relu", "--url", studio.url, *files)
    assert done.returncode == 0, done.stderr
    lines = [len(path.read_text().splitlines()) for path in (out, refused, all)]
    assert lines == [1, 1, 3]
    assert f"main-3: {why}" in done.stderr and "main-2" not in done.stderr
    assert len(Path(f"{out}.dropped.jsonl").read_text().splitlines()) == 2


def test_what_two_people_disagree_on_is_decided_by_a_third_look(studio, sdk, tmp_path, capsys):
    sent = review.push(made_by_hand(), sending(studio, "à deux"))
    paul = sdk.users.create(email="jean@example.org", username="jean")
    for task in Server(studio.url, TOKEN).tasks(sent.project):
        result = task["predictions"][0]["result"]
        sdk.annotations.create(id=task["id"], result=result)
        name = task["data"]["augment_id"]
        if name == "main-0":  # a relation taken away, and « Il » with its arrow
            gone = [r for r in result if r.get("from_id") == "e1-m0" and "to_id" in r][-1:]
            result = [r for r in result if "e0-m1" not in (r.get("id"), r.get("from_id"))]
            result = [r for r in result if r not in gone]
        if name == "main-1":  # another type
            result = json.loads(json.dumps(result))
            [arrow] = [r for r in result if r.get("labels") == ["RESIDES_IN"]][:1]
            arrow["labels"] = ["IS_BORN_IN"]
        sdk.annotations.create(id=task["id"], result=result, completed_by=paul.id)
    files = {}
    for name, address in (("claire", PERSON), ("jean", "jean@example.org")):
        files[name] = tmp_path / f"{name}.jsonl"
        given = ["--project", "à deux", "--annotator", address, "--out", files[name]]
        run("review", "pull", *given, "--url", studio.url)
    decide, united = tmp_path / "decide.jsonl", tmp_path / "united.jsonl"
    sides = [f"{name}={path}" for name, path in files.items()]
    given = ["--guide", GUIDE, "--out", decide, "--united", united]
    run("review", "agree", *sides, *given)
    assert "3 relations and 1 mention to decide" in capsys.readouterr().out
    listed = [json.loads(line) for line in decide.read_text().splitlines()]
    assert [(d["document"], d["kind"], d["said"]["claire"], d["said"]["jean"]) for d in listed] == [
        ("main-0", "mention", "«\u00a0Il\u00a0» MILITARY", "no"),
        ("main-0", "relation", "yes", "no"),
        ("main-1", "relation", "yes", "no"),
        ("main-1", "relation", "no", "yes"),
    ]
    assert all(d["what"][0] in d["around"] and d["what"][-1] in d["around"] for d in listed)

    back = ["--decide", decide, "--project", "à trancher", "--url", studio.url, "--guide", GUIDE]
    run("review", "push", united, *back)
    assert "2 tasks in project" in capsys.readouterr().out
    server = Server(studio.url, TOKEN)
    tasks = {t["data"]["augment_id"]: t for t in server.tasks(server.find("à trancher").id)}
    first, second = (tasks[f"main-{n}"] for n in (0, 1))
    assert first["data"]["why"].count("\u00a0; ") == 1
    assert "RESIDES_IN Tarsk (claire\u00a0: oui, jean\u00a0: non)" in first["data"]["why"]
    result = second["predictions"][0]["result"]
    [arrow] = [r for r in result if set(r.get("labels", [])) == {"RESIDES_IN", "IS_BORN_IN"}]
    arrow["labels"] = ["IS_BORN_IN"]
    sdk.annotations.create(id=second["id"], result=result)
    [decided] = review.pull(studio.url, "à trancher").chosen()
    assert (1, "IS_BORN_IN", 3) in {r.triple for r in decided.document.relations}
    assert [c.action for c in decided.review.changes] == ["removed"]


def test_a_personal_access_token_is_taken_and_never_logged(studio, sdk, tmp_path):
    personal = sdk.tokens.create().token
    assert isinstance(Server(studio.url, personal).projects(), list)
    log = EgressLog(tmp_path / "egress.jsonl")
    with _client(studio.url, personal, 30, log) as client:
        client.post(f"{studio.url}/api/token/refresh/", json={"refresh": personal})
    logged = log.path.read_text()
    assert "/api/token/refresh/" in logged and personal not in logged


def test_one_line_says_what_is_wrong_with_server_token_or_project(studio):
    with pytest.raises(ReviewError, match="the token is wrong"):
        Server(studio.url, "f" * 40)
    with pytest.raises(ReviewError, match="no Label Studio answers"):
        Server("http://127.0.0.1:9", TOKEN)
    with pytest.raises(UnknownName, match="no project 'nulle part'"):
        review.pull(studio.url, "nulle part")
    with pytest.raises(UnknownName, match="no project 999"):
        review.push(made_by_hand(), sending(studio, "999"))
    review.push(made_by_hand(), sending(studio, "un guide"))
    with pytest.raises(UsageError, match="another guide, task or types"):
        review.push(made_by_hand(), sending(studio, "un guide", task="triage"))
    done = command("review", "status", "--project", "1", LABEL_STUDIO_URL="http://127.0.0.1:9")
    assert done.returncode == 1 and "Traceback" not in done.stderr
    done = command("review", "status", "--project", "nulle part", "--url", studio.url)
    assert done.returncode == 2 and len(done.stderr.splitlines()) == 2


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ('{"release": "1.9.2"}', 200, "1.9.2 is too old"),
        ('{"hello": "world"}', 200, "no Label Studio"),
        ("<html>", 200, "is this a Label Studio"),
        ("<html>", 404, "is this a Label Studio"),
        ("", 302, "sends on to https://elsewhere"),
    ],
)
def test_other_servers_are_told_apart(body, status, said):
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(status)
            self.send_header("location", "https://elsewhere.example.org/")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            with pytest.raises(ReviewError, match=said):
                Server(f"http://127.0.0.1:{server.server_port}", TOKEN)
        finally:
            server.shutdown()


def test_without_a_token_nothing_is_asked(monkeypatch):
    monkeypatch.delenv("LABEL_STUDIO_API_KEY")
    with pytest.raises(ConfigError, match="needs a token"):
        review.pull("http://127.0.0.1:9", "1")


def test_texts_go_to_another_machine_only_as_policy_and_rights_allow():
    there = review.Sending(corpus=SAMPLE, guide=GUIDE, url="https://studio.example.org")
    documents = made_by_hand()[:2]
    forbidden = documents[1].meta.model_copy(update={"rights": {"remote_llm": False}})
    documents[1] = documents[1].model_copy(update={"meta": forbidden})
    with pytest.raises(ConfigError, match="not allowed"):
        review.allowed(documents, there, Policy())
    for level in ("guide", "examples"):
        rules = (Rule(guide="*", corpus="*" if level == "examples" else None, level=level),)
        policy = Policy(files=(PolicyFile(hosts=("studio.example.org",), allow=rules),))
        if level == "guide":
            with pytest.raises(ConfigError, match="does not let texts"):
                review.allowed(documents, there, policy)
    kept, [drop] = review.allowed(documents, there, policy)
    assert kept == documents[:1] and (drop.id, drop.reason) == ("main-1", "not_allowed")
