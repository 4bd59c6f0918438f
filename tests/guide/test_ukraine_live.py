"""The live-news guide obeys the rules it gives: completeness, span limits, French typography."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from augment.guide import Example, Guide, load
from augment.guide.check import check, unwritten
from augment.guide.model import folder
from augment.schema import Document

GUIDE = load("ukraine_live")
ARTICLE = re.compile(
    r"(?:le|la|les|un|une|des|du|de|d’|à|en|ses|son|leurs|M\.|Mme)[ \u00a0]|l’.", re.I
)
# whole expressions that begin with such a word
ALLOWED = {"Le Drian", "un d’eux"}


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


def closed(document: Document, first: str, through: str) -> Iterator[tuple]:
    """Triples that ``x first a``, ``a through b`` ask for and that are missing; no denials."""
    held = {r.triple for r in document.relations}
    facts = [r for r in document.relations if r.attributes.get("factuality") != "denied"]
    for a in facts:
        for b in facts:
            meet = (a.type, b.type, b.head) == (first, through, a.tail) and a.head != b.tail
            if meet and (a.head, first, b.tail) not in held:
                yield (a.head, first, b.tail)


def test_it_agrees_with_itself():
    assert check(GUIDE) == []
    assert unwritten(GUIDE) == []


def test_every_type_is_written_in_full():
    for name, described in (GUIDE.entities | GUIDE.relations).items():
        assert described.label and described.definition and described.rule, name
        assert described.positive and described.negative, name
        assert all(example.why for example in (*described.positive, *described.negative)), name
    for name, relation in GUIDE.relations.items():
        assert relation.cues, name
        assert len(relation.patterns) <= 10, name


def test_the_rules_that_the_domain_needs_are_there():
    wanted = "metonymy spellings dates conditional_attributed denials corrections possessives"
    assert set(wanted.split()) | {"group_member", "events", "gender"} <= set(GUIDE.rules)
    assert all(rule.negative.absent and rule.negative.why for rule in GUIDE.rules.values())


@every_example
def test_relations_are_complete(example: Example):
    document = example.document()
    assert list(closed(document, "IS_LOCATED_IN", "IS_LOCATED_IN")) == []
    assert list(closed(document, "OPERATES_IN", "IS_LOCATED_IN")) == []
    assert list(closed(document, "IS_PART_OF", "IS_PART_OF")) == []
    held = {r.triple for r in document.relations}
    types = {entity.id: entity.type for entity in document.entities}
    tails = {
        kind: {r.tail for r in document.relations if r.type == kind} for kind in GUIDE.relations
    }
    counting = ("IS_OF_SIZE", "HAS_QUANTITY", "DEATHS_NUMBER", "INJURED_NUMBER")
    for key, kind in types.items():
        if kind == "CATEGORY":
            assert key in tails["HAS_CATEGORY"]
        if GUIDE.family(kind) == "quantity":
            assert any(key in tails[relation] for relation in counting)
    for head, kind, tail in held:  # whoever runs an event on the ground operates there
        if kind == "INITIATED" and GUIDE.family(types[head]) == "organisation":
            factual = {r.triple: r.attributes.get("factuality") for r in document.relations}
            if factual[head, kind, tail] == "denied":
                continue
            for place in [p for h, k, p in held if (h, k) == (tail, "IS_LOCATED_IN")]:
                assert (head, "OPERATES_IN", place) in held


@every_example
def test_sources_and_stable_facts(example: Example):
    stable = {"HAS_CATEGORY", "IS_OF_NATIONALITY", "GENDER_MALE", "GENDER_FEMALE"}
    for r in example.document().relations:
        assert r.attributes.get("factuality") != "asserted"
        assert "source" not in r.attributes or "factuality" in r.attributes
        assert not (r.type in stable and r.attributes)


@every_example
def test_spans_keep_their_limits(example: Example):
    document = example.document()
    people = [m for e, m in document.mentions() if GUIDE.family(e.type) == "person"]
    for entity, m in document.mentions():
        assert m.value == m.value.strip(" \u00a0,.;:!?«»()")
        if m.value not in ALLOWED:
            assert not ARTICLE.match(m.value), m.value
        if entity.type in GUIDE.person_names:
            assert any(p.start <= m.start and m.end <= p.end for p in people), m.value
        if GUIDE.family(entity.type) == "event":
            assert " " not in m.value, m.value


def test_french_typography():
    text = (folder("ukraine_live") / "guide.yaml").read_text(encoding="utf-8")
    assert "« " not in text and " »" not in text
    prose = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    for line in prose:
        assert not re.search(r"\w'\w", line), line
        assert not re.search(r"[^\u00a0]»|«[^\u00a0]", line), line
        assert not re.search(r" [;!?]", line), line
