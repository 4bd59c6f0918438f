import json
import re

import pytest

from augment.cli import main
from augment.guide import load
from augment.read import read, read_all, write
from augment.reasons import Reason
from augment.schema import Drop
from augment.validate import reasons_table, summarise, validate
from tests.helpers import ROOT, corpora, doc
from tests.validate.small import GUIDE, SOUND, TEXT, candidate

ONE = doc(TEXT, *SOUND, id="a")
TWO = doc(TEXT, (3, "BORN_ON", 5), (1, "MET", 2), (1, "LOVES", 2), (1, "BORN_ON", 5), id="b")


def test_counts_are_over_what_was_read():
    drop = Drop(id="c", stage="read", reason=Reason.BROKEN_JSON, detail="line 3")
    found = summarise(iter([ONE, drop, TWO]), GUIDE, examples=1)
    assert found == {
        "documents": 2,
        "mentions": 10,
        "relations": 13,
        "issues": {
            "broken_json": 1,
            "missing_partner": 1,
            "unknown_relation": 1,
            "wrong_signature": 1,
        },
        "conforming_relations": pytest.approx(11 / 13),
        "findings": 4,
        "examples": {
            "broken_json": ["c: line 3"],
            "wrong_signature": ["b: 3:PLACE BORN_ON 5:DATE"],
            "unknown_relation": ["b: 1:PERSON LOVES 2:SOLDIER"],
            "missing_partner": ["b: 2:SOLDIER MET 1:PERSON"],
        },
    }


def test_what_does_not_conform_is_what_the_guide_forbids():
    wrong = ((1, "LOVES", 2), (3, "BORN_ON", 5), (1, "MET", 1), (1, "BORN_ON", 5))
    document = doc(TEXT, (1, "BORN_ON", 5), *wrong)
    assert summarise([document], GUIDE)["conforming_relations"] == pytest.approx(2 / 5)


def test_nothing_read_conforms():
    assert summarise([], GUIDE)["conforming_relations"] == 1.0


@pytest.fixture
def guide_folder(tmp_path):
    (tmp_path / "guide.yaml").write_text(GUIDE.model_dump_json(), encoding="utf-8")
    return str(tmp_path)


def run(capsys, *arguments):
    with pytest.raises(SystemExit) as exit:
        main(["validate", *map(str, arguments)])
    return exit.value.code, capsys.readouterr()


def test_the_command_prints_json_and_a_table(tmp_path, guide_folder, capsys):
    corpus = tmp_path / "corpus.jsonl"
    write([ONE, TWO], corpus, format="jsonl")
    code, printed = run(capsys, corpus, "--guide", guide_folder, "--json")
    assert code == 0
    assert json.loads(printed.out) == summarise([ONE, TWO], GUIDE)
    code, printed = run(capsys, corpus, "--guide", guide_folder)
    assert code == 0
    assert "84.62%" in printed.out
    assert re.search(r"wrong_signature\W+removed\W+1\b", printed.out)


@pytest.mark.parametrize(
    ("document", "code"),
    [(ONE, 0), (TWO, 1), (doc(TEXT, (1, "LOCATED_IN", 3), (3, "LOCATED_IN", 4)), 0)],
)
def test_strict_minds_findings_but_not_information(document, code, tmp_path, guide_folder, capsys):
    corpus = tmp_path / "corpus.jsonl"
    write([document], corpus, format="jsonl")
    assert run(capsys, corpus, "--guide", guide_folder, "--strict")[0] == code


def test_a_path_or_guide_that_is_not_there_is_one_line(tmp_path, guide_folder, capsys):
    corpus = tmp_path / "corpus.jsonl"
    write([ONE], corpus, format="jsonl")
    for arguments in ((tmp_path / "no", "--guide", guide_folder), (corpus, "--guide", "no")):
        code, printed = run(capsys, *arguments)
        assert code == 2
        assert printed.err.startswith("error: ")
        assert printed.out == ""


def test_a_corpus_of_bad_rows_only_is_no_result(tmp_path, guide_folder, capsys):
    corpus = tmp_path / "corpus.jsonl"
    corpus.write_text('{"id": "a"\n', encoding="utf-8")
    code, printed = run(capsys, corpus, "--guide", guide_folder, "--format", "jsonl")
    assert code == 1
    assert "no document could be read" in printed.err


def test_the_page_of_reasons_is_up_to_date():
    page = (ROOT / "docs" / "reasons.md").read_text(encoding="utf-8")
    assert page == reasons_table(), "run: augment show reasons > docs/reasons.md"


def test_show_lists_what_there_is(capsys):
    for what, part in (("reasons", "`wrong_signature`"), ("strategies", "mentions\n")):
        with pytest.raises(SystemExit):
            main(["show", what])
        assert part in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(["show", "formats", "--json"])
    assert "textmine" in json.loads(capsys.readouterr().out)


@pytest.mark.corpora
def test_the_textmine_guide_fits_its_corpus():
    found = summarise(read(corpora("textmine", "train.csv")), load("textmine"))
    assert (found["documents"], found["relations"]) == (400, 14531)
    assert found["conforming_relations"] >= 0.999
    assert found["issues"].keys() <= {"missing_closure", "self_relation", "wrong_signature"}


@pytest.mark.corpora
def test_composed_replies_pass_with_named_findings():
    documents, drops = read_all(corpora("..", "replies", "compose"))
    guide = load("textmine")
    outs = [validate(candidate(document), guide=guide) for document in documents]
    assert (len(documents), drops) == (72, [])
    assert [out for out in outs if isinstance(out, Drop)] == []
    assert sum(out.edits for out in outs) < 0.01 * sum(len(d.relations) for d in documents)
