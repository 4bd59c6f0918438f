"""`augment review watch` and `pull` with what is hidden, against a real Label Studio."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from label_studio_sdk import LabelStudio

from augment.cli import main
from augment.errors import ReviewAway, ReviewError
from augment.guide import load
from augment.pipeline import arrivals, review
from augment.pipeline.blind import hide, unhide
from augment.read import read_all
from augment.review.pull import Pulled
from augment.review.server import Server
from augment.store import write_lines
from tests.helpers import doc, listen
from tests.review.labelstudio import TOKEN

GUIDE = "textmine"
PROGRAM = "from augment.cli import main; main()"
SECONDS = 120


@pytest.fixture
def sdk(studio):
    return LabelStudio(base_url=studio.url, api_key=TOKEN)


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", TOKEN)
    monkeypatch.chdir(tmp_path)


def texts(number, name="t"):
    tagged = "[[1:MILITARY|Le général Ostrovar]] et [[2:CIVILIAN|Mme Belline]], [[3:PLACE|Tarsk]]"
    relations = ((1, "RESIDES_IN", 3), (2, "RESIDES_IN", 3))
    return [doc(f"{tagged} {n}.", *relations, id=f"{name}{n}") for n in range(number)]


def pushed(studio, tmp_path, title, documents):
    """A project with these documents; its tasks in their order."""
    path = tmp_path / f"{title}.jsonl"
    write_lines(path, documents)
    sending = review.Sending(corpus=path, guide=GUIDE, url=studio.url, project=title)
    sent = review.push(documents, sending)
    tasks = {t["data"]["augment_id"]: t for t in Server(studio.url, TOKEN).tasks(sent.project)}
    return [tasks[d.id] for d in documents]


def say(sdk, task, drop=0, verdict=None, **fields):
    """Submit the prediction of a task, without its last ``drop`` results."""
    result = task["predictions"][0]["result"]
    result = result[: len(result) - drop]
    if verdict:
        choice = {"from_name": "verdict", "to_name": "text", "type": "choices", "id": "v"}
        result = [*result, choice | {"value": {"choices": [verdict]}}]
    return sdk.annotations.create(id=task["id"], result=result, lead_time=9, **fields)


def watching(studio, title, *more):
    """The command, as a process that writes ``out.jsonl``."""
    given = ["--project", title, "--url", studio.url, "--out", "out.jsonl", "--every", "0.3"]
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "review", "watch", *given, *map(str, more)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=listen,
    )


def line_with(stream, words):
    """The next line that has these words."""
    for line in stream:
        if words in line:
            return line
    raise AssertionError(f"the command ended without saying {words!r}")


def pulled(studio, title, target):
    given = ["--project", title, "--url", studio.url, "--out", target]
    with pytest.raises(SystemExit) as end:
        main(["review", "pull", *given])
    assert end.value.code == 0


def same(tmp_path, one, other):
    for end in ("", ".dropped.jsonl", ".blind.jsonl"):
        a, b = tmp_path / f"{one}{end}", tmp_path / f"{other}{end}"
        assert a.exists() == b.exists(), end
        assert not a.exists() or a.read_bytes() == b.read_bytes(), end


def test_what_is_said_while_it_waits_arrives_and_the_newer_word_wins(studio, sdk, tmp_path):
    tasks = pushed(studio, tmp_path, "au fil", texts(4))
    first = say(sdk, tasks[0])
    process = watching(studio, "au fil")
    assert "1 new, 3 left: 1 document" in process.stdout.readline()
    say(sdk, tasks[1], drop=1)
    assert "1 new, 2 left: 2 documents" in process.stdout.readline()
    sdk.annotations.update(id=first.id, result=tasks[0]["predictions"][0]["result"][:-1])
    assert "1 new, 2 left: 2 documents" in process.stdout.readline()
    [again, _] = read_all("out.jsonl")[0]
    assert again.meta.review.verdict == "corrected" and len(again.relations) == 1
    say(sdk, tasks[2], was_cancelled=True)
    assert "1 new, 1 left: 2 documents" in process.stdout.readline()
    say(sdk, tasks[3], verdict="rejeter")
    rest, said = process.communicate(timeout=SECONDS)
    assert process.returncode == 0, said
    assert "1 new, 0 left" in rest and "4 of 4 tasks done" in rest
    assert "1 accepted" not in rest and "2 corrected, 1 rejected, 1 dropped" in rest
    pulled(studio, "au fil", "pulled.jsonl")
    same(tmp_path, "out.jsonl", "pulled.jsonl")


def test_work_that_is_not_submitted_is_no_news():
    none = Pulled(tasks=2, done=0, drafts=0, said=(), drops=())
    looks = iter(
        [none, none.model_copy(update={"drafts": 1}), none, Pulled(**dict(none) | {"done": 2})]
    )
    waiting = arrivals.Waiting(every=0.01)
    assert [b.left for b in arrivals.watch(lambda: next(looks), waiting, print)] == [2, 0]


def test_it_ends_when_as_many_are_done_as_were_asked_for(studio, sdk, tmp_path):
    tasks = pushed(studio, tmp_path, "jusque-là", texts(3))
    say(sdk, tasks[0])
    process = watching(studio, "jusque-là", "--until", 2)
    line_with(process.stdout, "1 new, 2 left")
    say(sdk, tasks[1])
    assert "2 of 3 tasks done" in process.communicate(timeout=SECONDS)[0]
    assert process.returncode == 0


def test_an_interruption_loses_nothing(studio, sdk, tmp_path):
    tasks = pushed(studio, tmp_path, "interrompu", texts(2))
    say(sdk, tasks[0])
    process = watching(studio, "interrompu")
    line_with(process.stdout, "1 new, 1 left")
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=SECONDS)
    assert process.returncode == 130
    assert said.splitlines()[0] == "error: interrupted" and "Traceback" not in said
    pulled(studio, "interrompu", "pulled.jsonl")
    same(tmp_path, "out.jsonl", "pulled.jsonl")
    say(sdk, tasks[1])
    process = watching(studio, "interrompu")
    process.communicate(timeout=SECONDS)
    assert process.returncode == 0 and len(read_all("out.jsonl")[0]) == 2


@pytest.mark.parametrize("moment", ["half", "between two files"])
def test_killed_while_writing_it_leaves_a_whole_file_and_begins_again(
    studio, sdk, tmp_path, moment
):
    """The real command in a process that kills itself at a chosen moment of a write."""
    title = f"tué {moment}"
    tasks = pushed(studio, tmp_path, title, texts(3))
    say(sdk, tasks[0])
    say(sdk, tasks[1], was_cancelled=True)
    pulled(studio, title, "out.jsonl")
    old = (tmp_path / "out.jsonl").read_bytes()
    say(sdk, tasks[2])
    places = {
        "half": "store.os.fsync = lambda file: (os.truncate(file, 50), stop())",
        "between two files": "arrivals._write_some = lambda *_: stop()",
    }
    program = (
        "import os, signal\n"
        "from augment import store; from augment.pipeline import arrivals\n"
        "stop = lambda: os.kill(os.getpid(), signal.SIGKILL)\n"
        f"{places[moment]}\n{PROGRAM}"
    )
    ask = ["review", "watch", "--project", title, "--url", studio.url, "--out", "out.jsonl"]
    killed = subprocess.run([sys.executable, "-c", program, *ask], capture_output=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    pulled(studio, title, "pulled.jsonl")
    new = (tmp_path / "pulled.jsonl").read_bytes()
    assert old != new
    whole = new if moment == "between two files" else old
    assert (tmp_path / "out.jsonl").read_bytes() == whole
    process = watching(studio, title)
    process.communicate(timeout=SECONDS)
    assert process.returncode == 0
    same(tmp_path, "out.jsonl", "pulled.jsonl")
    assert not list(tmp_path.glob(".*.partial"))


def test_a_server_that_goes_away_is_waited_for(studio, sdk, tmp_path):
    tasks = pushed(studio, tmp_path, "de retour", texts(2))
    say(sdk, tasks[0])
    process = watching(studio, "de retour")
    hasty = watching(studio, "de retour", "--give-up", "0.5")
    for one in (process, hasty):
        line_with(one.stdout, "1 new, 1 left")
    studio.stop()
    assert "waiting for it, at most 3600 s" in process.stderr.readline()
    _, said = hasty.communicate(timeout=SECONDS)
    assert hasty.returncode == 1 and "Traceback" not in said
    assert "no Label Studio answers, for 0.5 s" in said
    studio.start()
    assert process.stderr.readline() == "the server answers again\n"
    say(sdk, tasks[1])
    rest, said = process.communicate(timeout=SECONDS)
    assert (process.returncode, said) == (0, "")
    assert "1 new, 0 left: 2 documents" in rest
    pulled(studio, "de retour", "pulled.jsonl")
    same(tmp_path, "out.jsonl", "pulled.jsonl")


def test_what_is_wrong_at_the_first_look_is_said_at_once(studio):
    away = watching(type(studio)(studio.folder, 9), "1")
    _, said = away.communicate(timeout=SECONDS)
    assert away.returncode == 1 and "no Label Studio answers" in said
    nowhere = watching(studio, "nulle part")
    _, said = nowhere.communicate(timeout=SECONDS)
    assert nowhere.returncode == 2 and "no project 'nulle part'" in said
    assert not Path("out.jsonl").exists()


def test_only_an_absence_is_waited_for():
    """After the first look: an absence is waited for, a token that no longer holds is not."""
    empty = Pulled(tasks=1, done=0, drafts=0, said=(), drops=())
    looks = [empty, ReviewAway("away"), ReviewAway("away"), empty, ReviewError("the token")]

    def fetch():
        found = looks.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    told, waiting = [], arrivals.Waiting(every=0.001)
    batches = arrivals.watch(fetch, waiting, told.append)
    assert next(batches).left == 1
    with pytest.raises(ReviewError, match="the token"):
        next(batches)
    assert told == ["away; waiting for it, at most 3600 s", "the server answers again"]


def test_a_task_for_two_people_is_done_when_both_have_said(studio, sdk, tmp_path):
    tasks = pushed(studio, tmp_path, "à deux", texts(1))
    project = Server(studio.url, TOKEN).find("à deux").id
    sdk.projects.update(id=project, maximum_annotations=2)
    colleague = sdk.users.create(email="lea@example.org", username="lea")
    say(sdk, tasks[0])
    assert review.pull(studio.url, "à deux").done == 0
    say(sdk, tasks[0], completed_by=colleague.id)
    assert review.pull(studio.url, "à deux").done == 1


def test_what_was_hidden_is_set_aside_until_it_is_taken_out(studio, sdk, tmp_path, capsys):
    batch, gold = texts(4, "s"), texts(9, "g")[4:]
    guide = load(GUIDE)
    shown, key = hide(batch, guide=guide, traps=0.5, gold=gold, number=2, seed=1)
    assert key.traps
    tasks = pushed(studio, tmp_path, "à l’aveugle", [*shown, *texts(1, "plain")])
    held = json.dumps([t["data"] for t in tasks], ensure_ascii=False)
    assert not any(f'"{d.id}"' in held.replace("\\", "") for d in gold)
    for task in tasks[1:]:
        say(sdk, task)
    say(sdk, tasks[0], verdict="rejeter")
    pulled(studio, "à l’aveugle", "back.jsonl")
    assert "6 documents of a blind batch set aside" in capsys.readouterr().err
    assert [d.id for d in read_all("back.jsonl")[0]] == ["plain0"]
    aside = read_all("back.jsonl.blind.jsonl", blind=True)[0]
    found = unhide(aside, key, batch=batch, guide=guide)
    assert sorted(d.id for d in [*found.documents, *found.rejected, *found.gold]) == sorted(
        key.ids.values()
    )
    assert {d.id: d.relations for d in found.documents} == {
        d.id: d.relations for d in batch if d.id in {one.id for one in found.documents}
    }
    process = watching(studio, "à l’aveugle")
    assert "6 documents of a blind batch" in process.communicate(timeout=SECONDS)[1]
    same(tmp_path, "out.jsonl", "back.jsonl")
