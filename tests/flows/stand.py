"""Everything a night needs, as processes that can be killed one by one: server, worker, LLM.

with standing(folder) as stand:
    run = stand.begin()
    stand.until(lambda: stand.reached("align"))
    os.kill(stand.process(run).pid, signal.SIGKILL)
"""

import ctypes
import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import contextmanager, suppress

import psutil

from flows.serve import LEASES
from tests.flows.night_folder import SAMPLE, NightFolder
from tests.flows.prefect_server import PrefectServer
from tests.helpers import ROOT
from tests.processes import free_port, launch, until_it_answers
from tests.review.labelstudio import TOKEN

POOL = "faults"
SAMPLES = 48
CONCURRENCY = 2
TAGS, LIMIT = ("llm", "compute"), 4
BUSY = {429, 503}
ENDED = {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"}


class Stand(NightFolder):
    """The processes, and the folder of one night; the same path for each night."""

    def __init__(self, home):
        super().__init__(home)
        self.server = PrefectServer(home / "prefect", free_port())
        self.llm_port = free_port()
        self.processes = {}
        self.deployment, self.given, self.studio = None, {}, None
        self.say = lambda text: None

    @property
    def environment(self):
        """As `make flows` has it; a worker looks for runs every second."""
        more = {"PREFECT_WORKER_QUERY_SECONDS": "1", "OMP_NUM_THREADS": "1"}
        more |= {"LABEL_STUDIO_API_KEY": TOKEN}
        leases = {"PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": LEASES}
        return self.server.environment | more | leases

    def launch(self, name, *command):
        """Start a process and note it; a worker may not write where even its owner may not."""
        self.processes[name] = launch(
            [sys.executable, "-m", *command],
            self.home / f"{name}.log",
            env=self.environment,
            cwd=self.home,
            preexec_fn=_as_others,
        )

    def start(self, name):
        """Server, worker or LLM; returns when a server answers."""
        if name == "server":
            address = ("--host", "127.0.0.1", "--port", str(self.server.port))
            self.launch(name, "prefect", "server", "start", *address)
            until_it_answers(
                f"{self.server.api}/health", self.processes[name], self.home / "server.log"
            )
        elif name == "worker":
            lost = [sys.executable, "-m", "flows.lost"]
            subprocess.run(lost, env=self.environment, check=True, capture_output=True)
            self.launch(name, "prefect", "worker", "start", "--pool", POOL)
        else:
            files = (str(self.items), str(self.asked))
            self.launch(name, "tests.flows.llm_process", str(self.llm_port), *files)

    def kill(self, name, also=()):
        """kill -9 of a process, and of those that it started if that is wanted."""
        process = self.processes[name]
        for other in (*also, process):
            with suppress(ProcessLookupError, psutil.NoSuchProcess):
                os.kill(other.pid, signal.SIGKILL)
        process.wait()

    def call(self, path, **body):
        """What the server's API answers; a server that is being started is waited for."""
        data = json.dumps(body).encode() if body else None
        request = urllib.request.Request(f"{self.server.api}/{path}", data)
        request.add_header("Content-Type", "application/json")

        def answered():
            try:
                with urllib.request.urlopen(request, timeout=20) as answer:
                    return json.loads(answer.read())
            except urllib.error.HTTPError as error:
                assert error.code in BUSY, f"{path}: {error.read()}"
            except OSError:
                pass
            return None

        return self.until(answered)

    def deploy(self, **parameters):
        """The flow as a deployment, with limits on its tags; without schedule."""
        self.call("work_pools/", name=POOL, type="process")
        for tag in TAGS:
            self.call("concurrency_limits/", tag=tag, concurrency_limit=LIMIT)
        flow = self.call("flows/", name="nightly")
        folder = {"prefect.deployments.steps.set_working_directory": {"directory": str(ROOT)}}
        self.deployment = self.call(
            "deployments/",
            name=POOL,
            flow_id=flow["id"],
            entrypoint="flows.nightly.nightly",
            work_pool_name=POOL,
            pull_steps=[folder],
            parameters=parameters,
        )["id"]

    def begin(self, **parameters):
        """A run of the deployment; its number."""
        path = f"deployments/{self.deployment}/create_flow_run"
        return self.call(path, state={"type": "SCHEDULED"}, parameters=parameters)["id"]

    def running(self, **parameters):
        """A run of the deployment and its process."""
        run = self.begin(**parameters)
        return run, self.process(run)

    def state(self, run):
        """The state of a run, as the server has it."""
        return self.call(f"flow_runs/{run}")["state"]

    def ended(self, run):
        """The name of the state in which a run ended; waits for it."""
        return self.until(lambda: (s := self.state(run))["type"] in ENDED and s["name"])

    def process(self, run):
        """The process of a run; waits for it. A worker that ended is started again."""

        def found():
            if self.processes["worker"].poll() is not None:
                self.start("worker")
            for child in psutil.Process(self.processes["worker"].pid).children(recursive=True):
                with suppress(psutil.Error):
                    if child.environ().get("PREFECT__FLOW_RUN_ID") == run:
                        return child
            return None

        return self.until(found, 0.05)

    def tasks(self):
        """How many tasks there are in Label Studio."""
        request = urllib.request.Request(f"{self.studio.url}/api/projects?page_size=100")
        request.add_header("Authorization", f"Token {TOKEN}")
        with urllib.request.urlopen(request, timeout=60) as answer:
            return sum(project["task_number"] for project in json.load(answer)["results"])

    def samples(self):
        """How many samples were kept of all batches."""
        kept = (self.night / "work" / "samples").glob("*.jsonl")
        return sum(len(path.read_text().splitlines()) for path in kept)

    def held(self):
        """How many slots of the tags' limits are taken."""
        return sum(self.call(f"v2/concurrency_limits/tag:{tag}")["active_slots"] for tag in TAGS)


@contextmanager
def standing(home, **corpus):
    """A server, a worker, an LLM and the deployment, until the end of the block."""
    stand = Stand(home)
    (home / "prefect").mkdir(parents=True)
    (home / "quick.yaml").write_text("student: rules\nseeds: 1\njobs: 1\n")
    gold = {"corpus": SAMPLE / "train.txt", "test": SAMPLE / "test.txt", "guide": "ukraine_live"}
    place = {"config": home / "quick.yaml", "runs": stand.night / "runs"}
    llm = {"llm": ["openai:m"], "base_url": [f"http://127.0.0.1:{stand.llm_port}/v1"]}
    given = {
        "corpus": gold | place | corpus,
        "watched": {"place": stand.night / "live", "work": stand.night / "work", "most": 1},
        "samples": {"strategies": ["annotate", "typos"], "samples": SAMPLES},
        "llms": llm | {"ledger": stand.night / "ledger.sqlite", "concurrency": CONCURRENCY},
    }
    try:
        for name in ("llm", "server"):
            stand.start(name)
        stand.given = json.loads(json.dumps(given, default=str))
        stand.deploy(**stand.given)
        stand.start("worker")
        yield stand
    finally:
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                if process.environ().get("PREFECT_HOME") == str(stand.server.home):
                    process.kill()
        for process in stand.processes.values():
            process.wait()


def _as_others():
    """A superuser may write everywhere: that right (CAP_DAC_OVERRIDE) is given up."""
    drop, write_everywhere = 24, 1
    ctypes.CDLL(None).prctl(drop, write_everywhere, 0, 0, 0)
