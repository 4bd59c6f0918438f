"""One night that is hit again and again ends as one to which nothing happened.

`make soak` does this with each fault in each stage (tests/flows/soak.py).
"""

import os
import random

import httpx
import pytest

from flows.states import stated
from tests.flows.faults import CONCURRENCY, FAULTS, spoilt, undisturbed
from tests.flows.night_folder import STAGES
from tests.flows.stand import standing

ALWAYS = ("server killed", "worker and run killed")
SHOWN = {
    "worker and run killed": {"Interrupted"},
    "LLM away": {"goes on"},
    "server killed": {"goes on", "Prefect away"},
}


def plan(seed):
    """Some faults once, in stages drawn; the LLM goes while it is asked."""
    stages = [stage for stage in STAGES if stage != "generate"]
    drawn = random.Random(seed).sample(stages, len(ALWAYS))
    hits = dict(zip(drawn, ALWAYS, strict=True)) | {"generate": "LLM away"}
    named = {fault.name: fault for fault in FAULTS}
    return [(named[hits[stage]], stage) for stage in STAGES if stage in hits]


@pytest.fixture(scope="module")
def stand(tmp_path_factory):
    with standing(tmp_path_factory.mktemp("faults")) as found:
        yield found


def test_after_every_fault_the_night_ends_as_if_nothing_had_happened(stand):
    seed = os.environ.get("AUGMENT_SOAK_SEED", "0")
    expected = undisturbed(stand)
    rows = spoilt(stand, plan(seed), expected)
    assert rows
    for row in rows:
        assert (row.lost, row.paid, row.same) == (0, 0, True), row
        assert row.again <= CONCURRENCY, row
        assert not row.hit or row.state in SHOWN[row.fault], row


def test_a_prefect_that_does_not_answer_is_a_named_state():
    def away():
        raise httpx.ConnectError("refused")

    state = stated(away)()
    assert (state.type.value, state.name) == ("FAILED", "Prefect away")
