"""What is read from a real object store."""

import subprocess
import sys
from functools import partial

import pytest

from augment.errors import PathError, StoreError
from augment.files import check, fetch, is_url, listing, local, publish
from augment.policy import Policy
from augment.read import read_all

GOLD = b"=== d1\n[[1:PLACE|Kiev]] r\xc3\xa9siste.\n"


def test_what_is_a_url():
    assert is_url("s3://a/b") and is_url("memory://a")
    assert not any(map(is_url, ["a/b", "/a:b//c", "s3:/a/b", "", None]))


def test_a_folder_and_a_prefix_are_listed_alike(store, tmp_path):
    contents = {
        "gold/a b+é.txt": b"1",
        "gold/sub/c.txt": b"22",
        "gold2/x.txt": b"",
        "gold.txt": b"3",
    }
    for name, content in contents.items():
        store.put(f"{store.bucket_name}/{name}", content)
        path = tmp_path / "here" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    here = tmp_path / "here" / "gold"
    for place in (f"s3://{store.bucket_name}/gold", str(here), here.as_uri()):
        found = listing(place)
        assert [(f.name, f.size) for f in found] == [("a b+é.txt", 1), ("sub/c.txt", 2)]
        for file in found:
            assert listing(file.url)[0][1:] == file[1:]
            assert fetch(file.url, tmp_path / "cache").read_bytes() == contents[f"gold/{file.name}"]
    (empty,) = listing(f"s3://{store.bucket_name}/gold2")
    assert fetch(empty.url, tmp_path / "cache").read_bytes() == b""


def test_a_changed_object_is_fetched_anew_and_an_unchanged_one_is_not(store, tmp_path):
    url = f"s3://{store.bucket_name}/gold/train.txt"
    store.put(url, GOLD)
    first = local(url)
    assert local(url) == first and first.read_bytes() == GOLD and first.name == "train.txt"
    first.chmod(0o600)
    first.write_bytes(b"touched")
    assert local(url).read_bytes() == b"touched", "it was fetched again"
    store.put(url, GOLD.replace(b"Kiev", b"Lviv"))
    second = local(url)
    assert second != first and b"Lviv" in second.read_bytes()
    assert first.exists(), "whoever reads the first copy goes on"


def test_of_a_prefix_only_what_changed_is_fetched(store, tmp_path):
    url = f"s3://{store.bucket_name}/gold"
    for name in ("a.txt", "b.txt", "deep/c.txt"):
        store.put(f"{url}/{name}", GOLD)
    first = local(url)
    assert first.name == "gold" and local(f"{url}/") == first
    assert sorted(p.name for p in first.rglob("*")) == ["a.txt", "b.txt", "c.txt", "deep"]
    store.put(f"{url}/b.txt", GOLD * 2)
    second = local(url)
    assert (second / "a.txt").samefile(first / "a.txt")
    assert (second / "b.txt").read_bytes() == GOLD * 2 != (first / "b.txt").read_bytes()
    assert not list((tmp_path / "data" / "remote").glob(".partial-*"))


def test_what_changes_while_it_is_read_is_not_kept(store, monkeypatch):
    url, get = f"s3://{store.bucket_name}/gold", type(store.system).get
    store.put(f"{url}/train.txt", GOLD)

    def slow(system, *arguments):
        get(system, *arguments)
        store.put(f"{url}/train.txt", GOLD.replace(b"Kiev", b"Lviv"))

    with monkeypatch.context() as patched:
        patched.setattr(type(store.system), "get", slow)
        with pytest.raises(StoreError, match="changed while it was read"):
            local(url)
    assert b"Lviv" in (local(url) / "train.txt").read_bytes()
    store.put(f"{url}/train.txt", GOLD)
    assert (local(url) / "train.txt").read_bytes() == GOLD


def test_documents_are_read_from_a_url(store):
    store.put(f"{store.bucket_name}/gold/train.txt", GOLD)
    documents, drops = read_all(f"s3://{store.bucket_name}/gold")
    assert [d.text for d in documents] == ["Kiev résiste."] and not drops


def test_an_object_cannot_be_written_outside_the_copy(store, tmp_path):
    store.put(f"{store.bucket_name}/gold/../../../evil.txt", b"x")
    with pytest.raises(PathError, match="no name for a file here"):
        local(f"s3://{store.bucket_name}/gold")
    assert not list(tmp_path.rglob("evil.txt"))


