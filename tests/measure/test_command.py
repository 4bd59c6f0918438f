"""`augment measure` with the real student on small corpora: contract, wall, interruption."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from augment.cli import main
from augment.store import write_lines
from tests.helpers import doc
from tests.measure.small import corpus, shuffled

CALL = "from augment.cli import main; main()"
LLM_FREE = {"placebo", "llm_free", "rules", "templates", "reweight"}


def run(*args: object) -> int:
    with pytest.raises(SystemExit) as exit:
        main(["measure", *map(str, args)])
    return exit.value.code or 0


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("corpora")
    added = corpus(24, seed=3, name="a")
    made = {
        "train": corpus(48),
        "test": corpus(40, name="t"),
        "added": added,
        "permuted": shuffled(corpus(48, seed=4, name="p")),
        "copied": [*added[:3], corpus(40, name="t")[5].model_copy(update={"id": "copy"})],
    }
    for name, documents in made.items():
        write_lines(folder / f"{name}.jsonl", documents)
    return {name: folder / f"{name}.jsonl" for name in made}


def options(files, out: Path, *more: object) -> list[object]:
    return ["--train", files["train"], "--json", out, "--seeds", 2, "--gold-sizes", "16,all", *more]


def test_the_contract(files, tmp_path, capsys):
    out = tmp_path / "gain.json"
    added = ("--test", files["test"], "--add", files["added"], "--add", f"b={files['permuted']}")
    assert run(*options(files, out, *added, "--jobs", 2)) == 0
    result = json.loads(out.read_text("utf-8"))
    assert (result["seeds"], result["test_documents"], result["dirty"]) == (2, 40, [])
    arms = result["arms"]
    assert set(arms) == {"base", *LLM_FREE, "gold_random", "gold_targeted", "added", "b"}
    for name, entries in arms.items():
        assert set(entries) == ({"16"} if name.startswith("gold_") else {"16", "48"})
        for entry in entries.values():
            check_scores(entry)
            if name != "base":
                check_comparison(entry)
    assert arms["base"]["48"]["macro_f1"] >= arms["base"]["16"]["macro_f1"]
    assert arms["gold_random"]["16"]["documents"] == 24
    assert arms["added"]["16"]["best_llm_free"] in LLM_FREE
    assert set(result["masked"]) == {"added", "b"}
    assert sum(result["chosen"]["16"].values()) == 2
    shown = capsys.readouterr().out
    assert all(word in shown for word in ("gold_targeted", "verdict", "over LLM-free", "no gain"))


def check_scores(entry):
    assert set(entry["per_type"]) == {"RESIDES_IN", "IS_BORN_IN", "IS_DEAD_IN", "LEFT"}
    scores = [entry["macro_f1"], entry["micro_f1"], *entry["per_type"].values()]
    assert all(0 <= score <= 1 for score in scores)
    assert entry["macro_f1"] == pytest.approx(sum(entry["per_type"].values()) / 4)
    assert entry["macro_f1_50"] is None


def check_comparison(entry):
    for block in (entry["gain"], entry["over_best_llm_free"]):
        for average in ("macro_f1", "micro_f1"):
            assert block[average]["low"] <= block[average]["high"]
    assert entry["verdict"] in ("gain", "no gain", "harm")
    assert set(entry["per_type_gain"]) == set(entry["per_type"])
    assert all(set(g) == {"mean", "low", "high", "p_holm"} for g in entry["per_type_gain"].values())
    mean = entry["gain"]["macro_f1"]["mean"]
    assert sum(g["mean"] for g in entry["per_type_gain"].values()) / 4 == pytest.approx(mean)


@pytest.mark.parametrize("mask", ["auto", "none"])
def test_permuted_labels_are_never_a_gain(files, tmp_path, mask):
    out = tmp_path / "gain.json"
    args = ("--folds", 2, "--add", files["permuted"], "--mask", mask, "--gold-sizes", 12)
    assert run(*options(files, out, *args)) == 0
    result = json.loads(out.read_text("utf-8"))
    assert result["arms"]["permuted"]["12"]["verdict"] != "gain"
    assert result["notes"][0] == "permuted: its writer may have seen fold data"


def test_real_labels_of_the_same_kind_are_a_gain(files, tmp_path):
    out = tmp_path / "gain.json"
    args = ("--test", files["test"], "--add", files["added"], "--gold-sizes", 4, "--seeds", 3)
    assert run(*options(files, out, *args)) == 0
    added = json.loads(out.read_text("utf-8"))["arms"]["added"]["4"]
    assert added["verdict"] == "gain"
    assert added["over_best_llm_free"]["macro_f1"]["mean"] > 0


def test_dirty_means_no_figure(files, tmp_path, capsys):
    out = tmp_path / "gain.json"
    args = ("--test", files["test"], "--add", f"x={files['copied']}")
    assert run(*options(files, out, *args)) == 1
    result = json.loads(out.read_text("utf-8"))
    assert result["arms"] == {}
    assert result["dirty"] == [{"id": "copy", "arm": "x", "test_id": "t5", "reason": "leak_text"}]
    assert "copy" in capsys.readouterr().out


def test_a_gold_text_that_copies_a_test_text_is_dirty(files, tmp_path):
    out = tmp_path / "gain.json"
    args = ["--train", files["copied"], "--test", files["test"], "--json", out]
    assert run(*args) == 1
    assert [d["arm"] for d in json.loads(out.read_text("utf-8"))["dirty"]] == ["base"]


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--train", "{train}", "--test", "{test}", "--folds", "3"], "exclude each other"),
        (["--train", "{train}", "--add", "rules={added}"], "reserved"),
        (["--train", "{train}", "--add", "{added}", "--add", "{added}"], "taken"),
        (["--train", "{train}", "--add", "nowhere.jsonl"], "nowhere.jsonl"),
        (["--train", "{train}", "--mask", "some"], "--mask needs --add"),
        (["--train", "{train}", "--gold-sizes", "10,few"], "gold-sizes"),
        (["--train", "{train}", "--student", "genius"], "linear"),
        (["--train", "{train}", "--folds", "99"], "99 folds"),
        (["--train", "{train}", "--gold", "{train}"], "either"),
        ([], "either"),
    ],
)
def test_bad_options_are_one_line(files, capsys, args, said):
    assert run(*(arg.format(**files) for arg in args)) == 2
    shown = capsys.readouterr().err
    assert said in shown
    assert "Traceback" not in shown


def test_scores_of_predictions(tmp_path, capsys):
    text = "[[1:PERSON|Anna]] vit à [[2:PLACE|Kiev]]."
    gold = [doc(text, (1, "RESIDES_IN", 2), id="a"), doc(text, (1, "LEFT", 2), id="b")]
    found = [doc(text, (1, "RESIDES_IN", 2), (1, "LEFT", 2), id="a"), doc(text, id="c")]
    write_lines(tmp_path / "gold.jsonl", gold)
    write_lines(tmp_path / "found.jsonl", found)
    out = tmp_path / "scores.json"
    args = ["--gold", tmp_path / "gold.jsonl", "--predicted", tmp_path / "found.jsonl"]
    assert run(*args, "--json", out) == 0
    result = json.loads(out.read_text("utf-8"))
    assert result["macro_f1"] == 0.5
    assert result["micro_f1"] == 0.5
    assert result["per_type"]["LEFT"] == {"precision": 0, "recall": 0, "f1": 0, "support": 1}
    assert (result["missing"], result["unknown"]) == (["b"], ["c"])
    assert "macro-F1 50.0" in capsys.readouterr().out


def test_a_killed_experiment_goes_on_and_ends_the_same(files, tmp_path):
    """Killed with SIGKILL after some cells; also, the number of jobs makes no difference."""
    whole, resumed = tmp_path / "whole.json", tmp_path / "resumed.json"
    args = ("--test", files["test"], "--add", files["added"], "--gold-sizes", 16)
    assert run(*options(files, whole, *args, "--jobs", 1)) == 0

    command = [sys.executable, "-c", CALL, "measure", *options(files, resumed, *args)]
    process = subprocess.Popen(
        [str(part) for part in [*command, "--jobs", 2]],
        start_new_session=True,
        stderr=subprocess.DEVNULL,
    )
    work = resumed.with_suffix(".work")
    while len(list(work.glob("*.json"))) < 4 and process.poll() is None:
        time.sleep(0.02)
    process.kill()  # its workers are left behind: they stop by themselves, between two cells
    process.wait()
    assert process.returncode == -signal.SIGKILL
    assert not resumed.exists()
    before = {p.name: p.stat().st_mtime_ns for p in work.glob("*.json")}
    assert run(*options(files, resumed, *args, "--jobs", 2)) == 0
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    assert resumed.read_bytes() == whole.read_bytes()
    assert {n: (work / n).stat().st_mtime_ns for n in before} == before  # nothing is done twice
    assert len(list(work.glob("*.json"))) == len(list(whole.with_suffix(".work").glob("*.json")))
