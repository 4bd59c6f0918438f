import hashlib
import json
import stat
import threading
from collections import Counter
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from augment.cli import main
from augment.egress import HIDDEN, EgressLog, read_log
from augment.errors import ConfigError, PathError, StoreError
from augment.generate import Connection, connect, mistral, openai
from augment.generate.connect import log_of
from augment.generate.transport import client
from augment.policy import Policy, PolicyFile
from tests.generate.common import ask, asks, run
from tests.policy.raw import fine, raw

KEY = "sk-secret-123456"
VENDORS = ("openai", "mistral")


@pytest.fixture(autouse=True)
def key(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("MISTRAL_API_KEY", KEY)


@pytest.fixture
def log(tmp_path):
    return tmp_path / "egress.jsonl"


def talk(vendor, server, log, requests):
    with closing(connect(vendor, Connection(base_url=f"{server.url}/v1", log=log))) as backend:
        return run(requests, backend, concurrency=4)


def logged(log):
    return [
        (sent.method, urlsplit(sent.url).path, sent.content()) for _, sent in read_log(log) if sent
    ]


@pytest.mark.parametrize("vendor", VENDORS)
def test_the_log_is_what_the_server_received_retries_included(vendor, log):
    def sometimes(number, path, body):
        return (429, {"Retry-After": "0"}, {}) if number % 3 == 0 else fine(number, path, body)

    with raw(sometimes) as server:
        requests = [*asks(12), ask("« Où est l’été ? » \u2028 \U0001f600 \x7f", "odd")]
        outcomes = talk(vendor, server, log, requests)
    assert {outcome.text for outcome in outcomes} == {"oui"}
    assert len(server.received) > len(requests)
    assert Counter(logged(log)) == Counter(server.received)
    for _, sent in read_log(log):
        assert sent.sha256 == hashlib.sha256(sent.content()).hexdigest()
        assert sent.size == len(sent.content())


def upload_openai(connection, content):
    made, http = openai.client(connection)
    with closing(http):
        made.files.create(file=("batch.jsonl", content), purpose="batch")


def upload_mistral(connection, content):
    made, http = mistral.client(connection)
    with closing(http):
        made.files.upload(file={"file_name": "batch.jsonl", "content": content}, purpose="batch")


@pytest.mark.parametrize("upload", [upload_openai, upload_mistral])
@pytest.mark.parametrize("content", ['{"é": 1}\n'.encode() * 3000, b"\xff\xfe\x00binary"])
def test_uploads_are_logged_byte_for_byte(upload, content, log):
    file = {"id": "f", "object": "file", "bytes": 1, "created_at": 1, "filename": "batch.jsonl"}
    file |= {"purpose": "batch", "sample_type": "batch_request", "source": "upload"}
    with raw(lambda *arguments: (200, {}, file | {"status": "processed"})) as server:
        upload(Connection(base_url=f"{server.url}/v1", log=log), content)
    assert len(server.received) == 1
    assert content in server.received[0][2]
    assert logged(log) == server.received


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_request_is_on_disk_before_the_server_has_it(vendor, log):
    seen = []

    def look(number, path, body):
        seen.append(("POST", path, body) in logged(log))
        return fine(number, path, body)

    with raw(look) as server:
        talk(vendor, server, log, asks(3))
    assert seen == [True] * 3


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize("place", ["/dev/full", "folder", "file/below"])
def test_what_cannot_be_logged_is_not_sent(vendor, place, tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("")
    with raw() as server, pytest.raises(StoreError, match="nothing is sent"):
        talk(vendor, server, tmp_path / place, asks(5))
    assert server.received == []


@pytest.mark.parametrize("vendor", VENDORS)
def test_no_redirect_is_followed(vendor, log):
    with raw() as elsewhere:

        def moved(number, path, body):
            return 307, {"Location": f"{elsewhere.url}{path}"}, {}

        with raw(moved) as server:
            outcomes = talk(vendor, server, log, asks(1))
        assert elsewhere.received == []
    assert outcomes[0].reason == "not_accepted"
    assert logged(log) == server.received


def test_a_client_goes_to_its_own_server_only(log):
    with raw() as server, raw() as other, client(server.url, 5, log) as http:
        http.get(f"{server.url}/a")
        with pytest.raises(ConfigError, match="not the server"):
            http.get(f"{other.url}/a")
        assert other.received == []
    assert len(logged(log)) == 1


def test_keys_are_not_in_the_log(log):
    with raw() as server:
        talk("openai", server, log, [ask(f"La clef est {KEY}.")])
        with client(server.url, 5, log) as http:
            http.get(f"{server.url}/a?key={KEY}", headers={"x-api-key": KEY})
    assert KEY not in log.read_text()
    first, second = (sent for _, sent in read_log(log))
    assert first.headers["authorization"] == second.headers["x-api-key"] == HIDDEN
    assert first.masked and second.masked
    assert first.sha256 == hashlib.sha256(server.received[0][2]).hexdigest()


def test_another_machine_is_always_logged_and_this_one_when_asked(tmp_path):
    policy = Policy(files=(PolicyFile(hosts=("api.mistral.ai",), log=tmp_path / "here"),))
    assert log_of("https://api.mistral.ai", Connection(policy=policy)) == tmp_path / "here"
    assert log_of("http://127.0.0.1:1", Connection(policy=policy)) is None
    with pytest.raises(ConfigError, match="must be logged"):
        client("https://api.mistral.ai", 5)


def test_the_log_is_only_appended_to_and_its_owners(log):
    log.write_text('{"time": "2026-')  # cut off by a full disk
    EgressLog(log).add("POST", "https://a.fr/", {}, b"1")
    start = log.read_bytes()
    threads = [
        threading.Thread(target=EgressLog(log).add, args=("POST", "https://a.fr/", {}, b"%d" % n))
        for n in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert log.read_bytes().startswith(start)
    entries = list(read_log(log))
    assert entries[0] == (1, None)
    assert sorted(int(sent.body) for _, sent in entries[2:]) == list(range(20))
    other = log.with_name("new")
    EgressLog(other).add("GET", "https://a.fr/", {}, b"")
    assert stat.S_IMODE(other.stat().st_mode) == 0o600


def command(capsys, *arguments):
    with pytest.raises(SystemExit) as caught:
        main([str(a) for a in arguments])
    return caught.value.code or 0, capsys.readouterr()


def test_the_command_lists_filters_and_shows(log, capsys):
    kept = EgressLog(log)
    kept.add(
        "POST", "https://api.mistral.ai/v1/chat", {"authorization": "Bearer x"}, b'{"a": "[b]"}'
    )
    kept.add("GET", "https://api.openai.com/v1/batches", {}, b"")
    code, said = command(capsys, "egress", "--log", log, "--json")
    rows = json.loads(said.out)["requests"]
    assert code == 0
    assert [(r["number"], r["host"], r["size"]) for r in rows] == [
        (1, "api.mistral.ai", 12),
        (2, "api.openai.com", 0),
    ]
    _, said = command(capsys, "egress", "--log", log, "--host", "api.openai.com")
    assert "1 request, 0 bytes" in said.out
    _, said = command(capsys, "egress", "--log", log, "--since", "2999-01-01")
    assert "0 requests" in said.out
    _, said = command(capsys, "egress", "--log", log, "--show", 1)
    assert '{"a": "[b]"}' in said.out and "authorization: ***" in said.out
    _, said = command(capsys, "egress", "--log", log, "--show", 1, "--json")
    assert json.loads(said.out)["body"] == '{"a": "[b]"}'
    code, said = command(capsys, "egress", "--log", log, "--show", 3)
    assert code == 2 and "no request 3" in said.err


def test_the_command_says_that_there_is_no_log(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, said = command(capsys, "egress")
    assert code == 2 and "nothing was logged there" in said.err
    with pytest.raises(PathError):
        list(read_log(Path("nope")))


def test_a_file_that_is_no_log_is_told(tmp_path, capsys):
    (tmp_path / "other.txt").write_text("one\ntwo\n")
    code, said = command(capsys, "egress", "--log", tmp_path / "other.txt")
    assert code == 1 and "not a log of what left" in said.err
