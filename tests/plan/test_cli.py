"""`augment plan`: a table for people, JSON for machines, one line for bad input."""

import json

import pytest

from augment.cli import main
from tests.helpers import doc


@pytest.fixture
def corpus(tmp_path):
    path = tmp_path / "corpus.jsonl"
    document = doc("[[1:CIVILIAN|Ida]] est née à [[2:PLACE|Lyon]].", (1, "IS_BORN_IN", 2), id="d1")
    path.write_text(document.model_dump_json() + "\n", encoding="utf-8")
    return path


def run(*arguments):
    with pytest.raises(SystemExit) as stop:
        main([str(a) for a in arguments])
    return stop.value.code


def test_the_table_has_a_line_for_each_type(corpus, capsys):
    assert run("plan", corpus, "--guide", "textmine", "--samples", 20) == 0
    out = capsys.readouterr().out
    assert "IS_BORN_IN" in out
    assert "20 orders" in out


def test_json_holds_orders_and_rows(corpus, capsys):
    code = run("plan", corpus, "-g", "textmine", "--samples", 7, "--strategy", "typos", "--json")
    assert code == 0
    made = json.loads(capsys.readouterr().out)
    assert len(made["orders"]) == 7
    assert {order["strategy"] for order in made["orders"]} == {"typos"}
    assert made["rows"][0].keys() == {"type", "gold", "f1", "orders", "share", "why"}


def test_scores_come_from_a_file(corpus, tmp_path, capsys):
    plain = tmp_path / "f1.json"
    plain.write_text('{"IS_BORN_IN": 0.25}', encoding="utf-8")
    measured = tmp_path / "measure.json"
    sizes = {"50": {"per_type": {"IS_BORN_IN": 0.1}}, "100": {"per_type": {"IS_BORN_IN": 0.25}}}
    measured.write_text(json.dumps({"arms": {"base": sizes}}), encoding="utf-8")
    for path in (plain, measured):
        assert run("plan", corpus, "-g", "textmine", "--scores", path, "--json") == 0
        rows = json.loads(capsys.readouterr().out)["rows"]
        assert {row["f1"] for row in rows if row["type"] == "IS_BORN_IN"} == {0.25}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nowhere.jsonl", "-g", "textmine"), "nowhere.jsonl"),
        (("CORPUS", "-g", "nope"), "nope"),
        (("CORPUS", "-g", "textmine", "--strategy", "magic"), "magic"),
        (("CORPUS", "-g", "textmine", "--scores", "nowhere.json"), "nowhere.json"),
        (("CORPUS", "-g", "textmine", "--scores", "CORPUS"), "no F1"),
        (("CORPUS", "-g", "textmine", "--strategy", "annotate"), "--raw"),
        (("CORPUS", "-g", "textmine", "--out", "CORPUS"), "overwrite"),
    ],
)
def test_bad_input_gets_one_line_and_exit_2(corpus, arguments, said, capsys):
    assert run("plan", *(corpus if a == "CORPUS" else a for a in arguments)) == 2
    err = capsys.readouterr().err
    assert said in err.replace("\n", "")
    assert "Traceback" not in err


def test_orders_for_an_llm_are_written_as_lines(corpus, tmp_path, capsys):
    raw, target = tmp_path / "raw.jsonl", tmp_path / "orders.jsonl"
    raw.write_text('{"id": "r1", "text": "Elle est née à Cressac."}\n', encoding="utf-8")
    options = ("--strategy", "annotate", "--raw", raw, "--out", target)
    assert run("plan", corpus, "-g", "textmine", "--samples", 9, *options) == 0
    assert "1 order," in capsys.readouterr().out
    (order,) = map(json.loads, target.read_text(encoding="utf-8").splitlines())
    assert (order["strategy"], order["source"]) == ("annotate", "r1")
    assert set(order["types"]) & {"IS_BORN_IN", "IS_BORN_ON", "GENDER_FEMALE"}
