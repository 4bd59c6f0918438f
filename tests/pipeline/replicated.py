"""What the tests of `augment replicate` share: a small experiment on the sample, and its bundle."""

import json
import zipfile
from pathlib import Path

import pytest

from augment.cli import main
from augment.pipeline.replicate import opened
from augment.read import read_all
from augment.schema import Document
from augment.store import write_lines
from tests.helpers import ROOT

SAMPLE = ROOT / "data/sample"
GRID = ("--student", "rules", "--gold-sizes", "10", "--seeds", "1")
GOLD = ("--train", SAMPLE / "train.txt", "--test", SAMPLE / "test.txt", "--guide", "ukraine_live")


def augment(*arguments: object) -> int:
    with pytest.raises(SystemExit) as caught:
        main([str(a) for a in arguments])
    return caught.value.code or 0


def refused(capsys, *arguments: object) -> tuple[int, str]:
    """Code and message of a command that must fail in one line and one hint."""
    capsys.readouterr()
    code = augment(*arguments)
    lines = capsys.readouterr().err.splitlines()
    assert [line[:5] for line in lines if line[:5] in ("error", "Trace")] == ["error"]
    assert lines[-1].startswith("  → ") and lines[-2].startswith("error: ")
    return code, lines[-2] + lines[-1]


def written(path: Path, number: int = 4, **rights: object) -> Path:
    """Some of the sample's training texts as a synthetic addition with these rights."""
    gold = read_all(SAMPLE / "train.txt")[0][:number]
    write_lines(path, [_synthetic(d, rights or {"release": True}) for d in gold])
    return path


def _synthetic(gold: Document, rights: dict) -> Document:
    meta = {"origin": "synthetic", "parents": (gold.id,), "rights": rights}
    return gold.model_copy(
        update={"id": f"new-{gold.id}", "meta": gold.meta.model_copy(update=meta)}
    )


def bundle(folder: Path, *more: object) -> Path:
    """The bundle of the small experiment."""
    path = folder / "bundle.zip"
    addition = written(folder / "more.jsonl")
    assert augment("replicate", "make", *GOLD, *GRID, "--add", addition, "--out", path, *more) == 0
    return path


def changed(path: Path, out: Path, changes: dict[str, bytes | None]) -> Path:
    """A copy of a zip with other content under some names; None: without this name."""
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(out, "w") as new:
        files = {name: old.read(name) for name in old.namelist()} | changes
        for name, content in files.items():
            if content is not None:
                new.writestr(name, content)
    return out


def head(path: Path) -> dict:
    with zipfile.ZipFile(path) as found:
        return json.loads(found.read("bundle.json"))


def rewritten(good, out, **fields):
    """The bundle with other fields, its id made to fit unless one is given."""
    raw = {**head(good), **fields}
    if "id" not in fields and raw["format"] == 1:
        record = opened(good).bundle.model_validate(raw)
        raw["id"] = record.identity()
    return changed(good, out, {"bundle.json": json.dumps(raw).encode()})
