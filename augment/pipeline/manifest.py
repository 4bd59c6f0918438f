"""The manifest of a run: what was asked, made, lost, edited and paid.

{"requests": 50, "replies": 49, "accepted": 42, "dropped": {"not_ordered": 7}, "unanswered": 1,
 "rewrite": {"candidates": 40, "accepted": 38, "dropped": {"near_duplicate": 2}}, …}
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from augment.config import fingerprint
from augment.generate import UNANSWERED
from augment.guide import Guide
from augment.measure.records import Result
from augment.pipeline.ask import DIRECT, stop
from augment.pipeline.cost import costs
from augment.pipeline.finish import gains, prompted
from augment.pipeline.job import Run
from augment.pipeline.verify import last
from augment.plan.quotas import LLM_FREE
from augment.schema import Candidate, Order

READ = ("01_read", "01_test", "01_raw")
ANSWERS = ("04_generate", "05_align", "05_relations", "05_second")
WRITE = ("03_prompt", "04_rewrite", *ANSWERS, "06_validate", "07_filter")
LOOKS = ("07_verify", "07_judge")
STAGES = (*READ, *WRITE, *LOOKS, DIRECT)
"""Stages that may drop records, in order."""


def describe(job: Run, arms: Iterable[str], result: Result | None) -> dict[str, Any]:
    """What the run made, lost and gained.

    Of the requests to LLMs, accepted + dropped + unanswered = requests; what was made without one,
    and what `--add` brought in, is counted under ``rewrite``.
    """
    config = job.config
    stages = {stage: job.folder.manifest(stage) for stage in STAGES}
    done = {
        stage: {"kept": made["kept"], "dropped": made["dropped"]}
        for stage, made in stages.items()
        if made is not None
    }
    return {
        "fingerprint": fingerprint(config),
        "config": config.model_dump(mode="json", exclude={"out", "jobs", "call"}),
        "guide": guide_of(job.guide),
        "stages": done,
        **counts(job),
        **costs(job),
        "edits": edits(job),
        "gains": gains(result, list(arms)) + prompted(result),
        "advice": result.advice.text if result and result.advice else None,
        "dirty": [row.model_dump() for row in result.dirty] if result else [],
        "stopped": stop(job),
    }


def guide_of(guide: Guide) -> dict[str, Any]:
    """Which guide was followed, and what its versions took from reviews."""
    feedback = [version.model_dump(mode="json") for version in guide.feedback]
    return {"name": guide.name, "version": guide.version, "feedback": feedback}


def counts(job: Run) -> dict[str, Any]:
    """Requests and what became of each; beside them the samples made without an LLM."""
    orders = job.folder.read("02_plan", Order)
    asked = {order.id for order in orders if order.strategy not in LLM_FREE}
    accepted, others = Counter[bool](), Counter[str]()
    dropped, unprompted, unanswered = Counter[str](), 0, 0
    for candidate in job.folder.read(last(job), Candidate):
        accepted[candidate.id in asked] += 1
    for drop in (drop for stage in (*WRITE, *LOOKS) for drop in job.folder.drops(stage)):
        if drop.id not in asked:
            others[drop.reason.value] += 1
        elif drop.reason in UNANSWERED:
            unanswered += 1
        else:
            dropped[drop.reason.value] += 1
            unprompted += drop.stage == "prompt"
    return {
        "requests": len(asked),
        "replies": len(asked) - unanswered - unprompted,
        "accepted": accepted[True],
        "dropped": dict(sorted(dropped.items())),
        "unanswered": unanswered,
        "rewrite": {
            "candidates": accepted[False] + others.total(),
            "accepted": accepted[False],
            "dropped": dict(sorted(others.items())),
        },
    }


def edits(job: Run) -> dict[str, int]:
    """Relations that `validate` removed, mended or added in accepted samples, by finding."""
    found: Counter[str] = Counter()
    for candidate in job.folder.read(last(job), Candidate):
        found.update(f.code for f in candidate.findings if f.action in ("removed", "completed"))
    return dict(sorted(found.items()))
