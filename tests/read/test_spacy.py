"""spaCy's DocBin: spans that spaCy can train on, and DocBins that others made."""

import json
import subprocess
import sys

import pytest
import spacy
from spacy.tokens import Doc, DocBin, Span

from augment.read import read_all, write
from augment.reasons import Reason
from tests.helpers import doc
from tests.train.small import NAMES, PLACES


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


def made(path, *documents):
    write(documents, path, format="spacy")
    return list(DocBin().from_disk(path).get_docs(spacy.blank("fr").vocab))


def test_entities_are_the_longest_spans_that_do_not_overlap(tmp_path):
    given = doc(
        "[[1:CIVILIAN|[[2:FIRSTNAME|Paul]] [[3:LASTNAME|Dy]]]], d'[[4:B|[[5:A|ici]]]] et"
        "[[6:A| ]][[7:A| là]] [[8:A|là]]"
    )
    (one,) = made(tmp_path / "a.spacy", given)
    assert [(e.text, e.label_, e.id_) for e in one.ents] == [
        ("Paul Dy", "CIVILIAN", "1"),
        ("ici", "B", "4"),
        ("là", "A", "8"),
    ]
    assert {t.ent_iob_ for t in one} == {"B", "I", "O"}
    assert read_all(tmp_path / "a.spacy") == ([given], [])


def test_raw_text_does_not_say_that_it_has_no_entities(tmp_path):
    docs = made(tmp_path / "a.spacy", *(doc("Rien.", id=x, labelled=x) for x in ("none", "full")))
    assert [d.has_annotation("ENT_IOB") for d in docs] == [False, True]


def news(n):
    """« Paul Dy est né à Lyon. », a mention within another."""
    name, place = NAMES[n % len(NAMES)], PLACES[n % len(PLACES)]
    person = f"[[1:CIVILIAN|[[2:FIRSTNAME|{name}]] Dy]]"
    return doc(f"{person} est né à [[3:PLACE|{place}]] ce jour-là.", id=f"news{n}")


@pytest.mark.parametrize("task, score", [("ner", "ents_f"), ("spancat", "spans_sc_f")])
def test_spacy_trains_on_it(task, score, tmp_path):
    write(map(news, range(60)), tmp_path / "train.spacy", format="spacy")
    write(map(news, range(60, 80)), tmp_path / "dev.spacy", format="spacy")
    init = ("init", "config", "c.cfg", "--lang", "fr", "--pipeline", task)
    files = ("--paths.train", "train.spacy", "--paths.dev", "dev.spacy")
    steps = ("--training.max_steps", "50", "--training.eval_frequency", "50")
    for command in (init, ("train", "c.cfg", "--output", "out", *files, *steps)):
        done = subprocess.run(
            [sys.executable, "-m", "spacy", *command], cwd=tmp_path, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr
    said = json.loads((tmp_path / "out/model-last/meta.json").read_text())
    nested = ["FIRSTNAME"] if task == "spancat" else []
    assert sorted(said["labels"][task]) == sorted(["CIVILIAN", "PLACE", *nested])
    assert said["performance"][score] > 0.9


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


def test_an_id_with_two_labels_is_a_drop(tmp_path):
    clash = Doc(spacy.blank("fr").vocab, words=["Kiev", "et", "elle"])
    clash.spans["x"] = [Span(clash, n, n + 1, label=f"T{n}", span_id="k") for n in (0, 2)]
    DocBin(docs=[clash]).to_disk(tmp_path / "a.spacy")
    documents, drops = read_all(tmp_path / "a.spacy")
    assert documents == []
    assert [(d.reason, d.raw) for d in drops] == [(Reason.TYPE_CONFLICT, clash.text)]


def test_a_file_that_is_no_docbin_is_a_drop(tmp_path):
    for content in (b"nothing", b"x\x9c\x03\x00\x00\x00\x00\x01", b"\x00"):
        (tmp_path / "a.spacy").write_bytes(content)
        documents, drops = read_all(tmp_path / "a.spacy")
        assert documents == []
        assert [(d.id, d.reason) for d in drops] == [("a.spacy", Reason.BROKEN_FILE)]
