"""What of a guide an order needs.

>>> brief(guide, ["IS_LOCATED_IN"]).relations[0].signatures
'person, group, materiel, event, place → place'
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from augment.guide.cited import cited, resolved
from augment.guide.feedback import examples
from augment.guide.model import Attribute, Example, Guide, RelationType, WrittenRule

GENERAL = 2
"""How many rules that name no relation type are shown: the first of the file, on spans."""
ALIKE = 3
"""How many look-alikes of a type are told apart from it."""

Rows = Sequence[Sequence[Any]]


class Shown(NamedTuple):
    """An annotated sentence: tagged text, relations and wrong relations as JSON, and why.

    ``taken``: the guide has it from a review.
    """

    text: str
    relations: str
    absent: str
    why: str
    taken: bool = False


class EntityPart(NamedTuple):
    """A line of the table of entity types; ``related``: the relation types wanted admit it."""

    name: str
    label: str
    family: str
    definition: str
    related: bool


class RelationPart(NamedTuple):
    """The section of a relation type; ``alike``: names and definitions of its look-alikes."""

    name: str
    label: str
    definition: str
    rule: str
    signatures: str
    symmetric: bool
    to_itself: str
    alike: tuple[tuple[str, str], ...]
    positive: tuple[Shown, ...]
    negative: tuple[Shown, ...]


class RulePart(NamedTuple):
    """A rule of the guide; the higher its ``rank``, the sooner it is left out.

    0: what is shown of relation types refers to it; 1: of entity types; 2: it names no relation
    type, so it is about mentions; 3: it names a type wanted.
    """

    key: str
    title: str
    text: str
    rank: int


class Brief(NamedTuple):
    """The guide as a prompt holds it, types in the guide's order."""

    entities: tuple[EntityPart, ...]
    relations: tuple[RelationPart, ...]
    rules: tuple[RulePart, ...]
    attributes: dict[str, Attribute]


def brief(guide: Guide, types: Collection[str]) -> Brief:
    """All entity types; of the relation types those named; the rules that bear on them.

    Rules are those that a type refers to, the first two that name no relation type (where spans
    begin and end), and those that name a type wanted, most of them first. Examples show relations
    of the types wanted only.
    """
    families = {key: family.label or key for key, family in guide.families.items()}
    related = {end for kind in types for pair in guide.pairs[kind] for end in pair}
    entities = tuple(
        EntityPart(
            name, e.label, families.get(e.family, e.family), _line(e.definition), name in related
        )
        for name, e in guide.entities.items()
    )
    relations = tuple(
        _relation(guide, name, families, types) for name in guide.relations if name in types
    )
    told = [f"{r.definition} {r.rule}" for r in relations], [e.definition for e in entities]
    return Brief(entities, relations, _rules(guide, types, told), guide.attributes)


def _relation(
    guide: Guide, name: str, families: Mapping[str, str], types: Collection[str]
) -> RelationPart:
    relation = guide.relations[name]
    alike = [
        (other, _line(guide.relations[other].definition))
        for other in relation.lookalikes
        if other in guide.relations and other not in types
    ]
    return RelationPart(
        name,
        relation.label,
        _line(relation.definition),
        _line(relation.rule),
        signatures(relation, families),
        relation.symmetric,
        relation.self_relation,
        tuple(alike[:ALIKE]),
        tuple(_shown(e, types, guide) for e in relation.positive[:1]),
        tuple(_shown(e, types, guide) for e in relation.negative[:1]),
    )


def signatures(relation: RelationType, families: Mapping[str, str]) -> str:
    """Who relates to whom, families by their labels, heads with equal tails together."""
    tails: dict[str, list[str]] = defaultdict(list)
    for head, tail in relation.signatures:
        tails[families.get(head, head)].append(families.get(tail, tail))
    heads: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for head, own in tails.items():
        heads[tuple(own)].append(head)
    return "\N{NO-BREAK SPACE}; ".join(
        f"{', '.join(left)} → {', '.join(right)}" for right, left in heads.items()
    )


def _shown(example: Example, types: Collection[str], guide: Guide) -> Shown:
    def written(rows: Rows) -> str:
        kept = [list(row) for row in rows if row[1] in types]
        return json.dumps(kept, ensure_ascii=False)

    absent = written(example.absent)
    text = example.text.strip()
    absent = "" if absent == "[]" else absent
    taken = text in examples(guide.feedback)
    return Shown(text, written(example.relations), absent, example.why, taken)


def _rules(
    guide: Guide, types: Collection[str], told: Sequence[Collection[str]]
) -> tuple[RulePart, ...]:
    """The rules by rank; ``told``: what is shown of relation types, and of entity types."""

    def named(rule: WrittenRule) -> int:
        return sum(bool(re.search(rf"\b{re.escape(t)}\b", rule.text)) for t in types)

    def spans(rule: WrittenRule) -> bool:
        return not any(t in rule.text for t in guide.relations)

    rules = guide.rules
    referred = [cited(texts, rules) for texts in told]
    by_rank = (
        *([key for key in rules if key in keys] for keys in referred),
        [key for key in rules if spans(rules[key])][:GENERAL],
        sorted((key for key in rules if named(rules[key])), key=lambda key: -named(rules[key])),
    )
    ranks: dict[str, int] = {}
    for rank, keys in enumerate(by_rank):
        for key in keys:
            ranks.setdefault(key, rank)
    return tuple(RulePart(k, rules[k].title, rules[k].text.strip(), n) for k, n in ranks.items())


def plain(full: Brief, rules: Mapping[str, WrittenRule]) -> Brief:
    """The brief with its references to rules as a reader can follow them, or without them."""
    shown = {rule.key for rule in full.rules}

    def told(part: Any, *fields: str) -> Any:
        return part._replace(**{f: resolved(getattr(part, f), rules, shown) for f in fields})

    return full._replace(
        entities=tuple(told(e, "definition") for e in full.entities),
        relations=tuple(told(r, "definition", "rule") for r in full.relations),
        rules=tuple(told(r, "text") for r in full.rules),
    )


def _line(text: str) -> str:
    return re.sub(r"[ \n]+", " ", text).strip()
