"""A sample and blind annotations of its text: labels that hold the vote stay, others are masked.

>>> agree(candidate, [first, second], order=order)
Candidate(id='s1', …, findings=(Finding(code='outvoted', scope='relation', action='masked',
 detail='2:CIVILIAN RESIDES_IN 3:PLACE, 1 of 3'),))

A verifier who was given the entities says the same ids; the entities of one who found its own are
taken for the sample's through the text (:func:`augment.match.links`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from pydantic import Field

from augment.match import Decisions, cohen_kappa, decide, f1, links, renamed, tally, told
from augment.reasons import Reason
from augment.schema import Candidate, Document, Drop, Finding, Order, Record, Triple
from augment.scores import judged


class AgreeSettings(Record):
    """``votes``: voices a label needs, the writer's included; None: more than half of them.

    ``threshold``: F1 (0–1) between writer and verifiers below which a sample is dropped.
    ``require``: drop samples that nobody verified; else they pass with a finding that says so.
    """

    votes: int | None = Field(default=None, ge=1)
    threshold: float = Field(default=0.5, ge=0, le=1)
    require: bool = False


DEFAULT = AgreeSettings()


def agree(
    candidate: Candidate,
    opinions: Sequence[Document],
    *,
    order: Order | None = None,
    settings: AgreeSettings = DEFAULT,
) -> Candidate | Drop:
    """The candidate with the labels that hold the vote, or a drop.

    Writer and verifiers have a voice each on every triple of a type they label and a pair they do
    not mask. A triple of the writer's without the votes is removed and its pair masked; one that
    only verifiers have is never added, but its pair is masked unless "no" has the votes. With one
    verifier, both must agree. What no verifier labels stands. Nothing of this counts as an edit.
    The F1 between writer and verifiers is kept as ``meta.agreement``.

    Dropped: F1 below ``settings.threshold`` (``low_agreement``), none of the order's types left
    (``not_ordered``), no opinion where one is required (``not_verified``). An opinion on another
    text is none. Opinions should have passed `validate`, which mends one-sided symmetric relations.
    """
    document = candidate.document
    heard = [_heard(document, o) for o in opinions if o.text == document.text]
    if not heard:
        if settings.require:
            return candidate.drop("verify", Reason.NOT_VERIFIED, "no opinion")
        unverified = Finding(code="unverified", scope="text", action="info", detail="no opinion")
        return candidate.model_copy(update={"findings": (*candidate.findings, unverified)})
    share = _share(document, heard)
    if share < settings.threshold:
        detail = f"F1 {share:.2f} with {len(heard)} verifiers, at least {settings.threshold:.2f}"
        return candidate.drop("verify", Reason.LOW_AGREEMENT, detail)
    findings, doubtful = _vote(document, heard, settings)
    kept = tuple(r for r in document.relations if r.triple not in doubtful)
    wanted = set(order.types) if order else set()
    if wanted and not wanted & {relation.type for relation in kept}:
        return candidate.drop("verify", Reason.NOT_ORDERED, "none was confirmed")
    masked = tuple(dict.fromkeys((*document.masked, *doubtful)))
    meta = document.meta.model_copy(update={"agreement": round(share, 4)})
    document = document.model_copy(update={"relations": kept, "masked": masked, "meta": meta})
    findings = [*candidate.findings, *findings]
    return candidate.model_copy(update={"document": document, "findings": tuple(findings)})


def _heard(document: Document, opinion: Document) -> Document:
    return renamed(opinion, links(document, opinion))


def _share(document: Document, heard: Sequence[Document]) -> float:
    """F1 between the writer and all verifiers together; 1 where nobody has a triple."""
    counter: Counter[str] = Counter()
    for opinion in heard:
        tally(counter, *told(document, opinion))
    return f1(counter) if counter.total() else 1.0


def _vote(
    document: Document, heard: Sequence[Document], settings: AgreeSettings
) -> tuple[list[Finding], dict[Triple, None]]:
    """What was outvoted or doubted, and the triples whose pairs are to be masked."""
    types = {entity.id: entity.type for entity in document.entities}
    sides = [{r.triple for r in d.relations} for d in (document, *heard)]
    ballots = dict.fromkeys(r.triple for d in (document, *heard) for r in d.relations)
    findings: list[Finding] = []
    doubtful: dict[Triple, None] = {}
    for triple in ballots:
        head, kind, tail = triple
        if head not in types or tail not in types or not judged(document, triple):
            continue
        voices = [triple in sides[0]]
        voices += [triple in s for o, s in zip(heard, sides[1:], strict=True) if judged(o, triple)]
        needed = min(settings.votes or len(voices) // 2 + 1, len(voices))
        if voices.count(voices[0]) >= needed:
            continue
        doubtful[triple] = None
        shown = f"{head}:{types[head]} {kind} {tail}:{types[tail]}"
        findings.append(
            Finding(
                code="outvoted" if voices[0] else "doubted",
                scope="relation",
                action="masked",
                detail=f"{shown}, {voices.count(True)} of {len(voices)}",
            )
        )
    return findings, doubtful


class Verified:
    """How far writer and verifiers agree over a batch, sample by sample; a few numbers a type."""

    def __init__(self) -> None:
        self._requests = self._replies = 0
        self._tallies: dict[str, Counter[str]] = {}
        self._decisions: dict[str, Decisions] = {}

    def add(self, document: Document, opinions: Sequence[Document], *, asked: int) -> None:
        """Count a sample as the writer labelled it, before :func:`agree`."""
        self._requests += asked
        self._replies += len(opinions)
        entities = {entity.id for entity in document.entities}
        for opinion in opinions:
            if opinion.text != document.text:
                continue
            heard = _heard(document, opinion)
            left, right = told(document, heard)
            kinds = sorted(_kinds(document, heard) | {kind for _, kind, _ in left | right})
            for kind, decisions in decide(left, right, entities, kinds).items():
                own = [{x for x in side if x[1] == kind} for side in (left, right)]
                tally(self._tallies.setdefault(kind, Counter()), *own)
                self._decisions.setdefault(kind, Counter()).update(decisions)

    def summary(self) -> dict[str, Any]:
        """``requests`` and ``replies`` of verifiers; ``f1``, ``kappa`` (0–1), over all and by type.

        ``n``: triples of the type that either side has. ``kappa`` is Cohen's, on the yes or no to
        every ordered pair of the sample's entities. Both are None with nothing to compare.
        """
        types = {
            kind: {
                **_agreed(self._tallies[kind], self._decisions[kind]),
                "n": self._tallies[kind]["left"]
                + self._tallies[kind]["right"]
                - self._tallies[kind]["both"],
            }
            for kind in sorted(self._tallies)
        }
        whole: Counter[str] = Counter()
        decisions: Decisions = Counter()
        for kind in self._tallies:
            whole.update(self._tallies[kind])
            decisions.update(self._decisions[kind])
        counts = {"requests": self._requests, "replies": self._replies}
        return {**counts, **_agreed(whole, decisions), "types": types}


def _kinds(document: Document, heard: Document) -> set[str]:
    """The types that both list as labelled; nothing to list where all are."""
    listed = [d.labelled for d in (document, heard) if isinstance(d.labelled, tuple)]
    return {kind for kind in (listed[0] if listed else ()) if kind in listed[-1]}


def _agreed(counter: Counter[str], decisions: Decisions) -> dict[str, float | None]:
    something = counter["left"] + counter["right"]
    return {
        "f1": f1(counter) if something else None,
        "kappa": cohen_kappa(decisions) if something else None,
    }
