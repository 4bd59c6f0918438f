import json

import pytest

from augment.guide import load
from augment.labelstudio import diff
from augment.review.traps import KINDS, caught, released, restored, settled, trap
from augment.schema import Review
from augment.store import read_lines, write_lines
from tests.helpers import ROOT, doc

GUIDE = load("ukraine_live")
SAMPLES = [
    doc(
        "L’[[1:MILITARY_ORGANISATION|armée]] est à [[2:PLACE|Lviv]], en [[3:PLACE|Ukraine]].",
        (1, "OPERATES_IN", 2),
        (1, "OPERATES_IN", 3),
        (2, "IS_LOCATED_IN", 3),
        id=f"place-{i}",
    )
    for i in range(12)
] + [
    doc(
        "[[1:CIVILIAN|Olha]] voit [[2:CIVILIAN|Ivan]] [[3:TIME_EXACT|lundi]].",
        (1, "IS_IN_CONTACT_WITH", 2),
        (2, "IS_IN_CONTACT_WITH", 1),
        id=f"contact-{i}",
    )
    for i in range(12)
]
PLAIN = [doc("Rien ne se passe.", id="nothing")]


def test_every_trap_can_be_taken_out_again():
    shown, traps = trap(SAMPLES, guide=GUIDE, share=1.0, seed=2)
    own = {t.document: t for t in traps}
    assert {t.kind for t in traps} == set(KINDS)
    assert len(traps) == len(SAMPLES)
    for before, after in zip(SAMPLES, shown, strict=True):
        assert after != before
        assert restored(after, own[before.id], GUIDE) == before
        assert released(before, own[before.id], GUIDE) == before


def test_a_trap_is_admitted_by_the_guide():
    shown, _ = trap(SAMPLES, guide=GUIDE, share=1.0, seed=2)
    for document in shown:
        types = {e.id: e.type for e in document.entities}
        for r in document.relations:
            assert GUIDE.allows(r.type, types[r.head], types[r.tail], same=False)


def test_the_share_is_kept_where_it_can_be():
    shown, traps = trap([*SAMPLES, *PLAIN], guide=GUIDE, share=0.25, seed=1)
    assert len(traps) == 6
    assert sum(a != b for a, b in zip([*SAMPLES, *PLAIN], shown, strict=True)) == 6
    assert trap(PLAIN, guide=GUIDE, share=1.0) == (PLAIN, [])
    assert trap(SAMPLES, guide=GUIDE, share=0.25, seed=1) != (shown, traps)
    assert trap([*SAMPLES, *PLAIN], guide=GUIDE, share=0.25, seed=1) == (shown, traps)


def test_what_is_not_labelled_or_masked_takes_no_relation_trap():
    half = [d.model_copy(update={"labelled": (), "masked": ((1, None, 2),)}) for d in SAMPLES]
    _, traps = trap(half, guide=GUIDE, share=1.0)
    assert {t.kind for t in traps} == {"mention"}


def test_the_key_file_is_read_back(tmp_path):
    _, traps = trap(SAMPLES, guide=GUIDE, share=1.0)
    write_lines(tmp_path / "key.jsonl", traps)
    assert list(read_lines(tmp_path / "key.jsonl", type(traps[0]))) == traps


def test_traps_found_are_those_that_no_longer_stand():
    shown, traps = trap(SAMPLES, guide=GUIDE, share=1.0, seed=2)
    before = {d.id: d for d in SAMPLES}
    back = [before[d.id] if i % 2 else d for i, d in enumerate(shown)]
    got = caught(traps, back)
    assert (got.found.wrong, got.found.seen) == (12, 24)
    assert got.found.low == pytest.approx(0.314, abs=1e-3)  # Wilson
    assert sum(r.seen for r in got.kinds.values()) == 24
    rejected = shown[0].model_copy(
        update={"meta": shown[0].meta.model_copy(update={"review": Review(verdict="reject")})}
    )
    assert caught(traps, [rejected]).found.share == 1
    assert caught(traps, [rejected, shown[0]]).found.share == 0.5  # two reviewers
    assert caught(traps, []).found.share is None


def test_a_false_relation_that_was_only_taken_out_brings_the_right_one_back():
    shown, traps = trap(SAMPLES, guide=GUIDE, share=1.0, seed=2)
    before = {d.id: d for d in SAMPLES}
    for document, own in zip(shown, traps, strict=True):
        if own.kind == "mention":
            continue
        pair = {own.became[0], own.became[2]}
        gone = [
            r
            for r in document.relations
            if not (r.type == own.became[1] and {r.head, r.tail} == pair)
        ]
        back = released(document.model_copy(update={"relations": tuple(gone)}), own, GUIDE)
        assert {r.triple for r in back.relations} == {
            r.triple for r in before[document.id].relations
        }


@pytest.mark.parametrize("found", [True, False])
def test_what_was_done_about_a_trap_is_no_change(found):
    shown, traps = trap(SAMPLES, guide=GUIDE, share=1.0, seed=2)
    for before, after, own in zip(SAMPLES, shown, traps, strict=True):
        review = Review(verdict="corrected" if found else "accept", changes=diff(after, before))
        meta = before.meta.model_copy(update={"review": review})
        said = (before if found else after).model_copy(update={"meta": meta})
        clean = settled(said, before, own, GUIDE)
        assert (clean.entities, clean.relations) == (before.entities, before.relations)
        assert (clean.meta.review.verdict, clean.meta.review.changes) == ("accept", ())


def test_a_false_relation_left_beside_the_right_one_goes():
    shown, traps = trap(SAMPLES, guide=GUIDE, share=1.0, seed=2)
    for before, after, own in zip(SAMPLES, shown, traps, strict=True):
        if own.kind != "mention":
            held = {r.triple: r for r in (*after.relations, *before.relations)}
            both = after.model_copy(update={"relations": tuple(held.values())})
            assert len(both.relations) > len(before.relations)
            back = released(both, own, GUIDE)
            assert sorted(r.triple for r in back.relations) == sorted(
                r.triple for r in before.relations
            )


def test_hash_seed_does_not_matter():
    import os
    import subprocess
    import sys

    code = (
        "from tests.review.test_traps import SAMPLES, GUIDE\n"
        "from augment.review.traps import trap\n"
        "print(*(t.model_dump_json() for t in trap(SAMPLES, guide=GUIDE, share=0.5)[1]))"
    )
    told = {
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(told) == 1
    assert json.loads(told.pop().split()[0])["document"]
