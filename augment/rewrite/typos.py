"""`typos`: slips of the fingers on a French keyboard, inside and outside mentions.

*Les [[1:GROUP|secouristes]]* → *Les [[1:GROUP|secouritses]]*.
"""

from __future__ import annotations

import re
from random import Random

from augment.reasons import Reason
from augment.rewrite.french import plain
from augment.rewrite.index import Index, build, drop
from augment.schema import Candidate, Document, Drop, Order
from augment.spans import Edit, edit, move

_ROWS = ("azertyuiop", "qsdfghjklm", "wxcvbn")
NEIGHBOURS = {
    c: row[max(0, i - 1) : i] + row[i + 1 : i + 2] for row in _ROWS for i, c in enumerate(row)
}
_WORD = re.compile(r"[^\W\d_]{4,}")
RATE = 0.03


def typos(order: Order, index: Index) -> Candidate | Drop:
    """A document of the view with a slip in about 3 % of its words of four letters and more.

    Slips: a neighbouring AZERTY key, a letter doubled, left out or exchanged with the next, accents
    lost (the character noise of Belinkov & Bisk, "Synthetic and Natural Noise Both Break Neural
    Machine Translation", ICLR 2018). Numbers and first letters are untouched, and no slip makes a
    word that the view knows, so that nothing means something else. Labels are the parent's.
    """
    rng = Random(f"{order.seed}/typos")
    for i in index.sources(order, rng):
        document = index.documents[i]
        edits = slips(document, index.words, rng)
        if not edits:
            continue
        text, offsets = edit(document.text, edits)
        entities = move(document.entities, offsets, text)
        if sum(len(e.mentions) for e in entities) == sum(1 for _ in document.mentions()):
            return build(order, [document], text, entities)
    return drop(order, Reason.NOT_APPLICABLE, "no document with a word to misspell")


def slips(document: Document, known: frozenset[str], rng: Random, rate: float = RATE) -> list[Edit]:
    """Slips in that share of the longer words, at least one if any word allows it.

    None makes a word that is in ``known`` (lower-cased).
    """
    words = list(_WORD.finditer(document.text))
    rng.shuffle(words)
    wanted = max(1, round(rate * len(words)))
    edits: list[Edit] = []
    for word in words:
        if len(edits) == wanted:
            break
        if slip := _slip(word[0], word.start(), known, rng):
            edits.append(slip)
    return edits


def _slip(word: str, start: int, known: frozenset[str], rng: Random) -> Edit | None:
    """One slip in a word, None if the word it makes is known or nothing changes."""
    at = rng.randrange(1, len(word) - 1)
    char = word[at]
    near = NEIGHBOURS.get(char, "")
    value = {
        "key": rng.choice(near) if near else "",
        "double": char * 2,
        "omit": "",
        "swap": word[at + 1] + char,
        "accent": plain(char),
    }
    kind = "accent" if plain(char) != char and rng.random() < 0.5 else rng.choice(tuple(value)[:4])
    length = 2 if kind == "swap" else 1
    new = value[kind]
    changed = word[:at] + new + word[at + length :]
    if (kind == "key" and not near) or changed == word or changed.lower() in known:
        return None
    return Edit(start + at, start + at + length, new)
