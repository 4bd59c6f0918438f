"""The spaCy component: chains and relation models in pipelines, on disk and back."""

from __future__ import annotations

import re
import shutil
import warnings

import pytest
import spacy
from spacy.tokens import Doc, DocBin, Span

from augment import mentions
from augment.errors import PathError, RecordError
from augment.read import read_all, write
from augment.schema import Document
from augment.spans import check
from augment.train import make
from augment.train.chain import load, untrained
from tests.helpers import ROOT, doc
from tests.train.small import NAMES, PLACES, world


def news(n: int) -> Document:
    """« Paul Dy est né à Lyon. Il habite toujours à Brest. », a mention within another."""
    name, place, other = NAMES[n % len(NAMES)], PLACES[n % len(PLACES)], PLACES[n * 3 % len(PLACES)]
    tagged = (
        f"[[1:CIVILIAN|[[2:FIRSTNAME|{name}]] Dy]] est né à [[3:PLACE|{place}]]. "
        f"[[1:CIVILIAN|Il]] habite toujours à [[4:PLACE|{other}]] avec un chat."
    )
    return doc(tagged, (1, "IS_BORN_IN", 3), (1, "RESIDES_IN", 4), id=f"news{n}")


GOLD = [d for n in range(40) for d in [news(n)] if n * 3 % len(PLACES) != n % len(PLACES)]
TEXT = "Paul Dy est né à Brest. Il habite toujours à Nantes avec un chat."


@pytest.fixture(scope="module")
def chain(tmp_path_factory):
    path = tmp_path_factory.mktemp("models") / "chain"
    for task, part in untrained("all", "linear", None, 0, {}).items():
        part.fit(GOLD)
        part.save(path / task)
    return path


def pipeline(model, **config):
    nlp = spacy.blank("fr")
    nlp.add_pipe("augment", config={"model": str(model), **config})
    return nlp


def found(doc):
    return [(s.text, s.label_, s.id_) for s in doc.spans["sc"]]


def test_from_raw_text_to_relations(chain):
    said = pipeline(chain)(TEXT)
    person, first, born, lives = (
        next(s for s in said.spans["sc"] if s.text == text)
        for text in ("Paul Dy", "Paul", "Brest", "Nantes")
    )
    assert (person.label_, first.label_, born.label_) == ("CIVILIAN", "FIRSTNAME", "PLACE")
    assert [e.text for e in said.ents] == ["Paul Dy", "Brest", "Il", "Nantes"]
    assert {e.id_ for e in said.ents} == {person.id_, born.id_, lives.id_}
    assert said._.relations == [
        (person.id_, "IS_BORN_IN", born.id_),
        (person.id_, "RESIDES_IN", lives.id_),
    ]
    assert {id: [s.text for s in spans] for id, spans in said._.clusters.items()} == {
        person.id_: ["Paul Dy", "Il"],
        first.id_: ["Paul"],
        born.id_: ["Brest"],
        lives.id_: ["Nantes"],
    }
    (head, kind, tail), _ = said._.relation_spans
    assert ([s.text for s in head], kind, [s.text for s in tail]) == (
        ["Paul Dy", "Il"],
        "IS_BORN_IN",
        ["Brest"],
    )


def test_it_says_what_the_chain_says_whatever_the_batches(chain):
    nlp = pipeline(chain)
    texts = [d.text for d in GOLD]
    expected = load(chain).answer([Document(id="d", text=text) for text in texts])
    for said in (nlp.pipe(texts), nlp.pipe(texts, batch_size=7), map(nlp, texts)):
        records = [d._.augment for d in said]
        assert [(r.text, r.entities, r.relations) for r in records] == [
            (r.text, r.entities, r.relations) for r in expected
        ]
    for record in records:
        check(record)


def test_a_pipeline_on_disk_needs_the_first_folder_no_more(chain, tmp_path):
    shutil.copytree(chain, tmp_path / "model")
    nlp = pipeline(tmp_path / "model")
    first = nlp(TEXT)._.augment
    for _ in range(2):
        nlp.to_disk(tmp_path / "saved")
    shutil.rmtree(tmp_path / "model")
    again = spacy.load(tmp_path / "saved")
    assert again(TEXT)._.augment == first
    again.to_disk(tmp_path / "saved")
    again.to_disk(tmp_path / "other")
    shutil.rmtree(tmp_path / "saved")
    assert spacy.load(tmp_path / "other")(TEXT)._.augment == first


def test_saved_over_another_model(chain, tmp_path):
    pipeline(chain).to_disk(tmp_path / "saved")
    pipeline(chain / "ner").to_disk(tmp_path / "saved")
    said = spacy.load(tmp_path / "saved")(TEXT)
    assert said.spans["sc"] and said._.relations == []


def test_several_processes(chain):
    nlp = pipeline(chain)
    texts = [d.text for d in GOLD[:6]]
    several = list(nlp.pipe(texts, n_process=2, batch_size=3))
    assert [d._.augment for d in several] == [d._.augment for d in nlp.pipe(texts)]
    assert found(several[0])


def test_the_parts_one_after_the_other(chain):
    nlp = spacy.blank("fr")
    for task in ("ner", "coref", "relations"):
        nlp.add_pipe("augment", name=task, config={"model": str(chain / task)})
    assert nlp(TEXT)._.augment == pipeline(chain)(TEXT)._.augment


def sentence():
    """« Paul est né à Lyon ce jour-là. » in tokens."""
    return Doc(spacy.blank("fr").vocab, words="Paul est né à Lyon ce jour-là .".split())


