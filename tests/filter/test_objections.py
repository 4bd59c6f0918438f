import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from augment.filter.objections import JudgeSettings, Objection, judge, objections
from augment.guide import Guide, load
from augment.guide.paragraphs import find, violations
from augment.reasons import Reason
from augment.schema import Candidate, Drop, Finding, Order, Response
from augment.spans import check
from augment.validate import inspect
from tests.helpers import doc

EXAMPLE = {"text": "[[1:PERSON|Ana]] est en vacances à [[2:PLACE|Nice]].", "why": "Un séjour."}
GUIDE = Guide.model_validate(
    {
        "name": "small",
        "entities": {
            "PERSON": {"family": "person", "label": "Personne", "definition": "Un être humain."},
            "PLACE": {"family": "place", "rule": "Sans l’article, ni la préposition « à »."},
        },
        "relations": {
            "RESIDES_IN": {
                "label": "réside à",
                "signatures": [["person", "place"]],
                "definition": "La personne habite ce lieu.",
                "rule": "« Habiter », « vivre » ou « chez lui » ; un séjour ne suffit jamais.",
                "negative": [{**EXAMPLE, "why": "Les vacances ne sont pas une résidence."}],
            },
            "MET": {
                "signatures": [["person", "person"]],
                "symmetric": True,
                "definition": "Les deux se sont rencontrés en personne.",
            },
        },
        "rules": {
            "negation": {
                "title": "Ce qui est nié",
                "text": "Un fait nié n’est pas annoté.",
                "positive": EXAMPLE,
                "negative": EXAMPLE,
            }
        },
    }
)
TAGGED = "[[1:PERSON|Ana]] et [[2:PERSON|Luc]] sont à [[3:PLACE|Nice]]."
LIVES, MET, BACK = (1, "RESIDES_IN", 3), (1, "MET", 2), (2, "MET", 1)
SAMPLE = Candidate(id="d", order="o", strategy="compose", document=doc(TAGGED, LIVES, MET, BACK))
QUOTE = "un séjour ne suffit jamais"
GOOD = {"relation": ["e1", "RESIDES_IN", "e3"], "rule": "RESIDES_IN", "quote": QUOTE, "why": "été"}


def reply(text: str, finish: str = "stop") -> Response:
    return Response(id="r", key="k", text=text, finish=finish)


def said(*rows) -> list[Objection]:
    found = objections(reply(json.dumps({"objections": rows})), SAMPLE, guide=GUIDE)
    assert isinstance(found, list), found
    return found


def test_an_objection_that_quotes_the_guide_removes_and_masks():
    found = said(GOOD)
    assert [(o.relation, o.paragraph, o.fault) for o in found] == [
        (LIVES, "relations.RESIDES_IN.rule", "")
    ]
    result = judge(SAMPLE, found)
    assert isinstance(result, Candidate)
    check(result.document)
    assert [r.triple for r in result.document.relations] == [MET, BACK]
    assert result.document.masked == (LIVES,)
    assert result.findings == (
        Finding(
            code="relations.RESIDES_IN.rule",
            scope="relation",
            action="masked",
            detail="1:PERSON RESIDES_IN 3:PLACE: été",
        ),
    )
    assert result.edits == 0


@pytest.mark.parametrize(
    "change",
    [
        {"quote": "UN SÉJOUR ne suffit\u00a0jamais !"},
        {"quote": "« Habiter », « vivre » ou […] un séjour ne suffit"},
        {"quote": "habiter vivre ou chez lui"},
        {"quote": "Les vacances ne sont pas une résidence."},
        {"rule": "réside à"},
        {"rule": "relations.RESIDES_IN"},
        {"rule": "negation", "quote": "Un fait nié n'est pas annoté"},
        {"rule": "Ce qui est nié", "quote": "un fait nié n’est pas"},
        {"rule": "place", "quote": 'ni la préposition "à"'},
        {"relation": {"head": 1, "type": "resides_in", "tail": "3"}},
    ],
)
def test_what_counts(change):
    assert [o.fault for o in said({**GOOD, **change})] == [""]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"quote": ""}, "not in the guide"),
        ({"quote": "jamais"}, "not in the guide"),
        ({"quote": "un … ne … jamais"}, "not in the guide"),
        ({"quote": "un séjour suffit toujours"}, "not in the guide"),
        ({"quote": "La personne habite", "rule": "MET"}, "not in the guide"),
        ({"rule": "LIVES_IN"}, "no type or rule"),
        ({"rule": ""}, "no type or rule"),
        ({"rule": "…"}, "no type or rule"),
        ({"relation": [1, "RESIDES_IN", 2]}, "no such relation"),
        ({"relation": [9, "RESIDES_IN", 3]}, "no such relation"),
        ({"relation": "RESIDES_IN"}, "no such relation"),
    ],
)
def test_what_does_not_count_is_said_and_changes_nothing(change, fault):
    found = said({**GOOD, **change})
    assert [fault in o.fault for o in found] == [True]
    result = judge(SAMPLE, found)
    assert isinstance(result, Candidate)
    assert result.document == SAMPLE.document
    assert [(f.code, f.action) for f in result.findings] == [("unfounded", "info")]


