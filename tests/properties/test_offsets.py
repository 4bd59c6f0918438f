"""Slices are exact after any edit, and offsets in other units come back."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from augment.schema import Document
from augment.spans import _WIDTHS, check, edit, move, points_to_utf16, unshift, utf16_to_points
from tests.properties.strategies import documents, strings, texts


@st.composite
def edited(draw) -> tuple[Document, list[tuple[int, int, str]]]:
    """A document and edits of its text that do not overlap."""
    document = draw(documents(crossing=True))
    borders = sorted(draw(st.lists(st.integers(0, len(document.text)), max_size=8)))
    pairs = list(zip(borders[::2], borders[1::2], strict=False))
    return document, draw(st.permutations([(s, e, draw(strings)) for s, e in pairs]))


def rewritten(text: str, edits: list[tuple[int, int, str]], start: int, end: int) -> str:
    """``text[start:end]`` after the edits inside of it; insertions at its borders stay outside."""
    inside = sorted(e for e in edits if start <= e[0] and e[1] <= end)
    parts, at = [], start
    for s, e, value in inside:
        if s == e and s in (start, end):
            continue
        parts += [text[at:s], value]
        at = e
    return "".join([*parts, text[at:end]])


@given(edited())
def test_moved_mentions_are_exact_and_hold_the_edits_inside_them(given):
    document, edits = given
    new, offsets = edit(document.text, edits)
    for _, m in document.mentions():
        cut = any(s < border < e for s, e, _ in edits for border in (m.start, m.end))
        wanted = "" if cut else rewritten(document.text, edits, m.start, m.end)
        span = offsets.span(m.start, m.end)
        assert (new[span[0] : span[1]] if span else "") == wanted
    moved = move(document.entities, offsets, new)
    assert all(new[m.start : m.end] == m.value for e in moved for m in e.mentions)


@given(edited())
def test_text_outside_of_edits_keeps_its_place_in_the_order(given):
    document, edits = given
    new, offsets = edit(document.text, edits)
    free = [i for i in range(len(document.text)) if not any(s <= i < e for s, e, _ in edits)]
    images = [offsets.span(i, i + 1) for i in free]
    assert [new[s:e] for s, e in images] == [document.text[i] for i in free]
    assert images == sorted(set(images))


@given(texts, st.integers(0, 30))
def test_utf16_offsets_are_those_of_the_encoded_text(text, offset):
    offset = min(offset, len(text))
    units = points_to_utf16(text, offset)
    assert units == len(text[:offset].encode("utf-16-le")) // 2
    assert utf16_to_points(text, units) == offset


@pytest.mark.parametrize("way", _WIDTHS)
@settings(max_examples=40)
@given(documents())
def test_every_known_shift_is_explained(way, document):
    width = _WIDTHS[way]
    borders = {offset for _, m in document.mentions() for offset in (m.start, m.end)}
    assume(not any(document.text[o - 1 : o + 1] == "\r\n" for o in borders if o))

    def counted(offset: int) -> int:
        return sum(width(document.text, i) for i in range(offset))

    shifted = [
        e.model_copy(
            update={
                "mentions": tuple(
                    m.model_copy(update={"start": counted(m.start), "end": counted(m.end)})
                    for m in e.mentions
                )
            }
        )
        for e in document.entities
    ]
    _, mended = unshift(document.model_copy(update={"entities": tuple(shifted)}))
    check(mended)
    values = [m.value.replace("\r\n", "\n") for _, m in mended.mentions()]
    assert values == [m.value.replace("\r\n", "\n") for _, m in document.mentions()]
