"""The deployments of a file, looked at before anything is started: each fault in one line.

python -m flows.plan --file mine.yaml

says where its runs are put, or, for a number of seeds that is none:

mine.yaml: live of flows.nightly.nightly: measuring.seeds: 'two': Input should be a valid integer
"""

from __future__ import annotations

import argparse
import inspect
import sys
from collections.abc import Iterator
from pathlib import Path
from reprlib import repr as shortened
from typing import Any

import yaml
from prefect import Flow
from prefect.client.schemas.actions import DeploymentScheduleCreate
from prefect.client.schemas.schedules import CronSchedule, IntervalSchedule, RRuleSchedule
from prefect.exceptions import PrefectException
from prefect.flows import load_flow_from_entrypoint
from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from augment.errors import AugmentError, ConfigError, PathError
from augment.guide.model import yaml_fault
from flows.settings import Corpus

KINDS: dict[str, type[BaseModel]] = {
    "cron": CronSchedule,
    "interval": IntervalSchedule,
    "rrule": RRuleSchedule,
}
WORDS = {"missing": "is missing", "extra_forbidden": "there is no such field"}
Plan = dict[str, Any]


class Pool(BaseModel):
    """A work pool."""

    name: str


class Schedule(BaseModel):
    """A schedule; when it is due Prefect's own classes check."""

    slug: str
    parameters: dict[str, Any] = {}


class Deployment(BaseModel):
    """What a deployment has to have; for the rest see Prefect."""

    name: str
    entrypoint: str = Field(pattern="[.:]")
    work_pool: Pool
    parameters: dict[str, Any] = {}
    schedules: list[Schedule] = []


class File(BaseModel):
    """What a file has to have."""

    deployments: list[dict[str, Any]] = Field(min_length=1)


def main() -> int:
    """Say the folder of the runs; 1 if anything is wrong, with a line for each fault."""
    parser = argparse.ArgumentParser(prog="python -m flows.plan", description="Check deployments.")
    parser.add_argument("--file", type=Path, default=Path("prefect.yaml"), help="the deployments")
    file = parser.parse_args().file
    try:
        sys.stdout.write(f"{runs(file, read(file))}\n")
    except AugmentError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def read(file: Path) -> Plan:
    """What the file says. Raises PathError or ConfigError, with a line for each fault."""
    try:
        plan: Plan = yaml.safe_load(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise PathError(f"{file}: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file}: not YAML: {yaml_fault(error)}") from error
    if faults := misshapen(File, plan) or [
        f"{deployment.get('name', '?')} of {deployment.get('entrypoint', '?')}: {fault}"
        for deployment in plan["deployments"]
        for fault in dict.fromkeys(misshapen(Deployment, deployment) or wrong(deployment))
    ]:
        raise ConfigError("\n".join(f"{file}: {fault}" for fault in faults))
    return plan


def runs(file: Path, plan: Plan) -> Path:
    """The folder of the runs of all deployments. Raises ConfigError if there are several."""
    default = Corpus.model_fields["runs"].default
    corpora = [g.get("corpus") for d in plan["deployments"] for g in given(d)]
    found = {Path(c.get("runs", default)) for c in corpora if isinstance(c, dict)} or {default}
    if len(found) > 1:
        names = ", ".join(sorted(map(str, found)))
        raise ConfigError(f"{file}: corpus.runs has to be one folder for all deployments: {names}")
    return Path(found.pop())


def misshapen(kind: type[BaseModel], values: object) -> list[str]:
    """What does not have the shape it has to have."""
    try:
        kind.model_validate(values)
    except ValidationError as error:
        return told(error)
    return []


def wrong(deployment: Plan) -> Iterator[str]:
    """What is wrong with a deployment: its flow, parameters, schedules."""
    for schedule in deployment.get("schedules", []):
        yield from (f"schedule {schedule['slug']}: {fault}" for fault in mistimed(schedule))
    try:
        flow: Flow[..., Any] = load_flow_from_entrypoint(
            deployment["entrypoint"], use_placeholder_flow=False
        )
    except (ImportError, SyntaxError, ValueError, OSError, PrefectException) as error:
        yield f"entrypoint: {' '.join(str(error).split())}"
        return
    for parameters in given(deployment):
        yield from refused(flow, parameters, scheduled=bool(deployment.get("schedules")))


def given(deployment: Plan) -> list[dict[str, Any]]:
    """The parameters of its runs: a schedule may have some of its own."""
    own = deployment.get("parameters", {})
    schedules = deployment.get("schedules") or [{}]
    return [own | schedule.get("parameters", {}) for schedule in schedules]


def mistimed(schedule: Plan) -> Iterator[str]:
    """What Prefect does not take as a time."""
    kinds = [kind for kind in KINDS if kind in schedule]
    if len(kinds) != 1:
        yield "one of cron, interval and rrule is needed"
        return
    times = {k: v for k, v in schedule.items() if k not in DeploymentScheduleCreate.model_fields}
    yield from misshapen(KINDS[kinds[0]], times)


def refused(flow: Flow[..., Any], parameters: dict[str, Any], scheduled: bool) -> Iterator[str]:
    """Parameters that the flow does not take; a run by hand may be given those that are missing."""
    fields: dict[str, Any] = {}
    more: Any = "forbid"
    for name, parameter in inspect.signature(flow.fn, eval_str=True).parameters.items():
        if parameter.kind is parameter.VAR_KEYWORD:
            more = "allow"
        else:
            default = ... if parameter.default is parameter.empty else parameter.default
            kind = Any if parameter.annotation is parameter.empty else parameter.annotation
            fields[name] = (kind, default)
    config = ConfigDict(extra=more, arbitrary_types_allowed=True)
    try:
        create_model("Parameters", __config__=config, **fields).model_validate(parameters)
    except ValidationError as error:
        yield from told(error, ignored=() if scheduled else ("missing",))


def told(error: ValidationError, ignored: tuple[str, ...] = ()) -> list[str]:
    """A line for each fault; what Prefect fills in later, as "{{ $HOME }}", is none."""
    found = []
    for fault in error.errors():
        value, kind = fault["input"], fault["type"]
        if kind in ignored or (isinstance(value, str) and "{{" in value):
            continue
        message = fault["msg"].removeprefix("Value error, ").replace("tuple", "list")
        said = WORDS.get(kind) or f"{shortened(value)}: {message}"
        found.append(": ".join(filter(None, [".".join(map(str, fault["loc"])), said])))
    return found


if __name__ == "__main__":
    sys.exit(main())
