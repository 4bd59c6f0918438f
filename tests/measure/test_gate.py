"""What an addition teaches wrong is found on the training side, and left out."""

from __future__ import annotations

import random

from augment.measure.arms import Answer, nothing, outside, trained
from augment.measure.cells import Cells
from augment.measure.gate import worse
from augment.protocols import View
from augment.schema import Meta
from augment.train.linear import Linear
from tests.measure.small import Memo, corpus, shuffled

FREQUENT = ["IS_BORN_IN", "IS_DEAD_IN"]
GOLD = random.Random(0).sample([*corpus(40, types=FREQUENT), *corpus(4, types=["LEFT"])], 44)
"""Two types that the student knows, and a rare one."""
VIEW = View(GOLD, (), 0)
TEST = corpus(40, name="t")


def swapped(documents, a, b):
    """The documents with two relation types exchanged."""
    kinds = {a: b, b: a}
    return [
        d.model_copy(
            update={
                "relations": tuple(
                    r.model_copy(update={"type": kinds.get(r.type, r.type)}) for r in d.relations
                )
            }
        )
        for d in documents
    ]


def test_types_that_fall_are_named_and_the_others_are_not(tmp_path):
    cells = Cells(Linear, tmp_path, "linear")
    wrong = swapped(corpus(120, name="m"), *FREQUENT)
    found = worse(VIEW, wrong, cells)
    assert found == FREQUENT
    assert worse(VIEW, corpus(60, name="m"), cells) == []


def test_nothing_is_kept_of_what_only_harms(tmp_path):
    cells = Cells(Memo, tmp_path, "memo")
    noise = shuffled(corpus(400, name="m"))
    assert worse(VIEW, noise, cells) is None
    answer = outside([noise], cells, mask="gate")(VIEW, TEST)
    base = trained(nothing, cells)(VIEW, TEST)
    assert answer == Answer(base.triples, 0, (*FREQUENT, "LEFT"))


def test_the_gate_masks_and_keeps_the_rest(tmp_path):
    cells = Cells(Linear, tmp_path, "linear")
    wrong = swapped(corpus(120, name="m"), *FREQUENT)
    answer = outside([wrong], cells, mask="gate")(VIEW, TEST)
    assert set(answer.masked) == set(FREQUENT)
    assert answer.added == 120


def test_test_documents_play_no_part(tmp_path):
    cells = Cells(Linear, tmp_path, "linear")
    addition = corpus(60, name="m")
    masks = {outside([addition], cells, mask="gate")(VIEW, t).masked for t in (TEST, TEST[:3])}
    assert len(masks) == 1


def test_samples_of_the_training_texts_do_not_judge_themselves(tmp_path):
    """Of the half that is scored nothing is learnt: no copy, and nothing that it is parent of."""
    copies = [d.model_copy(update={"id": f"copy-{d.id}"}) for d in GOLD]
    made = [
        d.model_copy(update={"id": f"made-{d.id}", "meta": Meta(parents=(parent.id,))})
        for d, parent in zip(corpus(44, name="m"), GOLD, strict=True)
    ]
    trusted = 0

    class Watched(Memo):
        def fit(self, documents, weights=None):
            self.learnt = documents
            super().fit(documents, weights)

        def predict(self, documents):
            nonlocal trusted
            trusted += len(self.learnt)
            owed = {p for d in self.learnt for p in d.meta.parents} | {d.text for d in self.learnt}
            assert not owed & {name for d in documents for name in (d.id, d.text)}
            return super().predict(documents)

    worse(VIEW, [*copies, *made], Cells(Watched, tmp_path, "watched"))
    assert trusted > 4 * 22  # what owes nothing to the half that is scored is learnt from
