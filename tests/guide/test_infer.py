import pytest

from augment.guide.check import TODO, check, unwritten
from augment.guide.diff import diff
from augment.guide.families import families
from augment.guide.habits import habits
from augment.guide.infer import attributes, infer, spellings
from augment.guide.write import dump
from augment.schema import Relation
from tests.guide.small import guide
from tests.helpers import corpora, doc


def people(n: int) -> list:
    """Sentences in which two types of person do the same, and places and dates other things."""
    return [
        doc(
            f"M. [[1:{kind}|[[2:FIRSTNAME_0|Ana]]]] est née à [[3:PLACE|Kiev]]"
            f" le [[4:DATE|{i} mai]]. Elle dort.",
            (1, "BORN_IN", 3),
            (1, "BORN_ON", 4),
            id=f"{kind}{i}",
        )
        for kind in ("CIVILIAN", "SOLDIER")
        for i in range(n)
    ]


def test_types_that_play_the_same_roles_are_one_family():
    found = families(people(4))
    assert found["CIVILIAN"] == found["SOLDIER"]
    assert len({found["CIVILIAN"], found["PLACE"], found["DATE"]}) == 3


def test_one_type_or_none():
    assert families([doc("[[1:PLACE|Kiev]]")]) == {"PLACE": "place"}
    assert families([doc("rien")]) == {}


def test_the_guide_of_a_corpus_agrees_with_itself_and_with_the_corpus():
    corpus = people(4)
    made = infer(corpus, name="people")
    assert check(made) == []
    assert [row for row in diff(made, corpus) if row.code != "cue_without"] == []
    assert set(unwritten(made)) == {*made.entities, *made.relations}
    born = made.relations["BORN_IN"]
    assert born.support == 8
    assert born.positive[0].text.startswith("M. [[e1:CIVILIAN|[[e2:FIRSTNAME|Ana]]]]")
    assert "dort" not in born.positive[0].text
    assert made.entities["CIVILIAN"].definition == TODO


def test_numbered_spellings_are_aliases_and_personal_names_are_found():
    made = infer(people(3), name="people")
    assert made.entities["FIRSTNAME"].aliases == ("FIRSTNAME_0",)
    assert made.person_names == {"FIRSTNAME", "FIRSTNAME_0"}
    assert spellings(["A_0", "B_1", "B_2", "C", "C_0", "D"]) == {
        "A_0": "A", "B_1": "B_1", "B_2": "B_2", "C": "C", "C_0": "C", "D": "D",
    }  # fmt: skip


def test_definitions_are_taken_and_the_rest_is_to_do():
    text = "# PLACE (Lieu)\nTout endroit nommé.\n\n* BORN IN : naître quelque part\n"
    made = infer(people(2), name="people", text=text)
    assert made.entities["PLACE"].definition == "Tout endroit nommé."
    assert made.entities["PLACE"].label == "Lieu"
    assert made.relations["BORN_IN"].definition == "naître quelque part"
    assert made.entities["DATE"].definition == TODO


def test_families_can_be_given():
    made = infer(people(2), name="people", like=guide())
    assert made.entities["PLACE"].family == "place"
    assert made.families["place"].colour == "#2ca02c"


def test_attributes():
    document = doc("[[1:PLACE|Kiev]], [[2:PLACE|Lviv]]")
    relations = (
        Relation(head=1, type="IN", tail=2, attributes={"factuality": "denied", "source": 2}),
        Relation(head=2, type="IN", tail=1, attributes={"factuality": "asserted", "source": 1}),
    )
    found = attributes([document.model_copy(update={"relations": relations})])
    assert found["factuality"].values == ("asserted", "denied")
    assert found["source"].entity
    assert found["source"].values == ()


def test_cues_are_the_words_near_the_pairs_that_have_the_relation():
    one, other = "[[1:CIVILIAN|Ana]]", "[[2:PLACE|Lviv]]"
    corpus = [
        *(doc(f"{one} est née à {other}.", (1, "BORN_IN", 2), id=f"n{i}") for i in range(9)),
        *(doc(f"{one} est passée par {other}.", id=f"p{i}") for i in range(20)),
    ]
    made = infer(corpus, name="people")
    assert made.relations["BORN_IN"].cues == ("née",)
    assert "lviv" not in made.entities["PLACE"].cues


def test_span_habits():
    texts = [
        "le [[1:ORG|gouvernement]]", "[[1:PLACE|la ville]]", "M. [[1:PERSON|Roy]]",
        "[[1:TITLED|Mme Roy]]", "[[1:PERSON|elle]] dort",
    ]  # fmt: skip
    found = habits([doc(text, id=f"{text}{i}") for text in texts for i in range(5)])
    assert found["ORG"].article == 0
    assert found["PLACE"].article == 1
    assert found["PERSON"].title == 0
    assert found["PERSON"].pronoun == 0.5
    assert found["TITLED"].title == 1
    assert found["ORG"].title is None


def test_the_order_of_a_corpus_does_not_matter_to_what_is_counted():
    corpus = people(4)
    one, other = infer(corpus, name="x"), infer(corpus[::-1], name="x")
    for kind, relation in one.relations.items():
        assert relation.signatures == other.relations[kind].signatures
        assert relation.cues == other.relations[kind].cues
    assert dump(one) == dump(infer(corpus, name="x"))


@pytest.mark.corpora
def test_popcorn_and_textmine_give_the_same_types():
    from augment.read import read_all

    popcorn = read_all(corpora("popcorn", "train.json"))[0]
    made = infer(popcorn, name="popcorn")
    assert len(made.entities) == 55
    assert made.entities["FIRSTNAME"].aliases == ("FIRSTNAME_0",)
    assert len(made.relations) == 37
    assert check(made) == []
