"""A sample as a person reads it: the text with boxes round its mentions, entities, relations.

>>> show(document, families).text
Markup('<span class="m f3" title="PLACE">Kiev<sub>1</sub></span> résiste.')
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from markupsafe import Markup, escape

from augment.guide.show import walk
from augment.report.arcs import LABELLED, arcs, joined
from augment.schema import Document, Entity, Relation

_COLOUR = re.compile("#[0-9a-fA-F]{3,8}")
GREY = "#888888"


class Family(NamedTuple):
    """A coarse class of entity types as the page shows it: CSS class, label and colour."""

    css: str
    label: str
    colour: str


class Families:
    """Entity type → how its family looks; types the guide does not know are grey."""

    def __init__(
        self, described: Mapping[str, Mapping[str, str]], of_type: Mapping[str, str]
    ) -> None:
        self.all = {
            name: Family(f"f{i}", look["label"] or name, safe(look["colour"]))
            for i, (name, look) in enumerate(described.items())
        }
        self._of_type = of_type

    def css(self, entity_type: str) -> str:
        """CSS class of an entity type."""
        family = self.all.get(self._of_type.get(entity_type, ""))
        return family.css if family else "f"

    def seen(self, documents: list[Document]) -> list[Family]:
        """The families that occur in the documents, in the order of the guide."""
        types = {entity.type for document in documents for entity in document.entities}
        names = {self._of_type.get(kind) for kind in types}
        return [family for name, family in self.all.items() if name in names]


def safe(colour: str) -> str:
    """A hexadecimal colour as it is; anything else, which could reach outside the page, as grey."""
    return colour if _COLOUR.fullmatch(colour) else GREY


class Shown(NamedTuple):
    """A sample ready for the page; ``drawn`` holds its relations as arcs, empty without any."""

    document: Document
    text: Markup
    entities: list[tuple[Entity, str]]
    relations: list[tuple[str, list[str]]]
    drawn: Markup
    labelled: bool


def show(document: Document, families: Families) -> Shown:
    """The sample with its mentions boxed, its entities, its relations by type and as arcs."""
    return Shown(
        document=document,
        text=boxed(document, families),
        entities=[(entity, families.css(entity.type)) for entity in document.entities],
        relations=listed(document),
        drawn=arcs(document, families.css),
        labelled=len(joined(document)) <= LABELLED,
    )


def boxed(document: Document, families: Families) -> Markup:
    """The text with a box round every mention, in its family's colour, with its entity's id."""

    def opening(entity: Entity) -> str:
        html = Markup('<span class="m {}" title="{}">').format(
            families.css(entity.type), entity.type
        )
        return str(html)

    def closing(entity: Entity) -> str:
        return str(Markup("<sub>{}</sub></span>").format(entity.id))

    return Markup(walk(document, opening, closing, lambda text: str(escape(text))))


def listed(document: Document) -> list[tuple[str, list[str]]]:
    """Relation type → its pairs as 'head → tail', types in the order of their first relation."""
    names = {entity.id: f"{entity.mentions[0].value} ({entity.id})" for entity in document.entities}
    by_type: dict[str, list[str]] = {}
    for relation in document.relations:
        head, tail = names[relation.head], names[relation.tail]
        pair = f"{head} → {tail}" if relation.head != relation.tail else f"{head} ↺"
        by_type.setdefault(relation.type, []).append(pair + held(relation))
    return list(by_type.items())


def held(relation: Relation) -> str:
    """Attributes of a relation in brackets: ' [factuality: denied]'; nothing without any."""
    written = "; ".join(f"{name}: {value}" for name, value in relation.attributes.items())
    return f" [{written}]" if written else ""
