"""What the LLMs of a run may see of its texts, and the way back.

>>> view = Shown(job, named(config), train, raw)
>>> prompt(order, source=view.source(order, document), …), view.back(candidate, order)
"""

from __future__ import annotations

from collections.abc import Sequence

from augment.errors import ConfigError
from augment.generate import mistral, openai
from augment.guide.model import folder as guide_folder
from augment.pipeline.job import Run
from augment.pipeline.llms import Llm
from augment.policy import Level, Policy, is_local, least, load_policy
from augment.rights import load_rights, rights_of, stamp
from augment.schema import Candidate, Document, Drop, Order
from augment.store import digest
from augment.surrogates import Vault, back, known, restore, shown

IN_PROCESS = frozenset({"replay", "fake", "vllm", "transformers"})
"""Backends that send nothing."""
ADDRESSES = {"openai": openai.ADDRESS, "mistral": mistral.ADDRESS}
"""Where the vendors' own backends send without --base-url."""


def level(policy: Policy, llm: Llm, *, guide: str, corpus: str | None) -> Level:
    """What an LLM may be shown of a guide and a corpus, both by digest."""
    if llm.backend in IN_PROCESS:
        return Level.EXAMPLES
    return least(policy.level(url, guide=guide, corpus=corpus) for url in places(llm))


def places(llm: Llm) -> tuple[str, ...]:
    """Where the requests to an LLM go: its addresses, or the vendor's."""
    return llm.urls or (ADDRESSES.get(llm.backend, llm.backend),)


def here(llms: Sequence[Llm]) -> bool:
    """True if nothing that they are shown leaves this machine: rights then forbid none of it.

    What is replayed was asked somewhere, and has to be asked in the same words.
    """
    return all(
        all(map(is_local, places(llm))) or llm.backend in IN_PROCESS - {"replay"} for llm in llms
    )


class Shown:
    """The texts of a run as all of its LLMs may see them.

    ``examples``: the training documents that may be quoted, with surrogate names if the policy
    says so. ``key``: what of the policy decides the prompts; empty if nothing leaves this machine.
    Raises ConfigError if the policy does not even let the guide out; what
    :func:`augment.policy.load_policy` raises; StoreError for a damaged vault.
    """

    def __init__(
        self, job: Run, llms: Sequence[Llm], train: Sequence[Document], raw: Sequence[Document]
    ) -> None:
        config = job.config
        policy = load_policy(config.write.policy)
        guide = digest(guide_folder(config.guide) / "guide.yaml")
        self.level = _least(policy, llms, guide, digest(config.corpus))
        path = config.write.raw
        self.raw_level = _least(policy, llms, guide, digest(path)) if path else self.level
        self.names = known(train, job.guide.person_names, policy.pseudonymise)
        self.vault = Vault(job.folder.path / "vault.jsonl")
        self.raw = frozenset(document.id for document in raw) - {d.id for d in train}
        self.here = here(llms)
        found = [self._seen(document, self.level) for document in train]
        self.examples = [document for document in found if isinstance(document, Document)]
        self.key = self._key(policy, llms)

    def _key(self, policy: Policy, llms: Sequence[Llm]) -> str:
        if all(llm.backend in IN_PROCESS or all(map(is_local, places(llm))) for llm in llms):
            return ""
        return "/".join([self.level, self.raw_level, *sorted(policy.pseudonymise)])

    def source(self, order: Order, document: Document | None) -> Document | Drop | None:
        """The text that an order works on, as it may be shown; the order's drop if it may not."""
        if document is None:
            return None
        allowed = self.raw_level if order.source in self.raw else self.level
        found = self._seen(document, allowed)
        if isinstance(found, Drop):
            return found.model_copy(update={"id": order.id, "parent": document.id})
        return found

    def back(self, candidate: Candidate, order: Order) -> Candidate | Drop:
        """A candidate with the real names of the text it was made from."""
        return back(candidate, order.source, self.vault)

    def sample(self, candidate: Candidate) -> Document | Drop:
        """A sample as it may be shown to a verifier or judge; its own text if it has no source.

        What they say of it goes through :meth:`opinion`.
        """
        document = candidate.document
        if not document.meta.parents:
            return document
        raw = [self.raw_level] if self.raw.intersection(document.meta.parents) else []
        return self._seen(document, least([self.level, *raw]))

    def _seen(self, document: Document, level: Level) -> Document | Drop:
        return document if self.here else shown(document, level, self.names, self.vault)

    def opinion(self, document: Document, candidate: Candidate) -> Document | Drop:
        """An annotation of :meth:`sample`, carried back to the sample's own text."""
        if candidate.id not in self.vault:
            return document
        return restore(document, candidate.id, self.vault)


def stamped(
    candidate: Candidate, llm: Llm, source: Document | None, examples: Sequence[Document]
) -> Candidate:
    """A candidate with the rights of its source and of the examples shown, and its LLM's terms."""
    generator = rights_of(llm.model, llm.backend, load_rights())
    document = stamp(candidate.document, [source] if source else [], generator, examples)
    return candidate.model_copy(update={"document": document})


def _least(policy: Policy, llms: Sequence[Llm], guide: str, corpus: str | None) -> Level:
    found = {llm: level(policy, llm, guide=guide, corpus=corpus) for llm in llms}
    for llm, allowed in found.items():
        if allowed is Level.NOTHING:
            where = ", ".join(places(llm))
            raise ConfigError(
                f"{where}: the policy does not let anything of this guide go there",
                hint="`augment policy --policy FILE --guide GUIDE` says what may leave",
            )
    return least(found.values()) if found else Level.EXAMPLES
