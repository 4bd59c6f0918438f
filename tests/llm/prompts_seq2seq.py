"""The prompts of the student `seq2seq`: marks, windows, and nothing cut in silence."""

import re

import pytest

from augment.guide import load as load_guide
from augment.read import read_all
from augment.train.schema import schema
from augment.train.seq2seq.model import told_apart
from augment.train.seq2seq.prompts import MARKED, Prompts
from augment.train.seq2seq.wording import wording
from augment.train.transformer.encoder import read_tokenizer
from tests.helpers import ROOT, doc
from tests.llm.writers import make
from tests.train.small import GUIDE, world


@pytest.fixture(scope="session", params=["t5", "llama"])
def tokenizer(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    make(request.param, folder)
    return read_tokenizer(folder)


def prompts(tokenizer, window=512, guide=GUIDE, documents=None):
    documents = documents or world(4)
    known = schema(documents, guide).only({r.type for d in documents for r in d.relations})
    return Prompts(tokenizer, wording(known, guide), window), known


def told(tokenizer, document, head, tail, window=512):
    """A prompt as text, spaces left out; its length with the longest question."""
    write, known = prompts(tokenizer, window)
    pair = write.pair(write.read(document, known), head, tail)
    rest = max(map(len, write.questions.values())) + len(write.answer) + len(write.after)
    plain = tokenizer.decode(pair).replace("▁", "").replace(" ", "").replace("\n", "")
    return plain.replace("<unk>", "").replace("\xa0", ""), len(pair) + rest


def test_the_two_entities_are_marked_and_named(tokenizer):
    text = doc(
        "[[0:CIVILIAN|Paul]] aime [[1:PLACE|Lyon]] ; [[0:CIVILIAN|il]] y va, et [[2:PLACE|Metz]]."
    )
    said, _ = told(tokenizer, text, 0, 1)
    assert "Texte:[1:Paul]aime[2:Lyon];[1:il]yva,etMetz.[1]:Paul(civilian)[2]:Lyon(place)" in said
    said, _ = told(tokenizer, text, 2, 2)
    assert "etaime" not in said and "et[1:Metz].[1]:Metz(place)" in said and "[2:" not in said


def test_nested_mentions_keep_their_order(tokenizer):
    text = doc("La [[0:CIVILIAN|maire de [[1:PLACE|Lyon]]]], [[2:CIVILIAN|[[3:PLACE|Zoé]]]].")
    assert "La[1:mairede[2:Lyon]]," in told(tokenizer, text, 0, 1)[0]
    assert "La[2:mairede[1:Lyon]]," in told(tokenizer, text, 1, 0)[0]
    assert "[1:[2:Zoé]]." in told(tokenizer, text, 2, 3)[0]


def long(words, end="[[1:PLACE|Lyon]]"):
    return doc(
        f"[[0:CIVILIAN|Paul]] {'et encore ' * words}[[0:CIVILIAN|lui]] {end} {'puis ' * words}"
    )


def test_a_long_text_is_read_around_the_closest_mentions(tokenizer):
    said, size = told(tokenizer, long(600), 0, 1, window=256)
    assert "[1:lui][2:Lyon]" in said and "[1:Paul" not in said and "[…]" not in said
    assert 200 < size <= 256 and "encore" in said and "puis" in said


def test_of_mentions_far_apart_what_is_around_each_is_read(tokenizer):
    text = doc(f"[[0:CIVILIAN|Paul]] {'et encore ' * 600}[[1:PLACE|Lyon]] enfin.")
    said, size = told(tokenizer, text, 0, 1, window=256)
    first, _, second = said.partition("[…]")
    assert "[1:Paul]etencore" in first and "encore[2:Lyon]enfin." in second
    assert said.count("[…]") == 1 and 200 < size <= 256


def test_only_a_mention_longer_than_its_stretch_is_cut_and_says_so(tokenizer):
    text = long(300, end=f"[[1:PLACE|{'Lyon Metz ' * 200}Brest]]")
    said, size = told(tokenizer, text, 0, 1, window=256)
    assert re.search(r"\[2:[^\]]*…\]", said) and "Brest" not in said and size <= 256
    whole, size = told(tokenizer, doc("[[0:CIVILIAN|Paul]] à [[1:PLACE|Lyon]]"), 0, 1, window=256)
    assert "…" not in whole and size < 256


def test_at_most_so_many_mentions_of_an_entity_are_marked(tokenizer):
    text = doc(" ".join(["[[0:CIVILIAN|Paul]] dort."] * 10) + " [[1:PLACE|Lyon]]")
    said, _ = told(tokenizer, text, 0, 1)
    assert said.count("[1:Paul]") == MARKED and "dort.[2:Lyon]" in said


@pytest.mark.parametrize("window", [320, 400, 510])
def test_prompts_fit_the_window_and_mark_both_entities(tokenizer, window):
    documents = read_all(ROOT / "data" / "sample" / "test.txt")[0][:3]
    write, known = prompts(tokenizer, window, load_guide("ukraine_live"), documents)
    rest = max(map(len, write.questions.values())) + len(write.answer) + len(write.after)
    for document in documents:
        text = write.read(document, known)
        for head in range(len(text.spans)):
            tail = head * 7 % len(text.spans)
            pair = write.pair(text, head, tail)
            assert len(pair) + rest <= window
            said = tokenizer.decode(pair).replace(" ", "")
            marks = [said.count(mark) for mark in ("[1:", "[2:")]
            assert marks[0] > 0 and (marks[1] > 0) == (head != tail)


def test_answers_of_several_tokens_are_told_apart_by_the_first_that_differs():
    assert told_apart([7, 3, 4], [7, 5, 9]) == ([7], 3, 5)
    assert told_apart([3], [5, 9]) == ([], 3, 5)
    with pytest.raises(ValueError, match="does not tell"):
        told_apart([3], [3])
