"""Trials in several processes: the same answers as in one, and a worker that is always killed."""

from __future__ import annotations

import os
import signal

import pytest

from augment.errors import NoResult
from augment.measure.arms import Answer, nothing, trained
from augment.measure.cells import Cells
from augment.measure.splits import folds
from augment.measure.trial import trial, trials
from augment.pipeline.spread import processes
from tests.measure.small import Memo, corpus

GOLD = corpus(24)
SPLITS = folds(GOLD, range(24), 3, seeds=1)


def track(items, what, total):
    return items


def test_jobs_make_no_difference_and_the_order_is_kept(tmp_path):
    made = {
        jobs: trials(
            SPLITS,
            {"8": 8, "16": None},
            {"base": trained(nothing, Cells(Memo, tmp_path / str(jobs), "memo"))},
            spread=processes(jobs),
            track=track,
        )
        for jobs in (1, 2)
    }
    assert made[1] == made[2]
    assert [(t.size, t.split.fold) for t in made[2]] == [
        (s, f) for s in ("8", "16") for f in range(3)
    ]


def test_an_arm_sees_test_documents_without_relations_and_may_have_no_answer():
    seen = []

    def arm(view, test):
        seen.extend(test)
        return Answer([frozenset()] * len(test))

    answers = trial({"arm": arm, "silent": lambda view, test: None}, (SPLITS[0], 8))
    assert list(answers) == ["arm"]
    assert [d.id for d in seen] == [d.id for d in SPLITS[0].test]
    assert not any(d.relations for d in seen)


def test_a_killed_worker_is_no_traceback():
    def arm(view, test):
        os.kill(os.getpid(), signal.SIGKILL)

    with pytest.raises(NoResult, match="killed") as error:
        trials(SPLITS, {"8": 8}, {"arm": arm}, spread=processes(2), track=track)
    assert "goes on" in error.value.hint