def test_a_symmetric_relation_goes_in_both_directions():
    row = {"relation": [1, "MET", 2], "rule": "MET", "quote": "rencontrés en personne"}
    result = judge(SAMPLE, said(row))
    assert isinstance(result, Candidate)
    assert [r.triple for r in result.document.relations] == [LIVES]
    assert result.document.masked == (MET, BACK)


def test_an_objection_to_the_text_is_information_or_a_drop():
    found = said({**GOOD, "relation": None, "rule": "negation", "quote": "Un fait nié n’est pas"})
    result = judge(SAMPLE, found)
    assert isinstance(result, Candidate) and result.document == SAMPLE.document
    assert [(f.code, f.scope, f.action) for f in result.findings] == [
        ("rules.negation", "text", "info")
    ]
    dropped = judge(SAMPLE, found, settings=JudgeSettings(text="dropped"))
    assert isinstance(dropped, Drop)
    assert (dropped.reason, dropped.detail) == (Reason.OBJECTED, "rules.negation: été")


def test_nothing_ordered_is_left():
    order = Order(id="o", strategy="compose", types=("RESIDES_IN",))
    result = judge(SAMPLE, said(GOOD), order=order)
    assert isinstance(result, Drop) and result.reason is Reason.NOT_ORDERED
    assert isinstance(judge(SAMPLE, [], order=order), Candidate)


WRITTEN = json.dumps({"objections": [GOOD]}, ensure_ascii=False)


@pytest.mark.parametrize(
    "text",
    [
        f'<think>{{"objections": []}} hm</think>Voici :\n```json\n{WRITTEN}\n```\nFin.',
        json.dumps([GOOD], ensure_ascii=False),
        json.dumps({"Objections": GOOD}),
        WRITTEN.replace('"', "'"),
        WRITTEN[:-2] + ",]}",
        f'{{"objections": []}} devient {WRITTEN}',
    ],
)
def test_replies_are_read_leniently(text):
    found = objections(reply(text), SAMPLE, guide=GUIDE)
    assert isinstance(found, list)
    assert [(o.relation, o.fault) for o in found] == [(LIVES, "")]


@pytest.mark.parametrize("text", ['{"objections": []}', "[]", '{"objections": null}', "Rien : []"])
def test_no_objection(text):
    assert objections(reply(text), SAMPLE, guide=GUIDE) == []


@pytest.mark.parametrize(
    ("text", "finish", "reason"),
    [
        (" ", "stop", Reason.EMPTY_REPLY),
        ("Tout va bien.", "stop", Reason.BROKEN_JSON),
        ('{"objections": "aucune"}', "stop", Reason.BROKEN_JSON),
        (WRITTEN[:60], "length", Reason.TRUNCATED),
        ("", "content_filter", Reason.REFUSAL),
    ],
)
def test_a_reply_that_cannot_be_read_is_a_named_drop(text, finish, reason):
    found = objections(reply(text, finish), SAMPLE, guide=GUIDE)
    assert isinstance(found, Drop)
    assert (found.reason, found.stage, found.parent, found.raw) == (reason, "judge", "d", text)


PIECES = [*'{}[]":,\\ 1é', "\ud800", "\\ud800", '{"objections":', '"relation":', "null", QUOTE]


@given(st.lists(st.sampled_from(PIECES), max_size=20).map("".join))
def test_no_reply_stops_it(text):
    found = objections(reply(text), SAMPLE, guide=GUIDE)
    if isinstance(found, Drop):
        assert found.model_dump_json()
    else:
        assert judge(SAMPLE, found).model_dump_json()


def test_violations_are_counted_by_paragraph():
    wrong = doc(TAGGED, (3, "RESIDES_IN", 1), (1, "MET", 2), (1, "MET", 1), (1, "LIKES", 2))
    result = judge(SAMPLE, said(GOOD, GOOD, {**GOOD, "quote": "non"}))
    counts = violations([*inspect(wrong, GUIDE), *result.findings], GUIDE)
    assert counts == {
        "relations.RESIDES_IN.signatures": 1,
        "relations.MET.self_relation": 1,
        "relations.MET.symmetric": 1,
        "relations": 1,
        "relations.RESIDES_IN.rule": 2,
    }


def test_paragraphs_have_names():
    assert set(find(GUIDE, "Met")) == {
        f"relations.MET.{part}" for part in ("definition", "rule", "examples")
    }
    assert find(GUIDE, "personne") == find(GUIDE, "PERSON") != {}
    assert find(GUIDE, "nowhere") == {}


def test_a_quotation_has_the_title_of_a_rule_where_the_guide_has_its_key():
    live = load("ukraine_live")
    document = doc("Un [[1:CIVILIAN|père]] attend.", (1, "GENDER_MALE", 1))
    made = Candidate(id="c", order="c", strategy="compose", document=document)
    quote = "dont un indice dit le sexe (voir « Genre grammatical et sexe »). Toujours assertée."
    row = {"relation": [1, "GENDER_MALE", 1], "rule": "GENDER_MALE", "quote": quote, "why": "."}
    (found,) = objections(reply(json.dumps({"objections": [row]})), made, guide=live)
    assert (found.fault, found.paragraph) == ("", "relations.GENDER_MALE.rule")
