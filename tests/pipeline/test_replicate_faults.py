"""What is wrong with a bundle, its documents or a result is said in one line, with its code."""

import json
import os
import subprocess
import sys
import zipfile
from importlib.util import find_spec

import pytest

from augment.pipeline.replicate import opened, settings_of, zipped
from augment.pipeline.replicate.records import Replicated, sealed
from augment.read import read_all
from augment.schema import Meta
from augment.store import digest, write_lines
from tests.pipeline.replicated import (
    GOLD,
    GRID,
    SAMPLE,
    augment,
    bundle,
    changed,
    head,
    refused,
    rewritten,
    written,
)


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    return bundle(tmp_path_factory.mktemp("good"))


@pytest.fixture(scope="module")
def result(good, tmp_path_factory):
    path = tmp_path_factory.mktemp("result") / "result.json"
    command = ("replicate", "run", good, "--corpora", SAMPLE, "--out", path, "--jobs", "1")
    assert augment(*command) == 0
    return path


def made(capsys, folder, *more):
    """Code and message of a `make` that must fail, and leave nothing."""
    out = folder / "b.zip"
    told = refused(capsys, "replicate", "make", *GOLD, *GRID, "--out", out, *more)
    assert not out.exists()
    return told


def text_file(good, out):
    out.write_text("no zip")


def nothing(good, out):
    pass


def folder(good, out):
    out.mkdir()


def cut_off(good, out):
    out.write_bytes(good.read_bytes()[:-100])


def bytes_changed(good, out):
    content = bytearray(good.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 20] = bytes(20)
    out.write_bytes(content)


def another_zip(good, out):
    changed(good, out, {"bundle.json": None})


def climbing(good, out):
    changed(good, out, {"../../climbed.jsonl": b"{}"})


def a_file_less(good, out):
    changed(good, out, {"additions/more-0.jsonl": None})


@pytest.mark.filterwarnings("ignore:Duplicate name")
def twice(good, out):
    out.write_bytes(good.read_bytes())
    with zipfile.ZipFile(out, "a") as found:
        found.writestr("README.md", "again")


def other_format(good, out):
    rewritten(good, out, format=2)


def no_format(good, out):
    changed(good, out, {"bundle.json": b"[]"})


def no_json(good, out):
    changed(good, out, {"bundle.json": b"{"})


def other_fields(good, out):
    changed(good, out, {"bundle.json": json.dumps({**head(good), "new": 1}).encode()})


def edited(good, out):
    rewritten(good, out, id=head(good)["id"], python="3.12.1")


def other_addition(good, out):
    changed(good, out, {"additions/more-0.jsonl": b""})


def other_guide(good, out):
    changed(good, out, {"guide/guide.yaml": b"name: other"})


def later_settings(good, out):
    rewritten(good, out, settings={**head(good)["settings"], "later": True})


@pytest.mark.parametrize(
    ("fault", "code", "says"),
    [
        (nothing, 2, "no such file"),
        (folder, 2, "no such file"),
        (text_file, 2, "not a zip file, or cut off"),
        (cut_off, 2, "not a zip file, or cut off"),
        (bytes_changed, 1, "damaged"),
        (another_zip, 2, "no bundle.json in it"),
        (climbing, 1, "'../../climbed.jsonl': a file that does not belong there"),
        (a_file_less, 1, "'additions/more-0.jsonl': this file is missing"),
        (twice, 1, "a name occurs twice"),
        (other_format, 2, "format 2; this augment reads format 1"),
        (no_format, 1, "nothing that `augment replicate` wrote"),
        (no_json, 1, "bundle.json: not JSON"),
        (other_fields, 1, "bundle.json: new: Extra inputs"),
        (edited, 1, "bundle.json was changed after it was made"),
        (other_addition, 1, "additions/more-0.jsonl: changed after"),
        (other_guide, 1, "guide/guide.yaml: changed after"),
        (later_settings, 2, "setting later: Extra inputs"),
    ],
)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_bundle_that_cannot_be_run(capsys, good, tmp_path, fault, code, says):
    path, out = tmp_path / "bundle.zip", tmp_path / "result.json"
    fault(good, path)
    told = refused(capsys, "replicate", "run", path, "--corpora", SAMPLE, "--out", out)
    assert told[0] == code and says in told[1]
    assert not out.exists() and not (tmp_path.parent / "climbed.jsonl").exists()


