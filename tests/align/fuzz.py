"""Replies nobody would write: pieces of sound and broken ones, shuffled, cut, doubled.

    python -m tests.align.fuzz [INPUTS] [SEED]

Each goes through `align` and `align_onto`. A crash, a slice that is not the mention's value, or our
text changed by one character ends the run with the input that did it.
"""

from __future__ import annotations

import random
import sys
from collections import Counter

from augment.align import align, align_onto
from augment.schema import Candidate, Document, Response
from augment.spans import check
from tests.align.defects import GUIDE, fixtures

PIECES = (
    "[[ ]] [ ] | : { } , \" ' “ ” « » \\ \\n \\u00e9 \\ud800 &amp; &quot; &#0; &#x110000; ``` "
    "<think> </think> <|message|> === // /* */ null None NaN -0 1e999 e1 E01 1 -1 PLACE Lieu "
    "relations text entities mentions occurrence value id type [[e1:PLACE|Kiev]] [[e1|il]] "
    '{"relations": [] }] ["e1","IS_LOCATED_IN","e1"] "text": "entities": ‘ ’ … ... 😀 é ﬁ İ ß'
).split(" ")
SPACES = [
    " ",
    "\n",
    "\r\n",
    "\t",
    "\u00a0",
    "\u2028",
    "\u0301",
    "\u200b",
    "\ufeff",
    "\x00",
    "\ud800",
]
FINISHES = ["stop", "stop", "stop", "length", "content_filter", ""]
CASES = [(f.document, f.case.reply) for f in fixtures()]


def mutated(rng: random.Random) -> tuple[Document, str]:
    """A document, and a reply to it after a few random edits; sometimes pieces only."""
    document, reply = rng.choice(CASES)
    if rng.random() < 0.15:
        return document, "".join(rng.choices(PIECES + SPACES, k=rng.randint(0, 40)))
    for _ in range(rng.randint(1, 4)):
        at, to = sorted(rng.randint(0, len(reply)) for _ in range(2))
        kind = rng.random()
        if kind < 0.3:
            to = min(to, at + 3)
            reply = reply[:at] + reply[to:]
        elif kind < 0.75:
            reply = reply[:at] + rng.choice(PIECES + SPACES) + reply[at:]
        elif kind < 0.85:
            reply = reply[:at] + reply[at:to] * 2 + reply[to:]
        elif kind < 0.95:
            reply = reply[:to]
        else:
            reply = reply[at:] + reply[:at]
    return document, reply


def one(rng: random.Random) -> list[str]:
    """Align one mutated reply in both ways and check what comes out; says what that was."""
    document, reply = mutated(rng)
    response = Response(id="f", key="k", text=reply, finish=rng.choice(FINISHES))
    results = [
        align(response, order=None, guide=GUIDE),
        align_onto(response, document, order=None, guide=GUIDE),
        align_onto(response, document, order=None, guide=GUIDE, given=True),
    ]
    for result in results:
        result.model_dump_json()
        if isinstance(result, Candidate):
            check(result.document)
            found = sum(len(e.mentions) for e in result.document.entities)
            assert sum(result.alignment.values()) == found, result
        else:
            assert result.raw == reply.encode("utf-8", "backslashreplace").decode()
    for result in results[1:]:
        assert not isinstance(result, Candidate) or result.document.text == document.text
    return [r.reason if not isinstance(r, Candidate) else "candidate" for r in results]


def main(inputs: int, seed: str) -> None:
    """Align ``inputs`` replies; print how they came out."""
    seen: Counter[str] = Counter()
    for i in range(inputs):
        try:
            seen.update(one(random.Random(f"{seed}/{i}")))
        except Exception:
            print(f"input {i} of seed {seed}: {mutated(random.Random(f'{seed}/{i}'))[1]!r}")
            raise
    print(f"{inputs} inputs, no crash, no wrong slice")
    for reason, count in seen.most_common():
        print(f"{count:>9} {reason}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000, (sys.argv[2:] or ["soak"])[0])
