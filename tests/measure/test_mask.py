"""A type that an addition leaves out or annotates thinly is masked; one it uses more is not."""

from __future__ import annotations

from augment.measure.mask import masked, signatures, thin
from tests.helpers import doc
from tests.measure.small import corpus

GOLD = corpus(80)


def strip(documents, kind, keep=0):
    """Without the relations of one type, but for the first ``keep``."""
    made = []
    for document in documents:
        relations = document.relations
        if relations[0].type == kind:
            relations, keep = (relations, keep - 1) if keep > 0 else ((), keep)
        made.append(document.model_copy(update={"relations": relations}))
    return made


def test_same_annotation_masks_nothing():
    assert thin(GOLD, corpus(60, seed=1, name="a")) == []


def test_a_type_never_used_is_masked():
    assert thin(GOLD, strip(corpus(60, seed=1, name="a"), "LEFT")) == ["LEFT"]


def test_a_type_used_too_little_is_masked():
    assert thin(GOLD, strip(corpus(200, seed=1, name="a"), "LEFT", keep=8)) == ["LEFT"]


def test_few_chances_are_no_evidence():
    assert thin(GOLD, strip(corpus(12, seed=1, name="a"), "LEFT")) == []


def test_more_of_a_type_is_no_disagreement():
    ordered = corpus(40, seed=1, name="a", types=["LEFT"])
    assert "LEFT" not in thin(GOLD, ordered)


def test_types_without_a_chance_or_without_a_claim_are_left_alone():
    nothing = [doc(f"Rien {i}.", id=str(i)) for i in range(90)]
    assert thin(GOLD, nothing) == []
    honest = [
        d.model_copy(update={"labelled": ("RESIDES_IN", "IS_BORN_IN", "IS_DEAD_IN")})
        for d in strip(corpus(60, seed=1, name="a"), "LEFT")
    ]
    assert thin(GOLD, honest) == []


def test_masking_takes_the_claim_away_and_sets_lone_entities_aside():
    addition = corpus(2, seed=1, name="a")
    left = masked(addition, ["LEFT"], signatures(GOLD))
    assert left[0].labelled == ("IS_BORN_IN", "IS_DEAD_IN", "RESIDES_IN")
    assert not left[0].claims("LEFT")
    pairs = {(h, t) for h, _, t in left[0].masked}
    assert pairs == {(1, 3), (3, 1), (2, 3), (3, 2), (3, 3)}  # entity 3 is in no relation
    assert left[0].relations == addition[0].relations


def test_an_addition_that_claims_less_keeps_to_it():
    (left,) = masked(
        [corpus(1)[0].model_copy(update={"labelled": ("LEFT", "RESIDES_IN")})], ["LEFT"], []
    )
    assert left.labelled == ("RESIDES_IN",)
    addition = corpus(3)
    assert masked(addition, [], signatures(GOLD)) == addition
