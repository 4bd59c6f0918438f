import random

import pytest

from augment.errors import UsageError
from augment.measure.memorise import cut, memorise
from augment.schema import Document

SYLLABLES = "ba co di fu ga lé mi no pu ra sé ti vo zan bel cor dun fil gor ma".split()
PHRASE = " le ministère n’a pas encore confirmé ce bilan provisoire selon nos sources"


def text(seed: int, size: int) -> str:
    rng = random.Random(seed)
    return " ".join("".join(rng.choices(SYLLABLES, k=3)) for _ in range(size))


def corpus(number: int, size: int = 80, after: str = "") -> list[Document]:
    return [Document(id=f"d{i}", text=f"{text(i, size)}.{after}") for i in range(number)]


TEXTS = corpus(30)


def reciter(documents, known=1.0, before=""):
    """Knows a share of the texts by heart, and invents the others."""
    rests = {cut(d).beginning: cut(d).rest for d in documents}
    rng = random.Random(0)
    learnt = {beginning for beginning in rests if rng.random() < known}

    def complete(beginnings):
        return [
            (before and f"{b} ") + (rests[b] if b in learnt else text(1000 + i, 50))
            for i, b in enumerate(beginnings)
        ]

    return complete


@pytest.mark.parametrize("before", ["", "again"])
def test_a_model_that_recites(before):
    found = memorise(TEXTS, reciter(TEXTS, before=before), draws=500)
    assert (found.texts, found.short, found.unanswered) == (30, 0, 0)
    assert (found.overlap, found.control, found.verdict) == (1.0, 0.0, "known by heart")
    assert found.recited == tuple(d.id for d in TEXTS)


def test_one_that_recites_some():
    found = memorise(TEXTS, reciter(TEXTS, known=0.3), draws=500)
    assert found.verdict == "known by heart"
    assert len(found.recited) == round(30 * found.overlap)
    assert 0 < found.difference.low < found.difference.mean < found.difference.high < 0.7
    assert found == memorise(TEXTS, reciter(TEXTS, known=0.3), draws=500)


def test_one_that_does_not():
    found = memorise(TEXTS, reciter(TEXTS, known=0), draws=500)
    assert (found.overlap, found.recited, found.verdict) == (0.0, (), "no sign")


def test_set_phrases_of_a_corpus_are_no_proof():
    texts = corpus(30, after=PHRASE)

    def complete(beginnings):
        return [text(1000 + i, 30) + "." + PHRASE for i, _ in enumerate(beginnings)]

    found = memorise(texts, complete, draws=500)
    assert found.overlap == found.control > 0
    assert found.verdict == "no sign"


def test_short_texts_are_left_out_and_doubles_asked_once():
    texts = [*TEXTS, *corpus(3, size=20), *corpus(2, size=34), TEXTS[0]]
    asked = []

    def complete(beginnings):
        asked.extend(beginnings)
        return [""] * len(beginnings)

    found = memorise(texts, complete, draws=50)
    assert (found.texts, found.short, found.unanswered) == (30, 5, 30)
    assert all(len(beginning.split()) == 30 for beginning in asked)
    assert (found.overlap, found.verdict) == (0.0, "no sign")


def test_a_short_answer_is_no_overlap():
    found = memorise(TEXTS, lambda asked: [cut(d).rest[:20] for d in TEXTS], draws=50)
    assert found.overlap == 0.0


def test_too_few_texts_are_not_asked_about():
    def complete(beginnings):
        raise AssertionError("asked")

    found = memorise(corpus(5), complete)
    assert (found.texts, found.verdict, found.difference) == (5, "too few texts", None)


def test_an_answer_each():
    with pytest.raises(UsageError, match="3 continuations of 30"):
        memorise(TEXTS, lambda asked: ["", "", ""])


def test_the_text_is_cut_after_a_word_and_stays_whole():
    document = Document(id="d", text="\n" + text(1, 50))
    made = cut(document)
    assert made.beginning + made.rest == document.text
    assert len(made.beginning.split()) == 30 and made.rest.startswith(" ")
