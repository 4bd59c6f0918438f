from unicodedata import normalize

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from augment.overlap import (
    Leaks,
    NearDuplicates,
    Twin,
    containment,
    fold,
    near_twin_groups,
    ngrams,
    sketch,
    words,
)
from augment.read import read_all
from augment.schema import Document
from tests.helpers import corpora, doc

short_texts = st.lists(st.sampled_from("un deux trois quatre cinq".split()), max_size=14).map(
    " ".join
)
PROPERTY = settings(max_examples=200, derandomize=True, deadline=None)


def test_fold_is_about_case_and_white_space_only():
    assert fold(" À\u00a0KIEV,\r\n ce\tmatin ") == "à kiev, ce matin"
    assert fold("Kiev.") != fold("Kiev")
    assert fold("été") != fold("ete")


def test_words_leave_out_punctuation_and_compose_accents():
    assert words("L’Été, à Kiev…") == ("l", "été", "à", "kiev")
    assert words(normalize("NFD", "L’Été, à Kiev…")) == words("L’Été, à Kiev…")


def test_ngrams_are_the_same_on_every_machine():
    assert sorted(ngrams("Kiev résiste ce matin", 3)) == [
        1680831574231493356,
        5715229016400649600,
    ]


def test_ngrams_of_a_short_text_and_of_none():
    assert len(ngrams("un deux trois", 3)) == 1
    assert ngrams("un deux", 3) == ngrams("Un, deux !", 8) != ngrams("deux un", 3)
    assert ngrams("…", 3) == frozenset()


@PROPERTY
@given(short_texts, short_texts, st.integers(1, 4))
def test_ngrams_are_equal_when_the_word_sequences_are(a, b, n):
    def explicit(text):
        found = text.split()
        n_ = min(n, len(found))
        return {tuple(found[i : i + n_]) for i in range(len(found) - n_ + 1)} if found else set()

    assert len(ngrams(a, n) & ngrams(b, n)) == len(explicit(a) & explicit(b))
    assert len(ngrams(a, n)) == len(explicit(a))


def test_containment_is_a_share_of_the_first():
    assert containment(frozenset({1, 2, 3, 4}), frozenset({3, 4, 5})) == 0.5
    assert containment(frozenset(), frozenset({1})) == 0.0


@PROPERTY
@given(st.lists(short_texts, max_size=7), st.sampled_from([0.0, 0.3, 0.5, 0.9]))
def test_groups_are_the_connected_components(texts, threshold):
    sets = [ngrams(text, 2) for text in texts]
    expected = list(range(len(texts)))
    for _ in texts:
        for i, a in enumerate(sets):
            for j, b in enumerate(sets):
                if max(containment(a, b), containment(b, a)) > threshold:
                    expected[i] = expected[j] = min(expected[i], expected[j])
    order = list(dict.fromkeys(expected))
    found = near_twin_groups(texts, n=2, threshold=threshold)
    assert found == [order.index(group) for group in expected]


def test_a_fragment_is_a_twin_of_the_text_it_comes_from():
    text = "le convoi quitte la ville au petit matin sous la neige et le vent"
    assert near_twin_groups(["la paix est signée hier", text, text[:40]]) == [0, 1, 1]


@pytest.mark.corpora
def test_textmine_has_as_many_near_twins_as_counted_before():
    documents, _ = read_all(corpora("textmine", "train.csv"))
    groups = near_twin_groups([document.text for document in documents])
    assert sum(groups.count(group) > 1 for group in groups) == 18


def index(*texts, threshold=0.8):
    found = NearDuplicates(threshold)
    for i, text in enumerate(texts):
        found.add(str(i), sketch(text, 1), (str(i), "all" if i % 2 else "odd one"))
    return found


@PROPERTY
@given(st.lists(short_texts, max_size=8), short_texts)
def test_near_duplicates_are_those_of_an_exact_comparison(texts, text):
    def similarity(a, b):
        return len(a & b) / len(a | b) if a | b else 0.0

    asked = ngrams(text, 1)
    near = [(similarity(asked, ngrams(t, 1)), -i) for i, t in enumerate(texts)]
    best = max(near, default=(0.0, 0))
    found = index(*texts)
    expected = Twin(str(-best[1]), best[0]) if best[0] >= 0.8 else None
    assert found.query(sketch(text, 1)) == expected
    assert len(found) == len(texts)


def test_ignored_families_are_not_found():
    found = index("a b c d e", "a b c d e f")
    asked = sketch("a b c d e", 1)
    assert found.query(asked, ignore={"0"}) == Twin("1", pytest.approx(5 / 6))
    assert found.query(asked, ignore={"0", "1"}) is None
    assert found.query(asked, ignore={"all"}) == Twin("0", 1.0)


NAMES = frozenset({"FIRSTNAME", "LASTNAME"})
SECRET = "le général a reçu hier soir deux journalistes dans son abri de la rive gauche"  # 14 words
OTHER = "des pluies froides tombent depuis trois jours sur toute la plaine du nord est"
THIRD = "une fanfare jouait pour les enfants du quartier pendant que la neige fondait lentement"


def texts(*given):
    return [Document(id=f"{i}", text=text) for i, text in enumerate(given)]


