"""`make flows` as a team has it: a night under the worker, seen in the browser, and its end."""

import json
import os
import re
import socket
import subprocess
import sys
import time
from datetime import datetime
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import httpx2
import pytest
import yaml

from augment.schema import Document
from augment.store import read_lines, write_lines
from flows.serve import LEASES, settings
from tests.browser import opened
from tests.flows.made import plan, refused, serving
from tests.flows.test_nightly import annotated
from tests.generate.server import serve
from tests.helpers import ROOT
from tests.processes import free_port

KEY = "sk-never-to-be-seen-in-prefect-0123456789"
PARIS = ZoneInfo("Europe/Paris")


def mine(folder, url):
    """The deployments of prefect.yaml, in a folder of the test and with an LLM."""
    found = plan()
    places = {"runs": str(folder / "runs"), "config": str(folder / "quick.yaml")}
    (folder / "quick.yaml").write_text("seeds: 1\njobs: 1\n")
    llms = {"llm": ["openai:m"], "base_url": [url], "ledger": str(folder / "ledger.sqlite")}
    for deployment in found["deployments"]:
        parameters = deployment["parameters"]
        for name in {"corpus"} & set(parameters):
            parameters[name] = {**parameters[name], **places}
        for name in {"measuring"} & set(parameters):
            parameters[name] = {"student": "rules", "seeds": 1}
    night = found["deployments"][0]["parameters"]
    night["watched"] = {"place": str(folder / "live"), "work": str(folder / "work")}
    night["samples"] = {"strategies": ["annotate", "typos"], "samples": 6}
    night["llms"] = llms
    (folder / "mine.yaml").write_text(yaml.safe_dump(found))
    return folder / "mine.yaml"


class Api:
    """The server's API, as a browser asks it."""

    def __init__(self, ui):
        self.ui = ui

    def post(self, path, **body):
        answer = httpx2.post(f"{self.ui}/api/{path}", json=body, timeout=60)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def deployments(self):
        found = self.post("deployments/filter")
        return {f"{d['entrypoint'].split('.')[1]}/{d['name']}": d for d in found}

    def runs(self, *types):
        wanted = {"state": {"type": {"any_": list(types)}}}
        return self.post("flow_runs/filter", flow_runs=wanted)


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made")
    (folder / "live").mkdir()
    items = list(read_lines(ROOT / "data" / "sample" / "raw.jsonl", Document))
    write_lines(folder / "live" / "monday.jsonl", items[:4])
    os.utime(folder / "live" / "monday.jsonl", (time.time() - 3600,) * 2)
    with serve(annotated) as llm:
        file = mine(folder, llm.url)
        with serving(folder, file, OPENAI_API_KEY=KEY) as served:
            served.file, served.llm, served.api = file, llm, Api(served.ui)
            yield served


@pytest.fixture(scope="module")
def night(served):
    """A night that ran under the worker."""
    id = served.api.deployments()["nightly/live"]["id"]
    run = served.api.post(f"deployments/{id}/create_flow_run")
    ended = ("COMPLETED", "FAILED", "CRASHED")
    (found,) = served.until(lambda: [r for r in served.api.runs(*ended) if r["id"] == run["id"]])
    assert found["state"]["name"] == "Completed", served.logs()
    return found


def test_four_deployments_with_their_schedules_and_limits(served):
    found = served.api.deployments()
    assert set(found) == {
        "nightly/live",
        "make_corpus/weekly",
        "experiment/weekly",
        "review_round/hourly",
    }
    switched = {name: d["schedules"][0]["active"] for name, d in found.items()}
    assert [name for name, active in switched.items() if active] == ["nightly/live"]
    limits = served.api.post("v2/concurrency_limits/filter")
    assert {limit["name"]: limit["limit"] for limit in limits} == {"tag:llm": 1, "tag:compute": 1}


def test_the_next_night_is_scheduled(served):
    first = served.until(lambda: served.api.runs("SCHEDULED"))
    times = [datetime.fromisoformat(run["expected_start_time"]) for run in first]
    assert {time.astimezone(PARIS).hour for time in times} == {4}


def test_again_is_an_update_that_leaves_alone_what_was_switched(served):
    before = served.api.deployments()
    (night,) = before["nightly/live"]["schedules"]
    weekly, experiment = before["make_corpus/weekly"], before["experiment/weekly"]
    (saturdays,) = weekly["schedules"]
    for deployment, schedule, active in (
        (before["nightly/live"], night, False),
        (weekly, saturdays, True),
    ):
        address = f"{served.ui}/api/deployments/{deployment['id']}/schedules/{schedule['id']}"
        httpx2.patch(address, json={"active": active}, timeout=60).raise_for_status()
    served.api.post(f"deployments/{experiment['id']}/pause_deployment")
    done = served.run("flows.deploy", "--file", str(served.file))
    assert done.returncode == 0, done.stderr
    after = served.api.deployments()
    assert {name: d["id"] for name, d in after.items()} == {n: d["id"] for n, d in before.items()}
    assert {name: (d["paused"], d["schedules"][0]["active"]) for name, d in after.items()} == {
        "nightly/live": (False, False),
        "make_corpus/weekly": (False, True),
        "experiment/weekly": (True, False),
        "review_round/hourly": (False, False),
    }
    assert {len(d["schedules"]) for d in after.values()} == {1}


