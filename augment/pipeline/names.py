"""Names of entity types as the guide has them, and which of them hold names of persons.

>>> canonical([document], guide)[0].entities[0].type  # of FIRSTNAME_0
'FIRSTNAME'
"""

from __future__ import annotations

from collections.abc import Iterable

from augment.guide import Guide
from augment.measure.wall import Additions
from augment.schema import Document


def canonical(documents: Iterable[Document], guide: Guide | None) -> list[Document]:
    """The documents with the guide's names of entity types, so that aliases compare as equal."""
    if guide is None:
        return list(documents)
    return [
        document.model_copy(
            update={
                "entities": tuple(
                    entity.model_copy(update={"type": guide.canonical(entity.type)})
                    for entity in document.entities
                )
            }
        )
        for document in documents
    ]


def person_names(guide: Guide | None, documents: Iterable[Document]) -> frozenset[str]:
    """Entity types that hold personal names; without a guide, those with NAME in their name."""
    if guide is not None:
        return guide.person_names
    return frozenset(e.type for d in documents for e in d.entities if "NAME" in e.type)


def names_of(additions: Additions, guide: Guide | None) -> frozenset[str]:
    """Entity types of the additions that hold personal names."""
    return person_names(guide, [d for b in additions.values() for batch in b for d in batch])
