"""POPCORN's JSON: dict or list of dicts, read entry by entry."""

import json

import pytest

from augment.read import read_all
from augment.reasons import Reason
from tests.helpers import doc

KIEV = {"id": 0, "type": "PLACE", "mentions": [{"value": "Kiev", "start": 0, "end": 4}]}
ENTRY = json.dumps({"text": "Kiev", "entities": [KIEV], "relations": [[0, "R", 0]]})


def read(tmp_path, written):
    path = tmp_path / "a.json"
    path.write_bytes(written if isinstance(written, bytes) else written.encode())
    return read_all(path)


def test_an_entry_becomes_a_document(tmp_path):
    expected = doc("[[0:PLACE|Kiev]]", (0, "R", 0), id="7")
    assert read(tmp_path, f'{{"7": {ENTRY}}}') == ([expected], [])


@pytest.mark.parametrize("written", ["[{%s}, {%s}]", "\ufeff[\n{%s},{%s}\n]", "[{}, {%s}, {%s}]"])
def test_ids_in_a_list_are_prefixed_with_their_place(tmp_path, written):
    documents, drops = read(tmp_path, written % (f'"7": {ENTRY}, "8": {ENTRY}', f'"7": {ENTRY}'))
    first = int(written.startswith("[{}"))
    assert [d.id for d in documents] == [f"{first}/7", f"{first}/8", f"{first + 1}/7"]
    assert drops == []


def test_of_two_entries_with_one_id_the_second_is_dropped(tmp_path):
    documents, drops = read(tmp_path, f'{{"7": {ENTRY},\n"7": {ENTRY}}}')
    assert [d.id for d in documents] == ["7"]
    assert [(d.id, d.reason, d.detail[:9]) for d in drops] == [
        ("7", Reason.DUPLICATE_ID, "a.json:2:")
    ]


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ("3", Reason.MISSING_FIELD),
        ("{}", Reason.MISSING_FIELD),
        (ENTRY.replace("relations", "other"), Reason.MISSING_FIELD),
        (ENTRY.replace("[0,", "[1,"), Reason.UNKNOWN_ENTITY),
        (ENTRY.replace('"Kiev", "s', '"Lviv", "s'), Reason.OFFSET_MISMATCH),
    ],
)
def test_a_bad_entry_is_one_drop(tmp_path, entry, reason):
    documents, drops = read(tmp_path, f'{{"1": {ENTRY},\n"2": {entry},\n"3": {ENTRY}}}')
    assert [d.id for d in documents] == ["1", "3"]
    assert [(d.id, d.reason, d.detail[:9]) for d in drops] == [("2", reason, "a.json:2:")]


@pytest.mark.parametrize("rest", ['"2": {"text": "Ki', '"2" 3}', "2: 3}", "nonsense", ""])
def test_where_the_json_breaks_the_rest_is_one_drop(tmp_path, rest):
    documents, drops = read(tmp_path, f'{{"1": {ENTRY},\n{rest}')
    assert [d.id for d in documents] == ["1"]
    assert [d.reason for d in drops] == [Reason.BROKEN_JSON]


def test_an_undecodable_entry_loses_only_itself(tmp_path):
    latin = f'"2": {ENTRY},\n'.replace("Kiev", "Kiév").encode("latin-1")
    documents, drops = read(
        tmp_path, f'{{"1": {ENTRY},\n'.encode() + latin + f'"3": {ENTRY}}}'.encode()
    )
    assert [d.id for d in documents] == ["1", "3"]
    assert [(d.id, d.reason) for d in drops] == [("2", Reason.BAD_ENCODING)]
