import json
import os
import re
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from augment.errors import PathError, StoreError
from augment.ledger import Ledger
from augment.schema import Response
from tests.generate.common import ask, asks
from tests.generate.server import completion, serve

ROOT = Path(__file__).parents[2]


def reply(key, text="Kiev", **fields):
    return Response(id="r", key=key, text=text, **fields)


def put(ledger, response):
    return ledger.put(response, backend="fake", model="m")


def python(code, *arguments, **options):
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.Popen(command, cwd=ROOT, text=True, **options)


def test_a_reply_comes_back_as_it_was(tmp_path):
    full = reply("k", "l’œuf\r\n\x00🙂", finish="length", prompt_tokens=3, completion_tokens=4)
    full = full.model_copy(update={"cost": 0.25, "downgrades": ("form",)})
    with Ledger(tmp_path / "deep" / "l.sqlite") as ledger:
        assert put(ledger, full) == full
        put(ledger, reply("bare"))
        assert ledger.get("k") == full.model_copy(update={"id": ""})
        assert ledger.get("bare").cost is None and ledger.get("none") is None
        assert set(ledger.find(["k", "none", "bare"])) == {"k", "bare"}


def test_the_first_of_two_replies_stays(tmp_path):
    with Ledger(tmp_path / "l.sqlite") as ledger:
        put(ledger, reply("k", "un"))
        assert put(ledger, reply("k", "deux")).text == "un"
        assert ledger.get("k").text == "un"


def test_many_keys_at_once(tmp_path):
    with Ledger(tmp_path / "l.sqlite") as ledger, ThreadPoolExecutor(32) as pool:
        list(pool.map(lambda i: put(ledger, reply(f"k{i}", str(i))), range(1200)))
        found = ledger.find([f"k{i}" for i in range(1300)])
        assert {key: r.text for key, r in found.items()} == {f"k{i}": str(i) for i in range(1200)}


def test_replies_that_come_together_are_committed_together(tmp_path):
    with Ledger(tmp_path / "l.sqlite") as ledger:
        commits = []
        ledger._writer.set_trace_callback(lambda sql: commits.append(sql) if "COMMIT" in sql else 0)
        with ledger._write_lock:
            threads = [
                threading.Thread(target=put, args=(ledger, reply(f"k{i}"))) for i in range(20)
            ]
            for thread in threads:
                thread.start()
            while len(ledger._queue) < 20:
                pass
        for thread in threads:
            thread.join()
        assert len(commits) == 1 and len(ledger.find([f"k{i}" for i in range(20)])) == 20


def test_several_processes_write_at_once(tmp_path):
    code = (
        "import sys; from pathlib import Path; from tests.generate.test_ledger import *\n"
        "with Ledger(Path(sys.argv[1])) as ledger:\n"
        "    for i in range(40): put(ledger, reply(f'k{i % 30}-{int(sys.argv[2]) % 2}'))"
    )
    path = tmp_path / "l.sqlite"
    writers = [python(code, path, i, stderr=subprocess.PIPE) for i in range(4)]
    assert [(w.communicate()[1], w.returncode) for w in writers] == [("", 0)] * 4
    with Ledger(path, read_only=True) as ledger:
        assert len(ledger.find([f"k{i}-{j}" for i in range(30) for j in range(2)])) == 60


def test_read_only_needs_no_right_to_write(tmp_path):
    path = tmp_path / "l#?%.sqlite"
    with Ledger(path) as ledger:
        put(ledger, reply("k"))
        with Ledger(path, read_only=True) as reader:
            assert reader.get("k").text == "Kiev"
    path.chmod(0o400)
    tmp_path.chmod(0o500)
    try:
        with Ledger(path, read_only=True) as reader:
            assert reader.get("k").text == "Kiev"
            with pytest.raises(StoreError):
                put(reader, reply("new"))
    finally:
        tmp_path.chmod(0o700)