def test_settings_of_another_version_name_both(good, tmp_path):
    old = {"version": "0.0.1", "sha256": "0" * 64}
    settings = {**head(good)["settings"], "later": True}
    path = rewritten(good, tmp_path / "b.zip", augment=old, settings=settings)
    with pytest.raises(Exception, match=r"augment 0\.0\.1 \(sources 00000000\), this is augment"):
        settings_of(opened(path).bundle)


def test_a_bundle_too_large_to_read(capsys, good, tmp_path, monkeypatch):
    monkeypatch.setattr(zipped, "LARGEST", 1000)
    assert refused(capsys, "replicate", "run", good, "--out", tmp_path / "r.json")[0] == 1


def test_documents_that_are_not_there(capsys, good, tmp_path):
    gold = read_all(SAMPLE / "train.txt")[0]
    write_lines(tmp_path / "turned.jsonl", gold[::-1])
    (tmp_path / "notes.txt").write_text("no corpus")
    out = tmp_path / "result.json"
    code, said = refused(capsys, "replicate", "run", good, "--corpora", tmp_path, "--out", out)
    train = head(good)["parts"][0]
    assert code == 2 and f"train: no file has its 40 documents, {train['sha256'][:12]}…" in said
    assert "turned.jsonl (40)" in said and "--corpora" in said
    assert refused(capsys, "replicate", "run", good, "--out", out)[0] == 2
    assert refused(capsys, "replicate", "run", good, "--corpora", "nope", "--out", out)[0] == 2


@pytest.mark.skipif(find_spec("torch") is not None, reason="not run: torch is installed")
def test_a_student_whose_extra_is_not_installed(capsys, good, tmp_path):
    command = ("replicate", "run", good, "--corpora", SAMPLE, "--out", tmp_path / "r.json")
    code, said = refused(capsys, *command, "--student", "transformer:almanach/camembert-base")
    assert code == 2 and "pip install 'augment[transformers]'" in said
    named = ("--student", "transformer:almanach/camembert-base", "--out", tmp_path / "b.zip")
    assert augment("replicate", "make", *GOLD, *GRID, *named) == 0


def test_what_may_not_be_passed_on_does_not_go_in(capsys, tmp_path):
    forbidden = written(tmp_path / "forbidden.jsonl", release=False)
    code, said = made(capsys, tmp_path, "--add", forbidden)
    assert code == 2 and "forbidden: 4 of 4 documents may not be passed on, the first: new-" in said
    assert "--by-hash forbidden" in said
    orphans = tmp_path / "orphans.jsonl"
    lines = [d.model_copy(update={"meta": d.meta.model_copy(update={"parents": ()})})
             for d in read_all(written(tmp_path / "w.jsonl"))[0]]  # fmt: skip
    write_lines(orphans, lines)
    assert "nothing says what it was made from" in made(capsys, tmp_path, "--add", orphans)[1]
    unsaid = tmp_path / "unsaid.jsonl"
    gold = read_all(SAMPLE / "train.txt")[0]
    write_lines(unsaid, [d.model_copy(update={"meta": Meta()}) for d in gold])
    bare = tmp_path / "bare.jsonl"
    bare.write_text(unsaid.read_text())
    command = ["replicate", "make", *GRID, "--train", bare, "--test", SAMPLE / "test.txt"]
    command += ["--guide", "ukraine_live", "--out", tmp_path / "bare.zip"]
    code, said = refused(capsys, *command, "--with-corpora")
    assert code == 2 and "nothing says that it may be released" in said
    stated = tmp_path / "rights.yaml"
    terms = "release: true, source: contract, date: 2026-11-22"
    stated.write_text(f"corpora: {{{digest(bare)}: {{{terms}}}}}")
    assert augment(*command, "--with-corpora", "--rights", stated) == 0
    assert augment(*command) == 0


def test_a_call_that_makes_no_experiment(capsys, good, tmp_path):
    copies = tmp_path / "copies.jsonl"
    given = read_all(SAMPLE / "test.txt")[0][:2]
    write_lines(copies, [d.model_copy(update={"id": f"c-{d.id}"}) for d in given])
    code, said = made(capsys, tmp_path, "--add", copies)
    assert code == 1 and "copies: c-s" in said and "gives test text" in said and "1 more" in said
    more = written(tmp_path / "more.jsonl")
    for options, says in [
        (("--folds", "3"), "exclude each other"),
        (("--add", f"base={more}"), "reserved"),
        (("--add", f"a b={more}"), "not a name for a file"),
        (("--add", more, "--by-hash", "other"), "no addition of that name"),
        (("--add", more, "--mask", "other=none"), "no addition"),
        (("--add", more, "--cost", "other=3"), "no addition"),
        (("--add", more, "--cost", "more"), "no amount"),
        (("--mask", "some"), "--mask"),
        (("--student", "nope"), "no student 'nope'"),
        (("--student", f"transformer:{tmp_path}"), "a folder of this machine"),
        (("--gold-sizes", "x"), "no size"),
        (("--guide", "nope"), "no guide there"),
    ]:
        code, said = made(capsys, tmp_path, *options)
        assert code == 2 and says in said, (options, said)


