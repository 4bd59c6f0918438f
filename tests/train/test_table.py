"""Candidate pairs: which, where, with which features; the cache."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from augment.train.cache import CACHE, Cache, candidates
from augment.train.layout import SAME, layout
from augment.train.table import compute, empty, matrix, pair_codes
from tests.helpers import doc
from tests.train.small import world

KINDS = {kind: (kind, kind.lower()) for kind in ("CIVILIAN", "PLACE")}
GATE = frozenset({("CIVILIAN", "PLACE"), ("PLACE", "PLACE")})
BOTH = GATE | {("CIVILIAN", SAME)}

NESTED = doc(
    "La [[1:PLACE|capitale de l’[[2:PLACE|Ukraine]]]] résiste. [[3:CIVILIAN|Ivan]] : "
    "[[1:PLACE|Kiev]] est calme, dit [[3:CIVILIAN|il]]."
)


def names(document, gate=BOTH):
    table = compute([document], KINDS, gate)[0]
    ids = [entity.id for entity in document.entities]
    return [(ids[h], ids[t]) for h, t in zip(table.head, table.tail, strict=True)]


def test_candidates_are_the_ordered_pairs_of_the_gate():
    assert names(NESTED) == [(1, 2), (2, 1), (3, 1), (3, 2), (3, 3)]
    assert names(NESTED, frozenset({("CIVILIAN", "PLACE")})) == [(3, 1), (3, 2)]


def test_closest_mentions_and_ranks():
    pairs = layout([NESTED], KINDS, BOTH).pairs
    mentions = layout([NESTED], KINDS, BOTH).mentions
    rows = {(h, t): n for n, (h, t) in enumerate(zip(pairs.head, pairs.tail, strict=True))}
    to_kiev, to_ukraine = rows[2, 0], rows[2, 1]
    assert mentions.start[pairs.j[to_kiev]] > mentions.start[pairs.i[to_kiev]]
    assert [pairs.tail_rank[to_kiev], pairs.tail_rank[to_ukraine]] == [0, 1]
    assert [pairs.tail_before[to_kiev], pairs.tail_before[to_ukraine]] == [-1, 0]


@given(st.permutations(range(6)), st.integers(1, 6))
@settings(max_examples=25, deadline=None)
def test_features_do_not_depend_on_the_batch(order, size):
    documents = [*world(5), NESTED]
    alone = [compute([document], KINDS, BOTH)[0] for document in documents]
    batch = [documents[n] for n in order[:size]]
    for number, table in zip(order, compute(batch, KINDS, BOTH), strict=False):
        for ours, theirs in zip(alone[number][1:], table[1:], strict=True):
            assert (ours == theirs).all()


def test_rows_are_found_again():
    table = candidates([NESTED, *world(3)], KINDS, BOTH)
    rows = np.arange(len(table.head))
    assert (table.find(table.document, table.head, table.tail) == rows).all()
    missing = table.find(np.array([0, 9]), np.array([0, 0]), np.array([2, 1]))
    assert missing.tolist() == [-1, -1]
    assert empty().find(np.array([0]), np.array([0]), np.array([0])).tolist() == [-1]


def test_pairs_of_other_types_have_other_codes():
    pairs = [("A", "B"), ("B", "A"), ("A", SAME), ("A", "A")]
    assert len(set(pair_codes(pairs).tolist())) == len(pairs)


def test_the_matrix_is_binary_with_each_feature_twice():
    table = candidates([NESTED], KINDS, BOTH)
    features = matrix(table)
    assert features.nnz == 2 * table.counts.sum()
    assert set(features.data) == {1.0}


def test_documents_without_entities_or_tokens_have_no_rows():
    documents = [doc("Rien."), doc("[[1:CIVILIAN|Paul]] seul.")]
    assert [len(t.head) for t in compute(documents, KINDS, GATE)] == [0, 0]
    assert matrix(candidates(documents, KINDS, GATE)).shape[0] == 0


def test_what_is_cached_equals_what_is_computed():
    documents = world(6)
    first = candidates(documents, KINDS, GATE)
    again = candidates(documents, KINDS, GATE)
    wider = candidates(documents, KINDS, BOTH)
    narrow = candidates(documents, KINDS, GATE)
    for other in (again, narrow):
        assert all((a == b).all() for a, b in zip(first, other, strict=True))
    assert len(wider.head) > len(first.head)


def test_the_cache_tells_families_apart():
    one = candidates([NESTED], KINDS, GATE)
    merged = {kind: (kind, "thing") for kind in KINDS}
    other = candidates([NESTED], merged, GATE)
    assert (one.kinds == other.kinds).all()
    assert len(one.base) != len(other.base) or (one.base != other.base).any()


def test_the_cache_is_bounded_and_forgets_the_oldest():
    tables = compute(world(4), KINDS, GATE)
    each = sum(column.nbytes for column in tables[0])
    cache = Cache(limit=int(each * 2.5))
    for n, table in enumerate(tables):
        cache.put(bytes([n]), GATE, table)
    assert cache.size <= cache.limit
    assert [cache.gate(bytes([n])) == GATE for n in range(4)] == [False, False, True, True]
    cache.put(bytes([3]), GATE, tables[3])
    assert cache.size == sum(sum(c.nbytes for c in tables[n]) for n in (2, 3))


@pytest.mark.parametrize("words, entities", [(5000, 300)])
def test_a_very_long_text_is_read(words, entities):
    step = words // entities
    text = " ".join(
        f"[[{n}:{'CIVILIAN' if n % 3 else 'PLACE'}|nom{n}]]" + " mot" * (step - 1)
        for n in range(entities)
    )
    (table,) = compute([doc(text)], KINDS, GATE)
    assert len(table.head) == 200 * 100 + 100 * 99
    assert CACHE.limit > sum(column.nbytes for column in table)
