"""The challenge's CSV: its cells, its bad rows, what it cannot hold."""

import pytest

from augment.errors import PathError
from augment.read import losses, read_all, write
from augment.reasons import Reason
from augment.schema import Meta
from tests.helpers import doc

HEADER = "id,text,entities,relations"
MENTIONS = '[{""value"": ""Kiev"", ""start"": 0, ""end"": 4}]'
KIEV = f'"[{{""id"": 0, ""type"": ""PLACE"", ""mentions"": {MENTIONS}}}]"'


def test_cells_become_a_document(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(f'{HEADER}\r\n7,"Kiev, là",{KIEV},"[[0, ""R"", 0]]"\r\n', encoding="utf-8")
    assert read_all(path) == ([doc("[[0:PLACE|Kiev]], là", (0, "R", 0), id="7")], [])


BAD_ROWS = {
    f'2,"Kiev",{KIEV[:-2]}","[]"': Reason.BROKEN_JSON,
    f'2,"Kiev",{KIEV},"[[0, ""R""]]"': Reason.MISSING_FIELD,
    f'2,"Kiev",{KIEV},"[3]"': Reason.MISSING_FIELD,
    f'2,"Kiev",{KIEV},"{{}}"': Reason.MISSING_FIELD,
    '2,"Kiev"': Reason.MISSING_FIELD,
    f'2,"Kiev",{KIEV},[],[]': Reason.MISSING_FIELD,
    f'2,"Lviv",{KIEV},[]': Reason.OFFSET_MISMATCH,
    f'2,"Kiev",{KIEV},"[[0, ""R"", 5]]"': Reason.UNKNOWN_ENTITY,
    f'1,"Kiev",{KIEV},[]': Reason.DUPLICATE_ID,
}


@pytest.mark.parametrize("bad", BAD_ROWS)
def test_a_bad_row_is_one_drop_with_its_line(tmp_path, bad):
    path = tmp_path / "a.csv"
    rows = [HEADER, f'1,"Kiev\n\r\n",{KIEV},[]', bad, f'3,"Kiev",{KIEV},[]']
    path.write_text("\n".join(rows), encoding="utf-8", newline="")
    documents, drops = read_all(path)
    assert [(d.id, d.text) for d in documents] == [("1", "Kiev\n\r\n"), ("3", "Kiev")]
    assert [(d.id, d.reason) for d in drops] == [(bad[0], BAD_ROWS[bad])]
    assert drops[0].detail.startswith("a.csv:5: ")


def test_an_undecodable_row_loses_only_itself(tmp_path):
    path = tmp_path / "a.csv"
    rows = [HEADER, f"1,Kiev,{KIEV},[]", f"2,Kiev l\xe0,{KIEV},[]", f"3,Kiev,{KIEV},[]"]
    path.write_bytes("\n".join(rows).encode("latin-1"))
    documents, drops = read_all(path)
    assert [d.id for d in documents] == ["1", "3"]
    assert [(d.id, d.reason) for d in drops] == [("2", Reason.BAD_ENCODING)]


def test_without_a_column_of_relations_nothing_is_labelled(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(f"id,text,entities\n1,Kiev,{KIEV}\n", encoding="utf-8")
    assert read_all(path)[0][0].labelled == "none"


def test_a_missing_column_is_a_usage_fault(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("id,body\n1,Kiev\n", encoding="utf-8")
    with pytest.raises(PathError, match="no column entities, text"):
        read_all(path, format="textmine")


def test_what_is_not_gold_keeps_its_marker(tmp_path):
    made = doc("[[0:PLACE|Kiev]]", id="1", meta=Meta(origin="synthetic"))
    gold = doc("[[0:PLACE|Lviv]]", id="2")
    for format, suffix in [("textmine", "csv"), ("popcorn", "json")]:
        write([gold, made], tmp_path / f"a.{suffix}", format=format)
        assert read_all(tmp_path / f"a.{suffix}") == ([gold, made], [])
        assert losses(made, format) == []


def test_what_it_cannot_hold_is_listed():
    given = doc(
        "[[0:PLACE|Kiev]]",
        (0, "R", 0, {"factuality": "denied"}),
        labelled=("R",),
        masked=((0, None, 0),),
        meta=Meta(title="Titre", rights={"licence": "MIT"}),
    )
    expected = ["attributes", "labelled", "masked", "meta.title", "meta.rights"]
    for format in ("textmine", "popcorn"):
        assert losses(given, format) == expected
        assert losses(doc("[[0:PLACE|Kiev]]", (0, "R", 0)), format) == []
