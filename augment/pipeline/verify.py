"""A second look at what LLMs wrote: blind annotations that vote, a judge that objects by the guide.

07_opinions → 07_verify     07_objections → 07_judge
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from augment.align.strategies import annotate_given
from augment.filter.agreement import AgreeSettings, Verified, agree
from augment.filter.objections import judge, objections
from augment.guide.paragraphs import violations
from augment.pipeline.ask import Watch, ask
from augment.pipeline.job import Run
from augment.pipeline.llms import parse
from augment.pipeline.write import Writing
from augment.schema import Candidate, Document, Drop, Request, Response
from augment.validate import validate

BLIND, JUDGE = "annotate/relations", "judge"
"""The templates: relations of given entities, objections to an annotation."""
Found = dict[str, list[Response]]
"""Candidate id → replies about it."""


def last(job: Run) -> str:
    """The stage whose candidates are accepted."""
    write = job.config.write
    return "07_judge" if write.judge else "07_verify" if write.verify else "07_filter"


def verify(writing: Writing, watch: Watch | None) -> dict[str, Any]:
    """Both looks, as far as they are asked for; what came out, for the manifest."""
    job, told = writing.job, dict[str, Any]()
    write = job.config.write
    before = "07_filter"
    if write.verify:
        model = parse(write.verifier or write.llm[0]).model
        asked, replies = _ask(writing, before, "07_opinions", model, write.verify, watch)
        heard = {c.id: _opinions(writing, c, replies.get(c.id, [])) for c in _seen(writing, before)}
        verified = Verified()
        for candidate in _seen(writing, before):
            verified.add(candidate.document, heard[candidate.id], asked=write.verify)
        job.stage("07_verify", _voted(writing, heard))
        told = verified.summary() | {"unanswered": asked - sum(map(len, replies.values()))}
        before = "07_verify"
    if write.judge:
        model = parse(write.judge).model
        asked, replies = _ask(writing, before, "07_objections", model, 1, watch)
        job.stage("07_judge", _judged(writing, before, replies))
        answered = sum(map(len, replies.values()))
        told["judge"] = {"requests": asked, "replies": answered, "unanswered": asked - answered}
    findings = (f for c in job.folder.read(last(job), Candidate) for f in c.findings)
    told["violations"] = dict(violations(findings, job.guide).most_common())
    return told


def _seen(writing: Writing, stage: str) -> Iterator[Candidate]:
    """The candidates of a stage that LLMs wrote."""
    found = writing.job.folder.read(stage, Candidate)
    return (candidate for candidate in found if candidate.id in writing.orders)


def _ask(
    writing: Writing, before: str, stage: str, model: str, rounds: int, watch: Watch | None
) -> tuple[int, Found]:
    """How often was asked about the samples of a stage, and the replies by sample.

    What may not be shown, or does not fit a prompt, is not asked.
    """
    purpose = JUDGE if stage == "07_objections" else BLIND
    requests = []
    for candidate in _seen(writing, before):
        shown = writing.view.sample(candidate)
        if isinstance(shown, Drop):
            continue
        for number in range(rounds):
            made = writing.prompter(
                writing.orders[candidate.id], model, shown, purpose=purpose, round=number + 1
            )
            if isinstance(made, Request):
                requests.append(made.model_copy(update={"id": f"{candidate.id}/{number}"}))
    ask(writing.job, requests, stage, watch=watch)
    found: Found = {}
    for reply in writing.job.folder.read(stage, Response):
        found.setdefault(reply.id.rpartition("/")[0], []).append(reply)
    return len(requests), found


def _opinions(
    writing: Writing, candidate: Candidate, replies: Sequence[Response]
) -> list[Document]:
    """The blind annotations of one sample that can be read, as `validate` mends them."""
    guide, order = writing.job.guide, writing.orders[candidate.id]
    shown = writing.view.sample(candidate)
    if isinstance(shown, Drop):
        return []
    opinions = []
    for reply in replies:
        found = annotate_given(reply, order=order, guide=guide, source=shown)
        if isinstance(found, Candidate):
            found = validate(found, guide=guide)
        if isinstance(found, Candidate):
            opinion = writing.view.opinion(found.document, candidate)
            opinions += [opinion] if isinstance(opinion, Document) else []
    return opinions


def _voted(writing: Writing, heard: Mapping[str, Sequence[Document]]) -> Iterator[Candidate | Drop]:
    settings = AgreeSettings(threshold=writing.job.config.write.agreement)
    for candidate in writing.job.folder.read("07_filter", Candidate):
        if candidate.id in heard:
            order = writing.orders[candidate.id]
            yield agree(candidate, heard[candidate.id], order=order, settings=settings)
        else:
            yield candidate


def _judged(writing: Writing, before: str, replies: Found) -> Iterator[Candidate | Drop]:
    for candidate in writing.job.folder.read(before, Candidate):
        for reply in replies.get(candidate.id, []):
            said = objections(reply, candidate, guide=writing.job.guide)
            if isinstance(said, Drop):
                continue
            judged = judge(candidate, said, order=writing.orders[candidate.id])
            if isinstance(judged, Drop):
                yield judged
                break
            candidate = judged
        else:
            yield candidate