@pytest.fixture(scope="module")
def related(tmp_path_factory):
    student = make("linear", None, 0, {})
    student.fit(world(40))
    student.save(path := tmp_path_factory.mktemp("models") / "relations")
    return path


def test_relations_between_given_spans_or_entities(related):
    nlp = pipeline(related)
    named, bare, other = sentence(), sentence(), sentence()
    named.spans["sc"] = [
        Span(named, 0, 1, label="CIVILIAN", span_id="paul"),
        Span(named, 4, 5, label="PLACE", span_id="0"),
        Span(named, 6, 7, label="OTHER"),
    ]
    bare.ents = [Span(bare, 0, 1, label="CIVILIAN"), Span(bare, 4, 5, label="PLACE")]
    other.spans["mine"] = [
        Span(other, 4, 5, label="PLACE", span_id="0"),
        Span(other, 0, 1, label="CIVILIAN", span_id="paul"),
    ]
    assert nlp(named)._.relations == [("paul", "IS_BORN_IN", "0")]
    assert found(named)[1:] == [("Lyon", "PLACE", "0"), ("jour-là", "OTHER", "1")]
    assert [e.text for e in named.ents] == ["Paul", "Lyon", "jour-là"]
    assert nlp(bare)._.relations == [("0", "IS_BORN_IN", "1")]
    assert found(bare) == [("Paul", "CIVILIAN", "0"), ("Lyon", "PLACE", "1")]
    assert [e.id_ for e in bare.ents] == ["", ""]
    mine = pipeline(related, spans_key="mine", ents=False)(other)
    assert mine._.relations == [("paul", "IS_BORN_IN", "0")]
    assert [s.text for s in mine.spans["mine"]] == ["Lyon", "Paul"]
    assert not mine.ents and "sc" not in mine.spans


def test_nothing_given_gives_nothing(related):
    said = pipeline(related)("Paul est né à Lyon.")
    assert (found(said), said.ents, said._.relations, said._.clusters) == ([], (), [], {})
    bare = spacy.blank("fr")("Paul")
    assert (bare._.augment, bare._.relations, bare._.relation_spans) == (None, [], [])
    assert (bare._.clusters, bare._.unaligned) == ({}, [])


def test_what_does_not_fit_the_tokens_is_kept_and_said(chain):
    nlp = spacy.blank("fr")
    nlp.tokenizer = spacy.tokenizer.Tokenizer(nlp.vocab)  # at white space only: "Brest."
    nlp.add_pipe("augment", config={"model": str(chain)})
    with pytest.warns(UserWarning, match="inside a token"):
        said = nlp(TEXT)
    expected = pipeline(chain)(TEXT)
    assert said._.augment == expected._.augment
    assert said._.relations == expected._.relations
    ((start, end, kind, id),) = said._.unaligned
    assert (TEXT[start:end], kind, said._.clusters[id]) == ("Brest", "PLACE", [])
    assert [t.text for t in said] == TEXT.split()
    assert expected._.unaligned == []


def test_a_record_from_a_docbin_counts_as_long_as_its_spans_do(related, tmp_path):
    (given,) = [d for d in world(2) if d.id == "birth1"]
    write([given], tmp_path / "a.spacy", format="spacy")
    nlp = pipeline(related)
    for keep, expected in ((2, given.relations), (1, ())):
        (read,) = DocBin().from_disk(tmp_path / "a.spacy").get_docs(nlp.vocab)
        read.spans["sc"] = list(read.spans["sc"])[:keep]
        said = nlp(read)._.augment
        assert (said.id == given.id) is (keep == 2)
        assert said.relations == expected
        assert len(said.entities) == keep


def test_docs_with_answers_are_a_docbin_to_read(chain, tmp_path):
    said = list(pipeline(chain).pipe([d.text for d in GOLD[:5]]))
    DocBin(docs=said, store_user_data=True).to_disk(tmp_path / "a.spacy")
    assert read_all(tmp_path / "a.spacy") == ([d._.augment for d in said], [])


def test_offsets_are_code_points(chain):
    text = (
        "👩‍👩‍👧 Paul Dy est né à Brest. Il habite toujours à Nantes avec un e\u0301le\u0301phant."
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        record = pipeline(chain)(text)._.augment
    check(record)
    assert mentions.spans(record) >= {(6, 13), (23, 28)}


def test_faults_are_said(chain, related, tmp_path):
    nlp = pipeline(tmp_path / "none")
    for use in (lambda: nlp(TEXT), lambda: nlp.to_disk(tmp_path / "saved")):
        with pytest.raises(PathError, match=r"component augment.*none: no model there.*config="):
            use()
    clash = sentence()
    clash.spans["sc"] = [Span(clash, n, n + 1, label=str(n), span_id="x") for n in range(2)]
    with pytest.raises(RecordError, match="'x': 0, 1"):
        pipeline(related)(clash)
    pipeline(chain).to_disk(tmp_path / "saved")
    shutil.rmtree(tmp_path / "saved/augment/model")
    with pytest.raises(PathError, match="component augment"):
        spacy.load(tmp_path / "saved")


def test_the_example_of_the_docs(tmp_path, monkeypatch):
    from tests.train.test_cli import run

    page = (ROOT / "docs" / "students.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"^```python\n(.*?)^```", page, re.M | re.S)
    monkeypatch.chdir(tmp_path)
    sample = ("--train", ROOT / "data/sample/train.txt", "--guide", "ukraine_live")
    assert run("train", "--task", "all", *sample, "--out", "chain") == 0
    exec(example, names := {})
    assert names["doc"].spans["sc"] and names["doc"]._.relations
