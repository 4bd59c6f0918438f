"""The second step of `annotate`: relations asked again, given the entities that the first found.

05_align → 05_relations (Request → Response) → 05_second (Candidate with the second's relations)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from augment.align.strategies import annotate_given
from augment.config import RunConfig
from augment.guide import Guide
from augment.match import renamed
from augment.pipeline.ask import Watch, ask
from augment.schema import Candidate, Document, Drop, Order, Request, Response

if TYPE_CHECKING:
    from augment.pipeline.write import Writing

STRATEGY, RELATIONS = "annotate", "annotate/relations"
"""The strategy that has two steps, and the template of the second."""
STEP = "second step"


def aligned(config: RunConfig) -> str:
    """The stage whose candidates are validated."""
    return "05_second" if config.write.steps == 2 else "05_align"


def second_step(writing: Writing, watch: Watch | None) -> None:
    """Both stages; what is no annotation passes as it is.

    A candidate whose second request is not answered, or cannot be made, is a drop.
    """
    job = writing.job
    made = {}
    for candidate in job.folder.read("05_align", Candidate):
        if candidate.strategy == STRATEGY:
            made[candidate.id] = relations_request(
                writing, writing.orders[candidate.order], candidate.document
            )
    ask(job, [r for r in made.values() if isinstance(r, Request)], "05_relations", watch=watch)
    job.stage("05_second", _second(writing, made))


def relations_request(writing: Writing, order: Order, document: Document) -> Request | Drop:
    """The request for the relations of a document whose entities are given."""
    source = writing.view.source(order, document)
    if isinstance(source, Drop):
        return source
    model = writing.writers[order.id].model
    return writing.prompter(order, model, source, purpose=RELATIONS)


def _second(writing: Writing, made: Mapping[str, Request | Drop]) -> Iterator[Candidate | Drop]:
    job = writing.job
    replies = {r.id: r for r in job.folder.read("05_relations", Response)}
    answered = (c for c in job.folder.read("05_align", Candidate) if c.id in replies)
    given = (_given(writing, writing.orders[c.order], c.document, replies[c.id]) for c in answered)
    found = job.each(partial(_read, job.guide), given)
    for candidate in job.folder.read("05_align", Candidate):
        asked, reply = made.get(candidate.id), replies.get(candidate.id)
        if asked is None:
            yield candidate
        elif isinstance(asked, Drop):
            yield asked.model_copy(update={"stage": STEP})
        elif reply is not None:
            yield _with_relations(candidate, next(found))


def _with_relations(first: Candidate, found: Candidate | Drop) -> Candidate | Drop:
    """The candidate with the relations of the second reply instead of its own."""
    if isinstance(found, Drop):
        return found.model_copy(update={"stage": STEP})
    update = {name: getattr(found.document, name) for name in ("relations", "labelled")}
    repairs = tuple(sorted({*first.repairs, *found.repairs}))
    document = first.document.model_copy(update=update)
    return first.model_copy(update={"document": document, "repairs": repairs})


class Given(NamedTuple):
    """A reply of the second step, its order, the document, and that as LLMs may see it."""

    reply: Response
    order: Order
    document: Document
    seen: Document


def read_relations(
    writing: Writing, order: Order, document: Document, reply: Response
) -> Candidate | Drop:
    """What a reply to :func:`relations_request` says, between the entities of the document."""
    return _read(writing.job.guide, _given(writing, order, document, reply))


def _given(writing: Writing, order: Order, document: Document, reply: Response) -> Given:
    seen = writing.view.source(order, document)
    if not isinstance(seen, Document):
        raise AssertionError("what was not shown was not asked")
    return Given(reply, order, document, seen)


def _read(guide: Guide, given: Given) -> Candidate | Drop:
    reply, order, document, seen = given
    found = annotate_given(reply, order=order, guide=guide, source=seen)
    if isinstance(found, Drop):
        return found
    real = {a.id: b.id for a, b in zip(seen.entities, document.entities, strict=True)}
    made = renamed(found.document, real)
    update = {"text": document.text, "entities": document.entities, "relations": made.relations}
    return found.model_copy(update={"document": found.document.model_copy(update=update)})
