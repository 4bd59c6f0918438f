from augment.guide import Habits
from augment.guide.diff import CODES, diff
from tests.guide.small import CORPUS, guide
from tests.helpers import doc


def rows(*documents, **update):
    return diff(guide(**update), [*CORPUS, *documents])


def only(code: str, *documents, **update):
    return [row for row in rows(*documents, **update) if row.code == code]


def test_annotators_who_follow_the_guide():
    assert rows() == []


def test_unknown_types():
    strange = doc(
        "[[1:DATE|Hier]], [[2:PLACE|Kiev]] et [[3:DATE|lundi]]", (1, "ON", 2), (3, "ON", 2)
    )
    (row,) = only("unknown_type", strange)
    assert (row.type, row.cases, row.examples) == ("DATE", 2, ("d: [Hier]", "d: [lundi]"))
    (row,) = only("unknown_relation", strange)
    assert (row.type, row.cases, row.examples[0]) == ("ON", 2, "d: [Hier] → [Kiev]")


def test_signatures_and_self_relations():
    (row,) = only("not_admitted", doc("[[1:PLACE|Kiev]], [[2:PERSON_0|Ana]]", (1, "IN", 2), id="x"))
    assert (row.type, row.detail) == ("IN", "PLACE → PERSON_0")
    selfish = doc("[[1:PLACE|Kiev]]", (1, "IN", 1), id="x")
    assert [(r.type, r.cases) for r in only("self_relation", selfish)] == [("IN", 1)]
    other = doc("[[1:PERSON|Ana]], [[2:PERSON|Léo]]", (1, "MALE", 2), id="x")
    assert [(r.type, r.cases) for r in only("self_relation", other)] == [("MALE", 1)]


def test_partners_heads_and_attributes():
    lonely = doc("[[1:PERSON|Ana]], [[2:PERSON|Léo]]", (1, "MEETS", 2), id="x")
    assert [(r.type, r.cases) for r in only("missing_partner", lonely)] == [("MEETS", 1)]
    one_head = guide().relations["IN"].model_copy(update={"one_head": True})
    (row,) = only("several_heads", relations=guide().relations | {"IN": one_head})
    assert row.examples == ("a: [Ana], [Kiev] → [Ukraine]",)
    denied = doc("[[1:PLACE|Kiev]], [[2:PLACE|Lviv]]", (1, "IN", 2, {"mood": "x"}), id="x")
    assert [(r.type, r.detail) for r in only("unknown_attribute", denied)] == [("mood", "IN")]


def test_types_never_used():
    assert [row.type for row in diff(guide(), CORPUS[:1])] == ["MALE", "MEETS"]
    assert {row.code for row in diff(guide(), [])} == {"never_used"}


def test_habits():
    place = guide().entities["PLACE"].model_copy(update={"habits": Habits(article=0.0)})
    towns = [doc("[[1:PLACE|la ville]]", id=f"{i}") for i in range(5)]
    (row,) = only("habit", *towns, entities=guide().entities | {"PLACE": place})
    assert row.type == "PLACE"
    assert row.detail == "article: 0% in the guide, 100% in the corpus"


def test_a_cue_without_its_relation():
    text = "[[1:PLACE|Kiev]], capitale de l’[[2:PLACE|Ukraine]]. "
    missing = doc(text + "[[3:PERSON|Ana]] dort.", id="x")
    present = doc(text, (1, "IN", 2), id="y")
    elsewhere = doc("Une capitale. [[1:PLACE|Kiev]], [[2:PLACE|Lviv]].", id="z")
    (row,) = only("cue_without", missing, present, elsewhere)
    assert (row.type, row.cases) == ("IN", 1)
    assert row.detail.startswith("50%")
    assert row.examples == ("x: kiev, «capitale» de l'ukraine.",)


def test_cues_are_compared_with_whole_words_and_any_apostrophe():
    inside = doc("[[1:PLACE|Kiev]] est dans l’est de l’[[2:PLACE|Ukraine]].", id="x")
    within = doc("[[1:PLACE|Kiev]], capitales de [[2:PLACE|Lviv]].", id="y")
    (row,) = only("cue_without", inside, within)
    assert row.cases == 1


def test_the_order_is_that_of_the_codes():
    found = rows(doc("[[1:PLACE|Kiev]]", (1, "IN", 1), id="x"), doc("[[1:DATE|Hier]]", id="y"))
    assert [row.code for row in found] == sorted([r.code for r in found], key=list(CODES).index)
