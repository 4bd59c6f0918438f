"""LLMs that extract by themselves, beside the student: is a prompt enough, or does one train.

>>> direct = Direct(config, guide, train, test, work)
>>> asked = direct.questions(splits)
>>> direct.rows(trials, asked, answers(config, requests(asked)))["llm"]["100"].macro_f1
0.734
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from itertools import chain
from pathlib import Path
from random import Random

from augment.config import RunConfig
from augment.errors import ConfigError, NoResult
from augment.generate import Estimate
from augment.guide import Guide
from augment.guide.model import folder as guide_folder
from augment.measure.arms import Answer
from augment.measure.compare import compare
from augment.measure.records import LLM_FREE, PROMPTED, Compared, Entry, Prompted
from augment.measure.splits import Split, near_twins, sizes
from augment.measure.trial import Trial
from augment.measure.wall import check
from augment.pipeline.ask import DIRECT, Watch, answers, ask, at_most
from augment.pipeline.experiment import Beside, Settings, splits_of
from augment.pipeline.extract import Cell, Question, Read, matched, read, requests, stopped, told
from augment.pipeline.job import Run
from augment.pipeline.llms import Llm, call_settings, named
from augment.pipeline.names import canonical
from augment.pipeline.privacy import here, level, places
from augment.pipeline.prompter import Prompter
from augment.policy import Level, least, load_policy
from augment.schema import Document, Drop, Order, Response
from augment.store import digest
from augment.surrogates import Vault, known, shown

PROMPT = "annotate/relations"
"""The template: relations of given entities, which is what the student gets too."""
BESIDE = ("base", *LLM_FREE)
"""Arms that an LLM is compared with."""


class Direct:
    """What is asked of the LLMs, and what their replies are worth.

    The examples of a prompt come from the training subset that the student of the same trial has;
    of the test documents some are drawn, for this costs a request a document. Raises ConfigError if
    the policy does not let the test texts go to an LLM, NoResult if no relation is in those drawn.
    """

    def __init__(
        self,
        config: RunConfig,
        guide: Guide,
        train: Sequence[Document],
        test: Sequence[Document],
        work: Path,
    ) -> None:
        self.config, self.guide = config, guide
        llms = named(config)[: len(dict.fromkeys(config.write.llm))]
        several = len(llms) > 1
        self.llms = {f"{PROMPTED}:{llm.model}" if several else PROMPTED: llm for llm in llms}
        self.here = here(llms)
        policy = load_policy(config.write.policy)
        self.level = self._level(llms, config.corpus)
        tested = self._level(llms, config.test or config.corpus)
        if tested not in (Level.PSEUDONYMISED, Level.EXAMPLES):
            where = ", ".join(place for llm in llms for place in places(llm))
            raise ConfigError(
                f"{where}: the policy does not let the test texts go there",
                hint="an LLM that extracts reads them: take a local one, or allow it in the policy",
            )
        train, test = canonical(train, guide), canonical(test, guide) or canonical(train, guide)
        self.names = known([*train, *test], guide.person_names, policy.pseudonymise)
        texts = "\0".join(f"{d.id}\n{d.text}" for d in [*train, *test])
        place = work / "vault" / blake2b(texts.encode(), digest_size=8).hexdigest()
        self.vault = Vault(place / "train.jsonl")
        self.test = self._drawn(test, tested, Vault(place / "test.jsonl"))
        if not any(gold.relations for gold, _ in self.test.values()):
            raise NoResult(
                "no relation in the test documents that LLMs are shown",
                hint="--set write.direct_documents=N takes more of them",
            )

    def _level(self, llms: Sequence[Llm], corpus: Path) -> Level:
        policy = load_policy(self.config.write.policy)
        guide = digest(guide_folder(self.config.guide) / "guide.yaml")
        return least(level(policy, llm, guide=guide, corpus=digest(corpus)) for llm in llms)

    def _seen(self, document: Document, allowed: Level, vault: Vault) -> Document | Drop:
        return document if self.here else shown(document, allowed, self.names, vault)

    def _drawn(
        self, test: Sequence[Document], allowed: Level, vault: Vault
    ) -> dict[str, tuple[Document, Document]]:
        """Some of the test documents that may be shown, and what is shown; in their order."""
        order = list(test)
        Random(f"{self.config.seed}/direct").shuffle(order)
        found: dict[str, Document] = {}
        for document in order:
            bare = {"relations": (), "masked": (), "labelled": "none"}
            seen = self._seen(document.model_copy(update=bare), allowed, vault)
            if isinstance(seen, Document):
                found[document.id] = seen
            if len(found) == self.config.write.direct_documents:
                break
        return {d.id: (d, found[d.id]) for d in test if d.id in found}

    def questions(self, splits: Sequence[Split]) -> list[Question]:
        """All that is asked: each LLM, of each size and seed, about each test document drawn."""
        sized = sizes(self.config.gold_sizes, splits)
        asked = []
        for split in splits:
            if split.seed >= self.config.write.direct_seeds:
                continue
            for size, number in sized.items():
                prompter = self._prompter(split.train[:number])
                for arm in self.llms:
                    cell = arm, size, split.seed, split.fold
                    asked += [self._question(prompter, cell, d) for d in self._here(split)]
        return asked

    def _here(self, split: Split) -> list[Document]:
        return [document for document in split.test if document.id in self.test]

    def _prompter(self, subset: Sequence[Document]) -> Prompter:
        whole = (d for d in subset if d.labelled == "full")
        seen = (self._seen(d, self.level, self.vault) for d in whole)
        examples = [d for d in seen if isinstance(d, Document)]
        return Prompter(self.config.write, self.guide, examples, self.config.seed)

    def _question(self, prompter: Prompter, cell: Cell, document: Document) -> Question:
        """The request's id is that of the document, so that recorded replies are found by it."""
        seen = self.test[document.id][1]
        order = Order(id=document.id, strategy="annotate", source=document.id, exhaustive=True)
        request = prompter(order, self.llms[cell[0]].model, seen, purpose=PROMPT)
        return Question(cell, document, seen, order, request)

    def rows(
        self,
        trials: Sequence[Trial],
        asked: Sequence[Question],
        outcomes: Iterable[Response | Drop],
    ) -> dict[str, dict[str, Entry]]:
        """Arm and size → scores on the documents drawn, paired with the other arms'.

        There is no row where the calls ended early, by a cap or as the server was down.
        """
        cells: dict[Cell, list[Read]] = defaultdict(list)
        for question, outcome in zip(asked, matched(asked, outcomes), strict=True):
            cells[question.cell].append(read(question, outcome, self.guide))
        here = [t for t in (self._some(trial, cells) for trial in trials) if t is not None]
        documents = [gold for gold, _ in self.test.values()]
        arms = compare(here, documents, near_twins(documents)).arms
        prices = call_settings(self.config, list(self.llms.values())).prices
        currency = next((price.currency for price in prices.values()), None)
        found: dict[str, dict[str, Entry]] = {}
        for arm, llm in self.llms.items():
            for size, entry in arms[arm].items():
                assert isinstance(entry, Compared)
                said = [r for cell, rs in cells.items() if cell[:2] == (arm, size) for r in rs]
                if stopped(said):
                    continue
                found.setdefault(arm, {})[size] = Prompted(
                    **entry.model_dump(),
                    model=llm.model,
                    test_documents=len(documents),
                    student=arms["base"][size],
                    currency=currency,
                    **told(said),
                )
        return found

    def _some(self, trial: Trial, cells: dict[Cell, list[Read]]) -> Trial | None:
        """A trial on the documents drawn, with the LLMs' answers; None if none of them is in it."""
        split, size, answers = trial
        rows = [i for i, document in enumerate(split.test) if document.id in self.test]
        if not rows or split.seed >= self.config.write.direct_seeds:
            return None
        some = {
            arm: answers[arm]._replace(triples=[answers[arm].triples[i] for i in rows])
            for arm in BESIDE
            if arm in answers
        }
        for arm in self.llms:
            said = cells[arm, size, split.seed, split.fold]
            some[arm] = Answer([r.triples for r in said])
        return Trial(split._replace(test=tuple(split.test[i] for i in rows)), size, some)


