import pytest

from augment.errors import UsageError
from augment.guide import load
from augment.review.agreement import agreement
from augment.review.disputes import in_french
from augment.review.votes import sheet
from tests.helpers import doc

GUIDE = load("ukraine_live")
PLACES = "[[1:CIVILIAN|Olha]] est à [[2:PLACE|Lviv]], en [[3:PLACE|Ukraine]]."
FULL = [(1, "IS_LOCATED_IN", 2), (1, "IS_LOCATED_IN", 3), (2, "IS_LOCATED_IN", 3)]


def texts(number, *relations, tagged=PLACES):
    return [doc(tagged, *relations, id=f"d{i}") for i in range(number)]


def test_the_same_annotation_agrees_in_all():
    got = agreement({"ana": texts(4, *FULL), "luc": texts(4, *FULL)}, guide=GUIDE)
    for name in ("mentions", "entities", "relations", "kappa", "alpha"):
        figure = getattr(got.whole, name)
        assert (figure.value, figure.low, figure.high) == (1, 1, 1), name
    assert got.disputes == ()
    assert list(got.pairs) == ["ana – luc"]


def test_other_ids_and_borders_are_the_same_entities():
    theirs = texts(
        2,
        (7, "IS_LOCATED_IN", 8),
        (7, "IS_LOCATED_IN", 9),
        (8, "IS_LOCATED_IN", 9),
        tagged="[[7:CIVILIAN|Olha]] est [[8:PLACE|à Lviv]], en [[9:PLACE|Ukraine]].",
    )
    got = agreement({"ana": texts(2, *FULL), "luc": theirs}, guide=GUIDE)
    assert got.whole.relations.value == 1
    assert got.whole.entities.value == 1
    assert got.whole.mentions.value == pytest.approx(2 / 3)
    assert got.entity_types["PLACE"].mentions.value == pytest.approx(1 / 2)


def test_what_differs_is_listed_with_who_said_what():
    given = {"ana": texts(1, *FULL), "luc": texts(1, *FULL[:2]), "llm": texts(1, *FULL[:1])}
    got = agreement(given, guide=GUIDE)
    located, text = "IS_LOCATED_IN", "Olha est à Lviv, en Ukraine."
    assert [(d.kind, d.what, d.said, d.around) for d in got.disputes] == [
        ("relation", ("Olha", located, "Ukraine"), {"ana": "yes", "luc": "yes", "llm": "no"}, text),
        ("relation", ("Lviv", located, "Ukraine"), {"ana": "yes", "luc": "no", "llm": "no"}, text),
    ]
    assert got.pairs["ana – luc"].relations.value == pytest.approx(0.8)
    assert got.pairs["ana – llm"].relations.value == pytest.approx(0.5)


def test_kappa_and_alpha_are_over_the_pairs_the_guide_admits():
    left, right = texts(1, *FULL)[0], texts(1, *FULL[:2])[0]
    votes = [v for v in sheet({"ana": left, "luc": right}, GUIDE).votes if v.gated]
    located = [v.said for v in votes if v.type == "IS_LOCATED_IN"]
    # Olha → two places, each place → the other; no place → Olha, no entity → itself
    assert sorted(located) == [("no", "no"), ("yes", "no"), ("yes", "yes"), ("yes", "yes")]
    got = agreement({"ana": [left], "luc": [right]}, guide=GUIDE).types["IS_LOCATED_IN"]
    assert got.kappa.value == pytest.approx(0.5)
    assert got.kappa.n == 4
    assert got.alpha.value == pytest.approx(1 - 2 / (2 * 5 * 3 / 7))
    assert got.alpha.n == 8


def test_an_entity_that_one_has_not_is_no_answer_to_its_pairs():
    without = doc("[[1:CIVILIAN|Olha]] est à [[2:PLACE|Lviv]], en Ukraine.", FULL[0], id="d0")
    got = agreement({"ana": texts(1, *FULL), "luc": [without]}, guide=GUIDE)
    assert got.whole.entities.value == pytest.approx(0.8)
    mention, *relations = got.disputes
    assert (mention.kind, mention.what) == ("mention", ("Ukraine",))
    assert mention.said == {"ana": "«\u00a0Ukraine\u00a0» PLACE", "luc": "no"}
    assert {d.said["luc"] for d in relations} == {"no entity"} and len(relations) == 2
    assert got.types["IS_LOCATED_IN"].kappa.n == 1
    assert got.types["IS_LOCATED_IN"].relations.value == pytest.approx(0.5)


def test_another_type_is_the_same_entity_and_not_agreed():
    army = "[[1:MILITARY|Olha]] est à [[2:PLACE|Lviv]], en [[3:PLACE|Ukraine]]."
    got = agreement({"ana": texts(1, *FULL), "luc": texts(1, *FULL, tagged=army)}, guide=GUIDE)
    [one] = got.disputes
    assert one.said == {
        "ana": "«\u00a0Olha\u00a0» CIVILIAN",
        "luc": "«\u00a0Olha\u00a0» MILITARY",
    }
    assert got.whole.relations.value == 1
    assert got.whole.entities.value == pytest.approx(2 / 3)
    assert got.entity_types["MILITARY"].entities.value == 0


