"""What comes of a reply beside its text: ids, labels, origin, statuses; real replies; a corpus."""

import json
from pathlib import Path

import pytest

from augment.align import align, align_onto
from augment.align.fold import onto
from augment.align.names import Names
from augment.claims import encode_claims
from augment.codec import decode, encode
from augment.read import read_all
from augment.reasons import Reason
from augment.schema import Candidate, Document, Drop, Meta, Order, Response
from augment.validate import validate
from tests.align.defects import GUIDE
from tests.helpers import corpora, doc

COMPOSED = Path(__file__).parent / "fixtures" / "compose"
KIEV = '[[e1:PLACE|Kiev]] et l’[[e2:PLACE|Ukraine]]\n{"relations": [["e1", "IS_LOCATED_IN", "e2"]]}'
ORDER = Order(
    id="o7", strategy="compose", types=("IS_LOCATED_IN",), negatives=("STARTED_IN", "IS_LOCATED_IN")
)


def reply(text, **fields):
    return Response(id="r1", key="k", text=text, **fields)


def blocks():
    for path in sorted(COMPOSED.glob("*.txt")):
        for block in path.read_text(encoding="utf-8").split("=== ")[1:]:
            yield block.partition("\n")[0], block


@pytest.mark.parametrize(("id", "block"), list(blocks()), ids=[id for id, _ in blocks()])
def test_replies_of_a_large_model_come_through(id, block):
    found = align(reply(f"=== {block}"), order=None, guide=GUIDE)
    assert isinstance(found, Candidate)
    written = decode(block.partition("\n")[2], id="r1")
    assert found.document.entities == written.entities
    assert found.document.relations == written.relations
    assert (found.repairs, list(found.alignment)) == ((), ["exact"])
    assert isinstance(validate(found, guide=GUIDE), Candidate)


def test_there_are_seventy_two_of_them():
    assert len(dict(blocks())) == 72


def test_only_what_was_ordered_is_labelled():
    found = align(reply(KIEV), order=ORDER, guide=GUIDE)
    assert (found.id, found.document.id, found.order, found.strategy) == (
        ("r1",) * 2 + ("o7", "compose")
    )
    assert found.document.labelled == ("IS_LOCATED_IN", "STARTED_IN")
    assert found.document.meta == Meta(origin="synthetic", strategy="compose")
    assert align(reply(KIEV), order=None, guide=GUIDE).document.labelled == "full"


def test_our_text_keeps_its_meta_and_its_characters():
    meta = Meta(title="Fil", source="agence", rights={"holder": "x"}, time="2022-03-01")
    ours = Document(id="t1", text="Kiev  et l'Ukraine", meta=meta)
    found = align_onto(reply(KIEV), ours, order=ORDER, guide=GUIDE)
    assert found.document.text == ours.text
    assert [m.value for _, m in found.document.mentions()] == ["Kiev", "Ukraine"]
    expected = meta.model_copy(
        update={"origin": "synthetic", "parents": ("t1",), "strategy": "compose"}
    )
    assert found.document.meta == expected
    assert found.repairs == ("text",)


def test_a_changed_word_names_the_place_of_the_change():
    ours = Document(id="t1", text="Kiev et l’Ukraine libre")
    found = align_onto(reply(KIEV), ours, order=ORDER, guide=GUIDE)
    assert (found.reason, found.parent) == (Reason.TEXT_CHANGED, "t1")
    assert "libre" in found.detail


def test_a_border_inside_a_changed_character_is_refused():
    ours = Document(id="t1", text="\u00e9t\u00e9")
    split = '[[e1:PLACE|e]]\u0301t\u00e9\n{"relations": []}'
    found = align_onto(reply(split), ours, order=None, guide=GUIDE)
    assert (type(found), found.reason) in [
        (Drop, Reason.AMBIGUOUS_MENTION),
        (Drop, Reason.TEXT_CHANGED),
    ]


