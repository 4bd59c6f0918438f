"""The rules student: with a guide alone, with documents, and when it is better to be silent."""

from __future__ import annotations

import pytest

from augment.train.rules import RULES, Rules, _best
from tests.helpers import doc
from tests.train.small import GUIDE, birth, found, gold, home, world


def fitted(documents, guide=GUIDE, weights=None):
    student = Rules(guide)
    student.fit(documents, weights)
    return student


def test_a_guide_alone_asks_for_a_cue_near_and_the_nearest_entities():
    student = fitted([])
    assert student.rules == {"IS_BORN_IN": RULES[0], "RESIDES_IN": RULES[0]}
    text = doc(
        "[[0:CIVILIAN|Paul]] et [[1:CIVILIAN|Anna]], née à [[2:PLACE|Lyon]] et non à "
        "[[3:PLACE|Metz]]. Depuis, [[0:CIVILIAN|Paul]] habite [[3:PLACE|Metz]]."
    )
    assert found(student, text) == [{(1, "IS_BORN_IN", 2), (0, "RESIDES_IN", 3)}]


def test_a_cue_of_several_words_has_to_be_whole():
    student = fitted([])
    assert found(student, doc("[[0:CIVILIAN|Paul]] n’est pas né hier à [[1:PLACE|Lyon]]")) == [
        set()
    ]
    assert found(student, doc("[[0:CIVILIAN|PAUL]] EST NÉ À [[1:PLACE|LYON]]")) != [set()]


def test_no_cue_in_another_sentence():
    text = "Il est né à midi. [[0:CIVILIAN|Paul]] aime [[1:PLACE|Lyon]]. Elle est née à minuit."
    assert found(fitted([]), doc(text)) == [set()]


@pytest.mark.parametrize("guide", [GUIDE, None])
def test_learns_which_rule_to_use(guide):
    student = fitted(world(20), guide)
    assert found(student, *world(20)) == gold(*world(20))
    assert found(student, birth(33), home(34)) == gold(birth(33), home(34))


def test_silent_about_a_type_that_no_rule_finds():
    wrong = [birth(n, id=f"w{n}", relations=()) for n in range(20)]
    student = fitted([birth(1), *wrong])
    assert "IS_BORN_IN" not in student.rules


@pytest.mark.parametrize(
    "update", [{"labelled": "none"}, {"labelled": ("RESIDES_IN",)}, {"masked": ((0, None, 1),)}]
)
def test_what_is_not_labelled_or_masked_does_not_speak_against_a_rule(update):
    wrong = [birth(n, id=f"w{n}", relations=(), **update) for n in range(20)]
    assert "IS_BORN_IN" in fitted([birth(1), *wrong]).rules


def test_weights_count():
    documents = [birth(1), *(birth(n, id=f"w{n}", relations=()) for n in range(20))]
    assert "IS_BORN_IN" in fitted(documents, weights=[100.0, *[1.0] * 20]).rules


def test_self_relations_look_near_every_mention():
    guide = GUIDE.model_copy(
        update={
            "relations": {
                "GENDER_FEMALE": GUIDE.relations["RESIDES_IN"].model_copy(
                    update={
                        "signatures": (("person", "person"),),
                        "self_relation": "only",
                        "cues": ("elle",),
                    }
                )
            }
        }
    )
    text = doc(
        "Voici [[0:CIVILIAN|Anna]] et puis un long moment après encore [[1:CIVILIAN|Paul]]. "
        "Un autre jour, très tard dans la nuit, [[0:CIVILIAN|elle]] dort."
    )
    assert found(fitted([], guide), text) == [{(0, "GENDER_FEMALE", 0)}]


def test_symmetric_relations_come_in_pairs():
    guide = GUIDE.model_copy(
        update={
            "relations": {
                "IS_IN_CONTACT_WITH": GUIDE.relations["IS_IN_CONTACT_WITH"].model_copy(
                    update={"cues": ("rencontre",)}
                )
            }
        }
    )
    text = doc("[[0:CIVILIAN|Paul]] rencontre [[1:CIVILIAN|Anna]].")
    both = {(0, "IS_IN_CONTACT_WITH", 1), (1, "IS_IN_CONTACT_WITH", 0)}
    assert found(fitted([], guide), text) == [both]


def test_odd_documents_have_no_relations():
    documents = [doc("Rien."), doc("[[0:ROBOT|R2]] né à [[1:PLANET|Mars]]")]
    assert found(fitted(world(8)), *documents) == [set(), set()]
    assert fitted([]).predict([]) == []


def test_the_strictest_of_equal_rules_is_chosen():
    import numpy as np

    counts = np.tile([3.0, 3.0, 3.0], (len(RULES), 1))
    assert _best(counts, True) == RULES[0]
    assert _best(np.zeros((len(RULES), 3)), True) == RULES[0]
    assert _best(np.zeros((len(RULES), 3)), False) is None
    assert _best(counts * [0.1, 10, 1], True) is None
