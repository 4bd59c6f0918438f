"""`augment run` with one LLM at two addresses: the same outputs, and figures of each."""

import json

import pytest

from augment.ledger import Ledger
from tests.generate.server import Fault, serve
from tests.pipeline.test_write import contents, in_turn, run
from tests.pipeline.test_write import corpus as corpus


@pytest.mark.parametrize("second", ["well", "broken"])
def test_two_addresses_give_the_bytes_of_one(second, corpus, tmp_path):
    script, out = in_turn(delay=0.01), tmp_path / "both" / "run"
    other = script if second == "well" else lambda body, attempt: Fault(503, "oops")
    options = ["--samples", "30", "--no-measure"]
    with serve(script) as one, serve(other) as two:
        assert run(corpus, tmp_path / "one" / "run", one, *options).returncode == 0
        before = one.asked.total()
        done = run(corpus, out, one, "--base-url", two.url, *options)
        assert done.returncode == 0, done.stderr
        shares = [one.asked.total() - before, two.asked.total()]
    assert contents(out) == contents(tmp_path / "one" / "run")
    figures = json.loads((out / "timings.json").read_text())["addresses"]
    replies = [figures[server.url]["replies"] for server in (one, two)]
    if second == "well":
        assert replies == shares and min(replies) >= 8
    else:
        assert replies == [30, 0] and figures[two.url]["failures"] == shares[1] > 0
    with Ledger(tmp_path / "both" / "ledger.sqlite", read_only=True) as ledger:
        assert two.url.encode() not in ledger.path.read_bytes()


@pytest.mark.parametrize("wrong", ["https://example.org/v1", "nope", "http://127.0.0.1:1/v1,x"])
def test_every_address_is_checked_before_any_work(wrong, corpus, tmp_path):
    with serve(in_turn()) as server:
        done = run(corpus, tmp_path / "run", server, "--samples", "3", "--base-url", wrong)
        assert not server.asked
    assert done.returncode == 2 and len(done.stderr.splitlines()) == 2
    assert not (tmp_path / "run").exists()
