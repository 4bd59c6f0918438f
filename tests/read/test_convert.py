"""``augment convert``: what it writes, lists, drops and refuses."""

import json
import os
import resource
import subprocess
import sys

import pytest

from augment.cli import main
from augment.read import read_all, write
from augment.reasons import Reason
from augment.schema import Drop, Meta
from tests.helpers import ROOT, doc

PLAIN = doc("[[1:PLACE|Kiev]] résiste.", (1, "IS_LOCATED_IN", 1), id="plain")
RICH = doc(
    "[[1:PLACE|Kiev]] tient.",
    (1, "IS_LOCATED_IN", 1, {"factuality": "attributed"}),
    id="rich",
    meta=Meta(title="Titre"),
)
SHIFTED = (
    doc("😀 [[1:PLACE|Kiev]]", id="shifted").model_dump_json().replace(':2,"end":6', ':3,"end":7')
)


def run(capsys, *arguments):
    """Exit code, standard output, standard error of the command."""
    with pytest.raises(SystemExit) as caught:
        main(["convert", *map(str, arguments)])
    captured = capsys.readouterr()
    return caught.value.code or 0, captured.out, captured.err


@pytest.fixture
def corpus(tmp_path):
    path = tmp_path / "a.jsonl"
    write([PLAIN, RICH], path, format="jsonl")
    return path


def test_it_writes_the_other_format_and_lists_what_is_lost(capsys, tmp_path, corpus):
    target = tmp_path / "b.csv"
    code, out, err = run(capsys, corpus, target, "--to", "textmine")
    assert code == 0
    assert "2 documents written" in out
    assert "not held by textmine: attributes (in 1 document)" in err
    assert "not held by textmine: meta.title (in 1 document)" in err
    assert read_all(target)[0][0] == PLAIN
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.jsonl", "b.csv"]


def test_dropped_rows_stay_readable(capsys, tmp_path, corpus):
    with corpus.open("a", encoding="utf-8") as file:
        file.write(f"{SHIFTED}\nnot JSON\n")
    target = tmp_path / "b.json"
    code, out, _ = run(capsys, corpus, target, "--to", "popcorn", "--json")
    dropped = {"offset_shift": 1, "broken_json": 1}
    losses = {"attributes": 1, "meta.title": 1}
    report = {"documents": 2, "repaired": 0, "dropped": dropped, "losses": losses}
    assert (code, json.loads(out)) == (0, report)
    lines = (tmp_path / "b.json.dropped.jsonl").read_text(encoding="utf-8").splitlines()
    drops = [Drop.model_validate_json(line) for line in lines]
    assert [d.reason for d in drops] == [Reason.OFFSET_SHIFT, Reason.BROKEN_JSON]
    assert "a.jsonl:4" in drops[1].detail
    _, out, err = run(capsys, corpus, target, "--to", "popcorn")
    assert "2 rows dropped" in err
    assert "--repair" in err


def test_repair_mends_what_a_shift_explains(capsys, tmp_path, corpus):
    corpus.write_text(SHIFTED + "\n", encoding="utf-8")
    target = tmp_path / "b.jsonl"
    (tmp_path / "b.jsonl.dropped.jsonl").write_text("of an earlier run", encoding="utf-8")
    code, out, _ = run(capsys, corpus, target, "--to", "jsonl", "--repair")
    assert (code, "1 of them with offsets mended" in out) == (0, True)
    assert read_all(target) == ([doc("😀 [[1:PLACE|Kiev]]", id="shifted")], [])
    assert not (tmp_path / "b.jsonl.dropped.jsonl").exists()


def test_columns_of_a_table(capsys, tmp_path):
    (tmp_path / "a.csv").write_text("n;body\n7;Kiev\n", encoding="utf-8")
    arguments = (tmp_path / "a.csv", tmp_path / "b.jsonl", "--to", "jsonl")
    assert run(capsys, *arguments, "--columns", "text=body, id=n")[0] == 0
    assert [(d.id, d.text) for d in read_all(tmp_path / "b.jsonl")[0]] == [("7", "Kiev")]
    code, _, err = run(capsys, *arguments, "--columns", "text")
    assert (code, "not FIELD=COLUMN" in err) == (2, True)


def test_a_folder_of_files_becomes_one(capsys, tmp_path, corpus):
    write([PLAIN.model_copy(update={"id": "b"})], tmp_path / "b.csv", format="textmine")
    assert run(capsys, tmp_path, tmp_path / "out" / "c.txt", "--to", "inline")[0] == 0
    assert [d.id for d in read_all(tmp_path / "out" / "c.txt")[0]] == ["plain", "rich", "b"]


