import json

import pytest

from augment.cli import main
from augment.guide import load
from augment.guide.check import check
from augment.guide.write import write
from tests.guide.small import CORPUS, guide
from tests.helpers import corpora


def run(*arguments) -> int:
    with pytest.raises(SystemExit) as caught:
        main([str(a) for a in arguments])
    return caught.value.code or 0


@pytest.fixture
def corpus(tmp_path):
    path = tmp_path / "corpus.jsonl"
    path.write_text("".join(d.model_dump_json() + "\n" for d in CORPUS), encoding="utf-8")
    return path


@pytest.fixture
def folder(tmp_path):
    write(guide(), tmp_path / "small")
    return tmp_path / "small"


def test_init_gives_a_guide_that_checks_and_validates(corpus, tmp_path, capsys):
    made = tmp_path / "made"
    assert run("guide", "init", "--from", corpus, "--out", made) == 0
    assert "2 entity types" in capsys.readouterr().out
    assert run("guide", "check", made, "--strict") == 0
    assert run("validate", corpus, "--guide", made, "--strict") == 0
    assert load(str(made)).name == "made"


def test_init_keeps_a_guide_that_is_there(corpus, folder, capsys):
    before = (folder / "guide.yaml").read_text()
    assert run("guide", "init", "--from", corpus, "--out", folder) == 2
    assert "has a guide already" in capsys.readouterr().err
    assert (folder / "guide.yaml").read_text() == before


def test_init_takes_definitions_and_families(corpus, folder, tmp_path, capsys):
    text = tmp_path / "old.md"
    text.write_text("PLACE (Lieu) : tout endroit", encoding="utf-8")
    options = ["--text", text, "--families", folder, "--json"]
    assert run("guide", "init", "--from", corpus, "--out", tmp_path / "made", *options) == 0
    assert json.loads(capsys.readouterr().out)["todo"] == 4
    made = load(str(tmp_path / "made"))
    assert made.entities["PLACE"].definition == "tout endroit"
    assert made.entities["PLACE"].family == "place"


def test_check_says_what_is_wrong(tmp_path, capsys):
    place = guide().entities["PLACE"].model_copy(update={"lookalikes": ("NOPE",)})
    broken = write(guide(entities=guide().entities | {"PLACE": place}), tmp_path / "broken").parent
    assert run("guide", "check", broken) == 0
    assert "1 finding; 1 definition to write" in capsys.readouterr().out
    assert run("guide", "check", broken, "--strict", "--json") == 1
    found = json.loads(capsys.readouterr().out)
    assert [f["code"] for f in found["findings"]] == ["unknown_lookalike"]
    assert found["todo"] == ["MALE"]


def test_diff(corpus, folder, capsys):
    assert run("guide", "diff", folder, corpus) == 0
    assert "No disagreement." in capsys.readouterr().out
    corpus.write_text(CORPUS[0].model_dump_json(), encoding="utf-8")
    assert run("guide", "diff", folder, corpus) == 0
    assert "never_used" in capsys.readouterr().out
    assert run("guide", "diff", folder, corpus, "--json") == 0
    assert [r["type"] for r in json.loads(capsys.readouterr().out)] == ["MALE", "MEETS"]


def test_show(folder, capsys):
    assert run("guide", "show", folder, "IN", "--markdown") == 0
    assert capsys.readouterr().out.startswith("### IN — est dans\n")
    assert run("guide", "show", folder, "IN", "--json") == 0
    assert json.loads(capsys.readouterr().out)["transitive"] is True
    assert run("guide", "show", folder, "--json") == 0
    assert json.loads(capsys.readouterr().out)["name"] == "small"
    assert run("guide", "show", folder) == 0
    assert "Petit guide" in capsys.readouterr().out
    assert run("guide", "show", folder, "NOPE") == 2


def test_html(folder, tmp_path, capsys):
    assert run("guide", "html", folder, "--out", tmp_path / "g.html") == 0
    assert (tmp_path / "g.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert run("guide", "html", folder, "--out", tmp_path / "g.html" / "g.html") == 2
    assert "g.html is a file" in capsys.readouterr().err


@pytest.mark.parametrize("command", [["check"], ["show"], ["html", "--out", "x.html"]])
def test_no_such_guide_is_one_line(command, capsys):
    assert run("guide", command[0], "nope", *command[1:]) == 2
    assert "no guide there" in capsys.readouterr().err


def test_a_corpus_without_a_document(folder, tmp_path, capsys):
    (tmp_path / "bad.jsonl").write_text("{")
    assert run("guide", "diff", folder, tmp_path / "bad.jsonl") == 1
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.corpora
def test_a_guide_from_a_real_corpus_validates_it_in_one_command(tmp_path, capsys):
    train, made = corpora("textmine", "train.csv"), tmp_path / "made"
    assert run("guide", "init", "--from", train, "--out", made) == 0
    assert check(load(str(made))) == []
    assert run("guide", "check", made, "--strict") == 0
    assert run("guide", "diff", made, train) == 0
    capsys.readouterr()
    assert run("validate", train, "--guide", made, "--json") == 0
    assert json.loads(capsys.readouterr().out)["conforming_relations"] >= 0.999
