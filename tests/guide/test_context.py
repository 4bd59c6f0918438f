import pytest
from hypothesis import given
from hypothesis import strategies as st

from augment.codec import escape
from augment.guide.context import cue_pattern, cut, folded, near, nearest, sentences
from augment.spans import check
from tests.helpers import doc


def split(tagged: str) -> list[str]:
    document = doc(tagged.replace("\n", r"\n"))
    return [document.text[a:b] for a, b in sentences(document)]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Il part. Elle reste.", ["Il part.", "Elle reste."]),
        ("M. Roy et Mme. Roy. Fin.", ["M. Roy et Mme. Roy.", "Fin."]),
        ("Une phrase\nUne autre", ["Une phrase", "Une autre"]),
        ("« Non ! » Puis rien… Voilà", ["« Non ! »", "Puis rien…", "Voilà"]),
        ("Il pèse 3.5 kg. et dort.", ["Il pèse 3.5 kg. et dort."]),
        ("Chez [[1:ORG|Dupont. Fils]] hier. Oui.", ["Chez Dupont. Fils hier.", "Oui."]),
        ("  \n Seul \n", ["Seul"]),
        ("J. Roy est là.", ["J. Roy est là."]),
    ],
)
def test_sentences(text, parts):
    assert split(text) == parts


@given(st.text('Aa .!?…»«\n"M', max_size=40).filter(str.strip))
def test_sentences_are_in_order_and_leave_out_only_white_space(text):
    document = doc(escape(text))
    position, left = 0, []
    for start, end in sentences(document):
        assert position <= start < end
        left.append(text[position:start])
        position = end
    assert not "".join([*left, text[position:]]).strip()


def test_the_nearest_mentions_and_the_words_near_them():
    document = doc(
        "[[1:PERSON|Ana]] vit ici. Un jour, [[1:PERSON|elle]] quitte [[2:PLACE|Kiev]] sans Léo."
    )
    ana, kiev = document.entities
    a, b = nearest(ana, kiev)
    assert (a.value, b.value) == ("elle", "Kiev")
    assert near(document.text, a, b, around=6) == {"jour", "elle", "quitte", "sans"}
    assert near(document.text, a, b, longest=2) == set()


def test_a_cut_keeps_what_is_inside():
    document = doc(
        "Loin de [[7:PLACE|Lviv]], [[3:PERSON|Ana]] aime [[5:PERSON|[[9:NAME|Léo]]]]. "
        "[[3:PERSON|Elle]] part.",
        (3, "LOVES", 5),
        (3, "LEAVES", 7),
    )
    part = cut(document, (document.text.index("Ana"), document.text.index(" Elle")))
    check(part)
    assert part.text == "Ana aime Léo."
    assert [(e.id, e.type) for e in part.entities] == [
        ("e1", "PERSON"), ("e2", "PERSON"), ("e3", "NAME"),
    ]  # fmt: skip
    assert [r.triple for r in part.relations] == [("e1", "LOVES", "e2")]


def test_what_an_attribute_names_follows_a_cut():
    document = doc("[[3:P|Ana]] dit que [[7:P|Léo]] part. [[9:P|Zoé]] rit.", (7, "LEAVES", 7))
    sides = {"source": 3, "judge": 9, "sure": True, "factuality": "attributed", "to": [9]}
    said = document.relations[0].model_copy(update={"attributes": sides})
    part = cut(document.model_copy(update={"relations": (said,)}), (0, document.text.index(" Zoé")))
    assert part.relations[0].attributes == {
        "source": "e1", "sure": True, "factuality": "attributed", "to": [9],
    }  # fmt: skip


def test_cues():
    found = cue_pattern(["né", "est né", "l'un des"])
    assert found.search(folded("Il est Né ici")).group() == "est né"
    assert found.search(folded("L’un des deux")).group() == "l'un des"
    assert not found.search(folded("née, donné"))
    assert cue_pattern([]) is None
