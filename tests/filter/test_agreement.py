import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from augment.filter.agreement import AgreeSettings, Verified, agree
from augment.reasons import Reason
from augment.schema import Candidate, Drop, Order
from augment.spans import check
from tests.helpers import doc

TAGGED = "[[1:CIVILIAN|Olha]] vit à [[2:PLACE|Lviv]], en [[3:PLACE|Ukraine]]."
LIVES, IN, AT, HERE = (
    (1, "RESIDES_IN", 2),
    (2, "IS_LOCATED_IN", 3),
    (1, "IS_LOCATED_IN", 3),
    (1, "IS_LOCATED_IN", 2),
)


def sample(*relations, **update) -> Candidate:
    return Candidate(
        id="d", order="o", strategy="compose", document=doc(TAGGED, *relations, **update)
    )


def labels(result) -> tuple[set, set]:
    assert isinstance(result, Candidate), result
    check(result.document)
    return {r.triple for r in result.document.relations}, set(result.document.masked)


def codes(result) -> list[tuple[str, str]]:
    return [(f.code, f.action) for f in result.findings]


def test_what_all_say_stands():
    result = agree(sample(LIVES, IN), [doc(TAGGED, LIVES, IN)] * 2)
    assert labels(result) == ({LIVES, IN}, set())
    assert result.findings == () and result.document.meta.agreement == 1


def test_the_majority_decides_and_nothing_is_an_edit():
    first, second = doc(TAGGED, LIVES, AT, HERE), doc(TAGGED, LIVES, AT)
    result = agree(sample(LIVES, IN), [first, second], settings=AgreeSettings(threshold=0.4))
    assert labels(result) == ({LIVES}, {IN, AT})  # HERE: one of three says yes, so no stands
    assert codes(result) == [("outvoted", "masked"), ("doubted", "masked")]
    assert result.findings[0].detail == "2:PLACE IS_LOCATED_IN 3:PLACE, 1 of 3"
    assert result.document.meta.agreement == 0.4444  # twice 2 in both, over 4 and 5 of either side
    assert result.edits == 0


def test_with_one_verifier_both_must_agree():
    result = agree(sample(LIVES, IN), [doc(TAGGED, LIVES, AT)])
    assert labels(result) == ({LIVES}, {IN, AT})


def test_votes_can_be_asked_for():
    opinions = [doc(TAGGED, LIVES, IN), doc(TAGGED, LIVES)]
    assert labels(agree(sample(LIVES, IN), opinions))[0] == {LIVES, IN}
    strict = agree(sample(LIVES, IN), opinions, settings=AgreeSettings(votes=3))
    assert labels(strict) == ({LIVES}, {IN})
    alone = agree(sample(LIVES, IN), opinions[1:], settings=AgreeSettings(votes=3))
    assert labels(alone) == ({LIVES}, {IN})


def test_types_that_are_not_labelled_and_masked_pairs_have_no_vote():
    writer = sample(LIVES, IN, labelled=("RESIDES_IN",))
    assert labels(agree(writer, [doc(TAGGED, LIVES, AT)])) == ({LIVES, IN}, set())
    silent = doc(TAGGED, LIVES, labelled=("RESIDES_IN",))
    assert labels(agree(sample(LIVES, IN), [silent])) == ({LIVES, IN}, set())
    unsure = doc(TAGGED, LIVES, masked=(IN,))
    assert labels(agree(sample(LIVES, IN), [unsure])) == ({LIVES, IN}, set())


def test_a_verifier_with_its_own_entities_is_understood():
    own = doc(
        "[[7:CIVILIAN|Olha]] vit [[8:PLACE|à Lviv]], en [[1:PLACE|Ukraine]].",
        (7, "RESIDES_IN", 8),
        (8, "IS_LOCATED_IN", 1),
    )
    assert labels(agree(sample(LIVES, IN), [own])) == ({LIVES, IN}, set())


