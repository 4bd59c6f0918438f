"""What gives a test text away: copies in gold or in an addition, and two names found together."""

from __future__ import annotations

from augment.measure.splits import fixed, folds, near_twins
from augment.measure.wall import check
from tests.helpers import doc
from tests.measure.small import corpus

TRAIN, TEST = corpus(12), corpus(6, name="t")
NAMES = frozenset({"NAME"})


def test_clean_documents_are_clean():
    splits = fixed(TRAIN, TEST, seeds=2)
    assert check(splits, {"a": [corpus(9, name="a")]}, frozenset()) == ([], {})


def test_a_gold_text_that_copies_a_test_text_counts():
    copied = doc(TEST[2].text.upper(), id="copy")
    (row,), _ = check(fixed([*TRAIN, copied], TEST, seeds=3), {}, frozenset())
    assert (row.id, row.arm, row.test_id, row.reason) == ("copy", "base", "t2", "leak_text")


def test_an_addition_that_copies_half_a_test_text():
    words = TEST[0].text.split()
    half = doc(" ".join(words[: len(words) // 2 + 4]) + " et autre chose encore", id="h")
    dirty, _ = check(fixed(TRAIN, TEST, seeds=1), {"a": [[], [half]]}, frozenset())
    assert [(d.id, d.arm, d.test_id, d.reason) for d in dirty] == [("h", "a", "t0", "leak_ngrams")]


def test_two_names_together_are_dirty_against_a_test_set_and_set_aside_in_folds():
    named = doc("[[1:NAME|Ravel]] croise [[2:NAME|Debussy]] un soir.", id="n")
    added = {"a": [[doc("Hier [[1:NAME|Debussy]] a revu [[2:NAME|Ravel]].", id="x")]]}
    (row,), aside = check(fixed(TRAIN, [*TEST, named], seeds=1), added, NAMES)
    assert (row.reason, row.test_id, aside) == ("leak_names", "n", {})
    gold = [*TRAIN, named]
    dirty, aside = check(folds(gold, near_twins(gold), 3, seeds=2), added, NAMES)
    assert (dirty, aside) == ([], {"a": ["x"]})


def test_gold_that_shares_two_names_is_no_copy():
    first = doc("[[1:NAME|Ravel]] croise [[2:NAME|Debussy]] un soir.", id="n")
    second = doc("Ce matin [[1:NAME|Debussy]] attend encore [[2:NAME|Ravel]].", id="m")
    assert check(fixed([*TRAIN, first], [*TEST, second], seeds=1), {}, NAMES) == ([], {})


def test_copies_of_gold_are_dirty_in_folds():
    added = {"a": [[TRAIN[3].model_copy(update={"id": "again"})]]}
    (row,), _ = check(folds(TRAIN, near_twins(TRAIN), 3, seeds=1), added, frozenset())
    assert (row.id, row.test_id, row.reason) == ("again", "d3", "leak_text")


def test_near_twins_of_gold_are_kept_in_one_fold_so_that_folds_are_clean():
    twins = [doc(d.text + " Fin.", id=f"twin{d.id}") for d in TRAIN[:5]]
    gold = [*TRAIN, *twins]
    assert check(folds(gold, near_twins(gold), 4, seeds=3), {}, frozenset()) == ([], {})
