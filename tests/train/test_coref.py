"""The linker of mentions: pronouns, names, acronyms, types that stay single, models on disk."""

from __future__ import annotations

import pytest

from augment import mentions
from augment.clusters import conll
from augment.protocols import Linker as Shape
from augment.read import read_all
from augment.schema import Document
from augment.spans import check
from augment.train.coref.clusters import best_first
from augment.train.coref.linear import Linker
from augment.train.coref.mentions import MASCULINE, NAME, NOUN, PLURAL, PRONOUN, columns, places
from augment.train.coref.pairs import Pairs, pairs
from tests.helpers import ROOT, corpora, doc
from tests.train.small import GUIDE, PLACES

HE = "Paul Luc Marc Hugo Noé Adam Théo Jean Axel".split()
SHE = "Anna Zoé Léa Inès Eva Rose Lina Mila Lou".split()


def couple(n: int, he: str = "", she: str = "") -> Document:
    """« M. Paul Martin a vu Mme Anna Roy. Elle … Il … Martin … »"""
    he, she = he or HE[n % len(HE)], she or SHE[n * 2 % len(SHE)]
    last = "Martin Petit Durand Simon Faure".split()[n % 5]
    place = PLACES[n % len(PLACES)]
    text = (
        f"M. [[0:CIVILIAN|{he} {last}]] a vu Mme [[1:CIVILIAN|{she} Roy]] à [[2:PLACE|{place}]]. "
        f"[[1:CIVILIAN|Elle]] sourit. [[0:CIVILIAN|Il]] part. M. [[0:CIVILIAN|{last}]] revient à "
        f"[[3:PLACE|Paris]] avec un [[4:MATERIEL|livre]] et un autre [[5:MATERIEL|livre]]."
    )
    return doc(text, id=f"couple{n}")


def linked(linker, *documents: Document) -> list[Document]:
    return [
        d.model_copy(update={"entities": e, "relations": ()})
        for d, e in zip(documents, linker.predict(documents), strict=True)
    ]


@pytest.fixture(scope="module")
def linker():
    made = Linker()
    made.fit([couple(n) for n in range(30)])
    return made


def test_it_has_the_shape(linker):
    assert isinstance(linker, Shape)


def test_pronouns_and_last_names_join_the_right_person(linker):
    gold = couple(7, "Yann", "Maud")
    (answer,) = linked(linker, gold)
    check(answer)
    assert mentions.clusters(answer) == mentions.clusters(gold)
    assert {(e.type, len(e.mentions)) for e in answer.entities} >= {("CIVILIAN", 3), ("PLACE", 1)}
    assert [e.id for e in answer.entities] == list(range(6))


def test_how_the_mentions_are_clustered_now_is_not_looked_at(linker):
    gold = couple(3)
    alone = linked(linker, gold)[0].model_copy(update={"entities": ()})
    split = tuple(
        entity.model_copy(update={"id": n, "mentions": (mention,)})
        for n, (entity, mention) in enumerate(reversed(list(gold.mentions())))
    )
    assert linked(linker, alone.model_copy(update={"entities": split})) == linked(linker, gold)


def test_types_that_never_had_two_mentions_stay_single(linker):
    assert set(linker.kinds) == {"CIVILIAN"}
    assert len([e for e in linked(linker, couple(1))[0].entities if e.type == "MATERIEL"]) == 2


def test_every_mention_comes_out_once_alone_or_among_others(linker):
    documents = [couple(n) for n in range(70)]
    together = linked(linker, *documents)
    assert together == [linked(linker, d)[0] for d in documents]
    for before, after in zip(documents, together, strict=True):
        assert mentions.mentions(before) == mentions.mentions(after)


def test_emoji_and_decomposed_accents_change_no_cluster(linker):
    text = (
        "👩‍👩‍👧 M. [[0:CIVILIAN|The\u0301o Petit]] a vu Mme [[1:CIVILIAN|Zoe\u0301 Roy]] à Lyon. "
    )
    gold = doc(text + "[[1:CIVILIAN|Elle]] sourit. [[0:CIVILIAN|Il]] part.")
    (answer,) = linked(linker, gold)
    check(answer)
    assert mentions.clusters(answer) == mentions.clusters(gold)