def test_prefect_deploy_takes_the_same_file(served):
    before = served.api.deployments()
    file = ["--prefect-file", str(served.file)]
    done = served.run("prefect", "--no-prompt", "deploy", "--all", *file)
    assert done.returncode == 0, done.stdout + done.stderr
    after = served.api.deployments()
    assert {name: d["id"] for name, d in after.items()} == {n: d["id"] for n, d in before.items()}
    assert not after["make_corpus/weekly"]["schedules"][0]["active"]


def test_no_key_is_in_database_logs_or_artifacts(served, night):
    assert f"Bearer {KEY}" in served.llm.authorization
    wrote = [path for path in served.home.rglob("*") if path.is_file()]
    assert {"prefect.db", "server.log", "worker.log"} <= {path.name for path in wrote}
    assert [path for path in wrote if KEY.encode() in path.read_bytes()] == []
    assert KEY not in json.dumps(served.api.post("artifacts/filter"))
    assert KEY not in json.dumps(served.api.post("logs/filter", limit=200))


def test_a_report_is_one_click_away(served, night):
    links = [a["data"] for a in served.api.post("artifacts/filter") if a["key"].endswith("-report")]
    addresses = set(re.findall(r"\((http[^)]+)\)", " ".join(links)))
    assert addresses, links
    for address in addresses:
        assert address.startswith(f"http://127.0.0.1:{served.reports}/")
        assert "<html" in httpx2.get(address, timeout=60).text


def test_what_a_person_sees_in_the_morning(served, night):
    asked = []
    with opened() as page:
        page.on("request", lambda request: asked.append(request.url))
        page.goto(served.ui)
        page.get_by_text("Flow Runs", exact=True).first.wait_for()
        page.goto(f"{served.ui}/deployments")
        for name in ("live", "weekly", "hourly"):
            page.get_by_text(name, exact=True).first.wait_for()
        page.get_by_text("At 04:00 AM").first.wait_for()
        page.goto(f"{served.ui}/runs/flow-run/{night['id']}")
        page.get_by_text("Completed").first.wait_for()
        page.get_by_text("Artifacts", exact=True).click()
        for key in ("yield", "cost", "summary", "report", "model-gain"):
            page.get_by_text(f"nightly-{key}", exact=True).first.wait_for()
        gain = next(
            a for a in served.api.post("artifacts/filter") if a["key"] == "nightly-model-gain"
        )
        page.goto(f"{served.ui}/artifacts/artifact/{gain['id']}")
        page.get_by_text("gold documents").first.wait_for()
    hosts = {urlsplit(url).hostname for url in asked if not url.startswith(("data:", "blob:"))}
    assert hosts == {"127.0.0.1"}


def test_a_run_whose_process_is_gone_is_interrupted(served):
    gone = subprocess.Popen(["true"])
    gone.wait()
    id = served.api.deployments()["make_corpus/weekly"]["id"]
    state = {"type": "RUNNING", "name": "Running"}
    run = served.api.post(f"deployments/{id}/create_flow_run", state=state)
    address = f"{served.ui}/api/flow_runs/{run['id']}"
    httpx2.patch(address, json={"infrastructure_pid": str(gone.pid)}, timeout=60)
    done = served.run("flows.lost")
    assert run["name"] in done.stdout, done.stderr
    assert [r["state"]["name"] for r in served.api.runs("CRASHED")] == ["Interrupted"]


def test_a_second_one_in_the_same_folder_is_refused(served):
    before = {path: path.read_bytes() for path in served.home.glob("*.log")}
    line = refused(served.home, "--port", free_port(), "--file", served.file)
    assert line == (
        f"another `make flows` has {served.home}; end it, or set PREFECT_HOME for a second one"
    )
    assert before
    assert [path for path, log in before.items() if not path.read_bytes().startswith(log)] == []


def test_ctrl_c_ends_everything(served, night):
    """The last test of this file: afterwards nothing runs any more."""
    assert len(served.processes()) >= 4
    assert served.end() == 0
    assert served.processes() == []
    assert "Traceback" not in served.said.read_text()
    for port in (served.port, served.reports):
        with socket.socket() as free:
            free.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            free.bind(("127.0.0.1", port))


def test_another_database_reaches_prefect(monkeypatch, tmp_path):
    url = "postgresql+asyncpg://claire:secret@127.0.0.1:5432/prefect"
    monkeypatch.setenv("PREFECT_API_DATABASE_CONNECTION_URL", url)
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path))
    before = dict(os.environ)
    try:
        settings(4300, 4301)
        asked = (
            "from prefect.settings import get_current_settings as s; c = s();"
            "print(c.server.database.connection_url.get_secret_value(), c.api.url,"
            " c.server.ui.api_url, c.server.analytics_enabled, c.server.concurrency.lease_storage)"
        )
        done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True)
    finally:
        os.environ.clear()
        os.environ.update(before)
    api = "http://127.0.0.1:4300/api"
    assert done.stdout.split() == [url, api, api, "False", LEASES], done.stderr
