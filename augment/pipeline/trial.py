"""One LLM with one prompt, one number of examples and of steps, at work on the orders.

>>> trial = Trial(job, "01", combination, ground, gauge)
>>> trial.run({}, watch=None)
>>> trial.valid()
{'value': 0.9, 'low': 0.7, 'high': 0.97}
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from statistics import median, quantiles
from typing import Any

from augment.errors import NoResult
from augment.generate import UNANSWERED
from augment.guide.paragraphs import violations
from augment.measure.drift import describe
from augment.pipeline.ask import DIRECT, Watch, ask, stop
from augment.pipeline.combinations import Combination, configured
from augment.pipeline.cost import answered, total
from augment.pipeline.gauge import Gauge
from augment.pipeline.ground import ANNOTATE, Ground
from augment.pipeline.job import Run
from augment.pipeline.llms import FREE, named
from augment.pipeline.manifest import WRITE
from augment.pipeline.privacy import IN_PROCESS, places
from augment.pipeline.relations import aligned, read_relations, relations_request
from augment.pipeline.write import Writing, write
from augment.policy import is_local
from augment.reasons import Reason
from augment.run_folder import RunFolder
from augment.schema import Candidate, Document, Drop, Request, Response, Triple
from augment.scores import wilson
from augment.validate import inspect, validate

DIVERSITY = ("distinct-1", "distinct-2", "self-similarity")
WRITTEN_NOWHERE = (Reason.MISSING_MENTION, Reason.AMBIGUOUS_MENTION)


class Trial:
    """A combination at work, in a folder of its own beside the others."""

    def __init__(
        self, job: Run, number: str, combination: Combination, ground: Ground, gauge: Gauge
    ) -> None:
        self.number, self.combination, self.ground, self.gauge = number, combination, ground, gauge
        config = configured(job.config, combination)
        (self.llm,) = named(config)
        folder = RunFolder(job.folder.path / number)
        self.job = Run(config, folder, job.track)
        if self.llm.backend not in FREE:
            self.job.around = gauge.around
        self.desk = Writing(self.job, ground.orders, ground.train, ground.raw)

    def run(self, paid: dict[str, Response], watch: Watch | None) -> None:
        """Ask what was not answered yet, and look at what came.

        ``paid``: replies to other combinations, which count towards the caps; those of this one
        are added. Raises NoResult if the asking had to stop: the same call goes on.
        """
        self.job.elsewhere = paid
        with self.gauge.running(self.number):
            write(self.desk, watch)
            self._check()
            if self.ground.gold:
                requests = [r for r in self.given().values() if isinstance(r, Request)]
                ask(self.job, requests, DIRECT, watch=watch)
                self._check()
        self.job.stage("06_validate", self._validated())
        paid.update({r.key: r for r in [*self.replies(), *self.job.folder.read(DIRECT, Response)]})

    def _check(self) -> None:
        stopped = stop(self.job)
        if stopped:
            raise NoResult(f"stopped: {stopped}", hint="the same call goes on from here")

    def _validated(self) -> Iterable[Candidate | Drop]:
        for candidate in self.job.folder.read(aligned(self.job.config), Candidate):
            order = self.desk.orders[candidate.order]
            yield validate(candidate, guide=self.job.guide, order=order)

    def given(self) -> dict[str, Request | Drop]:
        """By order, what is asked about gold's own entities."""
        return {
            name: relations_request(self.desk, self.desk.orders[name], document)
            for name, document in self.ground.gold.items()
        }

    def found(self) -> list[Document | None]:
        """What was made of each order; None of those that were dropped."""
        made = {c.id: c.document for c in self.job.folder.read("06_validate", Candidate)}
        return [made.get(name) for name in self.desk.orders]

    def found_given(self) -> list[frozenset[Triple]]:
        """Triples said of gold's own entities, text by text."""
        replies = {r.id: r for r in self.job.folder.read(DIRECT, Response)}
        found = []
        for name, document in self.ground.gold.items():
            said: Candidate | Drop | None = None
            if name in replies:
                said = read_relations(self.desk, self.desk.orders[name], document, replies[name])
            relations = said.document.relations if isinstance(said, Candidate) else ()
            found.append(frozenset(relation.triple for relation in relations))
        return found

    def replies(self) -> list[Response]:
        """Replies to the orders, those of the second step too."""
        return [*answered(self.job), *self.job.folder.read("05_relations", Response)]

    def counts(self) -> dict[str, Any]:
        """What became of the orders: accepted + dropped + unanswered = requests."""
        reasons = Counter(d.reason for stage in WRITE for d in self.job.folder.drops(stage))
        unanswered = sum(reasons.pop(reason, 0) for reason in UNANSWERED)
        accepted = sum(document is not None for document in self.found())
        return {
            "requests": len(self.desk.orders),
            "accepted": accepted,
            "dropped": {reason.value: n for reason, n in sorted(reasons.items())},
            "unanswered": unanswered,
            "valid": self.valid(),
        }

    def valid(self) -> dict[str, float]:
        """Share of the orders that became a sample, with Wilson's interval."""
        part, whole = sum(d is not None for d in self.found()), len(self.desk.orders)
        low, high = wilson(part, whole)
        return {"value": part / whole, "low": low, "high": high}

    def spans(self) -> dict[str, float | int] | None:
        """Shares of the mentions by how they were found; a reply whose mention is nowhere is one.

        None without any mention.
        """
        counted: Counter[str] = Counter(exact=0, normalised=0, repaired=0)
        for candidate in self.job.folder.read("05_align", Candidate):
            counted.update(candidate.alignment)
        drops = self.job.folder.drops("05_align")
        counted["missing"] = sum(drop.reason in WRITTEN_NOWHERE for drop in drops)
        mentions = counted.total()
        shares = {name: number / mentions for name, number in counted.items() if mentions}
        return {**shares, "mentions": mentions} if shares else None

    def violations(self) -> dict[str, Any]:
        """Violations of the guide in all that could be read, a hundred relations, by paragraph."""
        counted: Counter[str] = Counter()
        relations = 0
        for candidate in self.job.folder.read(aligned(self.job.config), Candidate):
            relations += len(candidate.document.relations)
            counted += violations(inspect(candidate.document, self.job.guide), self.job.guide)
        rate = 100 * counted.total() / relations if relations else None
        return {"per_100": rate, "relations": relations, "paragraphs": dict(counted.most_common())}

    def diversity(self) -> dict[str, float | None] | None:
        """Of texts that the LLM wrote; None where it only annotates."""
        if self.job.config.strategies == (ANNOTATE,):
            return None
        figures = describe([document for document in self.found() if document])
        return {name: figures.get(name) for name in DIVERSITY}

    def took(self) -> dict[str, Any]:
        """Tokens, money, seconds and energy; None where it is not known.

        Seconds are those of the calls for one sample, where all were made for this comparison.
        """
        replies = self.replies()
        tokens = total(total([r.prompt_tokens, r.completion_tokens]) for r in replies)
        cost = total(r.cost for r in replies)
        accepted = sum(document is not None for document in self.found())
        calls: dict[str, list[float | None]] = {}
        for reply in replies:
            calls.setdefault(reply.id, []).append(self.gauge.seconds.get(reply.key))
        known = sorted(s for found in calls.values() if (s := total(found)) is not None)
        at_home = self.llm.backend in IN_PROCESS or all(map(is_local, places(self.llm)))
        return {
            "tokens": None if tokens is None else int(tokens),
            "cost": cost,
            "cost_per_valid": None if cost is None or not accepted else cost / accepted,
            "seconds": {
                "median": median(known) if known else None,
                "p90": quantiles(known, n=10, method="inclusive")[-1] if len(known) > 1 else None,
                "measured": len(known),
            },
            "joules_per_call": self.gauge.joules_per_call(self.number) if at_home else None,
        }
