"""Slips, accents, capitals, abbreviations, spellings, new names: what changes and what stays."""

import re
import unicodedata
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from augment.rewrite.french import elides
from augment.rewrite.noise import SLIPS, capitals, changed, lowercase, misspelt, unaccented
from augment.rewrite.renamed import renamer
from augment.rewrite.variants import (
    _SPELLINGS,
    LONG,
    SHORT,
    TITLES,
    UNITS,
    _pairs,
    abbreviated,
    respelt,
)
from augment.schema import Document
from augment.spans import Edit, check
from augment.surrogates.fold import fold
from tests.helpers import doc
from tests.properties.strategies import documents
from tests.rewrite.corpus import DOCUMENTS

NAMES = frozenset({"FIRSTNAME", "LASTNAME"})
PLACES = frozenset({"PLACE", "MILITARY_ORGANISATION"})
WAYS = {
    "misspelt": partial(misspelt, known=frozenset(), seed=1),
    "unaccented": unaccented,
    "capitals": capitals,
    "lowercase": lowercase,
    "abbreviated": abbreviated,
    "respelt": respelt,
}
NEWS = doc(
    "Le [[1:CATEGORY|général]] [[2:CIVILIAN|[[3:FIRSTNAME|Ida]] [[4:LASTNAME|Roy]]]] a quitté "
    "[[5:PLACE|Kiev]] pour l’[[6:PLACE|hôpital d’[[7:PLACE|Odessa]]]], à 20 kilomètres. "
    "[[2:CIVILIAN|Mme [[4:LASTNAME|Roy]]]] est née à [[5:PLACE|Kiev]], en [[8:PLACE|Ukraine]].",
    (2, "HAS_CATEGORY", 1),
    (2, "GENDER_FEMALE", 2),
    (6, "IS_LOCATED_IN", 7),
)


def renamed(document: Document, others: list[Document] | None = None) -> Document:
    return renamer([document, *(others or [])], NAMES, PLACES)(document)


def values(document: Document) -> list[str]:
    return [m.value for _, m in document.mentions()]


def crossing(document: Document) -> bool:
    spans = sorted((m.start, m.end) for _, m in document.mentions())
    return any(a < c < b < d for a, b in spans for c, d in spans)


def same_but_text(old: Document, new: Document) -> None:
    """Sound, with the same clusters of as many mentions, relations and masks."""
    check(new)
    assert [(e.id, e.type, len(e.mentions)) for e in new.entities] == [
        (e.id, e.type, len(e.mentions)) for e in old.entities
    ]
    kept = {"id", "relations", "labelled", "masked", "meta"}
    assert new.model_dump(include=kept) == old.model_dump(include=kept)
    assert crossing(new) is crossing(old)
    assert (new is old) == (new.text == old.text)


@pytest.mark.parametrize("way", WAYS)
@given(document=documents())
def test_any_document_stays_sound(way, document):
    new = WAYS[way](document)
    same_but_text(document, new)
    assert WAYS[way](document.model_copy()) == new


@given(st.lists(documents(), min_size=1, max_size=3))
def test_new_names_leave_any_document_sound(view):
    rename = renamer(view, NAMES, PLACES)
    for document in view:
        same_but_text(document, rename(document))


@pytest.mark.parametrize("way", WAYS)
def test_a_text_to_which_nothing_applies_is_the_same_object(way):
    plain = doc("[[1:PLACE|12]] + [[2:PLACE|4]]", (1, "IS_LOCATED_IN", 2))
    assert WAYS[way](plain) is plain
    assert renamed(plain) is plain


def test_slips_hit_a_tenth_of_the_longer_words_and_depend_on_seed_and_document():
    text = " ".join(["chercheur"] * 200)
    document = doc(text)
    new = misspelt(document, frozenset(), 1).text.split()
    assert sum(word != "chercheur" for word in new) == round(SLIPS * 200)
    assert misspelt(document, frozenset(), 2).text.split() != new
    assert misspelt(doc(text, id="other"), frozenset(), 1).text.split() != new


def test_no_slip_makes_a_known_word():
    slips = {"mis", "mas", "mias", "masi", "maais", "maiis", "mzis", "maus", "maos"}
    texts = [doc("mais", id=str(i)) for i in range(60)]
    assert {misspelt(d, frozenset(), 3).text for d in texts} == slips
    assert {misspelt(d, frozenset(slips - {"maos"}), 3).text for d in texts} == {"mais", "maos"}


def test_accents_go_however_they_are_written():
    assert unaccented(doc("Élève, ça, où, cœur")).text == "Eleve, ca, ou, cœur"
    apart = unicodedata.normalize("NFD", "un [[1:PLACE|élève]] né à [[2:PLACE|Orly]]")
    assert values(unaccented(doc(apart))) == ["eleve", "Orly"]
    assert unaccented(doc("une [[1:PLACE|\u0301]]")).text == "une \u0301"  # nothing would be left


