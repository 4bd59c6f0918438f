"""Why a record was dropped: one closed list for all stages.

>>> Reason.EMPTY_TEXT, Reason.EMPTY_TEXT.doc
(<Reason.EMPTY_TEXT: 'empty_text'>, 'the text is empty or white space')
"""

from __future__ import annotations

from enum import StrEnum


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
    SUPERSEDED = "superseded", "a post of a live page that was corrected or updated later"
    PERSONAL_DATA = "personal_data", "a live post that names the reader whose question it answers"
    BLIND = "blind", "of a blind batch, with wrong labels on purpose: `augment review unhide` first"
    # codec
    BROKEN_MARKUP = "broken_markup", "an inline tag is unclosed, crossed or malformed"
    TYPE_CONFLICT = "type_conflict", "one entity id carries two types"
    # align
    EMPTY_REPLY = "empty_reply", "the reply is empty, or nothing but reasoning"
    REFUSAL = "refusal", "the model refused, or a filter stopped it"
    TRUNCATED = "truncated", "a reply or page ends before its text, entities or relations do"
    NO_TEXT = "no_text", "the reply holds neither a tagged text nor one in the JSON form"
    NO_RELATIONS = "no_relations", "the reply holds no list of relations, where types were ordered"
    UNCLEAR_TEXT = "unclear_text", "which lines of the reply are the text is not certain"
    SEVERAL_ANSWERS = "several_answers", "the reply holds more than one answer, and they differ"
    TEXT_CHANGED = "text_changed", "more than space, quotes or apostrophes of our text was changed"
    MISSING_MENTION = "missing_mention", "a mention's string is not in the text as often as claimed"
    AMBIGUOUS_MENTION = "ambiguous_mention", "which place in the text a mention means is unclear"
    NOT_AS_ORDERED = "not_as_ordered", "other entities, relations or changes than were ordered"
    NOT_REWORDED = "not_reworded", "more than 30 % of its 8-grams are those of the text it rewords"
    # rewrite
    NOT_APPLICABLE = "not_applicable", "the strategy found nothing to change in its source"
    UNSAFE_REWRITE = "unsafe_rewrite", "the change could not be made without breaking a label"
    # prompt
    NOT_ALLOWED = "not_allowed", "the policy or its rights keep its text on this machine"
    BAD_ORDER = "bad_order", "the order names an unknown type, or has no source or graph"
    PROMPT_TOO_LONG = "prompt_too_long", "the prompt does not fit its budget, cut as it is"
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
    # verify
    LOW_AGREEMENT = "low_agreement", "writer and verifiers agree too little on the labelled types"
    NOT_VERIFIED = "not_verified", "no verifier gave a usable annotation, where one is required"
    OBJECTED = "objected", "the judge objects to the text as a whole, quoting the guide"
    # review
    SKIPPED = "skipped", "the reviewer skipped the task"
    # filter
    EXACT_DUPLICATE = "exact_duplicate", "equal to an earlier text, case and white space folded"
    NEAR_DUPLICATE = "near_duplicate", "nearly equal to an earlier text (MinHash)"
    LEAK_TEXT = "leak_text", "equal to a dev or test text, case and white space folded"
    LEAK_NGRAMS = (
        "leak_ngrams",
        "over 20 % of its 8-grams are in one dev or test text, not in train",
    )
    LEAK_NAMES = "leak_names", "two person names found together in one dev or test text only"
    LEAK_PARENT = "leak_parent", "added, and made from a document that is held out for the test"
    WRONG_LANGUAGE = "wrong_language", "the text is not in the guide's language"
    OVER_QUOTA = "over_quota", "the plan's quota for its types was already met"
