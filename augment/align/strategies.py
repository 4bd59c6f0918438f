"""What each strategy promises: a reply that does not keep it is dropped, and told why.

>>> realise(response, order=order, guide=guide)  # the text says less than was ordered
Drop(…, reason='not_as_ordered', detail='missing: e1 IS_BORN_IN e2')
"""

from __future__ import annotations

from collections.abc import Callable

from augment.align.changes import NGRAM, regions, shared
from augment.align.promises import (
    relation,
    renamed,
    replaced,
    same_frame,
    same_triples,
    same_types,
    triples,
)
from augment.align.stage import align, align_onto, drop
from augment.codec import resolve_id
from augment.errors import CodecError, RecordError, UsageError
from augment.guide.closure import closed, turned
from augment.guide.model import Guide
from augment.reasons import Reason
from augment.schema import Candidate, Document, Drop, Meta, Order, Response

MOST_SHARED = 0.3
"""Most of the 8-grams that a reworded text may have in common with its source."""


def compose(
    response: Response, *, order: Order, guide: Guide, source: Document | None = None
) -> Candidate | Drop:
    """A text that the model invented, as it annotates it."""
    return _labelled(align(response, order=order, guide=guide), order)


def telegraphic(
    response: Response, *, order: Order, guide: Guide, source: Document | None = None
) -> Candidate | Drop:
    """As :func:`compose`."""
    return compose(response, order=order, guide=guide)


def annotate(
    response: Response, *, order: Order, guide: Guide, source: Document | None
) -> Candidate | Drop:
    """Entities and relations on a raw item, whose text stays as it is."""
    made = align_onto(response, _there(source, order), order=order, guide=guide)
    return _labelled(made, order)


def annotate_given(
    response: Response, *, order: Order, guide: Guide, source: Document | None
) -> Candidate | Drop:
    """Relations only, between the entities that ``source`` has: the second step of `annotate`."""
    made = align_onto(response, _there(source, order), order=order, guide=guide, given=True)
    return _labelled(made, order)


def realise(
    response: Response, *, order: Order, guide: Guide, source: Document | None = None
) -> Candidate | Drop:
    """A text that states the ordered graph: its entities by id and type, exactly its triples.

    Beside them it may have names of persons, and as many entities as there are distractors, in no
    relation that was asked for. What symmetry and transitivity ask for is added.
    """

    def promise(document: Document) -> Document:
        document = renamed(document, order.nodes)
        same_types(document, order.nodes, guide, extra=order.distractors)
        types = {e.id: e.type for e in document.entities}
        asked = {*guide.relations} if order.exhaustive else {*order.types, *order.negatives}
        said = closed((t for t in triples(document) if t[1] in asked), types, guide)
        same_triples(said, order.triples)
        known = {r.triple for r in document.relations}
        implied = [relation(t, document.relations) for t in said if t not in known]
        return document.model_copy(update={"relations": (*document.relations, *implied)})

    made = _labelled(align(response, order=order, guide=guide), order)
    return _kept(response, made, promise, None)


def restyle(
    response: Response, *, order: Order, guide: Guide, source: Document | None
) -> Candidate | Drop:
    """Other words for the same: entities by id and type, and relations, are the source's."""
    origin = _there(source, order)

    def promise(document: Document) -> Document:
        document = _as_source(document, origin, order, guide)
        share = shared(document.text, origin.text)
        if share > MOST_SHARED:
            raise CodecError(
                Reason.NOT_REWORDED, f"{share:.0%} of its {NGRAM}-grams are the source's"
            )
        return document

    return _kept(response, _unasked(response, order, guide), promise, origin)


def substitute(
    response: Response, *, order: Order, guide: Guide, source: Document | None
) -> Candidate | Drop:
    """Other names and nouns in the same sentences: each entity of ``order.nodes``, wherever it is.

    Around the mentions only what has to agree with them may change.
    """
    origin = _there(source, order)

    def promise(document: Document) -> Document:
        document = _as_source(document, origin, order, guide)
        same_frame(document, origin)
        ids = [e.id for e in origin.entities]
        replaced(document, origin, {resolve_id(node, ids) for node in order.nodes})
        return document

    return _kept(response, _unasked(response, order, guide), promise, origin)


def contrast(
    response: Response, *, order: Order, guide: Guide, source: Document | None
) -> Candidate | Drop:
    """The source with one stretch changed, by which the ordered triple becomes its look-alike."""
    origin = _there(source, order)
    if len(order.triples) != 2:
        raise UsageError(f"order {order.id} (contrast) does not name two triples")
    old, new = order.triples

    def promise(document: Document) -> Document:
        document = renamed(document, (e.id for e in origin.entities))
        same_types(document, {e.id: e.type for e in origin.entities}, guide)
        found = regions(origin.text, document.text)
        if found != 1:
            raise CodecError(Reason.NOT_AS_ORDERED, f"{found} changed stretches of text, not one")
        wanted = turned(triples(origin), old, new, guide)
        types = {e.id: e.type for e in document.entities}
        said = closed(triples(document), types, guide)
        asked = {old[1], new[1]}
        same_triples(
            [t for t in said if t[1] in asked or t not in wanted],
            [t for t in wanted if t[1] in asked],
        )
        stay = [r for r in origin.relations if r.triple in wanted]
        new_ones = [t for t in said if t in wanted - set(triples(origin))]
        come = [relation(t, document.relations) for t in new_ones]
        meta = _meta(origin, order, origin.meta.parents or (origin.id,))
        return document.model_copy(update={"relations": (*stay, *come), "meta": meta})

    return _kept(response, align(response, order=order, guide=guide), promise, origin)


def _there(source: Document | None, order: Order) -> Document:
    if source is None:
        raise UsageError(f"order {order.id} ({order.strategy}) has no text to work on")
    return source


def _kept(
    response: Response,
    made: Candidate | Drop,
    promise: Callable[[Document], Document],
    source: Document | None,
) -> Candidate | Drop:
    """The candidate with what ``promise`` makes of its document, or a drop with what it raises."""
    if isinstance(made, Drop):
        return made
    try:
        return made.model_copy(update={"document": promise(made.document)})
    except RecordError as error:
        return drop(response, error, source.id if source else None)


def _labelled(made: Candidate | Drop, order: Order) -> Candidate | Drop:
    """All types count as labelled if the order says so."""
    if isinstance(made, Drop) or not order.exhaustive or made.document.labelled == "none":
        return made
    document = made.document.model_copy(update={"labelled": "full"})
    return made.model_copy(update={"document": document})


def _unasked(response: Response, order: Order, guide: Guide) -> Candidate | Drop:
    """The reply to an order that does not ask for relations."""
    return align(
        response, order=order.model_copy(update={"types": (), "negatives": ()}), guide=guide
    )


def _as_source(document: Document, source: Document, order: Order, guide: Guide) -> Document:
    """The document with ids, relations and labels of its source. Raises CodecError."""
    ids = {e.id: e.type for e in source.entities}
    document = renamed(document, ids)
    same_types(document, ids, guide)
    if document.labelled != "none" and document.relations:
        said = (closed(triples(d), ids, guide) for d in (document, source))
        same_triples(*said)
    update = {name: getattr(source, name) for name in ("relations", "labelled", "masked")}
    return document.model_copy(update=update | {"meta": _meta(source, order, (source.id,))})


def _meta(source: Document, order: Order, parents: tuple[str, ...]) -> Meta:
    old = source.meta
    return Meta(
        origin="synthetic",
        parents=parents,
        strategy=order.strategy,
        time=old.time,
        rights=old.rights,
    )
