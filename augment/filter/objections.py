"""What a judge objects to in a sample, each time with words of the guide; others do not count.

    {"objections": [{"relation": ["e1", "RESIDES_IN", "e2"], "rule": "RESIDES_IN",
     "quote": "Un séjour n’est pas une résidence.", "why": "elle y passe ses vacances"}]}

>>> judge(candidate, objections(response, candidate, guide=guide)).findings
(Finding(code='relations.RESIDES_IN.examples', scope='relation', action='masked',
 detail='1:CIVILIAN RESIDES_IN 2:PLACE: elle y passe ses vacances'),)
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Literal

from augment.codec import resolve_id
from augment.errors import CodecError
from augment.guide.cited import readings
from augment.guide.model import Guide
from augment.guide.paragraphs import find
from augment.jsontext import read_json
from augment.overlap import words
from augment.reasons import Reason
from augment.schema import Candidate, Document, Drop, Finding, Order, Record, Response, Triple

SHORTEST = 3
"""Words of a quotation, and of each of its pieces where it leaves words out (« … »)."""
LONGEST = 1000
"""Characters that are kept of what a judge wrote."""
_NAMED = re.compile(r"""\{\s*["'“‘]?objections?["'”’]?\s*:""", re.I)
_BARE = re.compile(r"""\[\s*(?:\]|\{\s*["'“‘]?(?:relation|rule|quote|why)["'”’]?\s*:)""", re.I)
_REASONING = re.compile(r".*</(?:think|thinking|thought|reasoning)>|.*<\|message\|>", re.S | re.I)
_LEFT_OUT = re.compile(r"[\[(]?(?:…|\.\.\.)[\])]?")


class Objection(Record):
    """One objection: to a relation, or to the text where ``relation`` is None.

    ``paragraph`` of the guide holds the words quoted; ``fault`` says why it does not count, and is
    empty if it does.
    """

    relation: Triple | None = None
    rule: str = ""
    quote: str = ""
    why: str = ""
    paragraph: str = ""
    fault: str = ""


class JudgeSettings(Record):
    """``text``: what an objection to the whole text does."""

    text: Literal["info", "dropped"] = "info"


DEFAULT = JudgeSettings()


def objections(response: Response, candidate: Candidate, *, guide: Guide) -> list[Objection] | Drop:
    """All objections of a judge's reply, in order, or a drop of the reply if it cannot be read.

    An objection counts if it names a type or a rule of the guide, quotes at least three words of
    what the guide says there (spaces, punctuation and letter case aside), and names a relation of
    the sample or none. One to a relation of a symmetric type is one to its mirror image too.
    """
    try:
        rows = _rows(response)
        read = [_objection(row, candidate.document, guide) for row in rows]
    except CodecError as error:
        raw = response.text.encode("utf-8", "backslashreplace").decode()
        return Drop(
            id=response.id,
            stage="judge",
            reason=Reason(error.code),
            detail=str(error),
            parent=candidate.id,
            raw=raw,
        )
    stated = {r.triple for r in candidate.document.relations}
    found = []
    for objection in read:
        found.append(objection)
        if objection.relation and not objection.fault:
            head, kind, tail = objection.relation
            mirrored = (tail, kind, head)
            if guide.relations[kind].symmetric and head != tail and mirrored in stated:
                found.append(objection.model_copy(update={"relation": mirrored}))
    return found


def _rows(response: Response) -> list[Any]:
    """The list of the reply's last answer. Raises CodecError with a reason of ``align``."""
    if response.finish in ("content_filter", "refusal"):
        raise CodecError(Reason.REFUSAL, "stopped by a filter")
    body = _REASONING.sub("", response.text)
    if not body.strip():
        raise CodecError(Reason.EMPTY_REPLY, "the judge said nothing")
    places = [*_NAMED.finditer(body)] or [*_BARE.finditer(body)][:1]
    if not places:
        raise CodecError(Reason.BROKEN_JSON, f"no list of objections: {body.strip()[:80]!r}")
    value = read_json(body, places[-1].start(), complete=response.finish == "stop").value
    if isinstance(value, dict):
        value = next((v for k, v in value.items() if k.lower().startswith("objection")), None)
    rows = value if isinstance(value, list) else [value] if isinstance(value, dict) else None
    if rows is None and value is not None:
        raise CodecError(Reason.BROKEN_JSON, f"objections are no list: {str(value)[:80]!r}")
    return rows or []


def _objection(row: Any, document: Document, guide: Guide) -> Objection:
    if not isinstance(row, dict):
        return Objection(why=_plain(row), fault="not an object with relation, rule and quote")
    told = {str(key).strip().lower(): value for key, value in row.items()}
    rule, quote, why = (_plain(told.get(key) or "") for key in ("rule", "quote", "why"))
    objection = Objection(rule=rule, quote=quote, why=why)
    written = told.get("relation") or None
    triple = _triple(written, document, guide) if written is not None else None
    if written is not None and triple is None:
        return objection.model_copy(update={"fault": f"no such relation: {_plain(written)[:80]}"})
    paragraphs = find(guide, rule) if rule else {}
    place = next(
        (
            key
            for key, text in paragraphs.items()
            if any(_quoted(quote, told) for told in readings(text, guide.rules))
        ),
        None,
    )
    update: dict[str, Any] = {"relation": triple, "paragraph": place or ""}
    if not paragraphs:
        update["fault"] = f"no type or rule of the guide: {rule!r}"
    elif place is None:
        update["fault"] = f"not in the guide at {rule}: {quote[:80]!r}"
    return objection.model_copy(update=update)


def _plain(value: Any) -> str:
    """What a judge wrote, as one line that can be stored."""
    return " ".join(str(value).encode("utf-8", "backslashreplace").decode().split())[:LONGEST]


def _triple(written: Any, document: Document, guide: Guide) -> Triple | None:
    """The relation of the document that is meant, None if there is none."""
    if isinstance(written, dict):
        written = [written.get(key) for key in ("head", "type", "tail")]
    if not isinstance(written, list) or len(written) < 3 or not isinstance(written[1], str):
        return None
    kinds = {kind.casefold(): kind for kind in guide.relations}
    ids = [entity.id for entity in document.entities]
    try:
        head, tail = (resolve_id(written[i], ids) for i in (0, 2))
    except CodecError:
        return None
    triple = (head, kinds.get(written[1].strip().casefold(), written[1]), tail)
    known = triple in {r.triple for r in document.relations} and triple[1] in guide.relations
    return triple if known else None


def _quoted(quote: str, text: str) -> bool:
    """True if every piece of the quotation stands in the text, word by word."""
    pieces = [words(piece) for piece in _LEFT_OUT.split(quote)]
    said = [piece for piece in pieces if piece]
    whole = f" {' '.join(words(text))} "
    return bool(said) and all(
        len(piece) >= SHORTEST and f" {' '.join(piece)} " in whole for piece in said
    )


def judge(
    candidate: Candidate,
    objections: Sequence[Objection],
    *,
    order: Order | None = None,
    settings: JudgeSettings = DEFAULT,
) -> Candidate | Drop:
    """The candidate without the relations objected to, their pairs masked, or a drop.

    Every objection becomes a finding whose code is the guide's paragraph; one that does not count
    is ``unfounded``, for information. Dropped: the text as a whole is objected to and
    ``settings.text`` is ``"dropped"`` (``objected``); none of the order's types is left
    (``not_ordered``). Nothing of this counts as an edit.
    """
    document = candidate.document
    counting = [o for o in objections if not o.fault]
    whole = [o for o in counting if o.relation is None]
    if whole and settings.text == "dropped":
        detail = f"{whole[0].paragraph}: {whole[0].why}"
        return candidate.drop("judge", Reason.OBJECTED, detail)
    refused = dict.fromkeys(o.relation for o in counting if o.relation is not None)
    kept = tuple(r for r in document.relations if r.triple not in refused)
    wanted = set(order.types) if order else set()
    if wanted and refused and not wanted & {relation.type for relation in kept}:
        return candidate.drop("judge", Reason.NOT_ORDERED, "the judge left none")
    masked = tuple(dict.fromkeys((*document.masked, *refused)))
    types = {entity.id: entity.type for entity in document.entities}
    findings = (*candidate.findings, *(_finding(o, types) for o in objections))
    document = document.model_copy(update={"relations": kept, "masked": masked})
    return candidate.model_copy(update={"document": document, "findings": findings})


def _finding(objection: Objection, types: dict[Any, str]) -> Finding:
    scope: Literal["relation", "text"] = "relation" if objection.relation else "text"
    shown = ""
    if objection.relation:
        head, kind, tail = objection.relation
        shown = f"{head}:{types[head]} {kind} {tail}:{types[tail]}: "
    if objection.fault:
        detail = f"{shown}{objection.fault}"
        return Finding(code="unfounded", scope=scope, action="info", detail=detail)
    return Finding(
        code=objection.paragraph,
        scope=scope,
        action="masked" if objection.relation else "info",
        detail=f"{shown}{objection.why}",
    )