def in_run(job: Run, train: Sequence[Document], test: Sequence[Document]) -> Direct | None:
    """What the LLMs of a run are asked beside its student; None if that is not wanted."""
    config = job.config
    if not (config.write.direct and config.measure):
        return None
    return Direct(config, job.guide, train, test, job.cells)


def ask_of(
    direct: Direct,
    job: Run,
    train: Sequence[Document],
    test: Sequence[Document],
    watch: Watch | None,
) -> Beside:
    """Ask, as the stage ``08_direct``, unless training texts give test texts away."""
    splits = _splits(job, train, test)
    dirty, _ = check(splits, {}, job.guide.person_names)
    asked = [] if dirty else direct.questions(splits)
    ask(job, requests(asked), DIRECT, watch=watch)

    def beside(trials: Sequence[Trial]) -> dict[str, dict[str, Entry]]:
        replies, drops = job.folder.read(DIRECT, Response), job.folder.drops(DIRECT)
        return direct.rows(trials, asked, chain(replies, drops))

    return beside


def asking(direct: Direct, config: RunConfig, watch: Watch | None) -> Beside:
    """Ask once the student is measured; what the LLMs have answered before is not asked again."""

    def beside(trials: Sequence[Trial]) -> dict[str, dict[str, Entry]]:
        splits = [trial.split for trial in trials if trial.size == trials[0].size]
        asked = direct.questions(splits)
        return direct.rows(trials, asked, answers(config, requests(asked), watch=watch))

    return beside


def expected(
    direct: Direct,
    job: Run,
    train: Sequence[Document],
    test: Sequence[Document],
    rest: Estimate | None,
) -> Estimate:
    """What all this would take at most, with the ``rest`` of the run; nothing is sent."""
    own = at_most(job.config, requests(direct.questions(_splits(job, train, test))))
    if rest is None:
        return own
    cost = None if own.cost is None or rest.cost is None else own.cost + rest.cost
    numbers = (a + b for a, b in zip(own[:4], rest[:4], strict=True))
    return Estimate._make([*numbers, cost])


def _splits(job: Run, train: Sequence[Document], test: Sequence[Document]) -> list[Split]:
    return splits_of(train, test, Settings(seeds=job.config.seeds))
