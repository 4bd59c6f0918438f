"""The recogniser of mentions: nested spans, exact offsets, models on disk, what it learns from."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from augment import mentions
from augment.errors import ConfigError
from augment.protocols import Recogniser as Shape
from augment.read import read_all
from augment.schema import Document
from augment.spans import check
from augment.train.ner.linear import Recogniser
from augment.train.ner.spans import Span, kept, nesting
from tests.helpers import ROOT, corpora, doc
from tests.train.small import GUIDE, NAMES, PLACES

LAST = "Martin Roy Petit Durand Moreau Simon Garnier Faure".split()
NESTED = "[[0:CIVILIAN|[[1:FIRSTNAME|{}]] [[2:LASTNAME|{}]]]]"


def person(n: int, text: str = "{who} est né à {where} ce jour-là.", **update) -> Document:
    """« Paul Martin est né à Lyon ce jour-là. »"""
    who = NESTED.format(NAMES[n % len(NAMES)], LAST[n % len(LAST)])
    where = f"[[3:PLACE|{PLACES[n % len(PLACES)]}]]"
    return doc(text.format(who=who, where=where), id=f"p{n}", **update)


def people(number: int = 40) -> list[Document]:
    return [
        person(n) if n % 2 else person(n, "Hier, {where} a vu {who} partir.") for n in range(number)
    ]


def found(recogniser, *documents: Document) -> list[Document]:
    entities = recogniser.predict(documents)
    return [
        d.model_copy(update={"entities": e, "relations": ()})
        for d, e in zip(documents, entities, strict=True)
    ]


@pytest.fixture(scope="module")
def recogniser():
    made = Recogniser()
    made.fit(people())
    return made


def test_it_has_the_shape(recogniser):
    assert isinstance(recogniser, Shape)


def test_nested_mentions_of_names_never_seen_are_found(recogniser):
    text = doc(f"{NESTED.format('Yann', 'Leroux')} est né à [[3:PLACE|Rouen]] ce jour-là.")
    (answer,) = found(recogniser, text.model_copy(update={"entities": ()}))
    check(answer)
    assert mentions.mentions(answer) == mentions.mentions(text)
    assert all(len(e.mentions) == 1 for e in answer.entities)
    assert [e.id for e in answer.entities] == list(range(4))


def test_given_entities_are_not_looked_at_and_neighbours_change_nothing(recogniser):
    documents = people(70)
    together = found(recogniser, *documents)
    assert together == [
        found(recogniser, d.model_copy(update={"entities": ()}))[0].model_copy(update={"id": d.id})
        for d in documents
    ]


@pytest.mark.parametrize(
    "before, name",
    [
        ("🇫🇷 👩‍👩‍👧 ", "Zoé"),
        ("e\u0301te\u0301 ! ", unicodedata.normalize("NFD", "Zoé")),
        ("\n\t", "Zoé"),
    ],
)
def test_offsets_are_exact_after_what_takes_more_than_one_character(recogniser, before, name):
    text = f"{before}Hier, Lyon a vu {name} Martin partir."
    (answer,) = found(recogniser, Document(id="d", text=text))
    check(answer)
    assert {m.value for _, m in answer.mentions()} == {"Lyon", name, "Martin", f"{name} Martin"}


@settings(max_examples=50, deadline=None)
@given(st.text(min_size=1).filter(str.strip), st.integers(0, 39))
def test_any_text_gives_a_sound_document_without_crossing_spans(recogniser, text, n):
    text = f"{text} {person(n).text} {text}".encode("utf-8", "ignore").decode()
    (answer,) = found(recogniser, Document(id="d", text=text))
    check(answer)
    spans = sorted(mentions.spans(answer))
    assert not any(a[0] < b[0] < a[1] < b[1] for a in spans for b in spans)


def test_the_same_documents_give_the_same_bytes_and_load_brings_them_back(recogniser, tmp_path):
    again = Recogniser()
    again.fit(people())
    recogniser.save(tmp_path / "a")
    again.save(tmp_path / "b")
    loaded = Recogniser.load(tmp_path / "a")
    loaded.save(tmp_path / "c")
    for file in ("model.json", "arrays.npz"):
        first = (tmp_path / "a" / file).read_bytes()
        assert first == (tmp_path / "b" / file).read_bytes()
        assert first == (tmp_path / "c" / file).read_bytes()
    assert found(loaded, *people(9)) == found(recogniser, *people(9))


def test_a_damaged_model_is_refused(recogniser, tmp_path):
    recogniser.save(tmp_path)
    (tmp_path / "arrays.npz").write_bytes(b"no")
    with pytest.raises(ConfigError, match="damaged"):
        Recogniser.load(tmp_path)


@pytest.mark.parametrize("documents", [[], [Document(id="d", text="Rien ici.")]])
def test_without_a_mention_nothing_is_learnt(documents, tmp_path):
    made = Recogniser()
    made.fit(documents)
    made.save(tmp_path)
    assert Recogniser.load(tmp_path).predict(people(2)) == [(), ()]


def test_one_document_is_enough_to_learn_its_words():
    made = Recogniser()
    made.fit(people(1))
    check(found(made, person(0))[0])
    assert "Lyon" in {m.value for _, m in found(made, person(0))[0].mentions()}


def test_entities_teach_whatever_is_labelled_and_raw_text_does_not(recogniser, tmp_path):
    made = Recogniser()
    unlabelled = [d.model_copy(update={"labelled": "none"}) for d in people()]
    raw = [d.model_copy(update={"entities": (), "id": f"raw{d.id}"}) for d in unlabelled]
    made.fit([*unlabelled, *raw])
    made.save(tmp_path / "a")
    recogniser.save(tmp_path / "b")
    assert (tmp_path / "a/arrays.npz").read_bytes() == (tmp_path / "b/arrays.npz").read_bytes()


@pytest.mark.parametrize("weights, known", [((1.0, 0.0), True), ((0.0, 1.0), False)])
def test_documents_of_no_weight_teach_nothing(weights, known):
    silent = [
        d.model_copy(update={"entities": d.entities[3:], "id": f"silent{d.id}"}) for d in people()
    ]
    made = Recogniser()
    made.fit([*people(), *silent], [weights[0]] * 40 + [weights[1]] * 40)
    kinds = {e.type for d in found(made, *people(6)) for e in d.entities}
    assert ("CIVILIAN" in kinds) == known and "PLACE" in kinds


def test_types_take_the_name_that_the_guide_gives():
    made = Recogniser(GUIDE)
    made.fit([d.model_copy(update={"entities": tuple(_aliased(d))}) for d in people()])
    assert {e.type for e in made.predict(people(2))[0]} >= {"CIVILIAN", "PLACE"}


def _aliased(document):
    for entity in document.entities:
        kind = "CIVILIAN_0" if entity.type == "CIVILIAN" else entity.type
        yield entity.model_copy(update={"type": kind})


def test_of_clashing_spans_the_surest_stays():
    seen = {("in", "CIVILIAN", "LASTNAME"): 2, ("in", "PLACE", "PLACE"): 1}
    person, name = Span(0, 3, "CIVILIAN", 2.0), Span(2, 3, "LASTNAME", 1.0)
    assert kept([name, person], seen) == [person, name]
    assert kept([person, Span(2, 4, "PLACE", 3.0)], seen) == [Span(2, 4, "PLACE", 3.0)]
    assert kept([Span(0, 4, "PLACE", 1.0), Span(3, 4, "PLACE", 2.0)], seen) == [
        Span(3, 4, "PLACE", 2.0)
    ]
    assert kept([Span(0, 1, "PLACE", 1.0), Span(0, 1, "CIVILIAN", 2.0)], seen) == [
        Span(0, 1, "CIVILIAN", 2.0)
    ]


def test_nesting_is_counted_once_a_pair():
    spans = {(0, 3): {"CIVILIAN"}, (0, 0): {"FIRSTNAME"}, (1, 3): {"LASTNAME"}, (5, 5): {"A", "B"}}
    assert nesting(spans) == {
        ("in", "CIVILIAN", "FIRSTNAME"): 1,
        ("in", "CIVILIAN", "LASTNAME"): 1,
        ("same", "A", "B"): 1,
        ("same", "B", "A"): 1,
    }


def f1(made, documents) -> float:
    parts = [mentions.exact(d, p) for d, p in zip(documents, found(made, *documents), strict=True)]
    return mentions.whole(parts).f1


def test_the_sample_teaches_something():
    train, test = (read_all(ROOT / f"data/sample/{name}.txt")[0] for name in ("train", "test"))
    made = Recogniser()
    made.fit(train)
    assert f1(made, test) > 0.6


@pytest.mark.corpora
def test_a_fold_of_a_real_corpus():
    documents = read_all(corpora("textmine", "train.csv"))[0]
    made = Recogniser()
    made.fit([d for n, d in enumerate(documents) if n % 5])
    assert f1(made, documents[::5]) > 0.68
