"""What is written to a real object store, and what is logged of it."""

import hashlib
import signal
import subprocess
import sys
import time

import pytest

from augment.egress import read_log
from augment.errors import ConfigError, PathError, StoreError
from augment.files import JOURNAL, check, fetch, publish, sending
from augment.policy import Policy, PolicyFile
from tests.helpers import ROOT

PUBLISH = """
import sys
from pathlib import Path
from augment.files import publish
print(publish(Path(sys.argv[1]), sys.argv[2]))
"""


def folder_of(tmp_path, files=3):
    folder = tmp_path / "run"
    for name in [f"{n:02}/part.jsonl" for n in range(files)] + ["accepted.jsonl", "manifest.json"]:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"{name}\n")
    for name in (".lock", "vault.jsonl"):
        (folder / name).write_text("stays")
    return folder


def contents(folder):
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


@pytest.mark.parametrize("scheme", ["s3", "file", "memory"])
def test_only_what_changed_is_sent_again(scheme, store, tmp_path):
    places = {
        "s3": f"s3://{store.bucket_name}/r",
        "file": (tmp_path / "r").as_uri(),
        "memory": "memory://r",
    }
    url, folder = places[scheme], folder_of(tmp_path)
    assert publish(folder, url)[::2] == (5, 0)
    copy = fetch(url, tmp_path / "cache")
    stay = {".lock", "vault.jsonl", JOURNAL}
    here = {name: content for name, content in contents(folder).items() if name not in stay}
    assert contents(copy) == here
    assert publish(folder, url) == (0, 0, 5)
    (folder / "accepted.jsonl").write_text("changed\n")
    (folder / "01" / "part.jsonl").unlink()
    assert publish(folder, url)[::2] == (2, 2), "what changed, and the manifest"
    assert publish(folder, f"{url}-too")[::2] == (4, 0), "another place"
    copy = fetch(url, tmp_path / "cache")
    assert (copy / "accepted.jsonl").read_text() == "changed\n" and not (
        copy / "01" / "part.jsonl"
    ).exists()


def test_a_local_url_names_the_same_place_to_write_and_to_read(tmp_path):
    folder = folder_of(tmp_path)
    url = f"file://{tmp_path}/deux%20mots"
    publish(folder, url)
    assert (tmp_path / "deux mots" / "manifest.json").is_file()
    assert (
        contents(fetch(url, tmp_path / "cache")).keys() == contents(tmp_path / "deux mots").keys()
    )


def test_a_link_out_of_the_folder_sends_nothing(tmp_path):
    folder = folder_of(tmp_path)
    (tmp_path / "vault").write_text("Kirov")
    (folder / "names.txt").symlink_to(tmp_path / "vault")
    with pytest.raises(PathError, match="leads out of the folder"):
        publish(folder, f"file://{tmp_path}/there")
    assert not (tmp_path / "there").exists()


@pytest.mark.parametrize(
    "target", ["elsewhere", "run/00", "run/vault.jsonl", "run/.lock", "nowhere"]
)
def test_a_link_that_cannot_be_sent_is_said(tmp_path, target):
    """To a folder, as a model on a larger disk, to nothing, or to what stays here."""
    folder = folder_of(tmp_path)
    (tmp_path / "elsewhere").mkdir()
    (folder / "model").symlink_to(tmp_path / target)
    with pytest.raises(
        PathError, match=r"run/model: a link to no file|model: leads out of the folder"
    ):
        publish(folder, f"file://{tmp_path}/there")
    assert not (tmp_path / "there").exists()


def test_a_link_to_a_file_of_the_folder_is_sent(tmp_path):
    folder = folder_of(tmp_path)
    (folder / "last.jsonl").symlink_to(folder / "accepted.jsonl")
    assert publish(folder, f"file://{tmp_path}/there").sent == 6
    assert (tmp_path / "there" / "last.jsonl").read_text() == "accepted.jsonl\n"


def test_a_journal_cut_off_within_a_character_is_read(tmp_path):
    folder = folder_of(tmp_path)
    url = f"file://{tmp_path}/été"
    publish(folder, url)
    raw = (folder / JOURNAL).read_bytes()
    (folder / JOURNAL).write_bytes(raw[: raw.rindex("é".encode()) + 1])
    assert publish(folder, url)[::2] == (1, 4), "the last file of which it is not known"


def test_what_somebody_changed_there_is_sent_again(store, tmp_path):
    url, folder = f"s3://{store.bucket_name}/r", folder_of(tmp_path)
    publish(folder, url)
    store.put(f"{url}/accepted.jsonl", b"other")
    store.system.rm_file(f"{url}/00/part.jsonl")
    assert publish(folder, url)[::2] == (3, 2)
    assert publish(folder, url)[0] == 0


def test_a_prefix_of_somebody_else_is_left_alone(store, tmp_path):
    url, folder = f"s3://{store.bucket_name}/r", folder_of(tmp_path)
    store.put(f"{url}/accepted.jsonl", b"theirs")
    with pytest.raises(PathError, match=r"did not send, as accepted\.jsonl"):
        publish(folder, url)
    assert store.names(store.bucket_name) == [f"{store.bucket_name}/r/accepted.jsonl"]


