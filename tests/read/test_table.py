"""Tables of any origin, with their own columns."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from augment.errors import ConfigError, PathError
from augment.read import read_all
from augment.reasons import Reason
from augment.schema import Meta
from tests.helpers import doc

KIEV = [{"id": 0, "type": "PLACE", "mentions": [{"start": 0, "end": 4, "value": "Kiev"}]}]
CELL = '"' + json.dumps(KIEV).replace('"', '""') + '"'


def csv(tmp_path, *rows, **options):
    path = tmp_path / "a.csv"
    path.write_text("\n".join(rows), encoding="utf-8")
    return read_all(path, **options)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_columns_under_other_names(tmp_path, separator):
    documents, drops = csv(
        tmp_path,
        separator.join(["number", "body", "spans", "titre", "unused"]),
        separator.join(["7", "Kiev", CELL, "Un titre", "x"]),
        columns={"id": "number", "text": "body", "entities": "spans", "meta.title": "titre"},
        format="csv",
    )
    expected = doc("[[0:PLACE|Kiev]]", id="7", labelled="none", meta=Meta(title="Un titre"))
    assert (documents, drops) == ([expected], [])


def test_raw_texts_get_the_number_of_their_row(tmp_path):
    documents, _ = csv(tmp_path, "text", "Kiev résiste.", '"Lviv', 'aussi"')
    assert [(d.id, d.text, d.labelled) for d in documents] == [
        ("a:1", "Kiev résiste.", "none"),
        ("a:2", "Lviv\naussi", "none"),
    ]


def test_the_challenges_columns_are_a_table_when_columns_are_named(tmp_path):
    rows = ["id,text,entities,relations", f'7,Kiev,{CELL},"[[0, ""R"", 0, {{""a"": 1}}]]"']
    assert csv(tmp_path, *rows)[1] == []
    documents, _ = csv(tmp_path, *rows, columns={"text": "text"})
    assert documents == [doc("[[0:PLACE|Kiev]]", (0, "R", 0, {"a": 1}), id="7")]


@pytest.mark.parametrize(
    ("columns", "error", "message"),
    [
        ({"text": "body"}, PathError, "no column 'body'; there are: id, text"),
        ({"meta.title": "titre"}, PathError, "no column 'titre'"),
        ({"body": "text"}, ConfigError, "no field 'body' in a document"),
    ],
)
def test_columns_and_fields_that_are_not_there(tmp_path, columns, error, message):
    with pytest.raises(error, match=message):
        csv(tmp_path, "id,text", "7,Kiev", columns=columns)


def test_a_table_without_text_says_what_it_has(tmp_path):
    with pytest.raises(PathError, match="no column 'text'; there are: id, body"):
        csv(tmp_path, "id,body", "7,Kiev")


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("2,Kiev,[{", Reason.BROKEN_JSON),
        ("2,Kiev,3", Reason.MISSING_FIELD),
        ("2,Kiev", Reason.MISSING_FIELD),
        ("2,Kiev,[],[]", Reason.MISSING_FIELD),
        ("2,,[]", Reason.EMPTY_TEXT),
        (f"2,Lviv,{CELL}", Reason.OFFSET_MISMATCH),
    ],
)
def test_a_bad_row_is_one_drop(tmp_path, row, reason):
    documents, drops = csv(
        tmp_path, "id,text,entities", "1,Kiev,[]", row, "3,Kiev,[]", format="csv"
    )
    assert [d.id for d in documents] == ["1", "3"]
    assert [(d.id, d.reason, d.detail[:8]) for d in drops] == [("2", reason, "a.csv:3:")]


def test_parquet_may_hold_lists_and_structs_itself(tmp_path):
    rows = [{"id": 7, "text": "Kiev", "entities": KIEV, "relations": None, "n": 1.5}]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "a.parquet")
    assert read_all(tmp_path / "a.parquet") == ([doc("[[0:PLACE|Kiev]]", id="7")], [])


def test_a_damaged_parquet_file_is_a_drop(tmp_path):
    (tmp_path / "a.parquet").write_bytes(b"PAR1 and nothing more")
    documents, drops = read_all(tmp_path / "a.parquet")
    assert documents == []
    assert [(d.id, d.reason) for d in drops] == [("a.parquet", Reason.BROKEN_FILE)]


def test_a_parquet_row_that_is_wrong_is_one_drop(tmp_path):
    rows = [{"text": "Kiev"}, {"text": None}, {"text": " "}, {"text": "Lviv"}]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "a.parquet")
    documents, drops = read_all(tmp_path / "a.parquet")
    assert [d.id for d in documents] == ["a:1", "a:4"]
    assert [d.reason for d in drops] == [Reason.MISSING_FIELD, Reason.EMPTY_TEXT]
