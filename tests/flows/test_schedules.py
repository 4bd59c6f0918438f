"""The schedules of prefect.yaml: the hour on the wall in Paris, in the nights of the change too."""

import asyncio
import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from prefect.client.schemas.schedules import CronSchedule
from prefect.server.schemas.schedules import CronSchedule as Served

from flows import states
from flows.deploy import unswitched
from tests.flows.made import plan
from tests.helpers import ROOT

PARIS = ZoneInfo("Europe/Paris")
SCHEDULES = {s["slug"]: s for d in plan()["deployments"] for s in d["schedules"]}
NIGHTS = {"winter": "2027-01-17", "to summer": "2027-03-28", "to winter": "2027-10-31"}


def runs(schedule, first, days):
    start = datetime.fromisoformat(first).replace(tzinfo=PARIS)
    made = Served(cron=schedule["cron"], timezone=schedule["timezone"])
    found = asyncio.run(made.get_dates(n=1000, start=start, end=start + timedelta(days=days)))
    return [date.astimezone(PARIS) for date in found]


@pytest.mark.parametrize("day", NIGHTS.values(), ids=NIGHTS)
def test_one_run_a_night_at_four_in_paris(day):
    (found,) = runs(SCHEDULES["every-night"], day, 1)
    assert (found.date().isoformat(), found.hour, found.minute) == (day, 4, 0)


def test_a_year_of_nights():
    found = runs(SCHEDULES["every-night"], "2027-01-01", 365)
    assert len({date.date() for date in found}) == len(found) == 365
    assert {(date.hour, date.minute) for date in found} == {(4, 0)}
    assert len({date.utcoffset() for date in found}) == 2


@pytest.mark.parametrize("slug", SCHEDULES)
def test_every_schedule_is_in_paris_and_away_from_the_hour_that_comes_twice(slug):
    CronSchedule(cron=SCHEDULES[slug]["cron"], timezone=SCHEDULES[slug]["timezone"])
    assert SCHEDULES[slug]["timezone"] == "Europe/Paris"
    assert not [date for date in runs(SCHEDULES[slug], "2027-03-20", 14) if date.hour in (2, 3)]


def test_the_docs_name_every_state():
    page = (ROOT / "docs" / "flows.md").read_text().split("<!-- states:begin -->")[1]
    told = set(re.findall("`([A-Z][^`]+)`", page.split("<!-- states:end -->")[0]))
    stops = {name for name, _ in [*states.STOPS.values(), states.NO_REPLY]}
    assert told >= {name for _, name in states.NAMES} | stops | {"Dirty", "Interrupted"}


def test_the_plan_is_as_written_for_what_the_server_does_not_have():
    for deployment in plan()["deployments"]:
        assert unswitched(deployment, None) == deployment