def test_killed_in_the_middle_it_goes_on_and_the_manifest_comes_last(store, tmp_path):
    total = 60
    url, folder = f"s3://{store.bucket_name}/r", folder_of(tmp_path, total)
    command = [sys.executable, "-c", PUBLISH, str(folder), url]
    process = subprocess.Popen(command, cwd=ROOT)
    while len(store.names(store.bucket_name)) < 5:
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    there = store.names(store.bucket_name)
    assert 5 <= len(there) < total + 2 and not any("manifest" in name for name in there)
    sent = publish(folder, url)
    assert sent.sent + sent.same == total + 2 and sent.same >= len(there) - 1
    assert len(store.names(store.bucket_name)) == total + 2


def test_while_it_is_changed_there_is_no_manifest(store, tmp_path):
    url, folder = f"s3://{store.bucket_name}/r", folder_of(tmp_path)
    publish(folder, url)
    for name in ("00/part.jsonl", "accepted.jsonl"):
        (folder / name).write_text("changed\n")
    store.allow(4)
    try:
        with pytest.raises(PathError, match="not allowed"):
            publish(folder, url)
    finally:
        store.allow("inf")
    assert not store.system.exists(f"{url}/manifest.json")
    assert store.system.exists(f"{url}/accepted.jsonl")
    publish(folder, url)
    assert store.system.cat(f"{url}/accepted.jsonl") == b"changed\n"
    assert store.system.exists(f"{url}/manifest.json")


def test_a_missing_bucket_is_said_and_not_made(store, tmp_path):
    with pytest.raises(PathError, match="no such file, folder or bucket"):
        publish(folder_of(tmp_path), "s3://no-such-bucket-here/r")
    assert not store.system.exists("no-such-bucket-here")


def test_a_wrong_key(store, tmp_path):
    store.allow(0)
    try:
        with pytest.raises(PathError, match="not allowed"):
            publish(folder_of(tmp_path), f"s3://{store.bucket_name}/r")
    finally:
        store.allow("inf")


REMOTE = "https://s3.us-east-1.amazonaws.com"


@pytest.mark.parametrize(
    ("hosts", "prefixes", "allowed"),
    [
        ((), (), False),
        (("s3.us-east-1.amazonaws.com",), (), False),
        ((), ("s3://team/runs",), False),
        (("s3.us-east-1.amazonaws.com",), ("s3://team/run",), False),
        (("s3.us-east-1.amazonaws.com",), ("s3://team/runs/",), True),
        (("s3.us-east-1.amazonaws.com",), ("s3://team",), True),
    ],
)
def test_another_machine_is_written_to_only_where_the_policy_says_so(
    hosts, prefixes, allowed, store, monkeypatch
):
    monkeypatch.setenv("AWS_ENDPOINT_URL", REMOTE)
    policy = Policy(files=(PolicyFile(hosts=hosts, publish=prefixes),))
    for url in ("s3://team/runs", "s3://team/runs/one"):
        if allowed:
            check(url, policy)
        else:
            with pytest.raises(ConfigError, match="not allowed"):
                check(url, policy)
    with pytest.raises(ConfigError):
        check("s3://team/runs/../../other", policy)
    stricter = Policy(files=(*policy.files, PolicyFile(hosts=hosts)))
    with pytest.raises(ConfigError):
        check("s3://team/runs", stricter)


def test_what_goes_to_another_machine_is_logged_before(store, tmp_path, monkeypatch):
    """The server is this machine's under a name that is not known to be."""
    monkeypatch.setattr("augment.files.outlet.is_local", lambda url: False)
    log = tmp_path / "egress.jsonl"
    policy = Policy(
        files=(PolicyFile(publish=("s3://",) and (f"s3://{store.bucket_name}",), log=log),)
    )
    folder = folder_of(tmp_path, 1)
    publish(folder, f"s3://{store.bucket_name}/r", policy=policy)
    sent = [entry for _, entry in read_log(log)]
    assert [(e.method, e.url.rpartition("/r/")[2]) for e in sent] == [
        ("PUT", "00/part.jsonl"),
        ("PUT", "accepted.jsonl"),
        ("PUT", "manifest.json"),
    ]
    for entry in sent:
        assert hashlib.sha256(entry.content()).hexdigest() == entry.sha256
        assert entry.size == len(entry.content())
    log.unlink()
    log.mkdir()
    (folder / "accepted.jsonl").write_text("more")
    with pytest.raises(StoreError, match="nothing is sent"):
        publish(folder, f"s3://{store.bucket_name}/r", policy=policy)
    assert store.system.cat(f"{store.bucket_name}/r/accepted.jsonl") == b"accepted.jsonl\n"


def test_what_fails_halfway_is_not_sent(store):
    with (
        pytest.raises(ValueError, match="half"),
        sending(f"s3://{store.bucket_name}/x.jsonl", Policy()) as path,
    ):
        path.write_text("half")
        raise ValueError("half")
    assert store.names(store.bucket_name) == []


@pytest.mark.parametrize("scheme", ["s3", "memory", "file"])
def test_a_file_needs_a_name_below_a_bucket(scheme, store, tmp_path):
    before = set(tmp_path.iterdir())
    with (
        pytest.raises(PathError, match="no file below a bucket or folder"),
        sending(f"{scheme}://gold.jsonl", Policy()) as path,
    ):
        path.write_text("x")
    assert set(tmp_path.iterdir()) == before
