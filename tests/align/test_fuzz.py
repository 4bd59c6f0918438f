"""No input breaks the parser or the aligner; `make soak` tries a million."""

import json
import random

import pytest
from hypothesis import given

from augment.align import align, align_onto
from augment.claims import claims, decode_claims, encode_claims
from augment.codec import encode, tag
from augment.errors import CodecError
from augment.schema import Candidate, Document, Order, Response
from tests.align.defects import GUIDE
from tests.align.fuzz import one
from tests.align.texts import CLEAN
from tests.properties.strategies import documents


@pytest.mark.parametrize("part", range(10))
def test_ten_thousand_broken_replies(part):
    outcomes = {o for i in range(1000) for o in one(random.Random(f"test/{part}/{i}"))}
    assert {"candidate", "broken_json", "broken_markup", "truncated", "text_changed"} <= outcomes


@pytest.mark.parametrize("write", [encode, encode_claims])
@pytest.mark.parametrize("document", CLEAN, ids=lambda d: d.id)
def test_one_bracket_less_or_more_and_every_cut_is_exact_or_dropped(document, write):
    """Whatever comes out of a damaged reply is the document itself, or nothing."""
    sound = write(document)
    damaged = [sound[:i] for i in range(len(sound))]
    for i, char in enumerate(sound):
        if char in "[]{}|":
            damaged += [sound[:i] + sound[i + 1 :], sound[:i] + char + sound[i:]]
    order = Order(id="o", strategy="s", types=("IS_LOCATED_IN",))
    for reply in damaged:
        found = align(Response(id="r", key="k", text=reply), order=order, guide=GUIDE)
        if isinstance(found, Candidate):
            assert found.document.text == document.text
            assert found.document.entities == document.entities
            assert found.document.relations == document.relations


@given(documents())
def test_the_json_form_gives_back_what_it_can_hold(document):
    try:
        written = encode_claims(document)
    except CodecError:
        return
    back = decode_claims(written, id=document.id, meta=document.meta)
    assert back.model_dump(exclude={"labelled", "masked"}) == document.model_dump(
        exclude={"labelled", "masked"}
    )


@given(documents())
def test_our_text_is_never_changed(document):
    reply = f"{tag(document)}\n" + json.dumps({"relations": []})
    result = align_onto(Response(id="r", key="k", text=reply), document, order=None, guide=GUIDE)
    if isinstance(result, Candidate):
        assert result.document.text == document.text


@pytest.mark.parametrize(
    "reply",
    [
        "[" * 100_000,
        '{"a":' * 50_000,
        "[[e1:PLACE|" * 20_000,
        "<think>" * 30_000,
        '"/*' * 60_000,
        '{"text": "' + '" ' * 90_000,
        "{'text': '" + "', " * 60_000,
        '{"relations": [' + '["e1", "A", "e2"] ' * 10_000,
        "[e1:" * 50_000,
        "```\n" * 50_000,
        "&#38;" * 40_000,
        "e\u0301" * 100_000,
    ],
    ids=lambda reply: reply[:10],
)
def test_large_and_hostile_replies_come_back(reply):
    source = Document(id="s", text="é" * 100_000)
    for result in (
        align(Response(id="r", key="k", text=reply), order=None, guide=GUIDE),
        align_onto(Response(id="r", key="k", text=reply), source, order=None, guide=GUIDE),
    ):
        assert not isinstance(result, Candidate)


def test_a_mention_is_claimed_by_its_string_alone():
    document = decode_claims(
        '{"text": "Kiev, près de Kiev", "relations": [], "entities": [{"id": "e1", "type": '
        '"PLACE", "mentions": [{"value": "Kiev", "occurrence": 2}]}]}',
        id="d",
    )
    assert [(m.start, m.end) for _, m in document.mentions()] == [(14, 18)]
    assert claims(document)["entities"][0]["mentions"] == [{"value": "Kiev", "occurrence": 2}]
