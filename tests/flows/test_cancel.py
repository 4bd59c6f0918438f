"""A run under a real worker that is cancelled stops, and goes on later without paying twice."""

import subprocess
import sys
import time

import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.deployments import run_deployment

from augment.hold import hold
from flows.make_corpus import make_corpus
from flows.settings import Samples
from tests.flows.prefect_server import prefect as command
from tests.flows.test_flows import corpus, llm
from tests.generate.server import Fault, completion, serve
from tests.helpers import ROOT

POOL = "test"
SECONDS = 120


@pytest.fixture
def worker(prefect):
    """A process worker, and make-corpus deployed to its pool."""
    with get_client(sync_client=True) as client:
        client.create_work_pool(WorkPoolCreate(name=POOL, type="process"))
    deployed = make_corpus.from_source(str(ROOT), "flows/make_corpus.py:make_corpus")
    deployed.deploy("test", work_pool_name=POOL, build=False, push=False, print_next_steps=False)
    worker = ["worker", "start", "--pool", POOL]
    with command(worker, prefect, prefect.home / "worker.log") as process:
        yield process


def wait_for(what, said):
    end = time.monotonic() + SECONDS
    while not what():
        assert time.monotonic() < end, said()
        time.sleep(0.2)


def test_a_cancelled_run_stops_and_goes_on_where_it_was(prefect, worker, tmp_path):
    samples = Samples(strategies=("restyle",), samples=6)

    def halting(body, attempt):
        """Three requests are answered, the others never."""
        answered = len(server.bodies) <= 3
        return Fault(body=completion("Non.")) if answered else Fault(hang=True)

    def log():
        return (prefect.home / "worker.log").read_text(errors="replace")[-5000:]

    with serve(halting) as server:
        llms = llm(server, tmp_path, concurrency=1)
        given = {"corpus": corpus(tmp_path), "samples": samples, "llms": llms}
        values = {name: group.model_dump(mode="json") for name, group in given.items()}
        run = run_deployment("make-corpus/test", parameters=values, timeout=0)
        wait_for(lambda: len(server.bodies) == 4, log)
        cancel = [sys.executable, "-m", "prefect", "flow-run", "cancel", str(run.id)]
        subprocess.run(cancel, env=prefect.environment, check=True, capture_output=True)
        with get_client(sync_client=True) as client:
            wait_for(lambda: client.read_flow_run(run.id).state.is_cancelled(), log)
        asked = [body["messages"] for body in server.bodies]
    (folder,) = tmp_path.glob("quick-*/")
    with hold(folder):
        assert not (folder / "manifest.json").exists()
    with serve(lambda body, attempt: Fault(body=completion("Non."))) as server:
        again = {**given, "llms": llm(server, tmp_path)}
        state = make_corpus(**again, return_state=True)
        assert state.name == "No samples", state.message
        later = [body["messages"] for body in server.bodies]
    assert list(tmp_path.glob("quick-*/")) == [folder]
    assert (len(asked), len(later)) == (4, 3)
    assert not [messages for messages in later if messages in asked[:3]]
