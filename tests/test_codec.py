"""The inline form: escapes, nesting, and every way in which markup can be wrong."""

import pytest

from augment.codec import decode, encode, escape, parse_id, parse_relations, resolve_id, tag, untag
from augment.errors import CodecError
from augment.reasons import Reason
from augment.schema import Document, Entity, Mention
from tests.helpers import doc


def document(text, *entities):
    """``document("abc", (1, "A", (0, 2)), …)``, without a check."""
    return Document(
        id="d",
        text=text,
        entities=[
            Entity(
                id=id,
                type=kind,
                mentions=[Mention(start=s, end=e, value=text[s:e]) for s, e in spans],
            )
            for id, kind, *spans in entities
        ],
    )


@pytest.mark.parametrize(
    ("written", "text"),
    [
        (r"a\\b", "a\\b"),
        (r"\[\[1:A\|x\]\]", "[[1:A|x]]"),
        (r"un\ndeux\r\ntrois", "un\ndeux\r\ntrois"),
        ("[1] | ] [", "[1] | ] ["),
        ("l’été\u00a0: \u2028😀", "l’été\u00a0: \u2028😀"),
    ],
)
def test_escapes_are_read(written, text):
    assert untag(written) == (text, ())


def test_text_is_written_on_one_line_and_read_back():
    text = "[[1:A|x]] \\n \\\n\r\n]] | \\"
    assert len(escape(text).splitlines()) == 1
    assert untag(escape(text))[0] == text


@pytest.mark.parametrize(
    ("written", "message"),
    [
        (r"a\b", "unknown escape at character 1"),
        ("a\\", "unknown escape at character 1"),
        ("[[1:A|x", "the tag of 1 is never closed"),
        ("[[1:A|a [[2:B|b]]", "the tag of 1 is never closed"),
        ("a]] b", "]] closes nothing at character 1"),
        ("[[1:A|x]] y]]", "]] closes nothing at character 11"),
        ("[[1:A|]]", "empty mention of 1 at character 6"),
        ("[[1|x]]", "not [[id:TYPE|…]] at character 0"),
        ("[[1:A x]]", "not [[id:TYPE|…]] at character 0"),
        ("[[1 2:A|x]]", "not [[id:TYPE|…]] at character 0"),
        ("[[:A|x]]", "not [[id:TYPE|…]] at character 0"),
        ("[[[1:A|x]]]", "not [[id:TYPE|…]] at character 0"),
    ],
)
def test_malformed_markup_is_refused_with_its_place(written, message):
    with pytest.raises(CodecError) as caught:
        untag(written)
    assert (caught.value.code, str(caught.value)) == (Reason.BROKEN_MARKUP, message)


def test_one_id_with_two_types_is_a_conflict():
    with pytest.raises(CodecError, match="entity 1 is PLACE and CIVILIAN") as caught:
        untag("[[1:PLACE|Kiev]] et [[1:CIVILIAN|lui]]")
    assert caught.value.code == Reason.TYPE_CONFLICT


def test_spans_nest_and_the_outer_of_identical_ones_comes_first():
    text, entities = untag("[[1:A|[[2:B|[[1:A|le]] roi]]]]")
    assert text == "le roi"
    assert [(e.id, [(m.start, m.end) for m in e.mentions]) for e in entities] == [
        (1, [(0, 6), (0, 2)]),
        (2, [(0, 6)]),
    ]


def test_of_identical_spans_the_entity_that_comes_first_is_outside():
    assert tag(document("x", (2, "B", (0, 1)), (1, "A", (0, 1)))) == "[[2:B|[[1:A|x]]]]"
    assert tag(document("x", (1, "A", (0, 1), (0, 1)))) == "[[1:A|[[1:A|x]]]]"


def test_brackets_and_line_ends_inside_mentions_are_escaped():
    given = document("[a\r\n]", (1, "A", (0, 5)))
    assert tag(given) == r"[[1:A|\[a\r\n\]]]"
    assert untag(tag(given)) == (given.text, given.entities)


def test_crossing_mentions_have_no_inline_form():
    with pytest.raises(CodecError) as caught:
        tag(document("abc", (1, "A", (0, 2)), (2, "B", (1, 3))))
    assert caught.value.code == Reason.CROSSING_SPANS


@pytest.mark.parametrize("key", ["a b", "a:b", "a|b", "[", "", "a\\"])
def test_ids_and_types_that_would_break_a_tag_are_refused(key):
    for entity in [(key, "A", (0, 1)), (1, key, (0, 1))]:
        with pytest.raises(CodecError) as caught:
            tag(document("x", entity))
        assert caught.value.code == Reason.BROKEN_MARKUP


@pytest.mark.parametrize(
    ("written", "id"),
    [("0", 0), ("12", 12), ("012", "012"), ("e1", "e1"), ("-1", "-1"), ("²", "²")],
)
def test_only_plain_numbers_become_integers(written, id):
    assert parse_id(written) == id


def test_relations_may_leave_out_the_e_and_exact_ids_go_first():
    assert resolve_id(1, ["e1", "e2"]) == "e1"
    assert resolve_id("1", ["e1"]) == "e1"
    assert resolve_id("e1", [1, 2]) == 1
    assert resolve_id("1", [1]) == 1
    assert [resolve_id(i, [1, "1", "e1"]) for i in (1, "1", "e1")] == [1, "1", "e1"]


@pytest.mark.parametrize("written", ["e3", 3, None, [1], True, 1.0])
def test_unknown_entities_are_refused(written):
    with pytest.raises(CodecError) as caught:
        resolve_id(written, [2, "e7"])
    assert caught.value.code == Reason.UNKNOWN_ENTITY


@pytest.mark.parametrize(
    "rows", [{}, "x", [1], [[1, "R"]], [[1, 2, 1]], [[1, "R", 1, "asserted"]], [[1, "R", 1, {}, 0]]]
)
def test_relations_of_another_shape_are_refused(rows):
    with pytest.raises(CodecError) as caught:
        parse_relations(rows, document("x", (1, "A", (0, 1))).entities)
    assert caught.value.code == Reason.BROKEN_JSON


def test_two_lines_hold_pairs_with_several_relations_self_relations_and_attributes():
    given = doc(
        "[[1:A|il]] dit à [[2:B|elle]]",
        (1, "SAYS", 2, {"factuality": "denied"}),
        (1, "IS_IN_CONTACT_WITH", 2),
        (1, "GENDER_MALE", 1),
    )
    assert decode(encode(given), id="d") == given


def test_the_line_of_relations_may_be_missing_but_not_broken():
    assert decode("[[1:A|x]]", id="d").relations == ()
    assert decode('[[1:A|x]]\n[[1, "R", "e1"]]', id="d").relations[0].triple == (1, "R", 1)
    with pytest.raises(CodecError) as caught:
        decode('[[1:A|x]]\n{"relations": [', id="d")
    assert caught.value.code == Reason.BROKEN_JSON
