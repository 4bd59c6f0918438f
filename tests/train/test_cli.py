"""`augment train` and `augment predict` on real files."""

from __future__ import annotations

import json

import pytest

from augment.cli import main
from augment.read import read_all, write
from tests.train.small import bare, world


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as exited:
        main([str(a) for a in arguments])
    return int(exited.value.code or 0)


@pytest.fixture
def corpus(tmp_path):
    write(world(20), tmp_path / "a.jsonl", format="jsonl")
    write(map(bare, world(12)), tmp_path / "b.jsonl", format="jsonl")
    return tmp_path


@pytest.mark.parametrize("student", ["linear", "rules"])
def test_train_then_predict(corpus, capsys, student):
    model, answer = corpus / "model", corpus / "p.jsonl"
    train = ("train", "--train", corpus / "a.jsonl", "--out", model, "--student", student)
    assert run(*train, "--json") == 0
    learnt = json.loads(capsys.readouterr().out)
    assert learnt["documents"] == 20
    assert learnt["relation_types"] == ["IS_BORN_IN", "RESIDES_IN"]
    assert run("predict", model, corpus / "b.jsonl", "--out", answer, "--json") == 0
    assert json.loads(capsys.readouterr().out) == {"documents": 12, "relations": 12, "dropped": 0}
    predicted = read_all(answer)[0]
    assert [d.relations for d in predicted] == [d.relations for d in world(12)]


def test_additions_are_learnt_from_too(corpus, capsys):
    add = ("--add", corpus / "c.jsonl")
    write([d.model_copy(update={"id": f"c{d.id}"}) for d in world(4)], add[1], format="jsonl")
    assert run("train", "--train", corpus / "a.jsonl", *add, "--out", corpus / "m", "--json") == 0
    assert json.loads(capsys.readouterr().out)["documents"] == 24


def test_records_left_out_are_counted(corpus, capsys):
    with (corpus / "b.jsonl").open("a") as file:
        file.write("{broken\n")
    assert run("train", "--train", corpus / "b.jsonl", "--out", corpus / "m") == 0
    assert "1 record left out" in capsys.readouterr().err
    assert run("predict", corpus / "m", corpus / "b.jsonl", "--out", corpus / "p.jsonl") == 0
    assert "1 record left out" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments, code, says",
    [
        (("train", "--train", "nowhere", "--out", "m"), 2, "nowhere"),
        (("train", "--train", "a.jsonl", "--out", "m", "--student", "oracle"), 2, "linear, rules"),
        (("train", "--train", "a.jsonl", "--out", "m", "--guide", "nope"), 2, "nope"),
        (("train", "--train", "a.jsonl", "--out", "a.jsonl"), 2, "a.jsonl"),
        (("predict", "nowhere", "b.jsonl", "--out", "p.jsonl"), 2, "no model there"),
    ],
)
def test_bad_input_is_one_line(corpus, capsys, monkeypatch, arguments, code, says):
    monkeypatch.chdir(corpus)
    assert run(*arguments) == code
    error = capsys.readouterr().err
    assert says in error and "Traceback" not in error
