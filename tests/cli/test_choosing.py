"""`augment train --choose --weight --order` on real files."""

from __future__ import annotations

import json

import pytest

from augment.cli import main
from augment.read import write
from tests.train.small import birth, home, world


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as exited:
        main([str(a) for a in arguments])
    return int(exited.value.code or 0)


@pytest.fixture
def train(tmp_path):
    """The command with 20 gold texts, and 10 added of which 4 hold a type gold has not."""
    added = [home(n).model_copy(update={"id": f"a{n}"}) for n in range(6)]
    for n in range(4):
        one = birth(n, id=f"b{n}")
        relation = one.relations[0].model_copy(update={"type": "HAS_LEFT"})
        added.append(one.model_copy(update={"relations": (relation,)}))
    write(world(20), tmp_path / "gold.jsonl", format="jsonl")
    write(added, tmp_path / "added.jsonl", format="jsonl")
    files = "--train", tmp_path / "gold.jsonl", "--add", tmp_path / "added.jsonl"
    return "train", *files, "--out", tmp_path / "m"


def test_the_share_that_is_chosen_is_learnt_from(train, capsys):
    assert run(*train, "--choose", "deficit:40%", "--json") == 0
    learnt = json.loads(capsys.readouterr().out)
    assert (learnt["documents"], learnt["added"], learnt["weight"]) == (24, 4, 1)
    assert learnt["relation_types"] == ["HAS_LEFT", "IS_BORN_IN", "RESIDES_IN"]


@pytest.mark.parametrize(
    "options, trusted",
    [
        (("--weight", "0.1"), False),
        (("--weight", "auto"), False),
        (("--order", "synthetic_first"), True),
    ],
)
def test_weights_and_orders(train, capsys, options, trusted):
    """What is added calls four births something else, so that auto trusts it less than gold."""
    assert run(*train, *options) == 0
    said = capsys.readouterr()
    assert "30 documents" in said.out
    assert "added: 10 documents of weight" in said.err
    assert ("of weight 1\n" in said.err) == trusted


def test_without_an_addition_there_is_nothing_to_choose(train, capsys):
    assert run(*train[:3], *train[-2:], "--choose", "loss:50%") == 2
    assert "--add" in capsys.readouterr().err


@pytest.mark.parametrize(
    "options, says",
    [
        (("--choose", "best:50%"), "deficit"),
        (("--choose", "loss:0"), "share above 0"),
        (("--weight", "heavy"), "or auto"),
        (("--order", "last"), "mixed or synthetic_first"),
        (("--choose", "loss:50%", "--task", "ner"), "for relations only"),
        (("--order", "synthetic_first", "--student", "rules"), "--order mixed"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(train, capsys, options, says):
    assert run(*train, *options) == 2
    said = capsys.readouterr().err
    assert says in " ".join(said.split())
    assert "Traceback" not in said
