"""`augment measure` with several students, the gate, prices and a page."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from augment.cli import main
from augment.store import write_lines
from tests.measure.small import corpus, shuffled
from tests.report.made import Page


def run(*args: object) -> int:
    with pytest.raises(SystemExit) as exit:
        main(["measure", *map(str, args)])
    return exit.value.code or 0


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("corpora")
    made = {
        "train": corpus(16, types=["LEFT", "RESIDES_IN", "IS_BORN_IN"]),
        "test": corpus(60, name="t"),
        "good": corpus(60, seed=3, name="a"),
        "bad": shuffled(corpus(60, seed=4, name="p")),
    }
    for name, documents in made.items():
        write_lines(folder / f"{name}.jsonl", documents)
    return {name: folder / f"{name}.jsonl" for name in made}


def options(files, *more: object) -> list[object]:
    fixed = ("--train", files["train"], "--test", files["test"], "--seeds", 2, "--jobs", 1)
    return [*fixed, *more]


def test_several_students_a_page_and_what_it_costs(files, tmp_path, capsys):
    out, page = tmp_path / "grid.json", tmp_path / "grid.html"
    more = ("--student", "linear", "--student", "rules", "--gold-sizes", "8,all")
    more += ("--add", files["good"], "--gold-cost", 4, "--cost", "good=3")
    assert run(*options(files, *more, "--json", out, "--report", page)) == 0
    result = json.loads(out.read_text("utf-8"))
    assert result["student"] == "linear"
    assert list(result["others"]) == ["rules"]
    assert set(result["others"]["rules"]["arms"]) == set(result["arms"])
    worth = result["arms"]["good"]["8"]["worth"]
    assert worth["cost"] == 3
    assert worth["gold"] == pytest.approx(4 * worth["documents"]["mean"])
    assert worth["break_even"] == pytest.approx(3 / worth["documents"]["mean"])
    assert result["arms"]["good"]["16"]["gate"]["passed"]
    said = capsys.readouterr().out
    assert "student linear" in said and "student rules" in said
    assert f"→ {result['advice']['text']}" in " ".join(said.split("\n"))
    shown = Page(page.read_text("utf-8"))
    assert f"{result['advice']['text']} ({result['advice']['student']})" in shown.text
    ids = [a["id"] for _, a, _ in shown.elements if "id" in a]
    assert len(ids) == len(set(ids))
    assert "Every student and addition" in shown.text


def test_the_gate_is_an_exit_code(files, tmp_path, capsys):
    only = ("--gold-sizes", "all", "--gate")
    good, bad = ("--add", files["good"]), ("--add", files["bad"])
    work = ("--json", tmp_path / "one.json")
    assert run(*options(files, *only, *good, *work)) == 0
    assert run(*options(files, *only, *good, *bad, *work)) == 1
    assert "bad does not pass the gate on 16 gold documents" in capsys.readouterr().err
    assert json.loads((tmp_path / "one.json").read_text())["advice"]["arm"] == "good"


def test_a_mask_for_one_addition(files, tmp_path):
    out = tmp_path / "one.json"
    adds = ("--add", files["good"], "--add", f"wrong={files['bad']}", "--mask", "wrong=gate")
    assert run(*options(files, "--gold-sizes", "all", *adds, "--json", out)) == 0
    masked = json.loads(out.read_text("utf-8"))["masked"]
    assert masked["good"] == [] and masked["wrong"]


def test_a_part_of_an_addition_is_an_arm_of_its_own(files, tmp_path):
    out = tmp_path / "one.json"
    adds = ("--add", files["good"], "--choose", "random:50%", "--choose", "deficit:25%,weight=0.5")
    assert run(*options(files, "--gold-sizes", "all", *adds, "--json", out)) == 0
    arms = json.loads(out.read_text("utf-8"))["arms"]
    assert arms["good@random:50%"]["16"]["documents"] == 30
    assert arms["good@deficit:25% weight=0.5"]["16"]["documents"] == 15


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--mask", "nope"), "--mask nope"),
        (("--mask", "other=gate"), "other is no addition"),
        (("--cost", "good"), "--cost good: no amount"),
        (("--cost", "other=3"), "other is no addition"),
        (("--choose", "best:50%"), "no such choose: 'best'"),
        (("--choose", "loss:50%,heavy"), "--choose loss:50%,heavy"),
        (("--student", "nope"), "no student 'nope'"),
        (("--gold-cost", "0"), "--gold-cost 0"),
        (("--gold-cost", "inf"), "--gold-cost inf"),
        (("--cost", "good=nan"), "--cost good=nan: no amount"),
        (("--cost", "4.20"), "--cost 4.20: no amount"),
        (("--cost", "good=1", "--cost", "good=2"), "good has one already"),
        (("--mask", "none", "--mask", "gate"), "--mask gate: one for all is given twice"),
        (("--mask", "good=none", "--mask", "good=gate"), "good is given twice"),
        (("--dry-run",), "--dry-run needs --llm"),
        (("--set", "write.examples=2"), "--set needs --llm"),
        (("--json", "x.out", "--report", "./x.out"), "two files of one name"),
    ],
)
def test_what_makes_no_sense_is_said_in_one_line(files, capsys, more, said):
    assert run(*options(files, "--add", files["good"], *more)) == 2
    told = capsys.readouterr().err
    assert said in told and "Traceback" not in told


@pytest.mark.parametrize("more", [("--gate",), ("--cost", "a=1"), ("--choose", "loss:50%")])
def test_without_an_addition_there_is_nothing_to_judge(files, capsys, more):
    assert run(*options(files, *more)) == 2
    assert f"{more[0]} needs --add" in capsys.readouterr().err


def test_no_file_that_is_read_is_written_over(files, tmp_path, capsys):
    before = files["good"].read_bytes()
    for option in ("--json", "--report"):
        assert run(*options(files, "--add", files["good"], option, files["good"])) == 2
        assert "would overwrite the input" in capsys.readouterr().err
    assert files["good"].read_bytes() == before


@pytest.mark.parametrize("more", [("--report", "page.html"), ("--guide", "textmine"), ("--gate",)])
def test_scoring_predictions_ignores_no_option(files, capsys, more):
    assert run("--gold", files["test"], "--predicted", files["test"], *more) == 2
    assert f"{more[0]} does not go with --gold" in capsys.readouterr().err


def test_an_addition_is_not_taken_for_an_arm_of_robustness(files, capsys):
    assert run(*options(files, "--add", f"typos={files['good']}", "--robustness")) == 2
    assert "addition typos: --robustness has an arm of that name" in capsys.readouterr().err


def test_of_one_size_the_page_says_what_the_gate_says(files, tmp_path):
    page = tmp_path / "one.html"
    only = ("--gold-sizes", "all", "--add", files["good"], "--student", "rules")
    assert run(*options(files, *only, "--report", page)) == 0
    text = Page(page.read_text("utf-8")).text
    assert "May be merged" in text
    assert "not known of a single size" in text
