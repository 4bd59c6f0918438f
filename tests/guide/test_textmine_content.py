"""The TextMine guide is written in full and obeys the rules it gives."""

from __future__ import annotations

import re
from collections.abc import Iterator
from random import Random

import pytest

from augment.guide import Example, Guide, load
from augment.guide.check import check, unwritten
from augment.guide.model import folder
from augment.overlap import ngrams
from augment.schema import Document
from tests.helpers import corpora

GUIDE = load("textmine")
TYPES = GUIDE.entities | GUIDE.relations
RARE = [kind for kind, relation in GUIDE.relations.items() if relation.support < 50]
EDGE = " \u00a0,.;:!?«»()"
BEFORE = re.compile(
    r"(?:le|la|les|un|une|des|du|de|d’|ses|son|sa|leurs?|M\.|Mme)[ \u00a0]|l’.", re.I
)
# proper names that begin with an article
ALLOWED = {"La Corderie", "Les Amis de Lucie"}
PRONOUN = re.compile(r"\b(?:il|elle|ils|elles|lui|eux|y|celui-ci|celle-ci)\b", re.I)
IMPERSONAL = re.compile(r"\bil (?:pleuvait|a plu)", re.I)


def examples(guide: Guide) -> Iterator[tuple[str, Example]]:
    for kind, described in (guide.entities | guide.relations).items():
        for side in ("positive", "negative", "hard_cases"):
            for i, example in enumerate(getattr(described, side)):
                yield f"{kind}.{side}.{i}", example
    for name, rule in guide.rules.items():
        yield f"rules.{name}.positive", rule.positive
        yield f"rules.{name}.negative", rule.negative


EXAMPLES = dict(examples(GUIDE))
every_example = pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES)


def prose(guide: Guide) -> Iterator[str]:
    """Every French sentence of the guide, tags taken out."""
    for described in (guide.entities | guide.relations).values():
        yield from (described.definition, described.rule)
    for relation in guide.relations.values():
        yield from relation.patterns
    for rule in guide.rules.values():
        yield from (rule.title, rule.text)
    for _, example in examples(guide):
        yield from (example.document().text, example.why)


def test_it_agrees_with_itself():
    assert check(GUIDE) == []
    assert unwritten(GUIDE) == []
    assert "TODO" not in (folder("textmine") / "guide.yaml").read_text(encoding="utf-8")


def test_every_type_is_written_in_full():
    for name, described in TYPES.items():
        assert described.definition and described.rule, name
        assert described.positive and described.negative, name
    for name, example in EXAMPLES.items():
        assert example.why, name
    texts = [example.text for example in EXAMPLES.values()]
    assert len(set(texts)) == len(texts)


def test_frequent_types_and_close_look_alikes_have_hard_cases():
    for name, described in TYPES.items():
        assert described.hard_cases or described.support < 100 or name in ("LASTNAME",), name
    for name in ("RIOT", "DEMONSTRATION", "TERRORIST_OR_CRIMINAL", "IS_COOPERATING_WITH"):
        assert TYPES[name].hard_cases, name


def test_negative_examples_of_relations_say_what_would_be_wrong():
    for name, relation in GUIDE.relations.items():
        wrong = {row[1] for example in relation.negative for row in example.absent}
        assert name in wrong, name


def test_rules_that_cut_across_types_are_there():
    wanted = {"clusters", "names", "places", "symmetry", "quantities", "events", "dates"}
    assert wanted <= set(GUIDE.rules)


def closed(document: Document, first: str, through: str) -> Iterator[tuple]:
    """Triples that ``x first a``, ``a through b`` ask for and that are missing."""
    held = {r.triple for r in document.relations}
    for head, kind, middle in held:
        for other, also, tail in held:
            meet = (kind, also, other) == (first, through, middle) and tail != head
            if meet and (head, first, tail) not in held:
                yield (head, first, tail)


