"""Whole clusters replaced: coherent, grammatical, every label kept."""

import re

import pytest

from augment.rewrite import rewrite
from augment.rewrite.index import Index
from augment.rewrite.replace import replace
from augment.schema import Candidate, Order
from augment.spans import check
from tests.helpers import doc
from tests.rewrite.corpus import DOCUMENTS, GUIDE, person

VOWEL = "[aeiouyéèêâîôûœhAEIOUYÉÈÊÂÎÔÛŒH]"


def made(strategy, number=60, documents=DOCUMENTS, **order):
    orders = [Order(id=f"o{i}", strategy=strategy, seed=i, **order) for i in range(number)]
    return list(rewrite(orders, documents, guide=GUIDE))


def changed(document, key, *others, seeds=40):
    """Texts in which only the cluster ``key`` of a document was replaced, over many seeds."""
    from random import Random

    index = Index([document, *others, *DOCUMENTS], GUIDE)
    source = index.read[0]
    chosen = [c for c in source.clusters if c.entity.id == key]
    found = (replace(source, chosen, index, Random(seed)) for seed in range(seeds))
    return {change.text for change in found if change}


def test_relations_labels_and_masks_are_the_parents():
    parents = {d.id: d for d in DOCUMENTS}
    for candidate in made("mentions"):
        parent = parents[candidate.document.meta.parents[0]]
        assert candidate.document.relations == parent.relations
        assert candidate.document.labelled == parent.labelled
        assert [e.id for e in candidate.document.entities] == [e.id for e in parent.entities]
        assert [e.type for e in candidate.document.entities] == [e.type for e in parent.entities]
        assert candidate.document.text != parent.text
        assert candidate.document.meta.origin == "synthetic"
        assert candidate.id == candidate.document.id == f"mentions-{candidate.order}"


def test_a_person_changes_name_everywhere_and_keeps_title_and_pronoun():
    texts = changed(DOCUMENTS[0], 1)
    assert texts
    for text in texts:
        assert "Roy" not in text
        assert "Ida" not in text
        last = re.search(r"Mme (\w+) (\w+) a perdu", text)
        assert last[1] in {"Léa", "Zoé"}  # women only
        assert f"Mme {last[2]} est contente" in text
        assert "Elle vit" in text


def test_a_shared_surname_changes_for_the_whole_family():
    family = doc(
        f"M. {person(1, 'Jean', 'Weber', 11)} et son fils M. {person(2, 'Marc', 'Weber', 13)} "
        "arrivent.",
        (1, "IS_MALE", 1),
        (2, "IS_MALE", 2),
        id="family",
    )
    for text in changed(family, 1):
        assert "Weber" not in text
        assert "Marc" in text
        assert len(set(re.findall(r"M\. \w+ (\w+)", text))) == 1


def test_gender_changes_only_where_nothing_agrees():
    free = doc("L'[[1:ARMY|armée]] avance vers le nord.", id="free")
    bound = doc("L'[[1:ARMY|armée]] est arrivée.", id="bound")
    more = doc("L'[[1:ARMY|armée]] avance. Elle tire.", id="more")
    extra = doc("Une armée avance. Cette armée attend. Le bataillon tire.", id="extra")
    assert "Le bataillon avance vers le nord." in changed(free, 1, extra)
    assert changed(bound, 1, extra) == {"La brigade est arrivée."}
    assert changed(more, 1, extra) == {"La brigade avance. Elle tire."}


def test_an_adjective_beside_the_noun_keeps_the_gender():
    extra = doc("Une armée avance. Cette armée attend.", id="extra")
    beside = doc("L'[[1:ARMY|armée]] russe avance.", id="beside")
    after = doc("L'[[1:ARMY|armée]] avance, encerclée.", id="after")
    assert changed(beside, 1, extra) <= {"La brigade russe avance."}
    assert all("bataillon" not in text for text in changed(after, 1, extra))


