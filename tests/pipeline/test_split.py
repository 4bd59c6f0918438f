from augment.pipeline.split import hold_out
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
