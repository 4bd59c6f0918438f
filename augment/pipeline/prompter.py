"""Requests out of orders: the template, the gold that may be quoted, the limits of a prompt.

>>> Prompter(config.write, guide, examples)(order, "mistral-small", source)
Request(id='000001', model='mistral-small', messages=(…), …)
"""

from __future__ import annotations

from collections.abc import Sequence

from augment.align import align
from augment.config import WriteConfig
from augment.guide import Guide
from augment.prompt import Examples, PromptSettings, Template, prompt, template
from augment.prompt.examples import content
from augment.prompt.form import answer
from augment.schema import Candidate, Document, Drop, Order, Request, Response


class Prompter:
    """Makes requests. ``examples``: the training documents that may be quoted."""

    def __init__(
        self, config: WriteConfig, guide: Guide, examples: Sequence[Document], seed: int = 0
    ) -> None:
        self.config, self.guide, self.seed = config, guide, seed
        self._examples = Examples(examples, guide, check=self._readable)
        self._versions = {name.partition(".")[0]: name for name in config.prompt}

    def __call__(
        self,
        order: Order,
        model: str,
        source: Document | None,
        *,
        purpose: str | None = None,
        round: int = 0,
    ) -> Request | Drop:
        """The request of one order to one model.

        ``purpose``: another template than the strategy's. Rounds of the same have other seeds.
        """
        used = self.template(purpose or order.strategy)
        return prompt(
            order,
            guide=self.guide,
            template=used,
            examples=self.examples(order, source),
            source=source,
            settings=PromptSettings(
                model=model,
                temperature=self.config.temperature,
                top_p=self.config.top_p,
                max_tokens=self.config.reply_tokens,
                seed=self.seed + round,
                form=self.config.form,
                budget=self.config.prompt_tokens,
                exhaustive=order.exhaustive,
            ),
        )

    def template(self, name: str) -> Template:
        """The version that the configuration names, else the newest."""
        return template(self._versions.get(name, name), self.config.prompts)

    def examples(self, order: Order, source: Document | None) -> list[Document]:
        """What is quoted in the prompt of an order, as far as there is room."""
        return self._examples.pick(order, source, self.config.examples, self.seed)

    def _readable(self, document: Document) -> bool:
        """True if our aligner reads the answer that shows a document as that document."""
        said = answer(document, "document", self.config.form)
        found = align(Response(id=document.id, key="", text=said), order=None, guide=self.guide)
        return isinstance(found, Candidate) and content(found.document) == content(document)