def test_capitals_and_small_letters_keep_every_offset():
    for way, text in ((capitals, NEWS.text.upper()), (lowercase, NEWS.text.lower())):
        new = way(NEWS)
        assert new.text == text
        assert [(m.start, m.end) for _, m in new.mentions()] == [
            (m.start, m.end) for _, m in NEWS.mentions()
        ]
    assert capitals(doc("une straße")).text == "UNE STRAßE"


def test_abbreviations_go_both_ways():
    new = abbreviated(NEWS)
    assert "Le gén. Ida Roy" in new.text
    assert "l’hôp. d’Odessa, à 20 km. Madame Roy est née" in new.text
    assert values(new)[0] == "gén."
    assert "Madame Roy" in values(new)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Hier, M. Roy et monsieur Petit.", "Hier, monsieur Roy et M. Petit."),
        ("Il part. M. Roy reste.", "Il part. Monsieur Roy reste."),
        ("monsieur et madame", "monsieur et madame"),
        ("Il voit le ministre.", "Il voit le min."),
        ("Il faut 30 min. Puis 5 h 30.", "Il faut 30 minutes. Puis 5 heures 30."),
        ("20 hab.", "20 habitants."),
        ("Ils étaient sept. Hors jeu.", "Ils étaient sept. Hors jeu."),
        ("LE GÉNÉRAL", "LE GÉNÉRAL"),
        ("des généraux, min, h", "des généraux, min, h"),
        ("Le Président", "Le Pdt"),
    ],
)
def test_abbreviations(old, new):
    assert abbreviated(doc(old)).text == new


def test_tables_keep_first_letters_and_elisions():
    for rows in (TITLES, SHORT, LONG, UNITS):
        for long, short in _pairs(rows):
            assert rows is UNITS or long[0].lower() == short[0].lower()
    for a, b in _SPELLINGS.items():
        assert elides(a) == elides(b)
        assert a != b


def test_spellings_are_exchanged_as_whole_words_in_their_case():
    new = respelt(doc("[[1:PLACE|Kiev]], KYIV, Kievs, d’[[2:PLACE|Odessa]] à Lviv, Kiev-Lvov"))
    assert new.text == "Kyiv, KIEV, Kievs, d’Odesa à Lvov, Kyiv-Lviv"
    assert values(new) == ["Kyiv", "Odesa"]


@given(st.lists(st.sampled_from(sorted(_SPELLINGS)), min_size=1, max_size=6))
def test_every_spelling_comes_back(words):
    document = doc(", ".join(words))
    seen = [document.text]
    for _ in range(6):  # rows have two or three spellings
        document = respelt(document)
        seen.append(document.text)
    assert seen[6] == seen[0]
    assert all(a not in seen[1].split(", ") or a in words for a in words)


def test_new_names_stay_the_same_through_the_document():
    new = renamed(NEWS)
    by_id = {e.id: [m.value for m in e.mentions] for e in new.entities}
    first, last = by_id[3][0], by_id[4][0]
    assert by_id[4] == [last, last]
    assert by_id[2] == [f"{first} {last}", f"Mme {last}"]
    assert len(set(by_id[5])) == 1
    assert {first, last, by_id[5][0]}.isdisjoint({"Ida", "Roy", "Kiev"})
    assert elides(by_id[7][0])  # after d’
    assert by_id[6] == [f"hôpital d’{by_id[7][0]}"]
    assert by_id[8] == ["Ukraine"]  # after en


def test_new_names_are_in_no_document():
    others = [doc(f"Bruno, Clairval et {name} parlent.") for name in ("Alice", "Lebrun", "Verdier")]
    known = {fold(w).text for d in [NEWS, *others] for w in re.findall(r"\w+", d.text)}
    new = renamed(NEWS, others)
    assert new is not NEWS
    fresh = set(re.findall(r"\w+", new.text)) - set(re.findall(r"\w+", NEWS.text))
    assert len(fresh) == 4
    assert {fold(w).text for w in fresh}.isdisjoint(known)


def test_common_nouns_and_names_with_an_article_keep_their_place():
    document = doc(
        "La [[1:PLACE|France]] et l’[[2:MILITARY_ORGANISATION|armée]] visent [[3:PLACE|Metz]]. "
        "[[2:MILITARY_ORGANISATION|Armée]] de [[1:PLACE|France]], une [[3:PLACE|ville]]."
    )
    new = renamed(document)
    assert values(new)[0:2] == ["France", "France"]
    assert values(new)[2:4] == ["armée", "Armée"]
    assert values(new)[4] != "Metz"
    assert values(new)[5] == "ville"


def test_french_items_change_in_every_way():
    rename = renamer(DOCUMENTS, frozenset(), PLACES)
    for document in DOCUMENTS:
        for way in (*WAYS.values(), rename):
            same_but_text(document, way(document))
    assert all(capitals(d) is not d for d in DOCUMENTS)


def test_edits_that_would_cut_a_mention_are_left_out():
    document = doc("un [[1:PLACE|ab]]c d")
    assert changed(document, [Edit(3, 6, "x")]) is document
    assert changed(document, [Edit(3, 5, "")]) is document
    new = changed(document, [Edit(3, 6, "x"), Edit(7, 8, "e")])
    assert (new.text, values(new)) == ("un abc e", ["ab"])
