"""A reply → a candidate with exact spans, or a drop that says why not.

>>> align(response, order=order, guide=guide)
Candidate(id='000001', …, alignment={'exact': 21}, repairs=('fence',))

Nothing is guessed: a repair is made where one reading is left, and is listed in ``repairs``.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from typing import Literal

from pydantic_core import PydanticSerializationError

from augment.align.fold import first_change, onto
from augment.align.locate import locate
from augment.align.names import Names
from augment.align.relations import read_relations
from augment.align.reply import TAG, Reply, read_reply
from augment.align.tagged import Annotated, refuse_crossing, untagged
from augment.errors import CodecError, RecordError
from augment.guide.model import Guide
from augment.reasons import Reason
from augment.schema import Candidate, Document, Drop, Entity, Meta, Order, Relation, Response
from augment.spans import OffsetMap, check, move

Labelled = Literal["full", "none"] | tuple[str, ...]
_HTML = re.compile(r"&#?\w{1,31};")


def align(response: Response, *, order: Order | None, guide: Guide) -> Candidate | Drop:
    """The text that a model wrote, with its annotation; in the inline or in the JSON form.

    Pairs of the ordered types and of the negatives count as labelled; all do if nothing was
    ordered by type.
    """
    try:
        reply = read_reply(response)
        names = Names(guide)
        found = _written(reply, names)
        relations, mended = _relations(reply, found.entities, names, order)
        repairs = reply.repairs | found.repairs | mended
        return _candidate(response, order, found, relations, repairs, Meta())
    except RecordError as error:
        return drop(response, error, None)


def align_onto(
    response: Response,
    source: Document,
    *,
    order: Order | None,
    guide: Guide,
    given: bool = False,
) -> Candidate | Drop:
    """The annotation of our own text, which stays as it is to the last character.

    A reply may have changed white space, quotes, apostrophes or the encoding of accents; anything
    else is ``text_changed``. ``given``: the entities of ``source`` stand, only relations are read.
    """
    try:
        reply = read_reply(response, keep_html=bool(_HTML.search(source.text)))
        names = Names(guide)
        if given:
            count = sum(len(e.mentions) for e in source.entities)
            exact = Counter(exact=count) if count else Counter[str]()
            found = Annotated(source.text, source.entities, exact, frozenset())
        else:
            found = _annotated(reply, source.text, names)
        relations, mended = _relations(reply, found.entities, names, order)
        repairs = reply.repairs | found.repairs | mended
        meta = source.meta.model_copy(update={"parents": (source.id,)})
        return _candidate(response, order, found, relations, repairs, meta)
    except RecordError as error:
        return drop(response, error, source.id)


def _candidate(
    response: Response,
    order: Order | None,
    found: Annotated,
    relations: tuple[Relation, ...] | None,
    repairs: frozenset[str],
    meta: Meta,
) -> Candidate:
    ordered = (*order.types, *order.negatives) if order else ()
    labelled: Labelled = "none" if relations is None else tuple(dict.fromkeys(ordered)) or "full"
    strategy = order.strategy if order else None
    document = Document(
        id=response.id,
        text=found.text,
        entities=found.entities,
        relations=relations or (),
        labelled=labelled,
        meta=meta.model_copy(update={"origin": "synthetic", "strategy": strategy}),
    )
    check(document)
    try:
        document.model_dump_json()
    except PydanticSerializationError:
        raise CodecError(Reason.BAD_ENCODING, "half a surrogate pair in an id or type") from None
    return Candidate(
        id=document.id,
        order=order.id if order else "",
        strategy=strategy or "",
        document=document,
        alignment=dict(sorted(found.alignment.items())),
        repairs=tuple(sorted(repairs)),
    )


def drop(response: Response, error: RecordError, parent: str | None) -> Drop:
    """The drop of a reply, with what it said."""
    detail, raw = (
        t.encode("utf-8", "backslashreplace").decode() for t in (str(error), response.text)
    )
    reason = Reason(error.code)
    return Drop(id=response.id, stage="align", reason=reason, detail=detail, parent=parent, raw=raw)


def _relations(
    reply: Reply, entities: Iterable[Entity], names: Names, order: Order | None
) -> tuple[tuple[Relation, ...] | None, frozenset[str]]:
    """None if the reply has no list of relations, and none was ordered."""
    if "relations" in reply.data:
        return read_relations(reply.data["relations"], entities, names)
    if order and order.types:
        raise CodecError(Reason.NO_RELATIONS, "no list of relations in the reply")
    return None, frozenset()


def _written(reply: Reply, names: Names) -> Annotated:
    """The model's own text, in composed accents."""
    text = reply.text
    if text is None and reply.wide is not None and TAG.search(reply.wide):
        raise CodecError(Reason.UNCLEAR_TEXT, reply.wide[:80])
    if text is None:
        raise CodecError(Reason.NO_TEXT, (reply.wide or "no text in the JSON")[:80])
    repairs = set()
    composed = unicodedata.normalize("NFC", text)
    if composed != text:
        repairs.add("nfd")
    if TAG.search(text):
        found = untagged(composed, names)
        if repairs:  # characters with an accent may have been written otherwise
            changed = sum(not m.value.isascii() for e in found.entities for m in e.mentions)
            changed = min(changed, found.alignment["exact"])
            moved = Counter(normalised=changed) - Counter(exact=0)
            left = found.alignment - Counter(exact=changed)
            found = found._replace(alignment=left + moved)
        return found._replace(repairs=found.repairs | repairs)
    if "entities" not in reply.data:
        raise CodecError(Reason.NO_TEXT, "a text without tags and without entities")
    located = locate(reply.data["entities"], composed, names)
    refuse_crossing(located.entities)
    return Annotated(composed, located.entities, located.alignment, located.repairs | repairs)


def _annotated(reply: Reply, text: str, names: Names) -> Annotated:
    """What the reply says of ``text``. Raises CodecError, ``text_changed`` among others."""
    written = [t for t in dict.fromkeys((reply.wide, reply.text)) if t]
    if "entities" in reply.data and not any(TAG.search(t) for t in written):
        told = reply.data.get("text")
        if isinstance(told, str) and onto(told, text) is None:
            raise CodecError(Reason.TEXT_CHANGED, first_change(told, text))
        located = locate(reply.data["entities"], text, names)
        refuse_crossing(located.entities)
        return Annotated(text, *located)
    if not written:
        raise CodecError(Reason.NO_TEXT, "neither a tagged text nor entities")
    for tagged in written:
        found = untagged(tagged, names)
        offsets = onto(found.text, text)
        if offsets is not None:
            return _moved(found, offsets, text)
    raise CodecError(Reason.TEXT_CHANGED, first_change(found.text, text))


def _moved(found: Annotated, offsets: OffsetMap, text: str) -> Annotated:
    """Tags of a changed copy on our text."""
    entities = move(found.entities, offsets, text)
    before = [m.value for e in found.entities for m in e.mentions]
    after = [m.value for e in entities for m in e.mentions]
    if len(before) != len(after):
        raise CodecError(
            Reason.AMBIGUOUS_MENTION, "a change of the text touches a mention's border"
        )
    changed = sum(a != b for a, b in zip(before, after, strict=True))
    repaired = found.alignment["repaired"]
    exact = max(len(after) - changed - repaired, 0)
    alignment = +Counter(exact=exact, normalised=len(after) - exact - repaired, repaired=repaired)
    repairs = found.repairs | ({"text"} if found.text != text else set())
    return Annotated(text, entities, alignment, repairs)
