"""Templates: one sentence a type, slots filled from the view, nothing claimed that is not said."""

import re

import pytest

from augment.rewrite import rewrite
from augment.rewrite.index import Index
from augment.rewrite.templates import LIMIT, patterns
from augment.rewrite.written import written
from augment.schema import Candidate, Drop, Order
from tests.helpers import doc
from tests.rewrite.corpus import DOCUMENTS, GUIDE


def made(*types, number=40, documents=DOCUMENTS, **order):
    orders = [
        Order(id=f"o{i}", strategy="templates", types=types, seed=i, **order) for i in range(number)
    ]
    return list(rewrite(orders, documents, guide=GUIDE))


def texts(pattern, kind, seeds=80):
    from random import Random

    index = Index(DOCUMENTS, GUIDE)
    found = (written(pattern, kind, index, Random(seed)) for seed in range(seeds))
    return {d.text for d in found if d}


def test_only_what_was_ordered_is_labelled_and_stated():
    results = [r for r in made("BORN_IN", "OWNS") if isinstance(r, Candidate)]
    assert len(results) > 30
    for result in results:
        document = result.document
        assert document.labelled == ("BORN_IN", "OWNS")
        assert {"BORN_IN", "OWNS"} == {r.type for r in document.relations}


def test_negatives_are_stated_too_and_labelled():
    for result in made("BORN_IN", negatives=("LIVES_IN",)):
        document = result.document
        assert document.labelled == ("BORN_IN", "LIVES_IN")
        assert "BORN_IN" in {r.type for r in document.relations}


def test_distractors_add_entities_but_no_relation():
    plain = made("BORN_IN", number=30)
    more = made("BORN_IN", number=30, distractors=2)
    for a, b in zip(plain, more, strict=True):
        assert len(b.document.relations) == len(a.document.relations)
    entities = [sum(len(r.document.entities) for r in results) for results in (plain, more)]
    assert entities[1] > entities[0]


def test_pairs_of_different_sentences_are_masked_unless_a_tail_has_one_head():
    for result in made("LOCATED_IN", "DATED"):
        document = result.document
        masked = set(document.masked)
        for a in document.entities:
            for b in document.entities:
                if str(a.id)[0] == str(b.id)[0]:
                    continue
                located = GUIDE.allows("LOCATED_IN", a.type, b.type, same=False)
                assert ((a.id, "LOCATED_IN", b.id) in masked) is located
                assert (a.id, "DATED", b.id) not in masked


def test_gold_patterns_are_few_short_and_state_one_relation():
    index = Index(DOCUMENTS * 5, GUIDE)
    for kind in ("LOCATED_IN", "OWNS", "MEETS", "DATED"):
        found = patterns(kind, index)
        assert 0 < len(found) <= LIMIT
        for sentence in found:
            pairs = {frozenset((r.head, r.tail)) for r in sentence.relations if r.type == kind}
            assert len(pairs) == 1
            assert not any(w in sentence.text.split() for w in ("Elle", "Il", "il", "elle"))


def test_gold_patterns_are_refilled():
    sentence = {d.text for d in patterns("LOCATED_IN", Index(DOCUMENTS, GUIDE))}
    results = {r.document.text for r in made("LOCATED_IN")}
    assert len(results) > 3
    assert not results & sentence


def test_symmetric_types_are_stated_both_ways():
    for result in made("MEETS"):
        triples = {r.triple for r in result.document.relations}
        assert {(t, k, h) for h, k, t in triples} == triples


def test_written_patterns_agree_and_contract():
    people = "Ida Roy|Luc Petit|Léa Morel|Paul Blanc|Yann Legall|Zoé Aubry|Le mari"
    places = (
        "de (?:Lyon|Nantes|Bordeaux|Rennes|Brest|Dijon|Metz|France)|d’Italie|de la Belgique|"
        "du (?:Portugal|Brésil|hangar)|de l’usine"
    )
    found = texts("{head} vient de {tail}.", "BORN_IN")
    assert len(found) > 20
    assert all(re.fullmatch(f"(?:{people}) vient (?:{places})\\.", text) for text in found)
    born = texts("{head} est né(e) à {tail}.", "BORN_IN")
    assert any(t.startswith(("Ida Roy est née", "Léa Morel est née")) for t in born)
    assert any(t.startswith(("Luc Petit est né ", "Paul Blanc est né ")) for t in born)


@pytest.mark.parametrize(
    ("pattern", "kind", "expected"),
    [
        ("{head} naît le {tail}.", "BORN_ON", {"le 3 mai 2021", "le 12 juin 2020"}),
        ("{head} naît en {tail}.", "BORN_ON", set()),
    ],
)
def test_dates_take_the_preposition_they_need(pattern, kind, expected):
    found = texts(pattern, kind)
    assert {t.split("naît ")[1].rstrip(".") for t in found} == expected


def test_a_written_pattern_tags_its_slots():
    from random import Random

    index = Index(DOCUMENTS, GUIDE)
    document = written("{head} naît le {tail}.", "BORN_ON", index, Random(3))
    assert {e.type for e in document.entities} == {"PERSON", "DATE", "FIRST", "LAST"}
    (relation,) = document.relations
    assert document.by_id[relation.head].type == "PERSON"
    assert document.by_id[relation.tail].type == "DATE"


def test_no_pattern_is_a_drop():
    (result,) = made("NEVER_SEEN", number=1)
    assert isinstance(result, Drop)
    assert "NEVER_SEEN" in result.detail
    (result,) = made(number=1)
    assert isinstance(result, Drop)


def test_unlabelled_documents_give_no_pattern():
    silent = [doc("M. [[1:PERSON|Roy]] vit à [[2:PLACE|Lyon]].", (1, "LIVES_IN", 2), id="s")]
    silent = [d.model_copy(update={"labelled": ("OWNS",)}) for d in silent]
    assert isinstance(made("LIVES_IN", number=1, documents=silent)[0], Drop)
