"""Blocks of tagged text, written by hand or by us."""

import pytest

from augment.read import read_all, write
from augment.reasons import Reason
from augment.schema import Document, Entity, Mention
from tests.helpers import doc


def read(tmp_path, written):
    path = tmp_path / "a.txt"
    path.write_bytes(written.encode())
    return read_all(path)


def test_blocks_with_or_without_blank_lines_and_in_windows_line_ends(tmp_path):
    block = '=== {}\n[[e1:PLACE|Kiev]]\n{{"relations": [[1, "R", "e1"]]}}\n'
    for between in ("", "\n", "\n \n"):
        written = block.format("a") + between + block.format("b c")
        for text in (written, written.replace("\n", "\r\n"), "\ufeff" + written):
            documents, drops = read(tmp_path, text)
            assert documents == [doc("[[e1:PLACE|Kiev]]", (1, "R", 1), id=i) for i in ("a", "b c")]
            assert drops == []


def test_without_a_line_of_relations_nothing_is_labelled(tmp_path):
    documents, _ = read(tmp_path, "=== a\n[[e1:PLACE|Kiev]]\n")
    assert documents == [doc("[[e1:PLACE|Kiev]]", id="a", labelled="none")]


@pytest.mark.parametrize(
    ("block", "reason"),
    [
        ("=== 2", Reason.BROKEN_MARKUP),
        ("=== 2\n[[1:A|x", Reason.BROKEN_MARKUP),
        ("=== 2\n[[1:A|x]] [[1:B|y]]\n{}", Reason.TYPE_CONFLICT),
        ("=== 2\nx\ny", Reason.BROKEN_JSON),
        ("=== 2\nx\n[]", Reason.BROKEN_JSON),
        ("=== 2\nx\n{}\n{}", Reason.BROKEN_MARKUP),
        ('=== 2\nx\n{"relations": [[1, "R", 1]]}', Reason.UNKNOWN_ENTITY),
        ('=== 2\n[[1:A|x]]\n{"order": [2]}', Reason.BROKEN_MARKUP),
        ('=== 2\n[[1:A|x]]\n{"order": [[1, [1]]]}', Reason.BROKEN_MARKUP),
        ('=== 2\n[[1:A|x]]\n{"order": 3}', Reason.BROKEN_MARKUP),
        ('=== 2\nx\n{"entities": 3}', Reason.MISSING_FIELD),
        ('=== 2\nx\n{"entities": [3]}', Reason.MISSING_FIELD),
        ('=== 2\nx\n{"labelled": 3}', Reason.MISSING_FIELD),
        ('=== 2\nx\n{"unknown": 3}', Reason.MISSING_FIELD),
    ],
)
def test_a_bad_block_is_one_drop(tmp_path, block, reason):
    documents, drops = read(tmp_path, f"=== 1\nx\n\n{block}\n\n=== 3\ny\n")
    assert [d.id for d in documents] == ["1", "3"]
    assert [(d.id, d.reason, d.detail[:8]) for d in drops] == [("2", reason, "a.txt:4:")]


def test_lines_before_the_first_header_are_a_drop(tmp_path):
    (tmp_path / "a.txt").write_text("préface\n=== 1\nx\n", encoding="utf-8")
    documents, drops = read_all(tmp_path / "a.txt", format="inline")
    assert [d.id for d in documents] == ["1"]
    assert [(d.reason, d.raw) for d in drops] == [(Reason.BROKEN_MARKUP, "préface")]


def test_the_order_of_entities_and_mentions_is_kept_under_the_tags(tmp_path):
    given = doc("[[1:A|x]] [[2:B|y]] [[1:A|z]]", id="a")
    one, two = given.entities
    one = one.model_copy(update={"mentions": one.mentions[::-1]})
    given = given.model_copy(update={"entities": (two, one)})
    path = tmp_path / "a.txt"
    write([given], path, format="inline")
    assert path.read_text(encoding="utf-8").splitlines() == [
        "=== a",
        "[[1:A|x]] [[2:B|y]] [[1:A|z]]",
        '{"relations": [], "order": [2, [1, [1, 0]]]}',
    ]
    assert read_all(path) == ([given], [])


@pytest.mark.parametrize(
    "spans", [[(1, 0, 2), (2, 1, 3)], [("1", 0, 1)], [("a b", 0, 1)], [(1, 0, 1), ("1", 1, 2)]]
)
def test_what_tags_cannot_hold_is_kept_in_json(tmp_path, spans):
    entities = [
        Entity(id=i, type="A", mentions=[Mention(start=s, end=e, value="abc"[s:e])])
        for i, s, e in spans
    ]
    given = Document(id="a", text="abc", entities=entities)
    write([given], tmp_path / "a.txt", format="inline")
    assert read_all(tmp_path / "a.txt") == ([given], [])
