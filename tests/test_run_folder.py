"""A run folder: stages that are finished or made again, one configuration, one process."""

import json
import subprocess
import sys

import pytest

from augment.errors import FingerprintError, PathError, StoreError
from augment.reasons import Reason
from augment.run_folder import open_run
from augment.schema import Document, Drop
from tests.helpers import doc

A, B = doc("[[1:PLACE|Kiev]] résiste.", id="a"), doc("Rien à signaler.", id="b")
DROP = Drop(id="c", stage="read", reason=Reason.BROKEN_JSON)


def open_folder(path, fingerprint="f", samples=1):
    return open_run(path, fingerprint=fingerprint, samples=samples)


def test_a_stage_keeps_and_counts_everything(tmp_path):
    with open_folder(tmp_path) as run:
        manifest = run.stage("01_read", "k", [A, DROP, B])
        assert (manifest["kept"], manifest["dropped"]) == (2, {"broken_json": 1})
        assert list(run.read("01_read", Document)) == [A, B]
        assert list(run.drops("01_read")) == [DROP]


def test_a_finished_stage_is_not_made_again_unless_its_key_changes(tmp_path):
    with open_folder(tmp_path) as run:
        run.stage("01_read", "k", [A])
        run.stage("01_read", "k", iter(lambda: pytest.fail("made again"), None))
        assert run.stage("01_read", "other", [A, B])["kept"] == 2


def test_an_unfinished_stage_is_made_again(tmp_path):
    def breaks():
        yield A
        raise KeyboardInterrupt

    with open_folder(tmp_path) as run:
        with pytest.raises(KeyboardInterrupt):
            run.stage("01_read", "k", breaks())
        assert run.manifest("01_read") is None
        assert run.stage("01_read", "k", [B])["kept"] == 1


def test_a_changed_part_is_refused(tmp_path):
    with open_folder(tmp_path) as run:
        run.stage("01_read", "k", [A])
        (tmp_path / "01_read" / "part-0000.jsonl").write_text("{}\n")
        with pytest.raises(StoreError, match="not what this stage wrote"):
            run.stage("01_read", "k", [A])


def test_many_rows_go_to_several_parts(tmp_path, monkeypatch):
    monkeypatch.setattr("augment.run_folder.PART_ROWS", 2)
    with open_folder(tmp_path) as run:
        manifest = run.stage("s", "k", [A, B, A, B, A])
        assert sorted(manifest["files"]) == [
            "dropped-0000.jsonl",
            *(f"part-000{i}.jsonl" for i in range(3)),
        ]
        assert [d.id for d in run.read("s", Document)] == ["a", "b", "a", "b", "a"]


def test_another_configuration_or_fewer_samples_are_refused_more_extend(tmp_path):
    with open_folder(tmp_path, samples=5):
        pass
    with pytest.raises(FingerprintError), open_folder(tmp_path, fingerprint="g", samples=5):
        pass
    with pytest.raises(FingerprintError), open_folder(tmp_path, samples=4):
        pass
    with open_folder(tmp_path, samples=6):
        assert json.loads((tmp_path / "run.json").read_text())["samples"] == 6


def test_a_second_process_is_refused(tmp_path):
    code = (
        "import sys; from pathlib import Path; from augment.run_folder import open_run\n"
        "with open_run(Path(sys.argv[1]), fingerprint='f', samples=1): pass"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    with open_folder(tmp_path):
        second = subprocess.run(command, capture_output=True, text=True)
        assert "in use by another process" in second.stderr
    assert subprocess.run(command, capture_output=True).returncode == 0


def test_a_file_in_the_way_of_a_folder_is_one_clear_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(PathError, match="cannot be made"), open_folder(tmp_path / "file" / "run"):
        pass
