"""Replies recovered, mentions found, and time: our aligner beside others, in one run.

    AUGMENT_CORPORA=… python tests/benchmarks/bench_align.py [DOCUMENTS]

1. The fixtures of tests/align/defects.py (replies with one defect each), read by ``json.loads``, by
   json-repair alone (each with the strict codec) and by us. A reply is recovered if the exact
   document comes out; any other document is wrong: of ours, a false repair.
2. A corpus as a perfect LLM would answer it: mentions placed right. langextract and spacy-llm have
   a row if they can be imported, spacy-llm's method also one of its own (all places of a string).
3. Replies of 200 kB, sound and broken.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import json_repair
from rich.console import Console
from rich.table import Table

from augment.align import align, align_onto
from augment.claims import decode_claims, encode_claims
from augment.codec import decode, encode
from augment.errors import RecordError
from augment.read import read_all
from augment.schema import Candidate, Document, Mention, Response
from augment.spans import check
from tests.align.defects import GUIDE, Fixture, fixtures

Span = tuple[str, int, int]
CONSOLE = Console(width=110)


def strictly(loads: Callable[[str], object]) -> Callable[[Fixture], Document | None]:
    """A reader of either form that does nothing beyond ``loads`` and the strict codec."""

    def read(fixture: Fixture) -> Document | None:
        reply = fixture.case.reply
        for attempt in (inline, strings):
            try:
                document = attempt(reply)
                check(document)
                return document
            except (RecordError, ValueError, TypeError, LookupError, AttributeError):
                continue
        return None

    def inline(reply: str) -> Document:
        tagged, _, rest = reply.partition("\n")
        return decode(f"{tagged}\n{json.dumps(loads(rest))}", id="r")

    def strings(reply: str) -> Document:
        return decode_claims(json.dumps(loads(reply)), id="r")

    return read


def ours(fixture: Fixture) -> Document | None:
    """Our reading of a fixture."""
    response = Response(id="r", key="k", text=fixture.case.reply, finish=fixture.case.finish)
    if fixture.case.ours:
        found = align_onto(response, fixture.document, order=None, guide=GUIDE)
    else:
        found = align(response, order=None, guide=GUIDE)
    if isinstance(found, Candidate) and found.document.labelled != "none":
        return found.document
    return None


def defects() -> Table:
    """How many replies each way recovers, and how many it gets wrong."""
    ways = {"json.loads": strictly(json.loads), "json-repair": strictly(json_repair.loads)}
    ways["augment.align"] = ours
    corpus = list(fixtures())
    good = [f for f in corpus if f.case.expected is None]
    table = Table(title=f"{len(corpus)} replies, {len({f.kind for f in corpus})} kinds")
    for column in ("", f"recovered of {len(good)}", "wrong documents", f"of {len(corpus)}"):
        table.add_column(column, justify="right" if column else "left")
    for name, read in ways.items():
        count: Counter[str] = Counter()
        for fixture in corpus:
            document = read(fixture)
            if document is None:
                count["dropped"] += 1
            elif fixture.case.expected is None and same(document, fixture.document):
                count["right"] += 1
            else:
                count["false"] += 1
        share = f"{count['right']} ({count['right'] / len(good):.1%})"
        table.add_row(name, share, str(count["false"]), f"{count['dropped']} dropped")
    return table


def same(a: Document, b: Document) -> bool:
    """Text, entities and relations are equal; entity types in any letter case."""
    plain = [[(e.id, e.type.upper(), e.mentions) for e in d.entities] for d in (a, b)]
    return a.text == b.text and plain[0] == plain[1] and a.relations == b.relations


def spans(document: Document) -> Counter[Span]:
    """Typed spans of a document."""
    return Counter((e.type, m.start, m.end) for e, m in document.mentions())


def through(write: Callable[[Document], str]) -> Callable[[Document], Counter[Span]]:
    """Our aligner on a perfect reply in one of the two forms."""

    def place(document: Document) -> Counter[Span]:
        response = Response(id=document.id, key="k", text=write(document))
        found = align(response, order=None, guide=GUIDE)
        return spans(found.document) if isinstance(found, Candidate) else Counter()

    return place


def no_index(document: Document) -> str:
    """The JSON form without occurrences: what many prompts ask for."""
    written = json.loads(encode_claims(document))
    for entity in written["entities"]:
        entity["mentions"] = [m["value"] for m in entity["mentions"]]
    return json.dumps(written)


def substrings(document: Document) -> Counter[Span]:
    """All places of every string as whole words, as spacy-llm's NER task takes them."""
    found: Counter[Span] = Counter()
    for entity in document.entities:
        for value in dict.fromkeys(m.value for m in entity.mentions):
            found.update((entity.type, *place) for place in words(document.text, value))
    return found


def words(text: str, value: str) -> Iterator[tuple[int, int]]:
    """Every place where a string stands between non-word characters."""
    at = text.find(value)
    while at >= 0:
        end = at + len(value)
        if not (text[at - 1 : at].isalnum() or text[end : end + 1].isalnum()):
            yield at, end
        at = text.find(value, end)


