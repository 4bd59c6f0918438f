"""The records that flow between stages, all frozen.

A line of our JSONL:

    {"id": "d1", "text": "Kiev résiste.",
     "entities": [{"id": 0, "type": "PLACE",
                   "mentions": [{"start": 0, "end": 4, "value": "Kiev"}]}],
     "relations": [], "labelled": "full", "masked": [], "meta": {"origin": "gold"}}
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from augment.reasons import Reason

EntityId = int | str
Triple = tuple[EntityId, str, EntityId]


class Record(BaseModel):
    """Base of all records: frozen, unknown fields refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Mention(Record):
    """One span of the text, in Unicode code points: ``text[start:end] == value``."""

    start: int
    end: int
    value: str


class Entity(Record):
    """A cluster of coreferent mentions of one type; the id keeps the source's spelling."""

    id: EntityId
    type: str
    mentions: tuple[Mention, ...]


class Relation(Record):
    """A typed, directed relation between two entities (possibly the same one)."""

    head: EntityId
    type: str
    tail: EntityId
    attributes: dict[str, Any] = Field(default_factory=dict)

    @property
    def triple(self) -> Triple:
        """``(head, type, tail)``, what scores compare."""
        return (self.head, self.type, self.tail)


class Change(Record):
    """One thing that a reviewer changed; ``type`` is the new entity or relation type.

    ``what`` is readable. Of a mention: ``(value, start, end)``. Of a cluster: ``(value, first)``,
    the mention that joined (``added``) or left (``removed``) the entity with that first mention. Of
    a relation: ``(head, TYPE, tail)`` with first mentions. ``was``: the type before a ``retyped``.
    """

    kind: Literal["mention", "cluster", "relation"]
    action: Literal["added", "removed", "retyped"]
    type: str
    what: tuple[str | int, ...]
    was: str | None = None


class Review(Record):
    """What a person said of a document and what they changed in it.

    ``time`` is ISO 8601; ``seconds`` is how long it took; ``weight`` is one over the probability
    with which the document was selected.
    """

    reviewer: str | None = None
    time: str | None = None
    seconds: float | None = None
    verdict: Literal["accept", "corrected", "reject"]
    reasons: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()
    weight: float | None = None
    model_version: str | None = None


class Meta(Record):
    """Where a document comes from; ``origin`` survives every export.

    ``prompt``, ``review`` and ``blind`` are written only where there are some. ``prompt``: what an
    LLM was asked with, template and guide, ``compose/write.v1+textmine.v3``. ``blind``: of the
    batch of `augment review hide` with that name, so that labels may be wrong on purpose.
    ``agreement``, written likewise: F1 (0–1) of what an LLM wrote with blind annotations of it.
    Of a live item, likewise: ``modified``, when it was corrected or updated; ``group``, the first
    of the items that repeat each other, kept together in splits; ``flags``: ``essential``,
    ``answer`` (to a reader whose question was left out), ``question`` (with it).
    """

    origin: Literal["gold", "synthetic", "reviewed"] = "gold"
    parents: tuple[str, ...] = ()
    strategy: str | None = None
    time: str | None = None
    title: str | None = None
    source: str | None = None
    rights: dict[str, Any] = Field(default_factory=dict)
    prompt: str | None = Field(default=None, exclude_if=lambda prompt: prompt is None)
    agreement: float | None = Field(default=None, exclude_if=lambda share: share is None)
    review: Review | None = Field(default=None, exclude_if=lambda review: review is None)
    modified: str | None = Field(default=None, exclude_if=lambda time: time is None)
    group: str | None = Field(default=None, exclude_if=lambda group: group is None)
    flags: tuple[str, ...] = Field(default=(), exclude_if=lambda flags: not flags)
    blind: str | None = Field(default=None, exclude_if=lambda blind: blind is None)


