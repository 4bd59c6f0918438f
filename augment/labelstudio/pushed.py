"""What a task was made from and how it was drawn: kept in the task's data, as JSON.

>>> Pushed.of(task(document, guide=guide)).document == document
True
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from hashlib import sha256
from typing import Any, Literal

from pydantic import Field, ValidationError

from augment.errors import RecordError
from augment.guide.model import Guide
from augment.reasons import Reason
from augment.schema import Document, EntityId, Record, Relation, Triple

Json = dict[str, Any]


class Pushed(Record):
    """A document and what of it a reviewer sees; the rest comes back as it is.

    ``labels``: entity type → its label; entities of other types are not drawn. ``types``: relation
    types that are asked for. ``symmetric`` ones are drawn once for both directions; ``reflexive``
    ones may relate an entity to itself.
    """

    document: Document
    task: Literal["correct", "triage"] = "correct"
    labels: dict[str, str] = Field(default_factory=dict)
    types: tuple[str, ...] = ()
    symmetric: tuple[str, ...] = ()
    reflexive: tuple[str, ...] = ()

    @classmethod
    def of(cls, task: Json) -> Pushed:
        """What a task holds; of a task from elsewhere its text. Raises RecordError."""
        data = task.get("data")
        text = data.get("text") if isinstance(data, dict) else None
        if not isinstance(data, dict) or not isinstance(text, str):
            raise RecordError(Reason.MISSING_FIELD, "the task has no data.text")
        if "record" not in data:
            id = str(data.get("id", task.get("id", digest(text)[:12])))
            return cls(document=Document(id=id, text=text, labelled="none"))
        try:
            pushed = cls.model_validate_json(data["record"])
        except ValidationError as error:
            raise RecordError(Reason.MISSING_FIELD, f"data.record: {error.errors()[0]}") from error
        if text != pushed.document.text or data.get("sha256") != digest(text):
            raise RecordError(Reason.TEXT_CHANGED, "data.text is no longer the text of the record")
        return pushed

    @property
    def arrows(self) -> list[Triple]:
        """Triples drawn as arrows, each once, in the order of the record."""
        drawn = (r.triple for r in self.document.relations if self.draws(r) and r.head != r.tail)
        return list(dict.fromkeys(drawn))

    @property
    def loops(self) -> list[Triple]:
        """Triples of an entity with itself, drawn as choices of its first mention."""
        drawn = (r.triple for r in self.document.relations if self.draws(r) and r.head == r.tail)
        return list(dict.fromkeys(drawn))

    @cached_property
    def drawn(self) -> dict[EntityId, int]:
        """Entities that a reviewer sees, with their positions in the record."""
        entities = enumerate(self.document.entities)
        return {entity.id: n for n, entity in entities if entity.type in self.labels}

    def draws(self, relation: Relation) -> bool:
        """True if a reviewer sees this relation, and can take it away."""
        ends = relation.head in self.drawn and relation.tail in self.drawn
        asked = relation.type in self.types and ends
        return asked and (relation.head != relation.tail or relation.type in self.reflexive)


def pushed(
    document: Document,
    guide: Guide | None,
    task: Literal["correct", "triage"],
    types: Sequence[str] | None,
) -> Pushed:
    """What is drawn: what the guide knows, of relations only types that the document claims.

    Without a guide everything is drawn, in its own spelling.
    """
    kinds = list(dict.fromkeys(entity.type for entity in document.entities))
    if guide is None:
        found = tuple(dict.fromkeys(r.type for r in document.relations))
        labels = {kind: kind for kind in kinds}
        return Pushed(document=document, task=task, labels=labels, types=found, reflexive=found)
    asked = tuple(
        t for t in guide.relations if document.claims(t) and (types is None or t in types)
    )
    return Pushed(
        document=document,
        task=task,
        labels={kind: guide.canonical(kind) for kind in kinds if kind in guide.aliases},
        types=asked,
        symmetric=tuple(t for t in asked if guide.relations[t].symmetric),
        reflexive=tuple(t for t in asked if guide.relations[t].self_relation != "never"),
    )


def digest(text: str) -> str:
    """SHA-256 of a text."""
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def region_id(entity: int, mention: int) -> str:
    """The id of a mention's region, by the positions of entity and mention in the record."""
    return f"e{entity}-m{mention}"