def test_what_was_not_asked_is_no_dispute():
    asked = texts(1)[0].model_copy(update={"labelled": ("GENDER_MALE",)})
    got = agreement({"ana": texts(1, *FULL), "luc": [asked]}, guide=GUIDE)
    assert got.disputes == ()
    assert got.whole.relations.n == 0
    assert got.whole.relations.value is None


def test_a_symmetric_relation_is_one_decision():
    both = "[[1:CIVILIAN|Olha]] voit [[2:CIVILIAN|Ivan]]."
    left = doc(both, (1, "IS_IN_CONTACT_WITH", 2), (2, "IS_IN_CONTACT_WITH", 1))
    right = doc(both, (2, "IS_IN_CONTACT_WITH", 1))
    got = agreement({"ana": [left], "luc": [right]}, guide=GUIDE)
    assert got.types["IS_IN_CONTACT_WITH"].kappa.n == 1
    assert got.disputes == ()


def test_a_triple_the_guide_does_not_admit_is_to_be_decided_too():
    odd = doc(PLACES, (2, "IS_LOCATED_IN", 1), id="d0")
    got = agreement({"ana": [odd], "luc": texts(1)}, guide=GUIDE)
    assert [d.what for d in got.disputes] == [("Lviv", "IS_LOCATED_IN", "Olha")]
    assert got.types["IS_LOCATED_IN"].alpha.value is None


def test_intervals_widen_where_documents_differ():
    theirs = [*texts(10, *FULL)[:5], *texts(10)[5:]]
    got = agreement({"ana": texts(10, *FULL), "luc": theirs}, guide=GUIDE)
    figure = got.whole.relations
    assert figure.value == pytest.approx(2 / 3)
    assert figure.low < figure.value < figure.high
    assert got == agreement({"ana": texts(10, *FULL), "luc": theirs}, guide=GUIDE)


def test_faults_of_the_caller():
    with pytest.raises(UsageError, match="two annotators"):
        agreement({"ana": texts(1), "luc": [doc("Rien.", id="other")]}, guide=GUIDE)
    with pytest.raises(UsageError, match="different texts"):
        agreement({"ana": texts(1), "luc": [doc("Rien.", id="d0")]}, guide=GUIDE)


def test_other_borders_are_one_thing_to_decide():
    theirs = texts(1, *FULL, tagged=PLACES.replace("à [[2:PLACE|", "[[2:PLACE|à "))
    [one] = agreement({"ana": texts(1, *FULL), "luc": theirs}, guide=GUIDE).disputes
    assert (one.kind, one.what) == ("mention", ("à Lviv",))
    assert one.said == {
        "ana": "«\u00a0Lviv\u00a0» PLACE",
        "luc": "«\u00a0à Lviv\u00a0» PLACE",
    }


def test_the_text_around_is_that_of_the_nearest_mentions():
    far = " ".join(["mot"] * 100)
    tagged = f"[[1:CIVILIAN|Olha]] {far} [[1:CIVILIAN|elle]] {far} [[2:PLACE|Lviv]] {far}"
    left, right = doc(tagged, (1, "IS_LOCATED_IN", 2), id="d"), doc(tagged, id="d")
    [one] = agreement({"ana": [left], "luc": [right]}, guide=GUIDE).disputes
    assert "Olha" not in one.around and "elle" in one.around and "Lviv" in one.around
    assert one.around.startswith("… mot") and one.around.endswith("mot …")
    assert one.around.count("…") == 4 and len(one.around) < 300


def test_documents_in_dispute_hold_what_anybody_said():
    theirs = doc(
        "[[5:CIVILIAN|Olha]] est à [[6:PLACE|Lviv]], [[7:TIME_EXACT|en]] Ukraine.",
        (6, "IS_LOCATED_IN", 5),
        id="d0",
    )
    ours = texts(2, *FULL[:1])
    got = agreement({"ana": ours, "luc": [theirs, ours[1]]}, guide=GUIDE)
    [one] = got.united
    assert [(e.id, e.type) for e in one.entities] == [
        (1, "CIVILIAN"), (2, "PLACE"), (3, "PLACE"), ("luc/7", "TIME_EXACT")
    ]  # fmt: skip
    assert [r.triple for r in one.relations] == [FULL[0], (2, "IS_LOCATED_IN", 1)]
    assert (one.id, one.text) == (ours[0].id, ours[0].text)
    said = in_french(got.disputes)
    assert said.startswith("à trancher\u00a0: «\u00a0en\u00a0» (ana\u00a0: non, luc\u00a0: «")
    assert said.endswith("Lviv IS_LOCATED_IN Olha (ana\u00a0: non, luc\u00a0: oui)")


def test_every_type_has_its_figures_with_intervals():
    theirs = [*texts(10, *FULL)[:5], *texts(10)[5:]]
    got = agreement({"ana": texts(10, *FULL), "luc": theirs}, guide=GUIDE)
    own = got.types["IS_LOCATED_IN"]
    for figure in (own.relations, own.kappa, own.alpha):
        assert figure.low < figure.value < figure.high
    for figure in (got.entity_types["PLACE"].mentions, got.entity_types["PLACE"].entities):
        assert (figure.low, figure.value, figure.high) == (1, 1, 1)
