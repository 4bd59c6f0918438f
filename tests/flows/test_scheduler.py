"""Texts go to a dask scheduler of another machine only where the policy says so."""

import pytest

from augment.errors import ConfigError
from flows.tasks import check_scheduler

FAR = "tcp://10.0.0.1:8786"


def test_a_scheduler_of_this_machine_needs_no_policy():
    check_scheduler("tcp://127.0.0.1:8786", None)
    check_scheduler("tls://localhost:8786", None)


@pytest.mark.parametrize("address", [FAR, "10.0.0.1:8786", "tcp://127.0.0.1.example.org:8786"])
def test_one_elsewhere_is_refused(address):
    with pytest.raises(ConfigError, match="not allowed"):
        check_scheduler(address, None)


def test_unless_every_policy_names_it(tmp_path):
    policy = tmp_path / "policy.yaml"
    policy.write_text(f"publish: [{FAR!r}]\n", encoding="utf-8")
    check_scheduler(FAR, policy)
    with pytest.raises(ConfigError, match=r"0\.2:8786: publishing there is not allowed"):
        check_scheduler("tcp://10.0.0.2:8786", policy)
