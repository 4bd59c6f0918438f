"""An order → the request that is sent for it, within a budget of tokens, or a drop.

>>> prompt(order, guide=guide, template=template("compose"), settings=PromptSettings(model="m"))
Request(id='000001', model='m', messages=(Message(role='system', …), Message(role='user', …)), …)
"""

from __future__ import annotations

from collections.abc import Sequence

from augment.codec import parse_id
from augment.errors import RecordError
from augment.guide.model import Guide
from augment.prompt.form import schema
from augment.prompt.messages import PromptSettings, Writer
from augment.prompt.template import Template
from augment.reasons import Reason
from augment.schema import Document, Drop, EntityId, Order, Request

SOURCE = frozenset(("annotate", "restyle", "substitute", "contrast", "judge"))
"""Strategies whose prompts work on a document or raw item."""
TRIPLES = frozenset(("realise", "contrast"))
"""Strategies whose prompts state triples."""
NODES = frozenset(("realise", "substitute"))
"""Strategies whose prompts name entities by id."""


def prompt(
    order: Order,
    *,
    guide: Guide,
    template: Template,
    examples: Sequence[Document] = (),
    source: Document | None = None,
    settings: PromptSettings,
) -> Request | Drop:
    """The request of an order; its id is the order's.

    The system message holds instructions and guide, and depends on nothing but the types wanted
    (as long as the order fits beside it); then come the examples, as turns; the last message is
    the order. ``source`` is looked at where the template works on a text. Drops: ``bad_order`` (no
    such type, no source or graph where the template needs it), ``prompt_too_long``, or the codec's
    reason for a text that the form cannot hold. Raises ConfigError for a template that asks for
    what there is not.
    """
    writer = Writer(template, guide, wanted(order, guide, settings), settings)
    source = source if template.strategy in SOURCE else None
    order = order if source else numbered(order)
    try:
        _check(order, writer, source)
        messages = writer.messages(_last(order, writer, source), examples)
    except RecordError as error:
        return Drop(
            id=order.id,
            stage="prompt",
            reason=Reason(error.code),
            detail=str(error),
            parent=order.source,
            raw=order.model_dump_json(),
        )
    given = [e.id for e in source.entities] if source and writer.reply != "annotation" else []
    ids = given or [parse_id(node) for node in order.nodes]
    form = schema(writer.reply, guide, writer.types, ids) if settings.form == "json" else None
    return Request(
        id=order.id,
        model=settings.model,
        messages=messages,
        temperature=settings.temperature,
        top_p=settings.top_p,
        max_tokens=settings.max_tokens,
        seed=None if settings.seed is None else (settings.seed + order.seed) % 2**31,
        form=form,
    )


def wanted(order: Order, guide: Guide, settings: PromptSettings) -> list[str]:
    """Relation types that a prompt is about, in the guide's order; all if none is ordered."""
    named = {*order.types, *order.negatives, *(kind for _, kind, _ in order.triples)}
    everything = order.exhaustive or settings.exhaustive or not named
    return [kind for kind in guide.relations if everything or kind in named]


def numbered(order: Order) -> Order:
    """Ids of entities that are to be invented, ``e1`` or ``1``, as the examples write them: 1."""
    ids = {node: str(node).removeprefix("e") for node in order.nodes}
    if not all(map(str.isdecimal, ids.values())) or len(set(ids.values())) < len(ids):
        return order

    def number(id: EntityId) -> EntityId:
        return parse_id(ids.get(str(id), str(id)))

    triples = tuple((number(head), kind, number(tail)) for head, kind, tail in order.triples)
    nodes = {ids[node]: kind for node, kind in order.nodes.items()}
    return order.model_copy(update={"nodes": nodes, "triples": triples})


def _last(order: Order, writer: Writer, source: Document | None) -> str:
    """The order in words. Of a text whose relations all stay, all of them are shown."""
    asked = {"order": order, "types": order.types, "negatives": order.negatives}
    types = list(writer.guide.relations) if writer.reply == "text" else writer.types
    material = writer.material(source, types) if source else {}
    return writer.template.render("order", writer.common | material | asked)


def _check(order: Order, writer: Writer, source: Document | None) -> None:
    """Raise RecordError where no prompt can be made of an order."""
    guide, name, strategy = writer.guide, writer.template.name, writer.template.strategy
    kinds = [*order.types, *order.negatives, *(kind for _, kind, _ in order.triples)]
    unknown = [kind for kind in kinds if kind not in guide.relations]
    unknown += [kind for kind in order.nodes.values() if kind not in guide.aliases]
    if source and writer.reply != "annotation":
        unknown += [e.type for e in source.entities if e.type not in guide.aliases]
    missing = [
        what
        for what, there, strategies in (
            ("a text", source, SOURCE),
            ("triples", order.triples, TRIPLES),
            ("entities", order.nodes, NODES),
        )
        if strategy in strategies and not there
    ]
    if unknown:
        raise RecordError(Reason.BAD_ORDER, f"the guide has no type {unknown[0]!r}")
    if missing:
        raise RecordError(Reason.BAD_ORDER, f"{name} works on {missing[0]}: the order has none")
