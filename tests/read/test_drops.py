"""Bad rows become drops with their place and reason, and the good ones go on."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from augment.read import read_all, repaired
from augment.reasons import Reason
from augment.schema import Document
from tests.helpers import doc

GOOD = doc("[[1:PLACE|Kiev]] résiste.", (1, "IS_LOCATED_IN", 1), id="good")


def line(**update) -> str:
    """A line of JSONL, our good document with some fields replaced; None removes one."""
    fields = json.loads(GOOD.model_dump_json()) | update
    return json.dumps({k: v for k, v in fields.items() if v is not None}, ensure_ascii=False)


def kiev(**update):
    """The good document's entity with some fields replaced."""
    mention = {"start": 0, "end": 4, "value": "Kiev"}
    return {"id": 1, "type": "PLACE", "mentions": [mention]} | update


def at(start, end, value):
    return [kiev(mentions=[{"start": start, "end": end, "value": value}])]


def bad(**update):
    return line(id="bad", **update)


BAD_LINES = {
    '{"id": "x", "text": ': Reason.BROKEN_JSON,
    "not JSON": Reason.BROKEN_JSON,
    bad(text=None): Reason.MISSING_FIELD,
    bad(text=3): Reason.MISSING_FIELD,
    bad(extra=1): Reason.MISSING_FIELD,
    bad(entities=[{"id": 1}]): Reason.MISSING_FIELD,
    bad(text=" "): Reason.EMPTY_TEXT,
    bad(entities=[kiev(), kiev()]): Reason.DUPLICATE_ID,
    bad(entities=[kiev(mentions=[])]): Reason.EMPTY_ENTITY,
    bad(entities=at(0, 4, "Lviv")): Reason.OFFSET_MISMATCH,
    bad(entities=at(0, 99, GOOD.text)): Reason.OFFSET_MISMATCH,
    bad(entities=[kiev(id=2)]): Reason.UNKNOWN_ENTITY,
    bad(text="😀 Kiev", entities=at(3, 7, "Kiev")): Reason.OFFSET_SHIFT,
}


@pytest.mark.parametrize("wrong", BAD_LINES)
def test_a_bad_line_of_jsonl_is_one_drop(tmp_path, wrong):
    path = tmp_path / "a.jsonl"
    path.write_text(f"{line()}\n{wrong}\n\n{line(id='last')}\n", encoding="utf-8")
    documents, drops = read_all(path)
    assert [d.id for d in documents] == ["good", "last"]
    assert [(d.reason, d.stage) for d in drops] == [(BAD_LINES[wrong], "read")]
    assert drops[0].detail.startswith("a.jsonl:2: ")
    assert drops[0].raw


@given(st.lists(st.sampled_from([line(), line(id="b"), line(id="c"), *BAD_LINES])))
def test_kept_and_dropped_are_what_came_in(tmp_path_factory, given):
    path = tmp_path_factory.mktemp("lines") / "a.jsonl"
    path.write_text("\n".join(given), encoding="utf-8")
    documents, drops = read_all(path, format="jsonl")
    assert len(documents) + len(drops) == len(given)
    assert len({d.id for d in documents}) == len(documents)
    assert all(d.raw for d in drops)


def test_an_undecodable_line_loses_only_itself(tmp_path):
    path = tmp_path / "a.jsonl"
    latin = line(id="latin").encode("latin-1")
    path.write_bytes(
        b"\xef\xbb\xbf" + line().encode() + b"\r\n" + latin + b"\n" + line(id="b").encode()
    )
    documents, drops = read_all(path)
    assert [d.id for d in documents] == ["good", "b"]
    assert [(d.id, d.reason) for d in drops] == [("latin", Reason.BAD_ENCODING)]


def test_line_separators_inside_a_text_end_no_line(tmp_path):
    path = tmp_path / "a.jsonl"
    text = "Kiev\u2028\u0085\x0b\x1e résiste."
    path.write_text(line(text=text) + "\n", encoding="utf-8")
    documents, drops = read_all(path)
    assert ([d.text for d in documents], drops) == ([text], [])


def test_a_document_id_seen_before_is_dropped_across_files(tmp_path):
    (tmp_path / "a.jsonl").write_text(line() + "\n", encoding="utf-8")
    (tmp_path / "b.jsonl").write_text(line() + "\n", encoding="utf-8")
    documents, drops = read_all(tmp_path)
    assert len(documents) == 1
    assert [(d.id, d.reason, d.detail.split(":")[0]) for d in drops] == [
        ("good", Reason.DUPLICATE_ID, "b.jsonl")
    ]


def test_shifted_offsets_are_mended_only_when_asked_for(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text(line(text="😀 Kiev", entities=at(3, 7, "Kiev")) + "\n", encoding="utf-8")
    documents, drops = read_all(path)
    assert documents == []
    assert "UTF-16 code units" in drops[0].detail
    mended, none = read_all(path, repair=True)
    assert none == []
    assert repaired(drops[0]) == mended[0]
    assert mended[0].entities[0].mentions[0].start == 2


def test_repair_changes_the_fate_of_no_other_record(tmp_path):
    path = tmp_path / "a.jsonl"
    shifted = line(text="😀 Kiev", entities=at(3, 7, "Kiev"))
    path.write_text(f"{shifted}\n{line()}\n", encoding="utf-8")
    fates = [[d.reason for d in read_all(path, repair=r)[1]] for r in (False, True)]
    assert fates == [[Reason.OFFSET_SHIFT, Reason.DUPLICATE_ID], [Reason.DUPLICATE_ID]]


def test_the_raw_of_an_unsound_record_is_the_record(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text(line(entities=at(0, 4, "Lviv")) + "\n", encoding="utf-8")
    drop = read_all(path)[1][0]
    assert Document.model_validate_json(drop.raw).entities[0].mentions[0].value == "Lviv"
    assert repaired(drop) is None
