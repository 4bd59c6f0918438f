"""From orders to samples through LLMs: prompts, replies and what they hold, as three stages.

03_prompt    Order → Request     04_generate   Request → Response     05_align → Candidate
With two steps `annotate` goes on in 05_relations and 05_second.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

from augment.errors import NoReply
from augment.generate.estimate import Estimate
from augment.guide import Guide
from augment.pipeline.ask import Watch, ask, at_most, stop
from augment.pipeline.job import Run
from augment.pipeline.llms import Llm, named, parse
from augment.pipeline.privacy import Shown, stamped
from augment.pipeline.prompter import Prompter
from augment.pipeline.relations import RELATIONS, STRATEGY, second_step
from augment.plan import sources
from augment.plan.quotas import LLM_FREE
from augment.policy import Level
from augment.registry import resolve
from augment.schema import Candidate, Document, Drop, Order, Request, Response
from augment.validate import validate

SOUND = "sound"
"""What a reply is called whose sample keeps all hard rules."""


def with_llm(orders: Iterable[Order]) -> list[Order]:
    """The orders that an LLM carries out."""
    return [order for order in orders if order.strategy not in LLM_FREE]


class Given(NamedTuple):
    """A reply, its order, and the text that it works on as LLMs may see it."""

    response: Response
    order: Order
    source: Document | Drop | None


def aligned(guide: Guide, given: Given) -> Candidate | Drop:
    """What a reply holds, checked against what its order promises."""
    response, order, source = given
    if isinstance(source, Drop):
        return source
    read = resolve("strategy", order.strategy)
    found: Candidate | Drop = read(response, order=order, guide=guide, source=source)
    return found


class Writing:
    """The orders of a run that LLMs carry out, and all that their replies are read with."""

    def __init__(
        self,
        job: Run,
        orders: Sequence[Order],
        train: Sequence[Document],
        raw: Sequence[Document],
    ) -> None:
        self.job = job
        self.orders = {order.id: order for order in orders}
        self.view = Shown(job, named(job.config), train, raw)
        self.documents = sources(orders, train, raw)
        self.prompter = Prompter(job.config.write, job.guide, self.view.examples, job.config.seed)
        writers = [parse(name) for name in job.config.write.llm]
        self.writers = {o.id: writers[i % len(writers)] for i, o in enumerate(orders)}

    def source(self, order: Order) -> Document | Drop | None:
        """The text that an order works on, as LLMs may see it."""
        return self.view.source(order, self.documents.get(order.source or ""))

    def requests(self) -> Iterator[Request | Drop]:
        """One request or drop an order; several LLMs take them in turn."""
        for order in self.job.track(self.orders.values(), "prompts", len(self.orders)):
            source = self.source(order)
            if isinstance(source, Drop):
                yield source
            else:
                yield self.prompter(self._told(order), self.writers[order.id].model, source)

    def _told(self, order: Order) -> Order:
        """What LLMs may know of an order: where only the guide may leave, no figures of gold."""
        if self.view.level != Level.GUIDE:
            return order
        return order.model_copy(update={"targets": {}, "distractors": 0, "words": None})

    def candidate(self, response: Response) -> Candidate | Drop:
        """What a reply holds, checked against what its order promises; with its rights."""
        return self._whole(response, aligned(self.job.guide, self._given(response)))

    def candidates(self, stage: str) -> Iterator[Candidate | Drop]:
        """What the replies of a stage hold; they are aligned wherever the work is done."""
        given = map(self._given, self.job.folder.read(stage, Response))
        found = self.job.each(partial(aligned, self.job.guide), given)
        return map(self._whole, self.job.folder.read(stage, Response), found)

    def _given(self, response: Response) -> Given:
        order = self.orders[response.id]
        return Given(response, order, self.source(order))

    def _whole(self, response: Response, found: Candidate | Drop) -> Candidate | Drop:
        """The candidate with the real names, its rights and its prompts."""
        order = self.orders[response.id]
        source = self.source(order)
        if isinstance(found, Candidate):
            found = self.view.back(found, order)
        if isinstance(found, Drop) or isinstance(source, Drop):
            return found
        llm: Llm = self.writers[order.id]
        examples = self.prompter.examples(order, source)
        found = stamped(found, llm, self.documents.get(order.source or ""), examples)
        meta = found.document.meta.model_copy(update={"prompt": self._asked(order)})
        return found.model_copy(
            update={"document": found.document.model_copy(update={"meta": meta})}
        )

    def _asked(self, order: Order) -> str:
        """The versions of the prompts of an order and of the guide that they quote."""
        steps = [order.strategy]
        if order.strategy == STRATEGY and self.job.config.write.steps == 2:
            steps.append(RELATIONS)
        names = [self.prompter.template(name).name for name in steps]
        return "+".join([*names, self.job.guide.written])

    def verdict(self, response: Response) -> str:
        """What becomes of a reply, as far as can be told at once."""
        found = self.candidate(response)
        if isinstance(found, Candidate):
            order = self.orders[response.id]
            found = validate(found, guide=self.job.guide, order=order)
        return found.reason.value if isinstance(found, Drop) else SOUND


def write(writing: Writing, watch: Watch | None) -> Estimate | None:
    """The three stages; with ``dry_run`` only the first, and what the rest would take.

    Raises NoReply if nothing at all was answered, and nothing made without an LLM.
    """
    job = writing.job
    job.key += writing.view.key
    job.stage("03_prompt", writing.requests())
    requests = list(job.folder.read("03_prompt", Request))
    if job.config.call.dry_run:
        return at_most(job.config, requests)
    done = ask(job, requests, "04_generate", verdict=writing.verdict, watch=watch)
    stopped = stop(job)
    if not done["kept"] and stopped and not (job.folder.manifest("04_rewrite") or {}).get("kept"):
        asked = ", ".join((*job.config.write.llm, *job.config.call.base_url))
        raise NoReply(f"no reply ({asked}): {stopped}", done["dropped"])
    job.stage("05_align", writing.candidates("04_generate"))
    if job.config.write.steps == 2:
        second_step(writing, watch)
    return None
