"""The inline codec loses nothing that tags can say, and fails in no other way than its own."""

from hypothesis import assume, given
from hypothesis import strategies as st

from augment.codec import decode, encode, escape, untag
from augment.errors import CodecError
from augment.reasons import Reason
from tests.properties.strategies import documents, texts

MARKUP = st.lists(st.sampled_from(["[[1:A|", "[[e2:B|", "]]", "[", "]", "|", "\\", "n", "é", "\n"]))


def facts(document):
    """What the two lines say: everything but the order of entities and of their mentions."""
    mentions = sorted((m.start, m.end, m.value, e.type, str(e.id)) for e, m in document.mentions())
    return document.text, mentions, document.relations


@given(documents())
def test_what_is_encoded_is_decoded(document):
    ids = [str(entity.id) for entity in document.entities]
    assume(len(set(ids)) == len(ids))
    assert facts(decode(encode(document), id=document.id)) == facts(document)


@given(documents())
def test_two_lines_whatever_the_text(document):
    assert encode(document).count("\n") == 1


@given(texts)
def test_escaped_text_has_no_tags(text):
    assert untag(escape(text)) == (text, ())


@given(MARKUP.map("".join))
def test_any_markup_parses_into_exact_slices_or_is_refused(written):
    try:
        text, entities = untag(written)
    except CodecError as error:
        assert error.code in (Reason.BROKEN_MARKUP, Reason.TYPE_CONFLICT)
    else:
        for entity in entities:
            assert entity.mentions
            assert all(text[m.start : m.end] == m.value != "" for m in entity.mentions)