@pytest.mark.parametrize(
    ("tagged", "expected"),
    [
        ("Le toit de l'[[1:PLACE|usine]] cède vers midi.", "Le toit du hangar cède vers midi."),
        ("Il va à l’[[1:PLACE|usine]]. C’est vrai.", "Il va au hangar. C’est vrai."),
        ("L'[[1:PLACE|usine]] dans le port brûle.", "Le hangar dans le port brûle."),
        ("Un [[1:PLACE|hangar]] dans le port brûle.", "Une usine dans le port brûle."),
        ("Le toit du [[1:PLACE|hangar]] avec une croix.", "Le toit de l'usine avec une croix."),
    ],
)
def test_articles_follow_the_new_noun(tagged, expected):
    assert changed(doc(tagged, id="x"), 1) == {expected}


def test_names_of_places_keep_their_kind_of_article():
    city = changed(doc("Il vit à [[1:PLACE|Lille]].", id="x"), 1)
    assert city
    assert all(re.fullmatch(r"Il vit à (Lyon|Nantes|Brest|Dijon|Metz)\.", t) for t in city)
    country = changed(doc("Il vit en [[1:PLACE|Espagne]].", id="x"), 1)
    assert country == {"Il vit en France.", "Il vit en Italie."}
    assert changed(doc("Il vit au [[1:PLACE|Pérou]].", id="x"), 1) == {
        "Il vit au Brésil.",
        "Il vit au Portugal.",
    }
    origin = changed(doc("Il fuit l'[[1:PLACE|Espagne]]. En [[1:PLACE|Espagne]], non.", id="x"), 1)
    assert origin == {"Il fuit la France. En France, non.", "Il fuit l'Italie. En Italie, non."}


def test_a_noun_tied_to_a_relation_gives_way_only_to_its_like():
    extra = doc(
        "Un [[1:PERSON|voisin]] a appelé. Ce [[1:PERSON|voisin]] a vu un [[2:PERSON|passant]]. Le "
        "[[2:PERSON|passant]] a fui.",
        (1, "IS_MALE", 1),
        (2, "IS_MALE", 2),
        id="extra",
    )
    assert changed(DOCUMENTS[6], 2, extra) == set()
    texts = changed(extra, 1, DOCUMENTS[6])
    assert all("mari" not in text for text in texts)


@pytest.mark.parametrize(
    "tagged",
    [
        "Le [[1:PLACE|hangar]] cède. Ce hangar était vieux.",  # an unannotated mention stays behind
        "[[1:FIRE|Brûler]] est interdit.",  # not a noun
        "Le [[1:PLACE|toit du [[2:PLACE|hangar]]]] cède.",  # another entity inside
        "Le [[1:PERSON|maire]] de Lyon parle.",  # hangs on its complement
        "[[1:PERSON|Il]] part.",  # nothing but a pronoun
    ],
)
def test_what_cannot_be_replaced_safely_stays(tagged):
    assert changed(doc(tagged, id="x"), 1) == set()


def test_dates_numbers_and_demonyms_keep_their_form():
    assert changed(DOCUMENTS[0], 3) == {
        DOCUMENTS[0].text.replace("3 mai 2021", "12 juin 2020"),
    }
    assert changed(DOCUMENTS[8], 3) == {DOCUMENTS[8].text.replace("40", "25")}
    assert changed(DOCUMENTS[8], 5) == {
        DOCUMENTS[8].text.replace("française", "anglaise"),
        DOCUMENTS[8].text.replace("française", "polonaise"),
    }


def test_no_bad_seam_is_left():
    """No *de le, à les, le usine, l'hangar* in anything the strategies write."""
    bad = re.compile(
        r"\b(?:de le|de les|à le|à les)\b|\b(?:le|la|de|que|ce) [aeiouéèêâîôû]|"
        r"\b[ldLD]['’](?:hangar|[bcdfgjklmnpqrstvwxz])|\b(?:un|Un) (?:usine|voiture|moto|échelle)|"
        r"\b(?:une|Une) (?:hangar|fusil|camion|avion|tracteur)"
    )
    for strategy in ("mentions", "tokens", "shuffle", "recombine", "templates"):
        for candidate in made(strategy, 80, types=("LOCATED_IN",)):
            if isinstance(candidate, Candidate):
                check(candidate.document)
                assert not bad.search(candidate.document.text), candidate.document.text
