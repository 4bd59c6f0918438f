"""The format ``labelstudio``: exports as people make them, and files that are none."""

import json

import pytest

from augment.labelstudio import task
from augment.read import read_all, write
from augment.reasons import Reason
from augment.schema import Meta
from tests.helpers import doc
from tests.labelstudio.imitated import Editor

GIVEN = doc("[[1:PLACE|Kiev]] et [[2:PLACE|Lviv]]", (1, "NEAR", 2), id="7")


def exported(path, *tasks):
    path.write_text(json.dumps(tasks), encoding="utf-8")
    return read_all(path)


def annotated(*values, **more):
    """The task of GIVEN as exported, with one annotation for each value: that region deleted."""
    pushed = task(GIVEN)
    made = []
    for number, value in enumerate(values, 1):
        editor = Editor(pushed)
        editor.delete(editor.find(value))
        made.append({"id": number, "result": editor.results, "was_cancelled": False})
    return {"id": 3, "annotations": made, **more, "data": pushed["data"]}


def test_annotations_count_before_predictions(tmp_path):
    given = annotated("Kiev", predictions=task(GIVEN)["predictions"])
    documents, drops = exported(tmp_path / "a.json", given)
    assert [[e.id for e in d.entities] for d in documents] == [[2]]
    assert drops == []


def test_a_cancelled_annotation_says_nothing(tmp_path):
    given = annotated("Kiev")
    given["annotations"][0]["was_cancelled"] = True
    assert exported(tmp_path / "a.json", given) == ([GIVEN], [])


def test_of_two_annotations_the_second_is_a_drop(tmp_path):
    documents, drops = exported(tmp_path / "a.json", annotated("Kiev", "Lviv"))
    assert [[e.id for e in d.entities] for d in documents] == [[2]]
    assert [(d.id, d.reason) for d in drops] == [("7", Reason.DUPLICATE_ID)]


def test_an_export_from_elsewhere(tmp_path):
    def region(id, start, end, text, label):
        value = {"start": start, "end": end, "text": text, "labels": [label]}
        return {"id": id, "from_name": "ner", "to_name": "t", "type": "labels", "value": value}

    results = [region("a", 0, 4, "Kiev", "LOC"), region("b", 8, 12, "Lviv", "LOC")]
    arrow = {"type": "relation", "from_id": "a", "to_id": "b", "labels": ["near"]}
    tasks = [
        {"id": 5, "annotations": [{"result": [*results, arrow]}], "data": {"text": "Kiev et Lviv"}},
        {"id": 6, "annotations": [{"result": results[:1]}], "data": {"text": "Kiev"}},
    ]
    documents, drops = exported(tmp_path / "a.json", *tasks)
    assert drops == []
    assert documents == [
        doc("[[0:LOC|Kiev]] et [[1:LOC|Lviv]]", (0, "near", 1), id="5"),
        doc("[[0:LOC|Kiev]]", id="6", labelled="none"),
    ]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ('[{"id": 1, "annotations": [', Reason.BROKEN_JSON),
        ('[{"id": 1, "data": {}}]', Reason.MISSING_FIELD),
        ('[{"id": 1, "data": {"text": "x"}, "annotations": [3]}]', Reason.MISSING_FIELD),
        ("[3]", Reason.MISSING_FIELD),
    ],
)
def test_what_is_broken_is_a_drop(tmp_path, content, reason):
    (tmp_path / "a.json").write_text(content, encoding="utf-8")
    documents, drops = read_all(tmp_path / "a.json", format="labelstudio")
    assert documents == []
    assert [d.reason for d in drops] == [reason]


def test_no_documents_are_an_empty_list(tmp_path):
    write([], tmp_path / "a.json", format="labelstudio")
    assert json.loads((tmp_path / "a.json").read_text(encoding="utf-8")) == []


def test_a_written_task_says_what_made_it_and_how_far_one_agreed(tmp_path):
    meta = Meta(
        origin="synthetic",
        strategy="compose",
        prompt="compose/write.v3+textmine.v2",
        agreement=0.75,
        rights={"generator": {"model": "mistral-small"}},
    )
    path = tmp_path / "tasks.json"
    write([GIVEN.model_copy(update={"meta": meta})], path, format="labelstudio")
    [prediction] = json.loads(path.read_text(encoding="utf-8"))[0]["predictions"]
    assert prediction["model_version"] == "compose/v3+textmine.v2/mistral-small"
    assert prediction["score"] == 0.75
