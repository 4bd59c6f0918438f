"""The chain from raw text to relations: as folders, and through the commands on real files."""

from __future__ import annotations

import json

import pytest

from augment import mentions
from augment.errors import ConfigError, PathError, UnknownName
from augment.measure.agreement import agreement
from augment.protocols import Linker, Recogniser, Student
from augment.read import read_all, write
from augment.schema import Document
from augment.spans import check
from augment.train import load as load_student
from augment.train.chain import Chain, load, untrained
from tests.helpers import doc
from tests.train.small import NAMES, PLACES
from tests.train.test_cli import run


def news(n: int) -> Document:
    """« Paul est né à Lyon. Il habite toujours à Brest. »"""
    name, place, other = NAMES[n % len(NAMES)], PLACES[n % len(PLACES)], PLACES[n * 3 % len(PLACES)]
    tagged = (
        f"[[10:CIVILIAN|{name}]] est né à [[11:PLACE|{place}]]. "
        f"[[10:CIVILIAN|Il]] habite toujours à [[12:PLACE|{other}]] avec un chat."
    )
    return doc(tagged, (10, "IS_BORN_IN", 11), (10, "RESIDES_IN", 12), id=f"news{n}")


TRAIN = [d for n in range(45) for d in [news(n)] if n * 3 % len(PLACES) != n % len(PLACES)]
RAW = [d.model_copy(update={"entities": (), "relations": (), "labelled": "none"}) for d in TRAIN]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("chain")
    write(TRAIN, path / "gold.jsonl", format="jsonl")
    write(RAW, path / "raw.jsonl", format="jsonl")
    train = ("train", "--task", "all", "--train", path / "gold.jsonl", "--out", path / "model")
    assert run(*train) == 0
    return path


def test_from_raw_text_to_relations(folder, tmp_path, capsys):
    answer = tmp_path / "p.jsonl"
    assert run("predict", folder / "model", folder / "raw.jsonl", "--out", answer, "--json") == 0
    counts = json.loads(capsys.readouterr().out)
    found = read_all(answer)[0]
    assert counts["documents"] == len(TRAIN)
    assert counts["entities"] == sum(len(d.entities) for d in found) > 2 * len(TRAIN)
    assert counts["relations"] == sum(len(d.relations) for d in found)
    for document in found:
        check(document)
    assert [d.text for d in found] == [d.text for d in TRAIN]
    assert agreement(TRAIN, found)["relations"]["f1"] > 0.9
    assert {d.labelled for d in found} == {"full"}


def test_measure_prints_spans_clusters_and_relations(folder, tmp_path, capsys):
    answer, result = tmp_path / "p.jsonl", tmp_path / "r.json"
    assert run("predict", folder / "model", folder / "raw.jsonl", "--out", answer) == 0
    capsys.readouterr()
    gold = folder / "gold.jsonl"
    assert run("measure", "--gold", gold, "--predicted", answer, "--json", result) == 0
    shown = capsys.readouterr().out
    for row in ("CIVILIAN", "mentions: overlap", "clusters: MUC", "clusters: B³", "IS_BORN_IN"):
        assert row in shown
    got, both = json.loads(result.read_text()), agreement(TRAIN, read_all(answer)[0])
    assert got["entities"]["exact"] == pytest.approx(both["mentions"])
    assert got["entities"]["clusters"]["exact"] == pytest.approx(both["clusters"])
    assert got["micro_f1"] == pytest.approx(both["relations"]["f1"])


def test_one_task_is_a_model_of_its_own(folder, tmp_path, capsys):
    for task in ("ner", "coref"):
        train = (
            "train",
            "--task",
            task,
            "--train",
            folder / "gold.jsonl",
            "--out",
            tmp_path / task,
        )
        assert run(*train, "--json") == 0
        assert json.loads(capsys.readouterr().out)["entity_types"] == ["CIVILIAN", "PLACE"]
    spans, clusters, whole = (
        load(p) for p in (tmp_path / "ner", tmp_path / "coref", folder / "model")
    )
    assert (spans.coref, spans.relations, clusters.ner, clusters.relations) == (None,) * 4
    step = clusters.answer(spans.answer(RAW[:9]))
    assert [d.entities for d in step] == [d.entities for d in whole.answer(RAW[:9])]
    assert {(d.labelled, d.relations) for d in step} == {("none", ())}
    with pytest.raises(UnknownName, match="ner/linear"):
        load_student(tmp_path / "ner")


def test_a_relation_model_alone_keeps_the_entities_it_is_given(folder):
    chain = load(folder / "model" / "relations")
    assert (chain.ner, chain.coref) == (None, None)
    answer = chain.answer(TRAIN[:5])
    assert [d.entities for d in answer] == [d.entities for d in TRAIN[:5]]
    assert [d.relations for d in answer] == [d.relations for d in TRAIN[:5]]


def test_the_parts_have_the_shapes_of_their_tasks():
    parts = untrained("all", "rules", None, 0, {})
    assert isinstance(parts["ner"], Recogniser) and isinstance(parts["coref"], Linker)
    assert isinstance(parts["relations"], Student) and parts["relations"].name == "rules"


def test_an_empty_chain_changes_nothing():
    assert Chain().answer(TRAIN[:2]) == TRAIN[:2]


def test_offsets_survive_what_takes_more_than_one_character(folder):
    text = "👩‍👩‍👧 Paul est né à Brest. Il habite toujours à Nantes avec un e\u0301le\u0301phant."
    (answer,) = load(folder / "model").answer([Document(id="d", text=text)])
    check(answer)
    assert mentions.spans(answer) >= {(6, 10), (20, 25)}


def test_trained_again_in_the_same_place(folder, tmp_path, capsys):
    gold = ("--train", folder / "gold.jsonl", "--out", tmp_path / "m", "--student", "rules")
    for _ in range(2):
        assert run("train", "--task", "all", *gold) == 0
        assert "(ner: linear, coref: linear, relations: rules)" in capsys.readouterr().out
    assert sorted(p.name for p in (tmp_path / "m").iterdir()) == ["coref", "ner", "relations"]
    assert load(tmp_path / "m").relations.name == "rules"


@pytest.mark.parametrize(
    "arguments, says",
    [
        (("train", "--task", "pos", "--out", "m"), "relations, all"),
        (("train", "--task", "ner", "--student", "rules", "--out", "m"), "no recogniser 'rules'"),
        (("train", "--task", "ner", "--set", "epochs=3", "--out", "m"), "no settings: epochs"),
        (("train", "--task", "ner", "--out", "model"), "a folder with other files"),
        (("train", "--task", "all", "--out", "model/ner"), "a folder with other files"),
        (("predict", "empty", "raw.jsonl", "--out", "p.jsonl"), "no model there"),
    ],
)
def test_bad_input_is_one_line(folder, capsys, monkeypatch, arguments, says):
    monkeypatch.chdir(folder)
    (folder / "empty").mkdir(exist_ok=True)
    gold = ("--train", "gold.jsonl") if arguments[0] == "train" else ()
    assert run(*arguments, *gold) == 2
    error = capsys.readouterr().err
    assert says in error and "Traceback" not in error
    assert not (folder / "m").exists()


def test_a_damaged_part_is_named(folder, tmp_path):
    import shutil

    shutil.copytree(folder / "model", tmp_path / "m")
    (tmp_path / "m/coref/arrays.npz").unlink()
    with pytest.raises(ConfigError, match="coref: damaged"):
        load(tmp_path / "m")
    (tmp_path / "m/coref/model.json").unlink()
    with pytest.raises(PathError, match="coref: no model there"):
        load(tmp_path / "m")
