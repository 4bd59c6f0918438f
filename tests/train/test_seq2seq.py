"""The student `seq2seq`: its French and its sampling without torch, and its own tests with it."""

from __future__ import annotations

import math
import sys

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from augment.errors import MissingExtra
from augment.guide import load
from augment.train import make
from augment.train.schema import schema
from augment.train.seq2seq.prompts import Text, _around, closest
from augment.train.seq2seq.questions import admitted, known
from augment.train.seq2seq.wording import wording
from tests.helpers import doc
from tests.llm import servers
from tests.train.small import GUIDE, birth, home, world

S = "\u00a0"


@pytest.mark.parametrize("name", ["torch", "transformers", "peft"])
def test_without_its_packages_it_says_what_to_install(name, monkeypatch):
    for module in [
        m
        for m in sys.modules
        if m.startswith(("augment.train.transformer", "augment.train.seq2seq"))
    ]:
        monkeypatch.delitem(sys.modules, module)
    for missing in ("torch", "transformers", "peft", "safetensors", "huggingface_hub"):
        monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(MissingExtra) as caught:
        make("seq2seq:google/flan-t5-base", None, 0, {})
    assert caught.value.hint == "pip install 'augment[transformers]'"


def test_the_questions_are_in_the_words_of_the_guide():
    guide = load("ukraine_live")
    words = wording(schema([], guide), guide)
    assert words.questions["IS_LOCATED_IN"] == (
        f"\nRelation{S}: «{S}se trouve à{S}». La personne, le groupe, le matériel, l’événement ou "
        "le lieu est dans ce lieu, à un moment des faits rapportés."
        f"\nQuestion{S}: d’après ce texte, cette relation va-t-elle de [1], la tête, à [2], la "
        f"queue{S}?"
    )
    assert words.questions["IS_COOPERATING_WITH"].endswith(
        f"d’après ce texte, cette relation existe-t-elle entre [1] et [2]{S}?"
    )
    assert words.questions["GENDER_FEMALE"].startswith(f"\nQualité{S}: «{S}femme{S}». ")
    assert words.questions["GENDER_FEMALE"].endswith(f"cette qualité s’applique-t-elle à [1]{S}?")
    assert words.kinds["PLACE"] == "Lieu"
    assert set(words.questions) == set(guide.relations)


def test_without_a_guide_the_questions_are_in_the_words_of_the_types():
    words = wording(schema(world(4), None), None)
    assert words.questions["IS_BORN_IN"].startswith(f"\nRelation{S}: «{S}is born in{S}».\n")
    assert words.kinds == {"CIVILIAN": "civilian", "PLACE": "place"}


def asked(documents):
    return known(documents, schema(documents, GUIDE).only(["IS_BORN_IN", "RESIDES_IN"]))


def test_nothing_is_asked_about_what_is_not_known():
    both = {"IS_BORN_IN", "RESIDES_IN"}
    for update, kinds in [
        ({}, both),
        ({"labelled": ("IS_BORN_IN",)}, {"IS_BORN_IN"}),
        ({"masked": ((0, "RESIDES_IN", 1),)}, {"IS_BORN_IN"}),
        ({"masked": ((0, None, 1),)}, set()),
        ({"labelled": "none"}, set()),
    ]:
        found = asked([*world(2), home(2, **update)])
        table = found.table.document
        assert {q.kind for q in found.all() if table[q.row] == 2} == kinds


CROWD = doc(
    "[[0:CIVILIAN|Paul]], [[1:CIVILIAN|Anna]], [[2:CIVILIAN|Luc]], [[3:MILITARY|Zoé]], né à "
    "[[4:PLACE|Lyon]], [[5:PLACE|Metz]], [[6:PLACE|Caen]].",
    (0, "IS_BORN_IN", 4),
)


def test_all_positives_and_so_many_negatives_the_hard_ones_first():
    found = asked([CROWD, home(1)])
    born = [q for q in found.sample(3, "0/0") if q.kind == "IS_BORN_IN"]
    assert [q.yes for q in born] == [True, False, False, False]
    zoe = {row for row, head in enumerate(found.table.head) if head == 3}
    assert not zoe & {q.row for q in born}
    everything = [q for q in found.sample(100, "0/0") if q.kind == "IS_BORN_IN"]
    assert len(everything) == 13 and zoe < {q.row for q in everything}
    assert found.sample(3, "0/0") == found.sample(3, "0/0") != found.sample(3, "0/1")
    assert not asked([home(1, relations=()), home(2, relations=())]).sample(3, "0/0")


def test_the_shift_undoes_the_sampling():
    shifts = asked([CROWD, home(1)]).shifts(2)
    assert shifts["IS_BORN_IN"] == pytest.approx(math.log(9 / 2))
    assert asked([birth(1)]).shifts(2) == {"IS_BORN_IN": 0.0, "RESIDES_IN": 0.0}


def test_of_new_documents_every_candidate_is_asked_about():
    types = schema([CROWD, home(1)], GUIDE).only(["IS_BORN_IN", "RESIDES_IN"])
    found = admitted([CROWD.model_copy(update={"relations": (), "labelled": "none"})], types)
    assert len(found.all()) == 2 * 12 and not any(q.yes for q in found.all())
    assert admitted([], types).all() == []


spans = st.tuples(st.integers(0, 99), st.integers(1, 8)).map(lambda x: (x[0], x[0] + x[1]))


@given(st.lists(spans, min_size=1, max_size=8), st.integers(8, 60))
@settings(max_examples=100, deadline=None)
def test_a_stretch_holds_its_mention_and_ends_in_no_other(found, room):
    assume(not any(a < c < b < d for a, b in found for c, d in found))  # none cross
    text = Text(list(range(110)), [found], ["PLACE"])
    first, last = found[0]
    start, end = _around((first, last), text, room)
    assert 0 <= start <= first and last <= end <= 110 and end - start <= room
    for a, b in found[1:]:
        if b <= first or a >= last:
            assert b <= start or a >= end or start <= a < b <= end


def test_the_closest_mentions_are_those_with_the_fewest_tokens_between():
    assert closest([[(0, 2), (40, 41)], [(30, 32), (90, 91)]]) == [(40, 41), (30, 32)]
    assert closest([[(5, 9)], [(6, 7)]]) == [(5, 9), (6, 7)]
    assert closest([[(7, 8), (3, 4)]]) == [(3, 4)]


def test_with_real_language_models():
    servers.needed()
    names = ("student_seq2seq", "network_seq2seq", "prompts_seq2seq")
    files = [f"tests/llm/{name}.py" for name in names]
    said = servers.run("-m", "pytest", "-p", "no:cacheprovider", *files)
    assert " passed" in said
