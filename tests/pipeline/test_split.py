from augment.config import load
from augment.pipeline.run import run
from augment.pipeline.split import hold_out
from augment.reasons import Reason
from augment.schema import Document, Drop, Meta
from augment.store import read_lines, write_lines
from tests.helpers import doc

TEXTS = [
    "Le convoi quitte la ville au petit matin sous la neige et le vent glacial.",
    "Des négociateurs se retrouvent près de la frontière pour de nouveaux pourparlers difficiles.",
    "La centrale ne communique plus ses mesures depuis la veille au soir selon l’agence.",
    "Plusieurs ministres annoncent des sanctions visant des banques et des entreprises publiques.",
]
DOCUMENTS = [
    doc(t + tail, id=f"{i}{j}")
    for i, t in enumerate(TEXTS)
    for j, tail in enumerate(["", " Enfin."])
]


def test_every_document_is_on_one_side_in_its_old_order():
    train, test = hold_out(DOCUMENTS, share=0.25, seed=1)
    assert sorted(d.id for d in train + test) == [d.id for d in DOCUMENTS]
    assert [d.id for d in train] == sorted(d.id for d in train)
    assert len(test) == 2


def test_near_twins_stay_together():
    for seed in range(20):
        train, test = hold_out(DOCUMENTS, share=0.25, seed=seed)
        assert {d.id[0] for d in train}.isdisjoint(d.id[0] for d in test)


def test_the_seed_decides():
    chosen = {hold_out(DOCUMENTS, share=0.25, seed=s)[1][0].id for s in range(20)}
    assert len(chosen) > 1
    assert hold_out(DOCUMENTS, share=0.25, seed=3) == hold_out(DOCUMENTS, share=0.25, seed=3)


def test_what_was_made_from_a_text_that_is_held_out_now_is_not_added(tmp_path):
    """As samples of earlier nights are, when the gold has grown and another part is held out."""
    train, held_out = hold_out(DOCUMENTS, share=0.25, seed=0)
    text = "Selon le maire, [[1:PLACE|Tarsk]] a encore subi des tirs {} hier soir, sans victime."
    metas = [Meta(origin="synthetic", parents=(d.id,)) for d in (train[0], held_out[0])]
    added = [
        doc(text.format(where), id=where).model_copy(update={"meta": meta})
        for where, meta in zip(("au nord", "près des deux gares"), metas, strict=True)
    ]
    write_lines(tmp_path / "gold.jsonl", DOCUMENTS)
    write_lines(tmp_path / "added.jsonl", added)
    given = {"corpus": tmp_path / "gold.jsonl", "add": {"nights": tmp_path / "added.jsonl"}}
    config = load(
        None, {**given, "guide": "ukraine_live", "samples": 0, "measure": False, "train": False}
    )
    run(config, tmp_path / "run")
    kept = list(read_lines(tmp_path / "run" / "accepted.jsonl", Document))
    assert [d.id for d in kept] == ["nights/au nord"]
    (drop,) = read_lines(tmp_path / "run" / "dropped.jsonl", Drop)
    assert (drop.reason, drop.id) == (Reason.LEAK_PARENT, "nights/près des deux gares")