class Document(Record):
    """A text with entities and relations.

    ``labelled`` says which relation types are annotated exhaustively: ``"full"``, ``"none"`` or a
    list of types. Pairs in ``masked`` (``(head, TYPE or None for all, tail)``) and pairs of types
    not labelled are neither positive nor negative for a student.
    """

    id: str
    text: str
    entities: tuple[Entity, ...] = ()
    relations: tuple[Relation, ...] = ()
    labelled: Literal["full", "none"] | tuple[str, ...] = "full"
    masked: tuple[tuple[EntityId, str | None, EntityId], ...] = ()
    meta: Meta = Field(default_factory=Meta)

    @property
    def by_id(self) -> dict[EntityId, Entity]:
        """Entities by id; built anew at each call."""
        return {entity.id: entity for entity in self.entities}

    def mentions(self) -> Iterator[tuple[Entity, Mention]]:
        """All mentions with their entity, in the order of the record."""
        for entity in self.entities:
            for mention in entity.mentions:
                yield entity, mention

    def claims(self, relation_type: str) -> bool:
        """True if pairs of this relation type are labelled here, positives and negatives."""
        return self.labelled == "full" or relation_type in self.labelled


class Order(Record):
    """One sample wanted: by which strategy, for which relation types, and why.

    Of the strategies with an LLM: ``source`` is the document or raw item that is worked on;
    ``event``, ``style``, ``words`` and ``targets`` (``pronouns``, ``quotations``, …: how many)
    describe a text to be written; ``nodes`` (id → entity type) and ``triples`` are the graph that
    it must state. ``exhaustive``: all types of the guide are to be labelled.
    """

    id: str
    strategy: str
    types: tuple[str, ...] = ()
    negatives: tuple[str, ...] = ()
    distractors: int = 0
    seed: int = 0
    why: str = ""
    source: str | None = None
    event: str | None = None
    style: str | None = None
    words: int | None = None
    targets: dict[str, int] = Field(default_factory=dict)
    nodes: dict[str, str] = Field(default_factory=dict)
    triples: tuple[Triple, ...] = ()
    exhaustive: bool = False


class Message(Record):
    """One turn of a conversation with an LLM."""

    role: Literal["system", "user", "assistant"]
    content: str


class Request(Record):
    """What is asked of an LLM, whichever server answers: its :attr:`key` names it in the ledger.

    ``form`` is the JSON schema that the reply should have, None for free text. ``id`` is the
    order's, and not part of the key.
    """

    id: str
    model: str
    messages: tuple[Message, ...]
    temperature: float = 1.0
    top_p: float = 1.0
    max_tokens: int = 2048
    seed: int | None = None
    form: dict[str, Any] | None = None

    @cached_property
    def key(self) -> str:
        """SHA-256 of the logical request: all fields but ``id``."""
        fields = json.dumps(self.model_dump(exclude={"id"}), sort_keys=True)
        return hashlib.sha256(fields.encode()).hexdigest()

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy, without the key that was worked out for this one."""
        copy = super().model_copy(update=update, deep=deep)
        copy.__dict__.pop("key", None)
        return copy


class Response(Record):
    """A reply as it came; tokens and cost (in the price file's currency) are None if unknown.

    ``downgrades`` names the parts of the request that the server refused and that were left out.
    """

    id: str
    key: str
    text: str
    finish: str = "stop"
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cost: float | None = None
    downgrades: tuple[str, ...] = ()


class Finding(Record):
    """What a rule saw; ``action`` says what was done about it.

    ``masked``: the label of a pair is in doubt, so that it is neither positive nor negative.
    """

    code: str
    scope: Literal["relation", "mention", "text"]
    action: Literal["removed", "completed", "masked", "dropped", "info"]
    detail: str = ""


class Candidate(Record):
    """A sample on its way: ``id`` equals ``document.id``; parents are in ``document.meta``.

    Of an LLM's reply: ``alignment`` counts its mentions by how they were found (``exact``,
    ``normalised``, ``repaired``), ``repairs`` are codes of what was mended in it.
    """

    id: str
    order: str
    strategy: str
    document: Document
    findings: tuple[Finding, ...] = ()
    alignment: dict[str, int] = Field(default_factory=dict)
    repairs: tuple[str, ...] = ()

    @property
    def edits(self) -> int:
        """Relations removed or added by `validate`."""
        return sum(finding.action in ("removed", "completed") for finding in self.findings)

    def drop(self, stage: str, reason: Reason, detail: str) -> Drop:
        """The drop of this candidate, with its first parent and its document as JSON."""
        parent = next(iter(self.document.meta.parents), None)
        raw = self.document.model_dump_json()
        return Drop(id=self.id, stage=stage, reason=reason, detail=detail, parent=parent, raw=raw)


class Drop(Record):
    """A record that did not pass: which, where, why, and the raw material to look at."""

    id: str
    stage: str
    reason: Reason
    detail: str = ""
    parent: str | None = None
    raw: str = ""
