"""How unsure the student is of raw items: what stands in for entities, and what comes of it."""

import random

import pytest

from augment.config import load as load_config
from augment.guide import load
from augment.pipeline.job import Run
from augment.pipeline.names import canonical
from augment.pipeline.order import order
from augment.pipeline.uncertainty import mention_types, projected, uncertainty
from augment.plan import Planning, plan
from augment.read import read_all
from augment.run_folder import open_run
from augment.schema import Document
from augment.spans import check
from augment.store import write_lines
from augment.train.linear import Linear
from augment.train.rules import Rules
from tests.helpers import corpora, doc
from tests.measure.small import corpus

GUIDE = load("textmine")


def test_strings_that_are_mentions_with_one_type():
    train = [
        doc("[[1:PLACE|Brest]] et [[2:PLACE|Washington]], un [[3:MILITARY|soldat]] y est."),
        doc("[[1:LASTNAME|Washington]] parle au [[2:MILITARY|soldat]] ; [[1:LASTNAME|Il]] part."),
        doc("Le [[1:MATERIEL|port]] de [[2:PLACE|Pau]]. Ce port, un port, les [[3:PLACE|quais]]."),
    ]
    types = mention_types(train, GUIDE)
    learnt = {"Brest": "PLACE", "Pau": "PLACE", "soldat": "MILITARY"}
    assert learnt.items() <= types.items()
    assert not {"Washington", "Il", "il", "port", "quais"} & types.keys()
    assert types["gendarmerie"] == "NON_MILITARY_GOVERNMENT_ORGANISATION"  # of the guide
    assert "explosion" not in types  # of two types there


def test_projected_entities_are_exact_and_do_not_overlap():
    types = {
        "New York": "PLACE",
        "York": "PLACE",
        "maire": "CATEGORY",
        "maire de new york": "PLACE",
    }
    item = Document(
        id="r", text="À New York, l’ancien maire de New York ; le Maire, York. New York !"
    )
    made = projected(item, types)
    check(made)
    assert [[m.value for m in e.mentions] for e in made.entities] == [
        ["New York", "New York"],
        ["maire de New York"],
        ["York"],
    ]


def items(number=20):
    return [
        d.model_copy(update={"id": f"r{i}", "entities": (), "relations": (), "labelled": "none"})
        for i, d in enumerate(corpus(number, seed=9, name="x"))
    ]


def test_a_student_without_probabilities_says_nothing():
    assert uncertainty(items(), train=corpus(24), guide=GUIDE, student=Rules(GUIDE)) == {}


def test_the_linear_student_is_unsure_of_what_it_has_not_seen():
    train = corpus(40, types=["RESIDES_IN", "IS_BORN_IN"])
    raw = [
        Document(id="nobody", text="Rien de neuf, le temps reste sec."),
        Document(id="known", text="Anna habite à Lille."),
        Document(id="new", text="Anna ira, dit-on, peut-être demain ou un autre jour, à Lille."),
    ]
    found = uncertainty(raw, train=train, guide=GUIDE, student=Linear())
    assert found["nobody"] == 0 and all(0 <= value <= 1 for value in found.values())
    assert found["new"] > 0 and found["known"] > 0
    again = uncertainty(raw[::-1], train=train, guide=GUIDE, student=Linear())
    assert again == found


def test_a_run_chooses_items_with_it_and_keeps_it(tmp_path, monkeypatch):
    write_lines(tmp_path / "train.jsonl", corpus(24))
    write_lines(tmp_path / "raw.jsonl", items())
    given = {"corpus": tmp_path / "train.jsonl", "guide": "textmine", "samples": 5}
    given |= {"strategies": ("annotate",), "write.raw": tmp_path / "raw.jsonl"}
    seen = []

    def watched(*arguments, **options):
        seen.append(options["uncertainty"])
        return Planning(*arguments, **options)

    monkeypatch.setattr("augment.pipeline.order.Planning", watched)
    with open_run(tmp_path / "run", fingerprint="x", samples=5) as folder:
        job = Run(load_config(None, given | {"write.llm": ("fake:m",)}), folder)
        first = order(job, corpus(24), items())
        assert set(seen[0]) == {item.id for item in items()} and any(seen[0].values())
        monkeypatch.setattr(Linear, "doubts", None)
        assert order(job, corpus(24), items()) == first  # from the file
        assert seen[1] == seen[0]


@pytest.mark.corpora
def test_items_chosen_hold_the_wanted_types_more_often_than_others():
    documents = canonical(read_all(corpora("textmine", "train.csv"))[0], GUIDE)
    random.Random(0).shuffle(documents)
    train, pool = documents[:60], documents[60:]
    raw = [Document(id=d.id, text=d.text) for d in pool]
    held = {d.id: {r.type for r in d.relations} for d in pool}
    unsure = uncertainty(raw, train=train, guide=GUIDE, student=Linear(GUIDE))
    strategies = ["annotate"]
    made = plan(
        train, guide=GUIDE, samples=40, strategies=strategies, raw=raw, uncertainty=unsure
    ).orders
    wanted = [order.types[0] for order in made]
    chosen = sum(order.types[0] in held[order.source] for order in made) / len(made)
    at_random = sum(kind in kinds for kind in wanted for kinds in held.values())
    assert chosen > 5 * at_random / len(held) / len(made)
