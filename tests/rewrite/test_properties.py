"""Whatever comes in: one candidate or drop an order, sound documents, labels kept true."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from augment import registry
from augment.errors import UnknownName
from augment.guide.model import EntityType, Guide, RelationType
from augment.plan import LLM_FREE
from augment.reasons import Reason
from augment.rewrite import rewrite
from augment.schema import Candidate, Drop, Order
from augment.spans import check
from tests.properties.strategies import ENTITY_TYPES, RELATION_TYPES, documents
from tests.rewrite.corpus import DOCUMENTS, GUIDE

STRATEGIES = [name for name in registry.names("strategy") if name in LLM_FREE]
ANY = Guide(
    name="any",
    entities={t: EntityType(family=t.lower(), person_name=t == "FIRSTNAME") for t in ENTITY_TYPES},
    relations={
        t: RelationType(
            signatures=tuple((a, b) for a in ENTITY_TYPES for b in ENTITY_TYPES),
            self_relation="allowed",
            patterns=("{head} est lié à {tail}.",),
        )
        for t in RELATION_TYPES
    },
)


def crossing(document):
    spans = sorted((m.start, m.end) for _, m in document.mentions())
    return any(a < c < b < d for a, b in spans for c, d in spans)


def orders(strategies, types):
    def order(i, strategy, kinds, negatives, distractors, seed):
        return Order(
            id=f"o{i}", strategy=strategy, types=tuple(kinds), negatives=tuple(negatives),
            distractors=distractors, seed=seed,
        )  # fmt: skip

    kinds = st.lists(st.sampled_from(types), unique=True, max_size=2)
    return st.builds(
        order, st.integers(0, 9), st.sampled_from(strategies), kinds, kinds,
        st.integers(0, 2), st.integers(0, 10**6),
    )  # fmt: skip


def verify(order, result, view, guide):
    """What every strategy promises."""
    if isinstance(result, Drop):
        assert result.reason in (Reason.NOT_APPLICABLE, Reason.UNSAFE_REWRITE)
        assert result.stage == "rewrite"
        assert result.id == order.id
        return
    assert isinstance(result, Candidate)
    document = result.document
    check(document)
    parents = {d.id: d for d in view}
    assert result.order == order.id
    assert document.id == result.id == f"{order.strategy}-{order.id}"
    assert document.meta.origin == "synthetic"
    assert document.meta.strategy == order.strategy == result.strategy
    assert set(document.meta.parents) <= set(parents)
    if not any(crossing(parents[p]) for p in document.meta.parents):
        assert not crossing(document)
    if all(_conforms(parents[p], guide) for p in document.meta.parents):
        assert _conforms(document, guide)
    pairs = {(r.head, r.tail, r.type) for r in document.relations}
    assert not any((h, t, kind) in pairs for h, kind, t in document.masked if kind)


def _conforms(document, guide):
    types = {e.id: e.type for e in document.entities}
    return all(
        guide.allows(r.type, types[r.head], types[r.tail], same=r.head == r.tail)
        for r in document.relations
    )


@settings(max_examples=60)
@given(
    st.lists(documents(), min_size=1, max_size=4, unique_by=lambda d: d.id),
    st.lists(orders(STRATEGIES, RELATION_TYPES), min_size=1, max_size=6),
)
def test_any_document_gives_a_sound_candidate_or_a_drop(view, wanted):
    view = [d.model_copy(update={"masked": ()}) for d in view]
    results = list(rewrite(wanted, view, guide=ANY))
    assert len(results) == len(wanted)
    for order, result in zip(wanted, results, strict=True):
        verify(order, result, view, ANY)


@settings(max_examples=150)
@given(orders(STRATEGIES, list(GUIDE.relations)))
def test_french_items_give_sound_candidates(order):
    verify(order, next(rewrite([order], DOCUMENTS, guide=GUIDE)), DOCUMENTS, GUIDE)


@settings(max_examples=25)
@given(st.lists(orders(STRATEGIES, list(GUIDE.relations)), min_size=2, max_size=4))
def test_a_candidate_depends_on_its_order_and_the_view_only(wanted):
    together = list(rewrite(wanted, DOCUMENTS, guide=GUIDE))
    alone = [next(rewrite([order], DOCUMENTS, guide=GUIDE)) for order in reversed(wanted)]
    assert together == alone[::-1]


def test_an_empty_view_gives_drops():
    wanted = [Order(id=name, strategy=name) for name in STRATEGIES]
    assert {r.reason for r in rewrite(wanted, [], guide=GUIDE)} == {Reason.NOT_APPLICABLE}


def test_a_type_that_no_document_carries_gives_drops():
    wanted = [Order(id=s, strategy=s, types=("NEVER_SEEN",)) for s in STRATEGIES]
    assert {r.reason for r in rewrite(wanted, DOCUMENTS, guide=GUIDE)} == {Reason.NOT_APPLICABLE}


def test_an_unknown_strategy_is_a_usage_error():
    with pytest.raises(UnknownName, match="mentions"):
        list(rewrite([Order(id="o", strategy="magic")], DOCUMENTS, guide=GUIDE))


def test_rights_and_time_are_inherited():
    rights = {"holder": "A", "remote": True}
    first = DOCUMENTS[0].model_copy(
        update={"meta": DOCUMENTS[0].meta.model_copy(update={"rights": rights, "time": "2022"})}
    )
    rights = {"holder": "B", "remote": False}
    second = DOCUMENTS[4].model_copy(
        update={"meta": DOCUMENTS[4].meta.model_copy(update={"rights": rights})}
    )
    order = Order(id="o", strategy="recombine", types=("LIVES_IN",), seed=1)
    made = next(rewrite([order], [first, second], guide=GUIDE))
    assert made.document.meta.rights == {"holder": "A; B", "remote": False}
    assert made.document.meta.time == "2022"
