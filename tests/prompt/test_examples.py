"""Examples come from the training subset only, show the types, and give nothing away."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from augment.align import align, align_onto
from augment.prompt import Examples
from augment.prompt.examples import content, near_twin, round_trip
from augment.prompt.form import answer, view
from augment.schema import Candidate, Document, Order, Response
from tests.helpers import doc
from tests.prompt.common import guide, order, sample

GUIDE = guide("ukraine_live")
ALL = list(GUIDE.relations)


def ids(documents: list[Document]) -> list[str]:
    return [document.id for document in documents]


@settings(max_examples=30, deadline=None)
@given(
    st.sets(st.integers(0, 39), max_size=12),
    st.lists(st.sampled_from(ALL), max_size=4, unique=True),
    st.integers(0, 5),
    st.one_of(st.none(), st.integers(0, 39)),
)
def test_only_the_training_subset_is_shown_and_never_the_source(chosen, types, number, at):
    train = [sample()[i] for i in sorted(chosen)]
    source = None if at is None else sample()[at]
    asked = Order(id="1", strategy="annotate", types=tuple(types))
    picked = Examples(train, GUIDE).pick(asked, source, number, seed=1)
    assert len(picked) <= number
    assert set(ids(picked)) <= set(ids(train))
    assert len(set(ids(picked))) == len(picked)
    if source:
        assert source.id not in ids(picked)
        assert not any(near_twin(source.text, document.text) for document in picked)


def test_types_that_are_missing_come_first_then_likeness():
    train = [
        doc("[[1:PLACE|Kiev]] est calme, le convoi attend la nuit.", id="like"),
        doc(
            "[[1:CIVILIAN|Anne]] vit à [[2:PLACE|Lyon]].", (1, "IS_LOCATED_IN", 2), id="located"
        ),
        doc(
            "[[1:CIVILIAN|Anne]] dirige le [[2:NON_GOVERNMENTAL_ORGANISATION|club]].",
            (1, "IS_PART_OF", 2), (1, "HAS_CONTROL_OVER", 2), id="part",
        ),
    ]  # fmt: skip
    examples = Examples(train, GUIDE)
    source = doc("Le convoi attend la nuit près de Kiev.", id="s")
    asked = Order(id="1", strategy="annotate", types=("HAS_CONTROL_OVER", "IS_PART_OF"))
    assert ids(examples.pick(asked, source, 3, 0)) == ["part"]
    asked = Order(id="1", strategy="annotate", types=("IS_LOCATED_IN", "IS_PART_OF"))
    assert ids(examples.pick(asked, train[1], 3, 0)) == ["part"]
    either = Order(id="1", strategy="annotate", types=("IS_LOCATED_IN",), negatives=("IS_PART_OF",))
    close = doc("Anne vit près de Lyon.", id="s")
    assert ids(examples.pick(either, close, 2, 0)) == ["located", "part"]


def test_no_empty_list_is_shown_while_a_document_holds_a_type():
    held = [d for d in sample() if any(r.type == "DEATHS_NUMBER" for r in d.relations)]
    asked = Order(id="1", strategy="compose", types=("DEATHS_NUMBER",))
    picked = Examples(sample(), GUIDE).pick(asked, None, 40, 0)
    assert 1 <= len(picked) <= len(held) < 40
    assert set(ids(picked)) <= set(ids(held))
    without = [d for d in sample() if d not in held]
    assert len(Examples(without, GUIDE).pick(asked, None, 3, 0)) == 3


def test_near_twins_parents_and_unlabelled_types_are_left_out():
    base = sample()[0]
    twin = base.model_copy(
        update={"id": "twin", "text": base.text + " C’est tout.", "entities": ()}
    )
    twin = twin.model_copy(update={"relations": ()})
    parent = sample()[1]
    masked = sample()[2].model_copy(update={"labelled": ("OPERATES_IN",)})
    child = base.model_copy(update={"id": "c", "meta": base.meta.model_copy(
        update={"parents": (parent.id,)})})  # fmt: skip
    asked = Order(id="1", strategy="restyle", types=("IS_LOCATED_IN",), source="s04")
    picked = Examples([base, twin, parent, masked, *sample()[3:5]], GUIDE).pick(asked, child, 9, 0)
    assert ids(picked) == ["s05"]


def test_two_near_twins_are_not_both_shown():
    base = sample()[0]
    again = base.model_copy(update={"id": "again"})
    assert ids(Examples([base, again], GUIDE).pick(order("compose"), None, 5, 0)) == ["again"]
    free = order("compose", source=None)
    assert len(Examples([base, again], GUIDE).pick(free, None, 5, 0)) == 1


def test_equal_orders_get_equal_examples_whatever_the_order_of_types():
    one = Order(id="1", strategy="compose", types=("IS_PART_OF", "IS_LOCATED_IN"))
    two = Order(id="2", strategy="compose", types=("IS_LOCATED_IN",), negatives=("IS_PART_OF",))
    examples = Examples(sample(), GUIDE)
    assert ids(examples.pick(one, None, 4, 3)) == ids(examples.pick(two, None, 4, 3))
    found = {tuple(ids(examples.pick(one, None, 4, seed))) for seed in range(8)}
    assert len(found) > 1


def test_what_cannot_be_shown_is_not():
    crossing = Document.model_validate(
        {"id": "x", "text": "abc", "entities": [
            {"id": 1, "type": "PLACE", "mentions": [{"start": 0, "end": 2, "value": "ab"}]},
            {"id": 2, "type": "PLACE", "mentions": [{"start": 1, "end": 3, "value": "bc"}]}]}
    )  # fmt: skip
    unknown = doc("[[1:DRAGON|Smaug]]", id="u")
    free = order("compose", source=None, types=(), negatives=())
    assert not round_trip(crossing)
    assert Examples([crossing, unknown], GUIDE).pick(free, None, 2, 0) == []
    none = Examples(sample(), GUIDE, check=lambda document: False)
    assert none.pick(free, None, 2, 0) == []


def test_no_training_documents_no_examples():
    assert Examples([], GUIDE).pick(order("compose"), sample()[0], 3, 0) == []


def aligned(document: Document) -> bool:
    """The check that a pipeline hands in: the perfect replies come back through the aligner."""
    for form in ("inline", "json"):
        for reply in ("document", "annotation"):
            text = answer(document, reply, form)
            response = Response(id=document.id, key="k", text=text)
            if reply == "document":
                found = align(response, order=None, guide=GUIDE)
            else:
                found = align_onto(response, document, order=None, guide=GUIDE)
            if not isinstance(found, Candidate) or content(found.document) != content(document):
                return False
            if found.repairs or set(found.alignment) - {"exact"}:
                return False
    return True


def test_the_sample_comes_back_through_the_aligner():
    assert [d.id for d in sample() if not aligned(view(d, GUIDE, ALL))] == []
    picked = Examples(sample(), GUIDE, check=aligned).pick(order("annotate"), sample()[3], 3, 0)
    assert len(picked) == 3
