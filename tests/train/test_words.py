"""Tokens, sentences, cue classes."""

from __future__ import annotations

import unicodedata
from zlib import crc32

from augment.train.words import CUES, tokenise


def spelled(text: str) -> list[str]:
    tokens = tokenise(text)
    return [text[a:b] for a, b in zip(tokens.start, tokens.end, strict=True)]


def test_elided_words_are_tokens_and_hyphens_stand_alone():
    assert spelled("L’armée d'Ukraine, là-bas…") == "L’ armée d' Ukraine , là - bas …".split()


def test_curly_and_straight_apostrophes_case_and_digits_are_one():
    words = tokenise("l'an 2022").word
    assert (words == tokenise("L’AN 1999").word).all()


def test_hashes_do_not_depend_on_the_process():
    assert tokenise("Kiev").word[0] == crc32(b"kiev")


def test_sentences_end_at_full_stops_and_newlines_but_not_after_titles():
    text = "M. Martin dort. Il rêve ! « Bien. »\nPuis non… enfin J. Petit part."
    sentences = tokenise(text).sentence.tolist()
    firsts = [spelled(text)[sentences.index(s)] for s in sorted(set(sentences))]
    assert firsts == ["M", "Il", "«", "»", "Puis"]


def test_without_any_capital_sentences_end_before_small_letters_too():
    text = "M. Martin dort. Il rêve ! À 3 heures… Puis J. Petit part."
    whole, small = tokenise(text), tokenise(text.lower())
    assert small.sentence.tolist() == whole.sentence.tolist() and small.sentence[-1] == 3
    assert tokenise("Ivan dort. il rêve. puis rien").sentence.max() == 0
    assert tokenise("3 h. 20 ?").sentence.tolist() == [0, 0, 0, 0, 0]


def test_cues_fold_accents_and_match_whole_short_words():
    born = 1 << list(CUES).index("born")
    bits = tokenise("née né net naissance").cues & born
    assert bits.astype(bool).tolist() == [True, True, False, True]


def test_an_empty_text_has_no_tokens():
    assert all(len(column) == 0 for column in tokenise(" \n"))


def test_combining_marks_stay_in_their_word():
    composed = "L’école d’été a brûlé à Évian."
    decomposed = unicodedata.normalize("NFD", composed)
    a, b = tokenise(composed), tokenise(decomposed)
    for name in ("word", "stem", "suffix", "ending", "cues", "flags", "sentence"):
        assert getattr(a, name).tolist() == getattr(b, name).tolist()
    words = [decomposed[i:j] for i, j in zip(b.start.tolist(), b.end.tolist(), strict=True)]
    assert "".join(words) == decomposed.replace(" ", "")