def test_what_is_no_ledger_is_one_clear_line(tmp_path):
    (tmp_path / "text").write_text("not a database, " * 100)
    for read_only in (True, False):
        with pytest.raises(StoreError, match="not a readable ledger"):
            Ledger(tmp_path / "text", read_only=read_only)
    with pytest.raises(PathError, match="no such ledger"):
        Ledger(tmp_path / "none", read_only=True)
    with pytest.raises(PathError, match="cannot be opened"):
        Ledger(tmp_path / "text" / "l.sqlite")
    with pytest.raises(PathError, match="cannot be opened"):
        Ledger(tmp_path)


def test_a_disk_that_is_full_in_the_middle_loses_nothing(tmp_path):
    code = (
        "import resource, signal, sys; from tests.generate.test_ledger import *\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))\n"
        "with Ledger(Path(sys.argv[1])) as ledger:\n"
        "    for i in range(50):\n"
        "        try: put(ledger, reply(f'k{i}', 'x' * 5_000))\n"
        "        except StoreError as error: print(error)"
    )
    path = tmp_path / "l.sqlite"
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    process = python(code, path, stdout=subprocess.PIPE, env=environment)
    lines = process.communicate()[0].splitlines()
    assert process.returncode == 0 and lines
    elsewhere = {re.search(r"are in (\S+)", line)[1] for line in lines}
    (rescued,) = elsewhere
    kept = {json.loads(line)["key"] for line in Path(rescued).read_text().splitlines()}
    with Ledger(path) as ledger:
        stored = set(ledger.find([f"k{i}" for i in range(50)]))
        assert stored and kept and stored | kept == {f"k{i}" for i in range(50)}


RUN = """
import sys
from pathlib import Path
from augment.generate import CallSettings, Connection, connect, generate
from augment.ledger import Ledger
from tests.generate.common import asks
backend = connect("openai", Connection(base_url=sys.argv[1]))
with Ledger(Path(sys.argv[2])) as ledger:
    settings = CallSettings(concurrency=8)
    for outcome in generate(asks(60), backend=backend, ledger=ledger, settings=settings):
        print(outcome.id, outcome.text)
"""


def test_killed_at_any_instant_and_resumed_nothing_stored_is_paid_twice(tmp_path):
    """Each round kills the process after some more answers; the last one finishes."""
    path, keys = tmp_path / "l.sqlite", {r.key: r.messages[0].content for r in asks(60)}
    enough, kill_after = threading.Event(), [13]

    def script(body, attempt):
        if server.asked.total() >= kill_after[0]:
            enough.set()
        return completion("réponse à " + body["messages"][0]["content"])

    with serve(script) as server:
        for more in (13, 29, 10**9):
            kill_after[0] = more
            with Ledger(path) as ledger:
                stored = {keys[key]: server.asked[keys[key]] for key in ledger.find(list(keys))}
            process = python(RUN, server.url, path, stdout=subprocess.PIPE)
            if more < 10**9:
                assert enough.wait(60)
                process.kill()
            output = process.communicate()[0]
            enough.clear()
            again = [prompt for prompt, times in stored.items() if server.asked[prompt] != times]
            assert not again, "stored, and paid a second time"
        assert stored, "the kills came before anything was stored"
        assert output.splitlines() == [f"r{i} réponse à question {i}" for i in range(60)]
        assert server.asked.total() <= 60 + 2 * 8, "only what was under way may be asked again"


def test_no_key_is_in_the_ledger(tmp_path, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret-123")
    with serve(lambda b, a: completion("oui")) as server:
        process = python(RUN, server.url, tmp_path / "l.sqlite", stdout=subprocess.DEVNULL)
        assert process.wait(60) == 0
        assert set(server.authorization) == {"Bearer sk-secret-123"}
    assert b"sk-secret" not in b"".join(p.read_bytes() for p in tmp_path.iterdir())


def test_the_id_of_an_order_is_not_part_of_the_key():
    assert ask(id="a").key == ask(id="b").key != ask(id="a", seed=1).key


def test_a_changed_copy_has_a_key_of_its_own():
    request = ask()
    key = request.key
    assert request.model_copy(update={"seed": 1}).key == ask(seed=1).key != key
    assert request == ask() and request.model_dump() == ask().model_dump()
