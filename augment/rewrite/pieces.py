"""Put a text together anew from stretches of a document, mentions and all.

>>> assemble(document, [(10, 21), " ", (0, 9)]).text  # of "Il pleut. Kiev dort."
'Kiev dort. Il pleut.'
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from augment.guide.model import Guide
from augment.rewrite.french import ANAPHORA
from augment.rewrite.words import PRONOUNS
from augment.schema import Document, Entity, EntityId, Mention, Relation

Block = tuple[int, int] | str
Mask = tuple[EntityId, str | None, EntityId]


class Part(NamedTuple):
    """A text with the entities that kept a mention in it."""

    text: str
    entities: tuple[Entity, ...]


def assemble(document: Document, blocks: Sequence[Block], offset: int = 0) -> Part:
    """Blocks of the document's text (or literal strings) in the order given.

    A mention goes with the block that holds it whole and is left out if none does; an entity
    without mentions is left out. ``offset`` is added to all positions. Mentions keep their order.
    """
    texts, places, size = [], [], offset
    for block in blocks:
        text = block if isinstance(block, str) else document.text[block[0] : block[1]]
        if not isinstance(block, str):
            places.append((block[0], block[1], size - block[0]))
        texts.append(text)
        size += len(text)
    entities = []
    for entity in document.entities:
        mentions = tuple(
            Mention(start=m.start + shift, end=m.end + shift, value=m.value)
            for m in entity.mentions
            for start, end, shift in places
            if start <= m.start and m.end <= end
        )
        if mentions:
            entities.append(entity.model_copy(update={"mentions": mentions}))
    return Part("".join(texts), tuple(entities))


def _refresh(part: Part, text: str) -> Part:
    """The entities over another text of the same length."""
    entities = tuple(
        e.model_copy(
            update={
                "mentions": tuple(
                    m.model_copy(update={"value": text[m.start : m.end]}) for m in e.mentions
                )
            }
        )
        for e in part.entities
    )
    return Part(text, entities)


def recased(part: Part, changes: dict[int, str]) -> Part:
    """Single characters replaced, by position; values kept in step."""
    chars = list(part.text)
    for position, char in changes.items():
        chars[position] = char
    return _refresh(part, "".join(chars))


_CONNECTOR = re.compile(
    r"(?:Et|Mais|Or|Donc|Car|Puis|Ensuite|Enfin|Alors|Ainsi|Aussi|Cependant|Toutefois|Pourtant|"
    r"Néanmoins|Heureusement|Malheureusement|En effet|Par ailleurs|De plus|En outre|Également|"
    r"Par conséquent|Quelques|Peu|Plus tard|Depuis|Parmi|Malgré|Suite|D['’]autres?|L['’]autre|"
    r"Au même|Au moment|Face|Grâce|Finalement|Rapidement|Immédiatement|Aussitôt|Tous|Toutes|"
    r"Pendant ce temps|Selon eux|Plus|Moins|Joint|Quant|Contacté|Interrogé|"
    r"À la suite|Après|Les deux|L['’]un|L['’]une)\b"
)


_LINKED = re.compile(
    r"\b(?:ensuite|également|aussi|toutefois|cependant|quant|en outre|à son tour|de son côté|"
    r"plus t[ôa]rd?|la veille|le lendemain|le soir même|jusque-là|jusqu['’]alors)\b",
    re.IGNORECASE,
)


def selfcontained(document: Document, span: tuple[int, int]) -> bool:
    """True if a sentence has neither pronoun nor connector that points out of it."""
    start, end = span
    if any(start <= m.start < end and m.value.lower() in PRONOUNS for _, m in document.mentions()):
        return False
    sentence = document.text[start:end]
    whole = sentence[:1].isupper() or not sentence[:1].isalpha()
    points = ANAPHORA.search(sentence) or _LINKED.search(sentence) or _CONNECTOR.match(sentence)
    return whole and not points


def stated(
    document: Document, kept: Sequence[tuple[int, int]], all_sentences: Sequence[tuple[int, int]]
) -> tuple[list[Relation], list[Mask]]:
    """Relations that the kept sentences still state, and the pairs they no longer settle.

    A relation stays if both ends keep a mention and, where sentences of the document mention both
    together, one of these is kept. The others between kept entities become masks.
    """
    where: dict[EntityId, set[int]] = {
        e.id: {
            i
            for i, (start, end) in enumerate(all_sentences)
            if any(start <= m.start < end for m in e.mentions)
        }
        for e in document.entities
    }
    chosen = {i for i, span in enumerate(all_sentences) if span in set(kept)}
    relations: list[Relation] = []
    masks: list[Mask] = []
    for relation in document.relations:
        head, tail = where[relation.head], where[relation.tail]
        if not (head & chosen and tail & chosen):
            continue
        if head & tail and not head & tail & chosen:
            masks.append((relation.head, relation.type, relation.tail))
        else:
            relations.append(relation)
    ids = {e.id for e in document.entities if where[e.id] & chosen}
    masks += [m for m in document.masked if m[0] in ids and m[2] in ids]
    return relations, masks


def renamed(relation: Relation, ids: Mapping[EntityId, EntityId], guide: Guide) -> Relation:
    """The relation under new entity ids, the ones in its attributes included.

    An attribute that names an entity without a new id goes, as the entity is gone.
    """
    attributes = {}
    for name, value in relation.attributes.items():
        declared = guide.attributes.get(name)
        if declared is None or not declared.entity:
            attributes[name] = value
        elif value in ids:
            attributes[name] = ids[value]
    ends = {"head": ids[relation.head], "tail": ids[relation.tail]}
    return relation.model_copy(update={**ends, "attributes": attributes})
