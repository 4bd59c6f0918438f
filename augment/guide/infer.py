"""A corpus → a guide to start from: types, signatures, properties, habits, cues, examples.

>>> infer(documents, name="demo").relations["IS_LOCATED_IN"].transitive
True
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

from augment.guide.check import TODO
from augment.guide.cues import entity_cues, relation_cues
from augment.guide.examples import find
from augment.guide.families import families
from augment.guide.habits import habits
from augment.guide.model import Attribute, Described, EntityType, Family, Guide
from augment.guide.signatures import read_relations
from augment.guide.text import Definition, definitions
from augment.schema import Document

D = TypeVar("D", bound=Described)

_NAME = re.compile(r"NAME|PR[EÉ]NOM|PATRONYM|^PER(S|SON|SONNE)?$", re.IGNORECASE)

COLOURS = (
    "#1f77b4 #d62728 #2ca02c #9467bd #ff7f0e #8c564b #17becf #e377c2 #7f7f7f #bcbd22"
    " #08306b #67000d #00441b #3f007d #7f2704 #66c2a4 #6baed6 #fb6a4a #54278f #fdae6b"
).split()


def infer(
    documents: Sequence[Document],
    *,
    name: str,
    text: str = "",
    like: Guide | None = None,
) -> Guide:
    """A guide that the corpus agrees with; what only people can write is the word ``TODO``.

    ``text``: an existing guide, to take definitions and labels from.
    ``like``: a guide to take the families of types from; types it does not know are clustered.
    The examples are sentences of the corpus: for private use.
    """
    names = spellings(entity.type for d in documents for entity in d.entities)
    documents = [renamed(document, names) for document in documents]
    family = families(documents)
    if like:
        family |= {kind: like.family(kind) or family[kind] for kind in family}
    entities = _entities(documents, family, names)
    coarse = dict.fromkeys(entity.family for entity in entities.values())
    known = like.families if like else {}
    guide = Guide(
        name=name,
        title=name,
        families={
            key: known.get(key) or Family(label=_label(key), colour=COLOURS[i % len(COLOURS)])
            for i, key in enumerate(coarse)
        },
        entities=entities,
        relations={
            kind: relation.model_copy(update={"label": _label(kind)})
            for kind, relation in read_relations(documents, family).items()
        },
        attributes=attributes(documents),
    )
    written = definitions(text, guide.aliases | {kind: kind for kind in guide.relations})
    return _described(guide, documents, written)


def _entities(
    documents: Sequence[Document], family: Mapping[str, str], names: Mapping[str, str]
) -> dict[str, EntityType]:
    """Entity types, the most frequent first. Personal names: named so, and capitalised."""
    counts = Counter(entity.type for d in documents for entity in d.entities)
    values: dict[str, list[str]] = defaultdict(list)
    for document in documents:
        for entity, mention in document.mentions():
            values[entity.type].append(mention.value)
    seen = habits(documents)
    return {
        kind: EntityType(
            label=_label(kind),
            support=counts[kind],
            family=family[kind],
            aliases=tuple(sorted(a for a, n in names.items() if n == kind and a != kind)),
            person_name=bool(_NAME.search(kind))
            and sum(v[0].isupper() for v in values[kind]) >= 0.8 * len(values[kind]),
            habits=seen[kind],
        )
        for kind in sorted(counts, key=lambda kind: (-counts[kind], kind))
    }


def _described(
    guide: Guide, documents: Sequence[Document], written: Mapping[str, Definition]
) -> Guide:
    examples = find(documents, guide)
    cues = entity_cues(documents, guide) | relation_cues(documents, guide)

    def full(types: Mapping[str, D]) -> dict[str, D]:
        return {
            kind: described.model_copy(
                update={
                    "definition": written[kind].text if kind in written else TODO,
                    "label": (kind in written and written[kind].label) or described.label,
                    "cues": cues[kind],
                    "positive": examples[kind],
                }
            )
            for kind, described in types.items()
        }

    update = {"entities": full(guide.entities), "relations": full(guide.relations)}
    return guide.model_copy(update=update)


def spellings(types: Iterable[str]) -> dict[str, str]:
    """Every spelling of a type → its name: ``FIRSTNAME_0`` → ``FIRSTNAME``.

    A number at the end is a spelling only if no other type differs from it by the number alone.
    """
    stems: dict[str, set[str]] = defaultdict(set)
    for kind in types:
        stems[re.sub(r"_\d+$", "", kind)].add(kind)
    return {
        kind: stem if len(kinds - {stem}) == 1 else kind
        for stem, kinds in stems.items()
        for kind in kinds
    }


def renamed(document: Document, names: Mapping[str, str]) -> Document:
    """The document with its entity types spelled as in ``names``."""
    entities = tuple(
        e if names[e.type] == e.type else e.model_copy(update={"type": names[e.type]})
        for e in document.entities
    )
    return document.model_copy(update={"entities": entities})


def attributes(documents: Iterable[Document]) -> dict[str, Attribute]:
    """Attributes that relations carry: an entity of the document, or one of the values seen."""
    values: dict[str, set[Any]] = defaultdict(set)
    foreign: set[str] = set()
    for document in documents:
        ids = {entity.id for entity in document.entities}
        for relation in document.relations:
            for name, value in relation.attributes.items():
                values[name].add(str(value))
                if not (isinstance(value, int | str) and value in ids):
                    foreign.add(name)
    return {
        name: Attribute(
            label=_label(name),
            values=tuple(sorted(values[name])) if name in foreign else (),
            entity=name not in foreign,
            definition=TODO,
        )
        for name in sorted(values)
    }


def _label(name: str) -> str:
    """``IS_BORN_IN`` → ``is born in``: something to read until somebody writes a label."""
    return re.sub(r"[_\s]+", " ", name).strip().lower()
