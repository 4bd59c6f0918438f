"""`augment show prompt`: any prompt, nothing sent."""

from __future__ import annotations

import json

import pytest

from augment.cli import main
from tests.prompt.common import NAMES, order


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as stopped:
        main(["show", "prompt", *arguments])
    return int(stopped.value.code or 0)


@pytest.mark.parametrize("name", NAMES)
def test_every_prompt_is_printed_for_the_sample(capsys, name):
    assert run(name) == 0
    first = capsys.readouterr().out
    assert first.startswith("── system, about ")
    assert "── user, about " in first
    assert run(name) == 0
    assert capsys.readouterr().out == first


def test_types_form_and_number_of_examples(capsys):
    call = ["compose", "--types", "IS_PART_OF,START_DATE", "--form", "json", "--examples", "1"]
    assert run(*call, "--json") == 0
    made = json.loads(capsys.readouterr().out)
    assert [m["role"] for m in made["messages"]] == ["system", "user", "assistant", "user"]
    assert "IS_PART_OF, START_DATE" in made["messages"][-1]["content"]
    assert made["form"]["required"] == ["text", "entities", "relations"]


def test_a_given_order(capsys, tmp_path):
    path = tmp_path / "orders.jsonl"
    asked = [order("compose", id=name, words=n) for name, n in (("a", 61), ("b", 62))]
    path.write_text("".join(o.model_dump_json() + "\n" for o in asked), encoding="utf-8")
    assert run("compose", "--orders", str(path), "--id", "b") == 0
    assert "environ 62 mots" in capsys.readouterr().out
    assert run("compose", "--orders", str(path), "--id", "c") == 2
    assert "no order c" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["nope"], 2, "no prompt 'nope'"),
        (["compose", "--version", "9"], 2, "no prompt 'compose.v9'"),
        (["compose", "--types", "NOPE"], 2, "no relation type 'NOPE'"),
        (["compose", "--orders", "nope.jsonl"], 2, "nope.jsonl: No such file"),
        (["compose", "--prompts", "nope"], 2, "no folder of prompts"),
        (["compose", "--budget", "10"], 1, "prompt_too_long"),
        (["compose", "--form", "xml"], 2, "'xml' is not one of"),
    ],
)
def test_a_wrong_call_is_told_in_one_line(capsys, arguments, code, says):
    assert run(*arguments) == code
    said = capsys.readouterr().err
    assert said.startswith("error: ")
    assert says in said
    assert len(said.splitlines()) <= 2
