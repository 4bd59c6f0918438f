"""One night that is hit again and again ends as one to which nothing happened.

`make soak` does this with each fault in each stage (tests/flows/soak.py).
"""

import httpx
import pytest
from prefect.concurrency.asyncio import ConcurrencySlotAcquisitionError

from flows.states import stated
from tests.flows.faults import FAULTS, good, spoilt, undisturbed
from tests.flows.stand import standing

PLAN = {
    "read": ("worker and run killed", {"Interrupted"}),
    "generate": ("LLM away", {"goes on"}),
    "validate": ("disk full", {"Storage"}),
    "keep": ("server killed", {"goes on", "Prefect away"}),
}
"""The fault of a stage, and what the run may be shown as.

The server is killed last: a run that goes on without it may end of that in a later stage.
"""


@pytest.fixture(scope="module")
def stand(tmp_path_factory):
    with standing(tmp_path_factory.mktemp("faults")) as found:
        yield found


def test_after_every_fault_the_night_ends_as_if_nothing_had_happened(stand):
    named = {fault.name: fault for fault in FAULTS}
    expected = undisturbed(stand)
    rows = spoilt(stand, [(named[name], stage) for stage, (name, _) in PLAN.items()], expected)
    assert any(row.hit for row in rows), rows
    for row in rows:
        assert good(row), row
        assert not row.hit or row.state in PLAN[row.stage][1], row


@pytest.mark.parametrize("error", [httpx.ConnectError, ConcurrencySlotAcquisitionError])
def test_a_prefect_that_does_not_answer_is_a_named_state(error):
    def away():
        raise error("refused")

    state = stated(away)()
    assert (state.type.value, state.name) == ("FAILED", "Prefect away")