def test_a_relation_to_an_entity_that_the_writer_has_not_masks_nothing():
    other = doc(TAGGED.replace("vit", "[[9:EVENT|vit]]"), LIVES, IN, (9, "STARTED_IN", 2))
    assert labels(agree(sample(LIVES, IN), [other])) == ({LIVES, IN}, set())


def test_little_agreement_is_a_drop_that_says_how_little():
    result = agree(sample(LIVES, IN), [doc(TAGGED, AT, HERE, LIVES)])
    assert isinstance(result, Drop)
    assert (result.stage, result.reason) == ("verify", Reason.LOW_AGREEMENT)
    assert result.detail == "F1 0.40 with 1 verifiers, at least 0.50"
    assert json.loads(result.raw)["id"] == "d"
    assert labels(agree(sample(), [doc(TAGGED)])) == (set(), set())


def test_nothing_ordered_is_left():
    order = Order(id="o", strategy="compose", types=("IS_LOCATED_IN",))
    writer, opinion = sample(LIVES, IN), doc(TAGGED, LIVES)
    result = agree(writer, [opinion], order=order)
    assert isinstance(result, Drop) and result.reason is Reason.NOT_ORDERED
    assert labels(agree(writer, [opinion], order=order.model_copy(update={"types": ()})))


@pytest.mark.parametrize("opinions", [[], [doc("Un autre texte.")]])
def test_nobody_verified(opinions):
    result = agree(sample(LIVES), opinions)
    assert labels(result) == ({LIVES}, set())
    assert codes(result) == [("unverified", "info")]
    required = agree(sample(LIVES), opinions, settings=AgreeSettings(require=True))
    assert isinstance(required, Drop) and required.reason is Reason.NOT_VERIFIED


TRIPLES = st.lists(
    st.tuples(st.integers(1, 3), st.sampled_from("ABC"), st.integers(1, 3)), max_size=8, unique=True
)


@given(TRIPLES, st.lists(TRIPLES, max_size=4))
def test_a_triple_is_kept_or_masked_and_none_is_added(own, others):
    opinions = [doc(TAGGED, *triples) for triples in others]
    result = agree(sample(*own), opinions, settings=AgreeSettings(threshold=0))
    kept, masked = labels(result)
    assert kept | (masked & set(own)) == set(own) and not kept & masked
    for triple in kept:
        assert not others or 2 * (1 + sum(triple in o for o in others)) > 1 + len(others)
    assert len(result.findings) == (len(masked) if others else 1)


def test_the_summary_is_a_sum_over_samples():
    seen = Verified()
    assert seen.summary() == {"requests": 0, "replies": 0, "f1": None, "kappa": None, "types": {}}
    labelled = ("IS_LOCATED_IN", "RESIDES_IN")
    writer = doc(TAGGED, LIVES, IN, labelled=labelled)
    seen.add(writer, [doc(TAGGED, LIVES, AT), doc(TAGGED, LIVES, IN)], asked=2)
    seen.add(doc(TAGGED, labelled=labelled), [], asked=2)
    found = seen.summary()
    assert (found["requests"], found["replies"]) == (4, 2)
    assert found["f1"] == pytest.approx(2 * 3 / 8)
    assert found["types"]["RESIDES_IN"] == {"f1": 1.0, "kappa": 1.0, "n": 2}
    located = found["types"]["IS_LOCATED_IN"]
    # 18 decisions: one yes on both sides, one yes on each side alone
    assert located["f1"] == 0.5 and located["n"] == 3
    assert located["kappa"] == pytest.approx((16 / 18 - 260 / 324) / (64 / 324))
    assert json.loads(json.dumps(found)) == found


def test_types_that_nobody_states_are_counted_as_no():
    seen = Verified()
    seen.add(doc(TAGGED, labelled=("A", "B")), [doc(TAGGED, (1, "B", 2))], asked=1)
    types = seen.summary()["types"]
    assert types["A"] == {"f1": None, "kappa": None, "n": 0}
    assert types["B"] == {"f1": 0.0, "kappa": 0.0, "n": 1}