def test_a_text_equal_after_folding_leaks_even_if_in_train():
    leaks = Leaks(texts(SECRET), texts(OTHER, SECRET.upper()))
    leak = leaks.find(Document(id="s", text=f" {SECRET}\n"))
    assert (leak.reason, leak.held_out_id) == ("leak_text", "1")
    assert leaks.find(Document(id="s", text=THIRD)) is None


def test_more_than_a_fifth_of_the_8_grams_in_one_text_leaks():
    secret, own = SECRET.split(), THIRD.split()
    leaks = Leaks([], texts(OTHER, SECRET))
    # 9 words share two 8-grams of n, 8 words one
    fifth = Document(id="s", text=" ".join(secret[:8] + own[:4]))
    assert len(ngrams(fifth.text, 8)) == 5
    assert leaks.find(fifth) is None
    more = Document(id="s", text=" ".join(secret[:9] + own[:4]))
    leak = leaks.find(more)
    assert (leak.reason, leak.held_out_id) == ("leak_ngrams", "1")
    assert leak.detail == "2 of 6 8-grams in 1"


def test_8_grams_of_two_texts_do_not_add_up():
    two = Document(id="s", text=" ".join(SECRET.split()[:8] + OTHER.split()[:8]))
    assert len(ngrams(two.text, 8)) == 9
    assert Leaks([], texts(SECRET, OTHER)).find(two) is None


def test_8_grams_that_are_in_train_are_excused():
    copy = Document(id="s", text=" ".join(SECRET.split()[:12]))
    assert Leaks([], texts(SECRET)).find(copy).reason == "leak_ngrams"
    assert Leaks(texts("Or " + SECRET), texts(SECRET)).find(copy) is None


def test_a_training_text_does_not_excuse_itself():
    train = [Document(id="t", text=SECRET + " selon lui"), Document(id="u", text=OTHER)]
    leaks = Leaks(train, [Document(id="x", text=SECRET + " dit-on")])
    assert leaks.find(train[0]) is None
    assert leaks.find(train[0], exclude="t").held_out_id == "x"
    assert leaks.find(train[1], exclude="u") is None


MARTIN = "[[1:CIVILIAN|[[2:FIRSTNAME|Ana]] [[3:LASTNAME|Martin-Roy]]]], [[4:FIRSTNAME|Luc]] et "
MARTIN += "[[5:LASTNAME|R]]. sont là"


def names(*tagged, id="s"):
    listed = (f"[[{i}:LASTNAME|{name}]]" for i, name in enumerate(tagged))
    return doc(f"texte {id} : {' puis '.join(listed)}", id=id)


@pytest.mark.parametrize(
    ("document", "leak"),
    [
        (names("Ana", "Martin-Roy"), True),
        (names("LUC", "ana"), True),
        (names("Ana"), False),
        (names("Ana", "Duval"), False),
        (names("Ana", "R"), False),
        (doc("Elle dit que Ana Martin-Roy est là."), True),
        (doc("Elle dit que ana martin-roy est là."), False),
        (doc("[[1:PLACE|Ana]] et [[2:PLACE|Duval]]"), False),
    ],
)
def test_two_person_names_together_leak(document, leak):
    found = Leaks([], [doc(MARTIN, id="x")], NAMES).find(document)
    assert (found is not None) == leak
    if leak:
        assert (found.reason, found.held_out_id) == ("leak_names", "x")


def test_names_from_two_held_out_texts_do_not_make_a_pair():
    leaks = Leaks([], [names("Ana", "Roy", id="x"), names("Luc", "Duval", id="y")], NAMES)
    assert leaks.find(names("Ana", "Duval")) is None


def test_names_together_in_train_are_excused_apart_they_are_not():
    held_out = [names("Ana", "Roy", id="x")]
    sample = names("Ana", "Roy")
    assert Leaks([names("Ana", "Roy", id="t")], held_out, NAMES).find(sample) is None
    assert Leaks([doc("Voici Ana Roy.", id="t")], held_out, NAMES).find(sample) is None
    apart = [names("Ana", id="t"), names("Roy", id="u")]
    assert Leaks(apart, held_out, NAMES).find(sample).reason == "leak_names"


def test_a_name_and_a_part_of_it_are_one_name():
    sample = names("Ana Roy", "Roy")
    assert Leaks([], [names("Ana Roy", "Roy", id="x")], NAMES).find(sample) is None


def test_without_name_types_no_names_leak():
    assert Leaks([], [doc(MARTIN, id="x")]).find(doc(MARTIN, id="s").model_copy()) is not None
    assert Leaks([], [doc(MARTIN, id="x")]).find(names("Ana", "Martin-Roy")) is None


def test_other_names_are_reported_and_no_leak():
    tagged = "[[1:PLACE|{}]], [[2:ORGANISATION|{}]] et la [[3:PLACE|ville]]"
    leaks = Leaks(
        [doc(tagged.format("Lviv", "Croix-Rouge"), id="t")],
        [doc(tagged.format("Boutcha", "Croix-Rouge"), id="x")],
        NAMES,
    )
    sample = doc(tagged.format("Boutcha", "Croix-Rouge"), id="s")
    assert leaks.names_shared(sample) == ["Boutcha"]
    assert leaks.find(doc("À [[1:PLACE|Boutcha]]", id="s")) is None