def spacy_llm() -> Callable[[Document], Counter[Span]] | None:
    """spacy-llm's own function, if it is installed."""
    try:
        from spacy_llm.tasks.util.parsing import find_substrings
    except ImportError:
        return None

    def place(document: Document) -> Counter[Span]:
        found: Counter[Span] = Counter()
        for entity in document.entities:
            values = list(dict.fromkeys(m.value for m in entity.mentions))
            pairs = find_substrings(document.text, values, case_sensitive=True, single_match=False)
            found.update((entity.type, start, end) for start, end in pairs)
        return found

    return place


def langextract(sort: bool) -> Callable[[Document], Counter[Span]] | None:
    """langextract's resolver on the true strings, in order of position or entity by entity."""
    try:
        from langextract.core.data import Extraction
        from langextract.resolver import Resolver
    except ImportError:
        return None
    resolver = Resolver()

    def place(document: Document) -> Counter[Span]:
        mentions: list[tuple[str, Mention]] = [(e.type, m) for e, m in document.mentions()]
        if sort:
            mentions.sort(key=lambda pair: (pair[1].start, -pair[1].end))
        given = [Extraction(extraction_class=t, extraction_text=m.value) for t, m in mentions]
        aligned = resolver.align(given, document.text, token_offset=0, char_offset=0)
        return Counter(
            (e.extraction_class, e.char_interval.start_pos, e.char_interval.end_pos)
            for e in aligned
            if e.char_interval is not None
        )

    return place


def perfect(documents: Iterable[Document]) -> Table:
    """Mentions placed right, of a corpus answered perfectly."""
    documents = list(documents)
    gold = [spans(d) for d in documents]
    total = sum(g.total() for g in gold)
    table = Table(title=f"{len(documents)} texts, {total} mentions, as a perfect LLM would answer")
    for column in ("", "mentions right", "wrong spans", "F1", "s"):
        table.add_column(column, justify="right" if column else "left")
    ways = {
        "inline form": through(encode),
        "JSON form with occurrence": through(encode_claims),
        "JSON form without: certain or dropped": through(no_index),
        "all substrings (spacy-llm's method)": substrings,
        "spacy-llm find_substrings": spacy_llm(),
        "langextract, by position": langextract(True),
        "langextract, by entity": langextract(False),
    }
    for name, place in ways.items():
        if place is None:
            table.add_row(name, "not installed", "", "", "")
            continue
        start = time.perf_counter()
        found = [place(d) for d in documents]
        took = time.perf_counter() - start
        right = sum((f & g).total() for f, g in zip(found, gold, strict=True))
        made = sum(f.total() for f in found)
        f1 = f"{2 * right / (made + total):.3f}"
        table.add_row(name, f"{right / total:.2%}", str(made - right), f1, f"{took:.1f}")
    return table


def large(document: Document) -> Table:
    """Time for replies of 200 kB."""
    size = 200_000
    inline, strings = (grown(document, write, size) for write in (encode, encode_claims))
    replies = {
        "inline": inline,
        "inline, in single quotes, commas missing": inline.replace("], [", "] [").replace('"', "'"),
        "JSON form": strings,
        "JSON form, trailing commas": strings.replace("]", ",]"),
        "JSON form, cut": strings[:-200],
        "open brackets": "[" * size,
        "unclosed tags": "[[e1:PLACE|" * (size // 11),
        "quotes": '{"text": "' + '" ' * (size // 2),
        "thinking": "<think>" * (size // 7),
    }
    table = Table(title="replies of 200 kB")
    for column in ("", "kB", "ms", "outcome"):
        table.add_column(column, justify="right" if column in ("kB", "ms") else "left")
    for name, reply in replies.items():
        start = time.perf_counter()
        found = align(Response(id="r", key="k", text=reply), order=None, guide=GUIDE)
        took = time.perf_counter() - start
        outcome = "candidate" if isinstance(found, Candidate) else str(found.reason)
        table.add_row(name, f"{len(reply.encode()) // 1000}", f"{took * 1000:.0f}", outcome)
    return table


def grown(document: Document, write: Callable[[Document], str], size: int) -> str:
    """A document repeated, with ids and offsets of its own, until its reply is of this size."""
    text, entities, relations = "", [], []
    part = 0
    times = max(size // len(write(document).encode()), 1)
    for part in range(times):
        names = {e.id: f"e{part}x{i}" for i, e in enumerate(document.entities)}
        for e in document.entities:
            moved = [
                Mention(start=m.start + len(text), end=m.end + len(text), value=m.value)
                for m in e.mentions
            ]
            entities.append(e.model_copy(update={"id": names[e.id], "mentions": tuple(moved)}))
        relations += [
            r.model_copy(update={"head": names[r.head], "tail": names[r.tail]})
            for r in document.relations
        ]
        text += document.text + " "
    return write(Document(id="big", text=text, entities=entities, relations=relations))


def main(limit: int | None) -> None:
    """Print the three tables."""
    CONSOLE.print(defects())
    sample = next(iter(fixtures())).document
    root = os.environ.get("AUGMENT_CORPORA")
    if root:
        documents, _ = read_all(Path(root, "textmine", "train.csv"))
        CONSOLE.print(perfect(documents[:limit]))
        sample = documents[0]
    else:
        CONSOLE.print("corpus: not run, set AUGMENT_CORPORA")
    CONSOLE.print(large(sample))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else None)