@every_example
def test_relations_are_complete(example: Example):
    document = example.document()
    assert list(closed(document, "IS_LOCATED_IN", "IS_LOCATED_IN")) == []
    assert list(closed(document, "OPERATES_IN", "IS_LOCATED_IN")) == []
    assert list(closed(document, "HAS_CONSEQUENCE", "HAS_CONSEQUENCE")) == []
    tails = {(r.type, r.tail) for r in document.relations}
    counts = ("IS_OF_SIZE", "HAS_QUANTITY", "DEATHS_NUMBER", "INJURED_NUMBER")
    for entity in document.entities:
        if entity.type == "CATEGORY":
            assert ("HAS_CATEGORY", entity.id) in tails
        if GUIDE.family(entity.type) == "quantity":
            assert any((kind, entity.id) in tails for kind in counts)


@every_example
def test_a_person_has_one_gender(example: Example):
    document = example.document()
    told = [r.head for r in document.relations if r.type.startswith("GENDER_")]
    for entity in document.entities:
        if GUIDE.family(entity.type) == "person":
            words = {m.value for m in entity.mentions}
            assert told.count(entity.id) == (words != {"personne"}), words


@every_example
def test_what_an_event_of_one_day_asks_for(example: Example):
    """STARTED_IN does not stand alone, and the number of casualties counts a group too."""
    held = {r.triple for r in example.document().relations}
    for head, kind, tail in held:
        if kind == "STARTED_IN":
            assert (head, "IS_LOCATED_IN", tail) in held
        if kind in ("DEATHS_NUMBER", "INJURED_NUMBER"):
            assert any(k == "IS_OF_SIZE" and t == tail for _, k, t in held)


@every_example
def test_spans_keep_their_limits(example: Example):
    document = example.document()
    spans = [(m.start, m.end) for _, m in document.mentions()]
    people = [m for e, m in document.mentions() if GUIDE.family(e.type) == "person"]
    for entity, m in document.mentions():
        assert m.value == m.value.strip(EDGE)
        if m.value not in ALLOWED and GUIDE.family(entity.type) != "time":
            assert not BEFORE.match(m.value), m.value
        if entity.type in GUIDE.person_names:
            assert any(p.start <= m.start and m.end <= p.end for p in people), m.value
    for m in PRONOUN.finditer(document.text):
        inside = any(start <= m.start() and m.end() <= end for start, end in spans)
        assert inside or IMPERSONAL.match(document.text, m.start()), m.group()


def test_rare_relations_have_patterns():
    assert len(RARE) == 17
    for kind in RARE:
        patterns = GUIDE.relations[kind].patterns
        assert 5 <= len(patterns) <= 10, kind
        assert len(set(patterns)) == len(patterns), kind


@pytest.mark.corpora
def test_every_pattern_can_be_filled():
    from augment.read import read_all
    from augment.rewrite.index import Index
    from augment.rewrite.written import written

    index = Index(read_all(corpora("textmine", "train.csv"))[0], GUIDE)
    for kind in RARE:
        for pattern in GUIDE.relations[kind].patterns:
            filled = [written(pattern, kind, index, Random(seed)) for seed in range(4)]
            texts = [d.text for d in filled if d]
            assert texts, pattern
            assert not any(re.search(r"\bque [aeéiouy]|[{}]", t, re.I) for t in texts), texts


@pytest.mark.corpora
def test_no_sentence_of_the_corpus_is_in_the_prose():
    """Neither as it stands nor reworded a little: no eight words in a row."""
    from augment.read import read_all

    documents = read_all(corpora("textmine", "train.csv"))[0]
    grams = frozenset().union(*(ngrams(d.text, 8) for d in documents))
    for text in prose(GUIDE):
        assert len(text.split()) < 8 or not ngrams(text, 8) & grams, text


def test_french_typography():
    for text in prose(GUIDE):
        assert "'" not in text, text
        assert not re.search(r"[^\u00a0]»|«[^\u00a0]", text), text
        assert not re.search(r" [;:!?»]|« |  ", text), text
        assert not re.search(r"[^\u00a0\d][;!?]", text), text


def test_the_page_for_annotators_is_up_to_date():
    from augment.guide.show import markdown

    page = folder("textmine") / "guide.md"
    assert page.read_text(encoding="utf-8") == markdown(GUIDE)
