"""What makes another student: its code, wherever it stands, and its model's content."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from shutil import copytree

import pytest

from augment import train
from augment.pipeline.fingerprint import fingerprint
from augment.train.linear import Linear


@pytest.fixture
def code(tmp_path, monkeypatch) -> Path:
    """A copy of the students' code in place of it."""
    folder = tmp_path / "train"
    copytree(Path(train.__file__).parent, folder)
    monkeypatch.setattr(train, "__file__", str(folder / "__init__.py"))
    return folder


@pytest.mark.parametrize("name", ["linear.py", "transformer/tuned.py", "ner/features.py"])
def test_code_that_any_student_may_share_counts(code, name):
    before = fingerprint(Linear, None)
    assert fingerprint(Linear, None) == before
    with (code / name).open("a") as file:
        file.write("# changed\n")
    assert fingerprint(Linear, None) != before


def test_a_folder_counts_by_its_content(tmp_path):
    def named(folder: Path) -> str:
        return fingerprint(partial(Linear, model=str(folder)), None)

    first, second = tmp_path / "a", tmp_path / "b"
    for folder in (first, second):
        folder.mkdir()
        (folder / "config.json").write_text("{}")
        (folder / "model.safetensors").write_bytes(b"weights")
    before = named(first)
    assert named(second) == before
    (first / "notes.md").write_text("no part of it")
    assert named(first) == before
    (first / "model.safetensors").write_bytes(b"others!")
    assert named(first) != before
