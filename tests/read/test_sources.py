"""Which files a path means, and in which format they are."""

import pytest

from augment.errors import ConfigError, PathError, UnknownName
from augment.read import read_all, write
from augment.read.detect import DROPPED, PAGES, sources
from augment.registry import names
from tests.helpers import doc

GIVEN = doc("[[1:PLACE|Kiev]] résiste.", (1, "IS_LOCATED_IN", 1))
SUFFIXES = {"textmine": "csv", "popcorn": "json", "inline": "txt", "labelstudio": "json"}

CONTENT = ["textmine", "labelstudio", "popcorn", "jsonl", "inline", "csv", "parquet"]


@pytest.mark.parametrize("format", [n for n in names("format") if n not in PAGES])
def test_what_is_written_is_recognised(tmp_path, format):
    path = tmp_path / f"a.{SUFFIXES.get(format, format)}"
    write([GIVEN], path, format=format)
    assert {name for _, name in sources(path, None)} == {format}
    assert read_all(path) == ([GIVEN], [])


@pytest.mark.parametrize("format", CONTENT)
def test_content_tells_where_the_name_does_not(tmp_path, format):
    path = tmp_path / "corpus"
    write([GIVEN], path, format=format)
    assert [name for _, name in sources(path, None)] == [format]


@pytest.mark.parametrize(
    ("name", "content", "format"),
    [
        ("a.json", '{"id": "1", "text": "x"}\n{"id": "2", "text": "y"}', "jsonl"),
        ("a.json", "[\n {}, {}]", "popcorn"),
        ("a.json", '[{"id": 12, "annotations": []', "labelstudio"),
        ("a.jsonl", "broken", "jsonl"),
        ("a.CSV", "\ufeffid,text,entities,relations\r\n", "textmine"),
        ("a.csv", '"id";"text";"entities"\n', "textmine"),
        ("a.csv", "id,text,entities,relations,labelled\n", "csv"),
        ("a.csv", "id,auteur\n", "csv"),
        ("a.txt", "\n\n=== 1\nx\n", "inline"),
        ("a.ann", "", "brat"),
        ("a.html", "<section>", "page"),
        ("a", "<!-- saved -->\n<!DOCTYPE html>", "page"),
        ("a", "%PDF-1.7\n", "pdf"),
    ],
)
def test_name_and_content_together(tmp_path, name, content, format):
    (tmp_path / name).write_text(content, encoding="utf-8", newline="")
    assert sources(tmp_path / name, None) == [(tmp_path / name, format)]


def test_the_text_of_a_pair_means_the_pair(tmp_path):
    (tmp_path / "a.txt").write_text("Kiev", encoding="utf-8")
    (tmp_path / "a.ann").write_text("", encoding="utf-8")
    expected = [(tmp_path / "a.ann", "brat")]
    assert sources(tmp_path / "a.txt", None) == sources(tmp_path, None) == expected
    assert sources(tmp_path, "brat") == expected


def test_a_folder_gives_its_recognised_files_sorted(tmp_path):
    write([GIVEN], tmp_path / "b.jsonl", format="jsonl")
    write([GIVEN.model_copy(update={"id": "a"})], tmp_path / "a.csv", format="textmine")
    for name in ("LICENSE", "README.md", ".hidden.jsonl", f"b.jsonl{DROPPED}", "dropped-0.jsonl"):
        (tmp_path / name).write_text("rien", encoding="utf-8")
    (tmp_path / "empty.jsonl").write_text("", encoding="utf-8")
    documents, drops = read_all(tmp_path)
    assert [d.id for d in documents] == ["a", "d"]
    assert drops == []
    assert [d.id for d in read_all(tmp_path, format="textmine")[0]] == ["a"]


def test_columns_are_for_tables_only(tmp_path):
    write([GIVEN], tmp_path / "a.jsonl", format="jsonl")
    with pytest.raises(ConfigError, match="columns named, but jsonl is no table"):
        read_all(tmp_path / "a.jsonl", columns={"text": "body"})


def test_utf16_is_refused(tmp_path):
    (tmp_path / "a.csv").write_text("id,text\n1,Kiev\n", encoding="utf-16")
    with pytest.raises(PathError, match="UTF-16, not UTF-8"):
        read_all(tmp_path / "a.csv")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("missing.csv", None, "No such file"),
        ("a.jsonl", "", "an empty file"),
        ("a.txt", "un texte", "format not recognised"),
        ("a.json", '{"a": 1}', "format not recognised"),
        ("a.docx", "PK", "format not recognised"),
    ],
)
def test_what_cannot_be_read_is_one_line(tmp_path, name, content, message):
    if content is not None:
        (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises(PathError, match=f"{name}: {message}") as caught:
        read_all(tmp_path / name)
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 2


def test_folders_without_anything_to_read(tmp_path):
    with pytest.raises(PathError, match="no file in this folder"):
        read_all(tmp_path)
    (tmp_path / "README.md").write_text("rien", encoding="utf-8")
    with pytest.raises(PathError, match="no file in a known format"):
        read_all(tmp_path)
    with pytest.raises(PathError, match="no jsonl file"):
        read_all(tmp_path, format="jsonl")


def test_an_unknown_format_lists_those_there_are(tmp_path):
    with pytest.raises(UnknownName, match="textmine, popcorn, jsonl"):
        read_all(tmp_path, format="conll")
    with pytest.raises(UnknownName, match="textmine, popcorn, jsonl"):
        write([GIVEN], tmp_path / "a", format="conll")