def test_live_pages(capsys, tmp_path):
    pages, target = ROOT / "data" / "sample" / "pages", tmp_path / "items.jsonl"
    code, out, err = run(capsys, pages, target, "--to", "jsonl")
    assert (code, "4 documents written" in out, "1 superseded" in err) == (0, True, True)
    plain = target.read_text(encoding="utf-8")
    run(capsys, pages, target, "--to", "jsonl", "--questions")
    asked = target.read_text(encoding="utf-8")
    assert ("elle occupée" in plain, "elle occupée" in asked) == (False, True)
    assert "Jean-Eudes" not in plain + asked
    code, out, err = run(capsys, pages, tmp_path / "out.html", "--to", "page")
    assert (code, out, "page is only read" in err) == (2, "", True)
    code, _, err = run(capsys, target, tmp_path / "b.jsonl", "--to", "jsonl", "--questions")
    assert (code, "no live page" in err) == (2, True)
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "items.jsonl",
        "items.jsonl.dropped.jsonl",
    ]


@pytest.mark.parametrize("target", ["a.jsonl", "../{}/a.jsonl", "link.jsonl"])
def test_the_input_is_never_overwritten(capsys, tmp_path, corpus, target):
    (tmp_path / "link.jsonl").symlink_to(corpus)
    before = corpus.read_bytes()
    for source in (corpus, tmp_path):
        code, _, err = run(
            capsys, source, tmp_path / target.format(tmp_path.name), "--to", "textmine"
        )
        assert (code, "would overwrite the input" in err) == (2, True)
    assert corpus.read_bytes() == before


def test_the_file_of_drops_does_not_overwrite_the_input_either(capsys, tmp_path, corpus):
    source = corpus.rename(tmp_path / "b.csv.dropped.jsonl")
    code, _, err = run(capsys, source, tmp_path / "b.csv", "--to", "textmine")
    assert (code, "would overwrite the input" in err) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["missing.csv", "b", "--to", "jsonl"], "missing.csv: No such file"),
        (["a.jsonl", "b", "--to", "conll"], "no format 'conll'; there are: textmine"),
        (["a.jsonl", "b", "--to", "jsonl", "--from", "x"], "no format 'x'; there are: textmine"),
        (["a.jsonl", "a.jsonl/b", "--to", "jsonl"], "a.jsonl is a file"),
        (["a.jsonl", ".", "--to", "jsonl"], ".: a folder"),
        (["a.jsonl", "/dev/null", "--to", "jsonl"], "/dev/null: neither a file nor a folder"),
    ],
)
def test_bad_usage_is_one_line_and_leaves_nothing(
    capsys, monkeypatch, tmp_path, corpus, arguments, message
):
    monkeypatch.chdir(tmp_path)
    code, out, err = run(capsys, *arguments)
    first, *hints = err.strip().splitlines()
    assert (code, out, len(hints)) == (2, "", 1)
    assert message in first
    assert [p.name for p in tmp_path.iterdir()] == ["a.jsonl"]


def test_nothing_usable_is_exit_1_and_the_earlier_file_stays(capsys, tmp_path, corpus):
    corpus.write_text("not JSON\n", encoding="utf-8")
    target = tmp_path / "b.csv"
    target.write_text("earlier", encoding="utf-8")
    code, _, err = run(capsys, corpus, target, "--to", "textmine")
    assert (code, "no document could be read" in err) == (1, True)
    assert target.read_text(encoding="utf-8") == "earlier"
    assert (tmp_path / "b.csv.dropped.jsonl").read_text(encoding="utf-8").count("\n") == 1


@pytest.mark.parametrize("format", ["textmine", "parquet"])
def test_a_disk_that_fills_up_leaves_the_earlier_file(tmp_path, format):
    many = [PLAIN.model_copy(update={"id": str(i)}) for i in range(300)]
    write(many, tmp_path / "a.jsonl", format="jsonl")
    (tmp_path / "b").write_text("earlier", encoding="utf-8")
    command = [sys.executable, "-c", "from augment.cli import main; main()"]
    command += ["convert", "a.jsonl", "b", "--to", format]
    done = subprocess.run(
        command,
        cwd=tmp_path,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096)),
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: b: cannot write: ")
    assert len(done.stderr.splitlines()) == 2
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.jsonl", "b"]
    assert (tmp_path / "b").read_text(encoding="utf-8") == "earlier"