def test_the_same_documents_give_the_same_bytes_and_load_brings_them_back(linker, tmp_path):
    again = Linker()
    again.fit([couple(n) for n in range(30)])
    linker.save(tmp_path / "a")
    again.save(tmp_path / "b")
    loaded = Linker.load(tmp_path / "a")
    for file in ("model.json", "arrays.npz"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()
    assert linked(loaded, couple(40)) == linked(linker, couple(40))


@pytest.mark.parametrize("documents", [[], [doc("[[1:PLACE|Lyon]] dort.")]])
def test_without_a_cluster_all_mentions_stay_single(documents, tmp_path):
    made = Linker()
    made.fit(documents)
    made.save(tmp_path)
    answer = linked(Linker.load(tmp_path), couple(2))[0]
    assert all(len(e.mentions) == 1 for e in answer.entities)


def test_an_alias_is_of_the_type_that_the_guide_says():
    made = Linker(GUIDE)
    made.fit([couple(n) for n in range(30)])
    gold = couple(5)
    aliased = gold.model_copy(
        update={
            "entities": tuple(
                e.model_copy(update={"type": e.type.replace("CIVILIAN", "CIVILIAN_0")})
                for e in gold.entities
            )
        }
    )
    answer = linked(made, aliased)[0]
    assert mentions.clusters(answer) == mentions.clusters(gold)
    assert {e.type for e in answer.entities} == {"CIVILIAN_0", "PLACE", "MATERIEL"}


def read(tagged: str):
    document = doc(tagged)
    found = places([document], {e.type: e.type for e in document.entities})
    return columns([document], found)


def test_what_is_read_of_a_mention():
    m = read("M. [[1:A|Paul Roy]], [[2:A|ils]], les [[3:A|villes de l’est]], l’[[4:A|ONU]]")
    assert m.traits.sort.tolist() == [NAME, PRONOUN, NOUN, NAME]
    assert m.traits.gender.tolist()[:2] == [MASCULINE, MASCULINE]
    assert m.traits.number.tolist()[1:3] == [PLURAL, PLURAL]
    m = read("l’[[1:A|Organisation des Nations Unies]] ([[2:A|ONU]])")
    assert m.words.initials[0] == m.words.letters[1] != 0


def test_pairs_are_of_one_type_and_one_document_and_not_nested():
    m = read("[[1:A|[[2:A|Lyon]] sud]] et [[3:B|Paris]] et [[4:A|Metz]]")
    p = pairs(m)
    assert sorted(zip(p.i.tolist(), p.j.tolist(), strict=True)) == [(0, 3), (1, 3)]


def test_each_mention_joins_its_best_antecedent():
    import numpy as np

    p = Pairs(*map(np.array, ([0, 0, 1, 2], [1, 2, 2, 3], [0, 1, 0, 0])))
    assert best_first(p, np.array([-1.0, 1.0, 2.0, 0.5]), 0.0, 4).tolist() == [0, 1, 1, 1]
    assert best_first(p, np.array([-1.0, 1.0, 1.0, -0.5]), 0.0, 4).tolist() == [0, 1, 1, 3]


def score(made, documents) -> float:
    return conll(mentions.linked(list(zip(documents, linked(made, *documents), strict=True))))


def test_the_sample_teaches_something():
    train, test = (read_all(ROOT / f"data/sample/{name}.txt")[0] for name in ("train", "test"))
    made = Linker()
    made.fit(train)
    single = Linker()
    assert score(made, test) > score(single, test) + 0.1


@pytest.mark.corpora
def test_a_fold_of_a_real_corpus():
    documents = read_all(corpora("textmine", "train.csv"))[0]
    made = Linker()
    made.fit([d for n, d in enumerate(documents) if n % 5])
    assert score(made, documents[::5]) > 0.89
