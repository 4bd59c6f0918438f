"""A Prefect that is away is a state of its own; tests/flows/soak.py kills the real one."""

import httpx

from flows.states import stated


def test_a_prefect_that_does_not_answer_is_a_named_state():
    def away():
        raise httpx.ConnectError("refused")

    state = stated(away)()
    assert (state.type.value, state.name) == ("FAILED", "Prefect away")
