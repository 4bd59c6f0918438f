"""All of the corpora through every format and back."""

import pytest

from augment.read import losses, read_all, write
from augment.read.detect import PAGES
from augment.registry import names
from tests.helpers import corpora


@pytest.mark.corpora
@pytest.mark.parametrize("format", [n for n in names("format") if n not in PAGES])
def test_the_whole_corpus_comes_back_from_every_format(tmp_path, format):
    given, drops = read_all(corpora("textmine", "train.csv"))
    assert (len(given), drops) == (400, [])
    assert [losses(document, format) for document in given] == [[]] * 400
    write(given, tmp_path / "corpus", format=format)
    assert read_all(tmp_path / "corpus", format=format) == (given, [])


@pytest.mark.corpora
def test_both_corpora_hold_the_same_texts_and_relations():
    textmine, _ = read_all(corpora("textmine", "train.csv"))
    popcorn, _ = read_all(corpora("popcorn", "train.json"))
    triples = [
        {(d.text, frozenset(r.triple for r in d.relations)) for d in c} for c in (textmine, popcorn)
    ]
    assert triples[0] == triples[1]


@pytest.mark.corpora
def test_a_list_of_dicts_is_read_whole():
    documents, drops = read_all(corpora("popcorn", "synthetic.json"))
    assert {d.id.partition("/")[0] for d in documents} == {"0", "1", "2"}
    assert len(documents) + len(drops) == 358
