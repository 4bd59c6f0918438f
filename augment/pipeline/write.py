"""From orders to samples through LLMs: prompts, replies and what they hold, as three stages.

03_prompt    Order → Request     04_generate   Request → Response     05_align → Candidate
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from augment.align import align
from augment.config import WriteConfig
from augment.errors import NoResult
from augment.generate import UNANSWERED, Progress, estimate, generate
from augment.generate.estimate import Estimate
from augment.guide import Guide
from augment.pipeline.job import Run
from augment.pipeline.llms import Llm, call_settings, named, opened, parse
from augment.plan.quotas import LLM_FREE
from augment.prompt import Examples, PromptSettings, Template, prompt, template
from augment.prompt.examples import content
from augment.prompt.form import answer
from augment.reasons import Reason
from augment.registry import resolve
from augment.schema import Candidate, Document, Drop, Order, Request, Response

Watch = Callable[[Progress, Mapping[str, int]], None]
"""Told how far the calls are, and how many replies so far are sound or dropped, by reason."""

STOPS = (Reason.OVER_BUDGET, Reason.PAST_DEADLINE, Reason.CIRCUIT_OPEN)
"""Reasons that end all asking; the next call of the run goes on from there."""

SOUND = "sound"
"""What a reply is called whose sample keeps all hard rules."""


def with_llm(orders: Iterable[Order]) -> list[Order]:
    """The orders that an LLM carries out."""
    return [order for order in orders if order.strategy not in LLM_FREE]


class Prompter:
    """Makes requests: templates, the gold they may quote, and the texts orders work on."""

    def __init__(
        self, config: WriteConfig, guide: Guide, train: Sequence[Document], seed: int = 0
    ) -> None:
        self.config, self.guide, self.seed = config, guide, seed
        self.examples = Examples(train, guide, check=self.readable)
        self.versions = {name.partition(".")[0]: name for name in config.prompt}

    def readable(self, document: Document) -> bool:
        """True if our aligner reads the answer that shows a document as that document."""
        reply = Response(
            id=document.id, key="", text=answer(document, "document", self.config.form)
        )
        found = align(reply, order=None, guide=self.guide)
        return isinstance(found, Candidate) and content(found.document) == content(document)

    def template(self, strategy: str) -> Template:
        """The version that the configuration names, else the latest."""
        return template(self.versions.get(strategy, strategy), self.config.prompts)

    def settings(self, model: str, order: Order) -> PromptSettings:
        """How to ask this model for this order."""
        config = self.config
        return PromptSettings(
            model=model,
            temperature=config.temperature,
            top_p=config.top_p,
            max_tokens=config.reply_tokens,
            seed=self.seed,
            form=config.form,
            budget=config.prompt_tokens,
            exhaustive=order.exhaustive,
        )

    def __call__(self, order: Order, model: str, source: Document | None) -> Request | Drop:
        """The request of one order to one model."""
        return prompt(
            order,
            guide=self.guide,
            template=self.template(order.strategy),
            examples=self.examples.pick(order, source, self.config.examples, self.seed),
            source=source,
            settings=self.settings(model, order),
        )


def align_order(
    response: Response, order: Order, guide: Guide, source: Document | None
) -> Candidate | Drop:
    """What a reply to an order holds, checked against what its strategy promises."""
    found: Candidate | Drop = resolve("strategy", order.strategy)(
        response, order=order, guide=guide, source=source
    )
    return found


def write_prompts(
    job: Run, orders: Sequence[Order], train: Sequence[Document], sources: Mapping[str, Document]
) -> None:
    """The stage `prompt`: one request or drop an order; several LLMs take them in turn."""
    writers = [parse(name).model for name in job.config.write.llm]

    def requests() -> Iterator[Request | Drop]:
        make = Prompter(job.config.write, job.guide, train, job.config.seed)
        for number, order in enumerate(job.track(orders, "prompts", len(orders))):
            yield make(order, writers[number % len(writers)], sources.get(order.source or ""))

    job.stage("03_prompt", requests())


def preview(job: Run) -> Estimate:
    """What the requests would take at most; nothing is sent."""
    llms = named(job.config)
    settings = call_settings(job.config, llms)
    requests = list(job.folder.read("03_prompt", Request))
    with opened(job.config, llms) as (_, ledger):
        return estimate(requests, ledger=ledger, settings=settings)


def ask(job: Run, judge: Callable[[Response], str], watch: Watch | None) -> None:
    """The stage `generate`; requests without a reply are asked again when the run goes on.

    ``judge`` says what becomes of a reply, for ``watch``. Raises NoResult if nothing at all was
    answered, and nothing made without an LLM.
    """
    unanswered = {reason.value for reason in UNANSWERED}
    done = job.folder.manifest("04_generate")
    if done and unanswered & set(done["dropped"]):
        job.folder.forget("04_generate")
    done = job.stage("04_generate", _replies(job, judge, watch))
    stopped = stop(job)
    if not done["kept"] and stopped and not (job.folder.manifest("04_rewrite") or {}).get("kept"):
        raise NoResult(f"no reply: {stopped}", hint="the same call goes on from here")
    job.follow("04_generate")


def _replies(
    job: Run, judge: Callable[[Response], str], watch: Watch | None
) -> Iterator[Response | Drop]:
    llms: list[Llm] = named(job.config)
    requests = list(job.folder.read("03_prompt", Request))
    seen: Counter[str] = Counter()
    tell = (lambda progress: watch(progress, seen)) if watch else (lambda progress: None)
    with opened(job.config, llms) as (backend, ledger):
        settings = call_settings(job.config, llms)
        for outcome in generate(
            requests, backend=backend, ledger=ledger, settings=settings, on_progress=tell
        ):
            if watch and isinstance(outcome, Response):
                seen[judge(outcome)] += 1
            yield outcome


def stop(job: Run) -> str | None:
    """Why not everything was asked, or nothing answered; None if the calls went well."""
    done = job.folder.manifest("04_generate")
    silent = done is not None and not done["kept"]
    drops = job.folder.drops("04_generate")
    why = (d.detail for d in drops if d.reason in STOPS or (silent and d.reason in UNANSWERED))
    return next(why, None)


def align_replies(
    job: Run, orders: Mapping[str, Order], sources: Mapping[str, Document]
) -> Iterator[Candidate | Drop]:
    """Each reply as a candidate, or a drop that says why not."""
    for response in job.folder.read("04_generate", Response):
        order = orders[response.id]
        yield align_order(response, order, job.guide, sources.get(order.source or ""))
