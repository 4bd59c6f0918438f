"""Tokens, shuffle, recombine, typos: what each changes and what it must leave alone."""

import re

from augment.rewrite import rewrite
from augment.rewrite.typos import NEIGHBOURS
from augment.schema import Candidate, Order
from tests.helpers import doc
from tests.rewrite.corpus import DOCUMENTS, GUIDE


def made(strategy, documents=DOCUMENTS, number=60, **order):
    orders = [Order(id=f"o{i}", strategy=strategy, seed=i, **order) for i in range(number)]
    found = rewrite(orders, documents, guide=GUIDE)
    return [c.document for c in found if isinstance(c, Candidate)]


def shuffled(tagged):
    return {d.text for d in made("shuffle", [doc(tagged)], 20)}


# tokens


def test_tokens_draws_first_and_last_names_apart():
    names = set()
    for document in made("tokens", number=150):
        names |= {m.value for e, m in document.mentions() if e.type == "PERSON" and " " in m.value}
    own = {m.value for d in DOCUMENTS for e, m in d.mentions() if e.type == "PERSON"}
    assert any(name not in own for name in names)


def test_tokens_changes_one_word_of_a_phrase():
    extra = doc(
        "Une [[1:GEAR|grenade artisanale]] explose. Une [[2:GEAR|bombe lacrymogène]] aussi.",
        id="extra",
    )
    more = doc("La grenade tue. La bombe blesse.", id="more")
    view = [extra, more, *DOCUMENTS]
    texts = {d.text for d in made("tokens", view, 200) if "artisanale" in d.text}
    assert any(re.search(r"Une (?!grenade)\w+ artisanale", t) for t in texts)


# shuffle


def test_shuffle_swaps_place_and_time_in_front():
    tagged = "À [[1:PLACE|Lyon]], le [[2:DATE|3 mai]], il a plu sur la place."
    assert shuffled(tagged) == {"Le 3 mai, à Lyon, il a plu sur la place."}
    tagged = "Le [[2:DATE|3 mai]], en [[1:PLACE|France]], il a plu."
    assert shuffled(tagged) == {"En France, le 3 mai, il a plu."}


def test_shuffle_swaps_coordinated_mentions_with_their_articles():
    tagged = "Il a des [[1:GEAR|stylos]] et des [[2:GEAR|feuilles]]."
    assert shuffled(tagged) == {"Il a des feuilles et des stylos."}
    tagged = "Il a besoin d’[[1:GEAR|armes]] et d’[[2:GEAR|eau]]."
    assert shuffled(tagged) == {"Il a besoin d’eau et d’armes."}
    tagged = "Il brûle un [[1:GEAR|camion]] ou un [[2:GEAR|bus]]."
    assert shuffled(tagged) == {"Il brûle un bus ou un camion."}


def test_shuffle_leaves_what_agrees_or_governs():
    assert shuffled("Il a leur [[1:GEAR|sac]] et [[2:GEAR|mallettes]].") == set()
    assert shuffled("Il a un [[1:GEAR|camion]] et une [[2:GEAR|moto]].") == set()
    assert shuffled("Il a des [[1:GEAR|sacs]] et des [[2:GEAR|boîtes]] pleines.") == set()
    assert shuffled("Il a un [[1:GEAR|sac]] et un [[2:PLACE|pré]].") == set()
    assert shuffled("[[1:GEAR|Sacs]], [[2:GEAR|valises]] : tout brûle.") == set()


def test_shuffle_swaps_sentences_that_nothing_ties():
    text = "Un drame a eu lieu. [[1:GROUP|Des pompiers]] arrivent. [[2:PLACE|La route]] ferme."
    assert shuffled(text) == {"Un drame a eu lieu. La route ferme. Des pompiers arrivent."}
    tied = "Un drame a eu lieu. [[1:GROUP|Des pompiers]] arrivent. Ils ferment [[2:PLACE|la rue]]."
    assert shuffled(tied) == set()


def test_shuffle_keeps_words_and_relations():
    parents = {d.id: d for d in DOCUMENTS}
    for document in made("shuffle"):
        parent = parents[document.meta.parents[0]]
        assert sorted(document.text.lower()) == sorted(parent.text.lower())
        assert document.relations == parent.relations


# recombine


def test_recombine_joins_documents_of_one_event_type():
    parents = {d.id: d for d in DOCUMENTS}
    documents = made("recombine")
    assert documents
    for document in documents:
        assert len(document.meta.parents) == 2
        assert all(
            any(e.type == "FIRE" for e in parents[p].entities) for p in document.meta.parents
        )


def test_recombine_masks_pairs_across_and_what_is_no_longer_said():
    for document in made("recombine"):
        types = document.by_id
        masked = set(document.masked)
        for a in document.entities:
            for b in document.entities:
                across = str(a.id)[0] != str(b.id)[0]
                if across and GUIDE.candidates(a.type, b.type, same=False):
                    assert (a.id, None, b.id) in masked
        for r in document.relations:
            assert str(r.head)[0] == str(r.tail)[0]
            assert (r.head, r.type, r.tail) not in masked
            assert GUIDE.allows(
                r.type, types[r.head].type, types[r.tail].type, same=r.head == r.tail
            )


def test_recombine_masks_a_relation_whose_sentence_is_gone():
    first = doc(
        "Un [[1:FIRE|feu]] a pris. Mme [[2:PERSON|Roy]] regarde à [[3:PLACE|Lyon]]. "
        "Mme [[2:PERSON|Roy]] a vu le [[1:FIRE|feu]] naître.",
        (1, "LOCATED_IN", 3),
        (2, "OWNS", 1),
        id="first",
    )
    second = doc("Le [[1:FIRE|sinistre]] a duré. Tout brûle.", id="second")
    documents = made("recombine", [first, second], types=("LOCATED_IN",))
    assert documents
    for document in documents:
        assert [r.type for r in document.relations] == ["LOCATED_IN"]
        assert ("a2", "OWNS", "a1") in document.masked


def test_recombine_never_joins_documents_that_share_a_name():
    twice = [
        doc("Un [[1:FIRE|feu]] a pris à [[2:PLACE|Lyon]]. Il pleut.", id="a"),
        doc("Le [[1:FIRE|feu]] de [[2:PLACE|Lyon]] dure. Il vente.", id="b"),
    ]
    assert made("recombine", twice) == []


# typos


def test_typos_keeps_numbers_first_letters_and_known_words():
    parents = {d.id: d for d in DOCUMENTS}
    known = {w for d in DOCUMENTS for w in re.findall(r"\w+", d.text.lower())}
    for document in made("typos"):
        parent = parents[document.meta.parents[0]]
        old, new = re.findall(r"\w+", parent.text), re.findall(r"\w+", document.text)
        assert len(old) == len(new)
        different = [(a, b) for a, b in zip(old, new, strict=True) if a != b]
        assert different
        for a, b in different:
            assert not any(c.isdigit() for c in a)
            assert a[0] == b[0]
            assert b.lower() not in known
        assert [e.id for e in document.entities] == [e.id for e in parent.entities]


def test_typos_reach_mentions_and_update_their_values():
    values = {m.value for d in made("typos", number=80) for _, m in d.mentions()}
    own = {m.value for d in DOCUMENTS for _, m in d.mentions()}
    assert values - own


def test_keys_are_neighbours_on_a_french_keyboard():
    assert set(NEIGHBOURS["a"]) == {"z"}
    assert set(NEIGHBOURS["s"]) == {"q", "d"}
    assert set(NEIGHBOURS["m"]) == {"l"}
