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
from collections.abc import Iterator
from enum import StrEnum
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

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


class Meta(Record):
    """Where a document comes from; ``origin`` survives every export."""

    origin: Literal["gold", "synthetic", "reviewed"] = "gold"
    parents: tuple[str, ...] = ()
    strategy: str | None = None
    time: str | None = None
    title: str | None = None
    source: str | None = None
    rights: dict[str, Any] = Field(default_factory=dict)


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
    """One sample wanted: by which strategy, for which relation types, and why."""

    id: str
    strategy: str
    types: tuple[str, ...] = ()
    negatives: tuple[str, ...] = ()
    distractors: int = 0
    seed: int = 0
    why: str = ""


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

    @property
    def key(self) -> str:
        """SHA-256 of the logical request: all fields but ``id``."""
        fields = json.dumps(self.model_dump(exclude={"id"}), sort_keys=True)
        return hashlib.sha256(fields.encode()).hexdigest()


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
    """What a rule saw; ``action`` says what was done about it."""

    code: str
    scope: Literal["relation", "mention", "text"]
    action: Literal["removed", "completed", "dropped", "info"]
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


class Reason(StrEnum):
    """Why a record was dropped: the closed list. ``Reason.X.doc`` is its one-line description."""

    doc: str

    def __new__(cls, code: str, doc: str = "") -> Reason:
        """A member is its code, with the description beside it."""
        member = str.__new__(cls, code)
        member._value_ = code
        member.doc = doc
        return member

    # read
    BROKEN_JSON = "broken_json", "the row or file is not valid JSON"
    BROKEN_FILE = "broken_file", "the file is damaged, or not what its name or --from says"
    UNSUPPORTED = "unsupported", "an annotation that a document cannot hold, such as a brat event"
    BAD_ENCODING = "bad_encoding", "the bytes are not valid UTF-8"
    MISSING_FIELD = "missing_field", "a required field or column is absent or of the wrong kind"
    DUPLICATE_ID = "duplicate_id", "a document or entity id occurs a second time"
    OFFSET_MISMATCH = "offset_mismatch", "text[start:end] is not the mention's value"
    OFFSET_SHIFT = "offset_shift", "offsets are wrong by a known shift (UTF-16, CRLF); see --repair"
    UNKNOWN_ENTITY = "unknown_entity", "a relation names an entity id that does not exist"
    EMPTY_ENTITY = "empty_entity", "an entity has no mention"
    EMPTY_TEXT = "empty_text", "the text is empty or white space"
    # codec
    BROKEN_MARKUP = "broken_markup", "an inline tag is unclosed, crossed or malformed"
    TYPE_CONFLICT = "type_conflict", "one entity id carries two types"
    # align
    EMPTY_REPLY = "empty_reply", "the reply is empty, or nothing but reasoning"
    REFUSAL = "refusal", "the model refused, or a filter stopped it"
    TRUNCATED = "truncated", "the reply ends before its text, entities or relations do"
    NO_TEXT = "no_text", "the reply holds neither a tagged text nor one in the JSON form"
    NO_RELATIONS = "no_relations", "the reply holds no list of relations, where types were ordered"
    UNCLEAR_TEXT = "unclear_text", "which lines of the reply are the text is not certain"
    SEVERAL_ANSWERS = "several_answers", "the reply holds more than one answer, and they differ"
    TEXT_CHANGED = "text_changed", "more than space, quotes or apostrophes of our text was changed"
    MISSING_MENTION = "missing_mention", "a mention's string is not in the text as often as claimed"
    AMBIGUOUS_MENTION = "ambiguous_mention", "which place in the text a mention means is unclear"
    # rewrite
    NOT_APPLICABLE = "not_applicable", "the strategy found nothing to change in its source"
    UNSAFE_REWRITE = "unsafe_rewrite", "the change could not be made without breaking a label"
    # generate
    NO_REPLY = "no_reply", "the server gave no usable reply, retries included"
    NOT_ACCEPTED = "not_accepted", "the server does not take this request"
    CONTEXT_TOO_LONG = "context_too_long", "the prompt does not fit the model's context"
    NOT_RECORDED = "not_recorded", "the ledger or file that is replayed has no such reply"
    OVER_BUDGET = "over_budget", "not asked: could have passed the cap on cost or tokens"
    PAST_DEADLINE = "past_deadline", "not asked: the time allowed was over"
    CIRCUIT_OPEN = "circuit_open", "not asked: the server failed too often in a row"
    # validate
    UNKNOWN_TYPE = "unknown_type", "an entity type is not in the guide"
    CROSSING_SPANS = "crossing_spans", "two mentions overlap without nesting"
    TOO_MANY_EDITS = "too_many_edits", "more than 20 % of the relations had to be edited"
    NOT_ORDERED = "not_ordered", "none of the relation types that were ordered is there"
    TOO_SHORT = "too_short", "the text is shorter than the guide or the settings allow"
    TOO_LONG = "too_long", "the text is longer than the guide or the settings allow"
    # filter
    EXACT_DUPLICATE = "exact_duplicate", "equal to an earlier text, case and white space folded"
    NEAR_DUPLICATE = "near_duplicate", "nearly equal to an earlier text (MinHash)"
    LEAK_TEXT = "leak_text", "equal to a dev or test text, case and white space folded"
    LEAK_NGRAMS = (
        "leak_ngrams",
        "over 20 % of its 8-grams are in one dev or test text, not in train",
    )
    LEAK_NAMES = "leak_names", "two person names found together in one dev or test text only"
    WRONG_LANGUAGE = "wrong_language", "the text is not in the guide's language"
    OVER_QUOTA = "over_quota", "the plan's quota for its types was already met"


class Drop(Record):
    """A record that did not pass: which, where, why, and the raw material to look at."""

    id: str
    stage: str
    reason: Reason
    detail: str = ""
    parent: str | None = None
    raw: str = ""
