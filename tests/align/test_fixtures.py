"""Every fixture comes to what it should: the exact document, or the drop with the right reason."""

from collections import Counter

import pytest

from augment.align import align, align_onto
from augment.schema import Candidate, Drop, Order, Response
from tests.align.defects import DEFECTS, GUIDE, Fixture, fixtures

CORPUS = list(fixtures())


def outcome(fixture: Fixture) -> Candidate | Drop:
    document, case = fixture.document, fixture.case
    types = tuple(dict.fromkeys(r.type for r in document.relations))
    order = Order(id="o1", strategy="compose", types=types)
    response = Response(id=document.id, key="k", text=case.reply, finish=case.finish)
    if case.ours:
        source = document.model_copy(update={"id": "ours", "entities": (), "relations": ()})
        return align_onto(response, source, order=order, guide=GUIDE)
    return align(response, order=order, guide=GUIDE)


def test_the_corpus_is_large_enough():
    kinds = Counter(f.kind for f in CORPUS)
    assert len(CORPUS) >= 400
    assert len(kinds) >= 30
    assert set(kinds) == set(DEFECTS)


@pytest.mark.parametrize("fixture", CORPUS, ids=lambda f: f.name)
def test_fixture(fixture):
    result = outcome(fixture)
    if fixture.case.expected is not None:
        assert isinstance(result, Drop), result
        assert (result.reason, result.raw) == (fixture.case.expected, fixture.case.reply)
        return
    assert isinstance(result, Candidate), result
    assert result.document.text == fixture.document.text
    assert same(result.document.entities) == same(fixture.document.entities)
    assert result.document.relations == fixture.document.relations
    assert sum(result.alignment.values()) == len(list(result.document.mentions()))


def same(entities):
    return [(e.id, e.type.upper(), e.mentions) for e in entities]


@pytest.mark.parametrize("kind", ["clean_inline", "clean_json", "clean_json_indented"])
def test_sound_replies_need_no_repair(kind):
    for fixture in CORPUS:
        if fixture.kind == kind:
            result = outcome(fixture)
            assert (result.repairs, list(result.alignment)) == ((), ["exact"])
