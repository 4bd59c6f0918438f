"""The deployments of prefect.yaml on a server, with their work pool and limits of concurrency.

PREFECT_API_URL=http://127.0.0.1:4200/api python -m flows.deploy --file prefect.yaml

Again is an update: no duplicates, and a schedule or deployment that was paused in
the UI stays paused.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

import yaml
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.client.schemas.responses import DeploymentResponse
from prefect.exceptions import ObjectAlreadyExists, ObjectNotFound

from augment.errors import AugmentError
from flows.plan import Plan, read
from flows.tasks import HEAVY, PAYING

LIMITS = {PAYING: 1, HEAVY: 1}
"""Tasks at once by tag, all runs together; a task has many requests and processes of its own."""
Key = tuple[str, str]


def main() -> int:
    """Create or update everything; 1 if the file is wrong or Prefect refuses it, with why."""
    parser = argparse.ArgumentParser(
        prog="python -m flows.deploy",
        description="Deployments, work pool and limits on the server at PREFECT_API_URL.",
    )
    parser.add_argument("--file", type=Path, default=Path("prefect.yaml"), help="the deployments")
    try:
        plan = read(parser.parse_args().file)
    except AugmentError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    with get_client(sync_client=True) as client:
        prepare(client, plan)
        found = known(client)
    plan["deployments"] = [
        unswitched(wanted, found.get((wanted["entrypoint"], wanted["name"])))
        for wanted in plan["deployments"]
    ]
    return deploy(plan)


def prepare(client: SyncPrefectClient, plan: Plan) -> None:
    """Work pools and limits, where there are none; those that are there stay as they are."""
    for name in sorted({deployment["work_pool"]["name"] for deployment in plan["deployments"]}):
        with suppress(ObjectAlreadyExists):
            client.create_work_pool(WorkPoolCreate(name=name, type="process"))
    for tag, limit in LIMITS.items():
        try:
            client.read_concurrency_limit_by_tag(tag)
        except ObjectNotFound:
            client.create_concurrency_limit(tag, limit)


def known(client: SyncPrefectClient) -> dict[Key, DeploymentResponse]:
    """The deployments of the server by entrypoint and name."""
    return {(str(found.entrypoint), found.name): found for found in client.read_deployments()}


def unswitched(wanted: Plan, found: DeploymentResponse | None) -> Plan:
    """A deployment of the plan that leaves on or off what is there: itself, and its schedules."""
    if found is None:
        return wanted
    slugs = {schedule.slug for schedule in found.schedules}
    schedules = [
        {name: value for name, value in schedule.items() if name != "active"}
        if schedule["slug"] in slugs
        else schedule
        for schedule in wanted.get("schedules", [])
    ]
    return {**wanted, "paused": found.paused, "schedules": schedules}


def deploy(plan: Plan) -> int:
    """`prefect deploy --all`; what it says goes to the terminal only if it fails."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "prefect.yaml"
        file.write_text(yaml.safe_dump(plan, allow_unicode=True), encoding="utf-8")
        command = [sys.executable, "-m", "prefect", "--no-prompt", "deploy", "--all"]
        done = subprocess.run(
            [*command, "--prefect-file", str(file)], capture_output=True, text=True, check=False
        )
    if done.returncode:
        sys.stderr.write(done.stdout + done.stderr)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
