"""The whole run on the sample with a quick student; killed at many points it ends the same."""

import json
import os
import signal
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import pytest

from augment.schema import Document, Drop
from augment.store import digest, read_lines
from tests.helpers import ROOT, listen

SAMPLE = ROOT / "data" / "sample"
NOT_COMPARED = {"timings.json", ".lock", "cells"}


def command(out: Path, *more: str) -> list[str]:
    options = ["--corpus", SAMPLE / "train.txt", "--test", SAMPLE / "test.txt"]
    options += ["--guide", "ukraine_live", "--student", "rules", "--samples", "12"]
    options += ["--strategy", "typos", "--strategy", "mentions", "--seeds", "1", "--jobs", "1"]
    return [sys.executable, "-m", "augment", "run", *map(str, options), "--out", str(out), *more]


def run(out: Path, *more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(out, *more), capture_output=True, text=True, cwd=out.parent)


def contents(out: Path) -> dict[str, str]:
    files = [p.relative_to(out) for p in sorted(out.rglob("*")) if p.is_file()]
    return {str(p): digest(out / p) for p in files if not NOT_COMPARED & set(p.parts)}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    out = tmp_path_factory.mktemp("run") / "undisturbed"
    done = run(out)
    assert done.returncode == 0, done.stderr
    return out


def test_kept_and_dropped_add_up_at_every_stage(undisturbed):
    manifest = json.loads((undisturbed / "manifest.json").read_text())
    stages = manifest["stages"]
    assert stages["01_read"]["kept"] == 40
    flow = ["04_rewrite", "06_validate", "07_filter"]
    totals = {s: stages[s]["kept"] + sum(stages[s]["dropped"].values()) for s in flow}
    assert totals["04_rewrite"] == manifest["rewrite"]["candidates"] == 12
    for before, after in pairwise(flow):
        assert totals[after] == stages[before]["kept"]
    accepted = list(read_lines(undisturbed / "accepted.jsonl", Document))
    drops = list(read_lines(undisturbed / "dropped.jsonl", Drop))
    assert len(accepted) == manifest["rewrite"]["accepted"] > 0
    assert len(accepted) + len(drops) == 12
    assert {d.meta.origin for d in accepted} == {"synthetic"}


def test_the_run_leaves_a_page_a_model_and_figures(undisturbed):
    assert "<html" in (undisturbed / "report.html").read_text()
    assert (undisturbed / "model").is_dir()
    measured = json.loads((undisturbed / "measure.json").read_text())
    assert measured["dirty"] == []
    assert measured["arms"]["samples"]["40"]["verdict"] in {"gain", "no gain", "harm"}
    manifest = json.loads((undisturbed / "manifest.json").read_text())
    assert manifest["advice"] == measured["advice"]["text"]


def test_with_the_gate_the_model_learns_only_what_passes(undisturbed):
    """The samples of this run have no gain that is shown."""
    out = undisturbed.parent / "gated"
    done = run(out, "--set", "gate=true")
    assert done.returncode == 0, done.stderr
    measured = json.loads((out / "measure.json").read_text())
    passed = measured["arms"]["samples"]["40"]["gate"]["passed"]
    used = json.loads((out / "manifest.json").read_text())["trained_on"]
    assert used == (["gold", "samples"] if passed else ["gold"])
    assert not passed


MARKERS = [
    "run.json",
    "01_read/manifest.json",
    "02_plan/manifest.json",
    "04_rewrite/manifest.json",
    "07_filter/manifest.json",
    "cells",
    "measure.json",
    "model",
    "09_train/manifest.json",
    "report.html",
]


def test_killed_again_and_again_it_ends_with_the_same_bytes(undisturbed, tmp_path):
    out = tmp_path / "killed"
    for marker in MARKERS:
        process = subprocess.Popen(command(out), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        while not (out / marker).exists() and process.poll() is None:
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
        process.communicate()
    assert run(out).returncode == 0
    assert contents(out) == contents(undisturbed)


def test_the_same_call_again_changes_nothing(undisturbed):
    before = contents(undisturbed)
    assert run(undisturbed).returncode == 0
    assert contents(undisturbed) == before


def test_more_samples_extend_fewer_and_others_are_refused(undisturbed, tmp_path):
    out = tmp_path / "extended"
    assert run(out, "--no-measure", "--samples", "4").returncode == 0
    first = (out / "accepted.jsonl").read_text().splitlines()
    assert run(out, "--no-measure", "--samples", "8").returncode == 0
    longer = (out / "accepted.jsonl").read_text().splitlines()
    assert set(first) <= set(longer)
    fewer = run(out, "--no-measure", "--samples", "4")
    assert (fewer.returncode, "more samples" in fewer.stderr) == (2, True)
    other = run(out, "--no-measure", "--samples", "8", "--seed", "1")
    assert (other.returncode, "another configuration" in other.stderr) == (2, True)


def test_two_processes_at_once_are_refused(undisturbed, tmp_path):
    out = tmp_path / "twice"
    first = subprocess.Popen(command(out), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while not (out / "run.json").exists():
        time.sleep(0.005)
    second = run(out)
    first.kill()
    first.wait()
    assert second.returncode == 1
    assert "in use by another process" in second.stderr


@pytest.mark.parametrize(
    ("more", "code", "says"),
    [
        (["--corpus", "none.csv"], 2, "none.csv: no such file"),
        (["--guide", "none"], 2, "no guide there"),
        (["--strategy", "magic"], 2, "no strategy 'magic'; there are: mentions"),
        (["--student", "magic"], 2, "no student 'magic'"),
        (["--samples", "-3"], 2, "--samples"),
        (["--gold-sizes", "ten"], 2, "--gold-sizes ten"),
        (["--add", "samples=none"], 2, "samples"),
        (["none.yaml"], 2, "none.yaml: no such configuration file"),
    ],
)
def test_wrong_input_is_one_clear_line(tmp_path, more, code, says):
    done = run(tmp_path / "out", *more)
    assert done.returncode == code
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


def test_an_interrupt_exits_130_and_leaves_a_run_that_goes_on(undisturbed, tmp_path):
    out = tmp_path / "interrupted"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
    process = subprocess.Popen(command(out), **quiet, preexec_fn=listen)
    while not (out / "04_rewrite").exists():
        time.sleep(0.005)
    os.kill(process.pid, signal.SIGINT)
    _, stderr = process.communicate()
    assert (process.returncode, b"Traceback" in stderr) == (130, False), stderr.decode()
    assert run(out).returncode == 0
    assert contents(out) == contents(undisturbed)


def test_strict_turns_drops_into_1(tmp_path):
    broken = tmp_path / "broken.jsonl"
    broken.write_text("{}\n")
    add = ["--add", f"extra={broken}", "--no-measure"]
    assert run(tmp_path / "lenient", *add).returncode == 0
    assert run(tmp_path / "strict", *add, "--strict").returncode == 1
