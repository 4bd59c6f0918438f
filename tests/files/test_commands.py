"""The commands themselves, on a real object store, as somebody would call them."""

import json
import shutil

import pytest

from augment.cli import main
from tests.helpers import ROOT

SAMPLE = ROOT / "data" / "sample" / "train.txt"
RUN = ["--guide", "ukraine_live", "-s", "mentions", "--samples", "5", "--student", "rules"]


def augment(*arguments):
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    return ended.value.code


@pytest.fixture
def gold(store):
    url = f"s3://{store.bucket_name}/gold/train.txt"
    store.put(url, SAMPLE.read_bytes())
    return url


def test_every_command_that_reads_a_corpus_takes_a_url(gold, store, capsys):
    prefix = gold.rpartition("/")[0]
    given = ["--guide", "ukraine_live"]
    assert augment("stats", gold, prefix, "--json") == 0
    assert json.loads(capsys.readouterr().out)["documents"] == 40
    assert augment("validate", gold, *given) == 0
    assert augment("plan", gold, *given, "--raw", gold, "--samples", "4") == 0
    assert (
        augment("train", "--train", gold, "--add", gold, "-o", "model", "--student", "rules") == 0
    )
    assert augment("predict", "model", prefix, "-o", "found.jsonl") == 0
    assert augment("measure", "--gold", gold, "--predicted", "found.jsonl") == 0
    test = f"{prefix}-test/test.txt"
    store.put(test, SAMPLE.with_name("test.txt").read_bytes())
    asked = ["--train", gold, "--test", test, "--add", f"more={gold}", "--student", "rules"]
    assert augment("measure", *asked, "--gold-sizes", "all", "--seeds", "1", "--jobs", "1") == 0
    assert capsys.readouterr().err.count("error") == 0


def test_a_run_counts_the_content_of_a_url_not_its_name(gold, store, tmp_path, capsys):
    shutil.copy(SAMPLE, "train.txt")
    (tmp_path / "run.yaml").write_text(f"corpus: {gold}\nguide: ukraine_live\nmeasure: false\n")
    fingerprints = []
    for corpus in (["--corpus", "train.txt"], ["--corpus", gold], ["run.yaml"]):
        out = f"made{len(fingerprints)}"
        assert augment("run", *corpus, *RUN, "--no-measure", "--out", out) == 0
        fingerprints.append(json.loads((tmp_path / out / "run.json").read_text())["fingerprint"])
    assert len(set(fingerprints)) == 1
    store.put(gold, SAMPLE.read_bytes().replace(b"Kiev", b"Kyiv"))
    capsys.readouterr()
    assert augment("run", "--corpus", gold, *RUN, "--no-measure", "--out", "made1") == 2
    assert "made with another configuration or other inputs" in capsys.readouterr().err


def test_a_run_is_published_with_all_that_it_made(gold, store, capsys):
    url = f"s3://{store.bucket_name}/runs/one"
    asked = ["run", "--corpus", gold, *RUN, "--no-measure", "--out", "made", "--publish", url]
    assert augment(*asked) == 0
    assert "files sent to" in capsys.readouterr().err
    assert augment("stats", f"{url}/accepted.jsonl", "--json") == 0
    assert json.loads(capsys.readouterr().out)["documents"] == 5
    assert augment(*asked) == 0
    assert "2 files sent to" in capsys.readouterr().err, "the times, and the manifest"


def test_a_corpus_is_converted_to_a_url_with_its_drops_beside(gold, store, tmp_path, capsys):
    bad = tmp_path / "bad.txt"
    bad.write_text(SAMPLE.read_text(encoding="utf-8") + "\n=== bad\n[[e1:PLACE|Kiev résiste.\n")
    target = f"s3://{store.bucket_name}/made/gold.jsonl"
    assert augment("convert", bad, target, "--to", "jsonl") == 0
    assert f"written to {target} (jsonl)" in "".join(capsys.readouterr().out.split("\n"))
    names = {name.rpartition("/")[2] for name in store.names(f"{store.bucket_name}/made")}
    assert names == {"gold.jsonl", "gold.jsonl.dropped.jsonl"}
    assert augment("convert", target, f"s3://{store.bucket_name}/brat", "--to", "brat") == 0
    capsys.readouterr()
    assert augment("stats", f"s3://{store.bucket_name}/brat", "--json") == 0
    assert json.loads(capsys.readouterr().out)["documents"] == 40


@pytest.mark.parametrize(
    "command",
    [
        ["run", "--corpus", SAMPLE, *RUN, "--out", "s3://bucket/x"],
        ["run", "--corpus", SAMPLE, *RUN, "--ledger", "s3://bucket/x.sqlite"],
        ["train", "--train", SAMPLE, "-o", "s3://bucket/x"],
        ["measure", "--train", SAMPLE, "--json", "s3://bucket/x.json"],
    ],
)
def test_what_is_written_in_place_is_refused_before_any_work(
    command, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    assert augment(*command) == 2
    said = capsys.readouterr().err.splitlines()
    assert "cannot be written in place" in said[-2] and "--publish" in said[-1]
    assert not list(tmp_path.iterdir())


def test_publishing_to_another_machine_is_refused_before_any_work(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "https://s3.example.org")
    __import__("fsspec").filesystem("s3").clear_instance_cache()
    asked = ["run", "--corpus", SAMPLE, *RUN, "--publish", "s3://bucket/x"]
    assert augment(*asked) == 2
    assert "https://s3.example.org: sending to another machine" in capsys.readouterr().err
    assert augment("convert", SAMPLE, "s3://bucket/x.jsonl", "--to", "jsonl") == 2
    assert not list(tmp_path.iterdir())