def test_relations_between_given_entities():
    ours = doc("[[3:PLACE|Kiev]] et l’[[4:PLACE|Ukraine]]")
    rows = '```json\n{"relations": [["e3", "est situé à", "Ukraine"]]}\n```'
    found = align_onto(reply(rows), ours, order=ORDER, guide=GUIDE, given=True)
    assert found.document.entities == ours.entities
    assert [r.triple for r in found.document.relations] == [(3, "IS_LOCATED_IN", 4)]
    assert found.repairs == ("fence", "ids", "types")


def test_statuses_and_repairs_are_on_the_candidate():
    written = {
        "text": "Près d’Aubigny, l’armée recule.",
        "entities": [
            {"id": 1, "type": "Lieu", "mentions": ["aubigny"]},
            {"id": 2, "type": "MILITARY_ORGANISATION", "mentions": ["l'armée"]},
        ],
        "relations": [],
    }
    found = align(reply(json.dumps(written)), order=None, guide=GUIDE)
    assert found.alignment == {"normalised": 1, "repaired": 1}
    assert found.repairs == ("types",)
    assert [m.value for _, m in found.document.mentions()] == ["Aubigny", "l’armée"]


def test_without_a_list_of_relations_nothing_is_labelled():
    tagged = KIEV.partition("\n")[0]
    assert align(reply(tagged), order=None, guide=GUIDE).document.labelled == "none"
    assert align(reply(tagged), order=ORDER, guide=GUIDE).reason == Reason.NO_RELATIONS


def test_what_a_reply_violates_is_left_to_the_validator():
    wrong = KIEV.replace("PLACE|Kiev", "VILLAGE|Kiev").replace("IS_LOCATED_IN", "LOVES")
    found = align(reply(wrong), order=None, guide=GUIDE)
    assert found.document.entities[0].type == "VILLAGE"
    assert found.document.relations[0].type == "LOVES"
    assert validate(found, guide=GUIDE).reason == Reason.UNKNOWN_TYPE


def test_no_string_is_found_inside_another_word():
    written = {
        "text": "La ville brûle.",
        "entities": [{"id": 1, "type": "CIVILIAN", "mentions": [{"value": "il", "occurrence": 1}]}],
        "relations": [],
    }
    found = align(reply(json.dumps(written)), order=None, guide=GUIDE)
    assert found.reason == Reason.MISSING_MENTION


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("PLACE", "PLACE"),
        ("FIRSTNAME_0", "FIRSTNAME_0"),
        ("lieux", "PLACE"),
        ("Organisations militaires", "MILITARY_ORGANISATION"),
        ("coup d'etat", "COUP_D_ETAT"),
        ("time exact", "TIME_EXACT"),
        ("Personne", "Personne"),
        ("", ""),
    ],
)
def test_names_of_entity_types(written, name):
    assert Names(GUIDE).entity(written) == name


def test_texts_that_differ_in_a_word_have_no_map():
    assert onto("l'eau « vive »", "l’eau «vive»").span(8, 12) == (7, 11)
    assert onto("la mer", "la mère") is None
    assert onto("oui", "oui.") is None


@pytest.mark.corpora
@pytest.mark.parametrize("write", [encode, encode_claims])
def test_a_perfect_reply_gives_every_mention_of_a_corpus(write):
    documents, _ = read_all(corpora("textmine", "train.csv"))
    for document in documents:
        response = Response(id=document.id, key="k", text=write(document))
        source = document.model_copy(update={"entities": (), "relations": ()})
        for found in (
            align(response, order=None, guide=GUIDE),
            align_onto(response, source, order=None, guide=GUIDE),
        ):
            assert found.document.text == document.text
            assert found.document.relations == document.relations
            # integer ids are read as they are; the order of entities may be that of their tags
            assert {e.id: (e.type, set(e.mentions)) for e in found.document.entities} == {
                e.id: (e.type, set(e.mentions)) for e in document.entities
            }
            assert found.repairs == ()
