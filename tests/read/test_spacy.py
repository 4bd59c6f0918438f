"""spaCy's DocBin: spans that spaCy can train on, and DocBins that others made."""

import spacy
from spacy.tokens import Doc, DocBin, Span

from augment.read import read_all, write
from augment.reasons import Reason
from tests.helpers import doc


def test_mentions_are_spans_of_tokens_whatever_the_tokeniser_says(tmp_path):
    given = doc(
        "l'[[1:A|ar[[2:B|mée]] ]] [[2:B| \\r\\n]]e\u0301t[[1:A|e\u0301]]  [[3:C|😀]]\u00a0: ",
        (1, "R", 2),
        (1, "R", 1),
    )
    write([given], tmp_path / "a.spacy", format="spacy")
    (made,) = DocBin().from_disk(tmp_path / "a.spacy").get_docs(spacy.blank("fr").vocab)
    assert made.text == given.text
    assert [(s.id_, s.label_, s.start_char, s.end_char, s.text) for s in made.spans["sc"]] == [
        (str(e.id), e.type, m.start, m.end, m.value) for e, m in given.mentions()
    ]
    assert read_all(tmp_path / "a.spacy") == ([given], [])


def test_a_docbin_from_elsewhere_gives_its_spans_or_entities(tmp_path):
    vocab = spacy.blank("fr").vocab
    first = Doc(vocab, words=["Kiev", "et", "Lviv"])
    first.ents = [Span(first, 0, 1, label="LOC")]
    second = Doc(vocab, words=["Kiev", "et", "elle"])
    second.spans["x"] = [
        Span(second, 0, 1, label="LOC", span_id="k"),
        Span(second, 2, 3, label="LOC", span_id="k"),
    ]
    DocBin(docs=[first, second]).to_disk(tmp_path / "a.spacy")
    documents, drops = read_all(tmp_path / "a.spacy")
    assert drops == []
    assert [(d.id, d.labelled) for d in documents] == [("a:1", "none"), ("a:2", "none")]
    found = [[(e.id, e.type, [m.value for m in e.mentions]) for e in d.entities] for d in documents]
    assert found == [[(0, "LOC", ["Kiev"])], [("k", "LOC", ["Kiev", "elle"])]]


def test_a_file_that_is_no_docbin_is_a_drop(tmp_path):
    for content in (b"nothing", b"x\x9c\x03\x00\x00\x00\x00\x01", b"\x00"):
        (tmp_path / "a.spacy").write_bytes(content)
        documents, drops = read_all(tmp_path / "a.spacy")
        assert documents == []
        assert [(d.id, d.reason) for d in drops] == [("a.spacy", Reason.BROKEN_FILE)]
