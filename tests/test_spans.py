"""Offsets: maps of edits, the structural check, and foreign ways to count."""

import pytest

from augment.errors import RecordError
from augment.reasons import Reason
from augment.schema import Document, Entity, Mention, Relation
from augment.spans import check, edit, move, points_to_utf16, unshift, utf16_to_points
from tests.helpers import doc

TEXT = "l'armée avance"


@pytest.mark.parametrize(
    ("edits", "span", "image"),
    [
        ([(0, 7, "le bataillon")], (8, 14), "avance"),
        ([(0, 7, "le bataillon")], (0, 7), "le bataillon"),
        ([(0, 7, "le bataillon")], (0, 14), "le bataillon avance"),
        ([(0, 7, "le bataillon")], (2, 7), None),
        ([(0, 7, "le bataillon")], (0, 3), None),
        ([(8, 8, "qui ")], (8, 14), "avance"),
        ([(7, 7, " rouge")], (2, 7), "armée"),
        ([(7, 7, " rouge"), (7, 7, " et noire")], (2, 7), "armée"),
        ([(4, 4, "-")], (2, 7), "ar-mée"),
        ([(2, 7, "")], (2, 7), None),
        ([(0, 2, ""), (7, 14, "")], (2, 7), "armée"),
        ([], (2, 7), "armée"),
    ],
)
def test_spans_follow_edits_or_have_no_image(edits, span, image):
    new, offsets = edit(TEXT, edits)
    found = offsets.span(*span)
    assert (found and new[found[0] : found[1]]) == image


@pytest.mark.parametrize("edits", [[(0, 3, ""), (2, 4, "")], [(0, 99, "")], [(3, 2, "x")]])
def test_edits_that_overlap_or_leave_the_text_are_refused(edits):
    with pytest.raises(ValueError, match="edits overlap or leave the text"):
        edit(TEXT, edits)


def test_move_keeps_what_has_an_image():
    given = doc("[[1:A|l'[[2:B|armée]]]] [[2:B|avance]]")
    new, offsets = edit(given.text, [(0, 7, "le bataillon")])
    moved = move(given.entities, offsets, new)
    assert [(e.id, [m.value for m in e.mentions]) for e in moved] == [
        (1, ["le bataillon"]),
        (2, ["avance"]),
    ]
    assert [e.id for e in move(given.entities, edit(given.text, [(1, 14, "")])[1], "l")] == []


def mention(start, end, value):
    return Mention(start=start, end=end, value=value)


def sound(**update):
    kiev = Entity(id=1, type="PLACE", mentions=[mention(0, 4, "Kiev")])
    return Document(id="d", text="Kiev", entities=[kiev]).model_copy(update=update)


@pytest.mark.parametrize(
    ("update", "reason"),
    [
        ({"text": " \n\u00a0"}, Reason.EMPTY_TEXT),
        ({"text": ""}, Reason.EMPTY_TEXT),
        ({"text": "Lviv"}, Reason.OFFSET_MISMATCH),
        ({"entities": sound().entities * 2}, Reason.DUPLICATE_ID),
        ({"entities": [Entity(id=1, type="A", mentions=[])]}, Reason.EMPTY_ENTITY),
        ({"relations": [Relation(head=1, type="R", tail=2)]}, Reason.UNKNOWN_ENTITY),
        ({"relations": [Relation(head="1", type="R", tail=1)]}, Reason.UNKNOWN_ENTITY),
        ({"masked": ((1, None, 3),)}, Reason.UNKNOWN_ENTITY),
    ]
    + [
        ({"entities": [Entity(id=1, type="A", mentions=[m])]}, Reason.OFFSET_MISMATCH)
        for m in [
            mention(-4, 4, "Kiev"),
            mention(0, 9, "Kiev"),
            mention(2, 2, ""),
            mention(4, 0, ""),
        ]
    ],
)
def test_the_check_names_what_is_wrong(update, reason):
    check(sound())
    with pytest.raises(RecordError) as caught:
        check(sound(**update))
    assert caught.value.code == reason


def test_utf16_offsets():
    text = "a😀b"
    assert [points_to_utf16(text, i) for i in range(4)] == [0, 1, 3, 4]
    assert [utf16_to_points(text, i) for i in range(6)] == [0, 1, None, 2, 3, None]


@pytest.mark.parametrize(
    ("text", "start", "end", "value", "way"),
    [
        ("😀 Kiev", 3, 7, "Kiev", "UTF-16 code units"),
        ("été à Kiev", 9, 13, "Kiev", "UTF-8 bytes"),
        ("un\r\ndeux\r\ntrois", 8, 13, "trois", "CRLF counted as one character"),
        ("un\r\ndeux", 0, 7, "un\ndeux", "CRLF counted as one character"),
        ("un\ndeux\ntrois", 10, 15, "trois", "line ends counted as two characters"),
    ],
)
def test_known_shifts_are_recognised_and_mended(text, start, end, value, way):
    entity = Entity(id=1, type="A", mentions=[mention(start, end, value)])
    name, mended = unshift(Document(id="d", text=text, entities=[entity]))
    check(mended)
    assert name == way
    assert mended.entities[0].mentions[0].value.split() == value.split()


def test_an_error_that_no_shift_explains_is_none():
    wrong = [mention(3, 7, "Kiev"), mention(0, 2, "Lv")]
    entity = Entity(id=1, type="A", mentions=wrong)
    assert unshift(Document(id="d", text="😀 Kiev", entities=[entity])) is None
    assert unshift(doc("[[1:A|Kiev]]").model_copy(update={"text": "Lviv"})) is None