def test_a_disk_that_is_full(tmp_path):
    command = f"ulimit -f 8; exec {sys.executable} -m augment replicate make"
    options = " ".join(map(str, [*GOLD, *GRID, "--out", tmp_path / "b.zip"]))
    env = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        ["bash", "-c", f"{command} {options}"], capture_output=True, text=True, env=env
    )
    assert done.returncode == 2 and "cannot write: File too large" in done.stderr
    assert "Traceback" not in done.stderr and not list(tmp_path.iterdir())


def sealed_again(result, **fields):
    return sealed(Replicated.model_validate({**json.loads(result.read_text()), **fields}))


def test_a_result_that_is_not_taken(capsys, good, result, tmp_path):
    text, bad = result.read_text(), tmp_path / "bad.json"
    raw = json.loads(text)
    base = raw["result"]["arms"]["base"]["10"]["macro_f1"]
    other = sealed_again(result, bundle="0" * 64).model_dump_json()
    for content, code, says in [
        (text.replace(str(base), "0.99"), 1, "was edited or damaged"),
        (text.replace(f'"date": "{raw["date"]}"', '"date": "2020-01-01"'), 1, "was edited"),
        (text[:-200], 1, "not JSON, or cut off"),
        ("", 1, "not JSON, or cut off"),
        (json.dumps(raw["result"]), 1, "nothing that `augment replicate` wrote"),
        (json.dumps({**raw, "format": 2}), 2, "format 2; this augment reads format 1"),
        (json.dumps({**raw, "later": 1}), 2, "later: Extra inputs"),
        (other, 2, "of the bundle 000000000000, not of"),
    ]:
        bad.write_text(content)
        told = refused(capsys, "replicate", "merge", good, bad, "--out", tmp_path / "m.json")
        assert told[0] == code and says in told[1] and "bad.json" in told[1], (says, told)
    bad.write_bytes(b"\xff\xfe")
    for path in (bad, tmp_path / "nope.json", tmp_path):
        assert (
            refused(capsys, "replicate", "merge", good, path, "--out", tmp_path / "m.json")[0] == 2
        )
    assert not (tmp_path / "m.json").exists()


def test_two_results_of_one_moment_and_machine(capsys, good, result, tmp_path):
    twin, out = tmp_path / "twin.json", tmp_path / "m.json"
    twin.write_text(sealed_again(result, seconds=1e6).model_dump_json())
    code, said = refused(capsys, "replicate", "merge", good, result, twin, "--out", out)
    assert code == 2 and "two different results for rules on" in said
    twin.write_text(sealed_again(result, date="2020-01-01T00:00:00+00:00").model_dump_json())
    assert augment("replicate", "merge", good, result, "--out", out) == 0
    assert augment("replicate", "merge", good, twin, "--out", out) == 0
    assert [row["date"][:4] for row in json.loads(out.read_text())["results"]] == [
        "2020", json.loads(result.read_text())["date"][:4],
    ]  # fmt: skip
    assert augment("replicate", "merge", good, out, "--out", tmp_path / "again.json") == 0
    assert (tmp_path / "again.json").read_bytes() == out.read_bytes()


def test_a_page_whose_marks_are_not_one_pair(capsys, good, result, tmp_path):
    page, out = tmp_path / "page.md", tmp_path / "m.json"
    command = ("replicate", "merge", good, result, "--out", out, "--table", page)
    short = head(good)["id"][:12]
    begin, end = f"<!-- replicate:begin {short} -->", f"<!-- replicate:end {short} -->"
    for text in (begin, end, end + begin, begin + begin + end, begin + end + end):
        page.write_text(text)
        code, said = refused(capsys, *command)
        assert code == 2 and "page.md: not one pair of" in said and page.read_text() == text
    page.write_bytes(b"\xff")
    assert refused(capsys, *command)[0] == 2
    same = ("replicate", "merge", good, result, "--out", result)
    assert "would overwrite the input" in refused(capsys, *same)[1]