@pytest.mark.parametrize(
    "names", [["a", "a/b"], ["x/a", "x//a"], ["a", "/a"], ["x/./a", "x/a"], ["y/."], ["x" * 300]]
)
def test_names_that_files_here_cannot_have_are_said(store, names):
    """A client of its own: fsspec makes one name of several."""
    client = store.system.call_s3
    for name in names:
        client("put_object", Bucket=store.bucket_name, Key=f"gold/{name}", Body=name.encode())
    with pytest.raises(PathError, match=r"no name for a file here|too long"):
        local(f"s3://{store.bucket_name}/gold")


@pytest.mark.parametrize("kind", ["ftp", "s3", "memory", "nope"])
def test_a_password_in_a_url_is_refused_and_not_shown(kind, tmp_path):
    url = f"{kind}://user:geheim@localhost/x"
    for ask in (listing, local, partial(check, policy=Policy()), partial(publish, tmp_path)):
        with pytest.raises(PathError, match=r"://\*\*\*@localhost/x: ") as caught:
            ask(url)
        assert "geheim" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://user:ge/heim@localhost/x",
        "s3://user:ge/heim@bucket/x",
        "ftp://user:ge@heim@localhost/x",
        "zip://x::ftp://user:ge/heim@localhost/x",
        "https://example.org/x.csv?X-Amz-Signature=geheim",
        "zip://x::https://example.org/x.zip?signature=geheim",
    ],
)
def test_no_part_of_a_password_or_signature_is_shown(url):
    with pytest.raises(PathError) as caught:
        listing(url)
    assert not any(part in str(caught.value) for part in ("ge/", "ge@", "heim"))


@pytest.mark.parametrize(
    "url",
    [
        "memory://gold/2022:02/a@b.csv",
        "memory://host:8020/a@b.csv",
        "memory://arn:aws:s3:eu-west-3:1:accesspoint/gold/a@b.csv",
    ],
)
def test_what_is_no_password_is_not_taken_for_one(url):
    from augment.files.place import connected

    assert connected(url)[1].endswith("a@b.csv")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("s3://no-such-bucket-here/x.csv", "no such file, folder or bucket"),
        ("s3://{bucket}/nope.csv", "no such file, folder or bucket"),
        ("memory://nope", "no such file, folder or bucket"),
        ("nope://x/y", "Protocol not known: nope"),
        ("https://example.org/x.csv", "not read from the web"),
        ("zip://x.csv::https://example.org/x.zip", "not read from the web"),
        ("file:///nope/x.csv", "No such file or directory"),
    ],
)
def test_what_is_not_there_is_said_in_one_line(url, said, store):
    url = url.format(bucket=store.bucket_name)
    for ask in (listing, read_all):
        with pytest.raises(PathError) as caught:
            ask(url)
        assert said in str(caught.value) and "\n" not in str(caught.value)


def test_a_wrong_key_is_said_with_what_to_do(store):
    store.put(f"{store.bucket_name}/x.csv", b"x")
    store.allow(0)
    try:
        with pytest.raises(PathError, match=r"x\.csv: not allowed") as caught:
            local(f"s3://{store.bucket_name}/x.csv")
    finally:
        store.allow("inf")
    assert "AWS_ACCESS_KEY_ID" in caught.value.hint


def test_no_key_at_all(store, monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    with pytest.raises(PathError, match="credentials"):
        local(f"s3://{store.bucket_name}/x.csv")


def test_a_server_that_is_dead_is_said_and_leaves_nothing(store, monkeypatch, tmp_path):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(StoreError, match="Could not connect") as caught:
        local(f"s3://{store.bucket_name}/x.csv")
    assert "server" in caught.value.hint and not list(tmp_path.iterdir())


def test_a_full_disk_leaves_nothing_behind(store, tmp_path):
    """The command may write files of at most 64 kB."""
    store.put(f"{store.bucket_name}/x.jsonl", bytes(1 << 20))
    code = "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16,) * 2); "
    code += "from augment.cli import main; main()"
    command = [sys.executable, "-c", code, "stats", f"s3://{store.bucket_name}/x.jsonl"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == "  → free some space here"
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_a_missing_package_gives_the_install_line(tmp_path):
    code = "import sys; sys.modules['s3fs'] = None; from augment.cli import main; main()"
    command = [sys.executable, "-c", code, "stats", "s3://bucket/x.csv"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-2:] == [
        "error: file system 's3://bucket/x.csv' needs the package s3fs",
        "  → pip install 'augment[s3]'",
    ]
