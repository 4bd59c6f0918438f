"""What can happen to a night, stage by stage, and what came of it; real processes are killed.

rows = spoilt(stand, [(fault, "align"), (fault, "keep")], undisturbed(stand))

A night that is hit is begun again, as the schedule would, until it is over. Then everything that it
leaves behind is compared with an undisturbed night.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple

import psutil

from tests.flows.night_folder import MARKS, STAGES, alive
from tests.flows.stand import CONCURRENCY, Stand

ABSENT = 2
"""Seconds a run has to do without a Prefect server, or an LLM."""
GOOD = {"Completed", "Nothing new"}


class Row(NamedTuple):
    """A fault in a stage; ``hit``: the stage had begun and was not done.

    ``state``: what the run was shown as; ``again``: requests in flight that were asked
    again; ``paid``: requests asked again though their reply was stored; ``seconds`` from the fault
    until the stage was done; ``same``: the night ended with the bytes of an undisturbed one.
    """

    fault: str
    stage: str
    hit: bool
    state: str
    again: int
    paid: int
    lost: int
    seconds: float
    same: bool


class Fault(NamedTuple):
    """``strike`` does it to a run's process, which stands still; ``mend`` makes it good.

    ``strike`` gives False if there was nothing to hit.
    ``ends``: the run ends of it, so that it is begun again; ``shown``: the server can know of it.
    """

    name: str
    strike: Callable[[Stand, psutil.Process], bool | None]
    mend: Callable[[Stand], None] = lambda stand: None
    stages: tuple[str, ...] = tuple(STAGES)
    ends: bool = True
    shown: bool = True
    workers: int | None = None


class Hit(NamedTuple):
    """A fault as it struck: the run, when, and how far the LLM and the ledger were."""

    fault: str
    stage: str
    run: str
    hit: bool
    at: float
    asked: int
    stored: frozenset[str]
    state: str = ""
    seconds: float = 0.0


def _descendants(process):
    with suppress(psutil.NoSuchProcess):
        return process.children(recursive=True)
    return []


def _power_cut(stand, process):
    stand.kill("worker", [*_descendants(process), process])


def _server_killed(stand, process):
    """The run goes on without a server, but not through all stages until there is one again."""
    stand.kill("server")
    process.resume()
    time.sleep(ABSENT)
    with suppress(psutil.NoSuchProcess):
        process.suspend()
    stand.start("server")


def _llm_away(stand, process):
    """For so short a time that requests are tried again; longer, and the run ends as LLM away."""
    stand.kill("llm")
    process.resume()
    time.sleep(ABSENT)
    stand.start("llm")


def _full_disk(stand, process):
    process.rlimit(psutil.RLIMIT_FSIZE, (0, psutil.RLIM_INFINITY))


def _read_only(stand, process):
    for folder in [path for path in stand.night.rglob("*") if path.is_dir()]:
        folder.chmod(0o555)


def _writable(stand):
    for folder in [path for path in stand.night.rglob("*") if path.is_dir()]:
        folder.chmod(0o755)


def _dask_killed(stand, process):
    workers = [child for child in _descendants(process) if _is_worker(child)]
    for worker in workers:
        with suppress(psutil.NoSuchProcess):
            worker.kill()
    return bool(workers)


def _is_worker(process):
    with suppress(psutil.Error):
        return "spawn_main" in " ".join(process.cmdline())
    return False


def _second_schedule(stand, process):
    """The second one ends while the first stands still in the midst of its stage."""
    second = stand.begin()
    assert stand.ended(second) == "Already running", stand.state(second)


SPREAD = ("rewrite", "align", "validate", "filter", "measure")
FAULTS = (
    Fault("run killed", lambda stand, process: process.kill()),
    Fault("worker and run killed", _power_cut, lambda stand: stand.start("worker"), shown=False),
    Fault(
        "worker killed",
        lambda stand, process: stand.kill("worker"),
        lambda stand: stand.start("worker"),
    ),
    Fault("server killed", _server_killed, ends=False),
    Fault("dask workers killed", _dask_killed, stages=SPREAD, ends=False, workers=2),
    Fault("disk full", _full_disk),
    Fault("folder read-only", _read_only, _writable),
    Fault("second schedule", _second_schedule, ends=False),
    Fault("LLM away", _llm_away, stages=("generate",), ends=False),
)
STUDIO = Fault(
    "Label Studio away",
    lambda stand, process: stand.studio.stop(),
    lambda stand: stand.studio.start(),
    stages=("push",),
)


def undisturbed(stand):
    """What a night leaves behind to which nothing happens."""
    stand.put()
    run = stand.begin()
    assert stand.ended(run) == "Completed", stand.state(run)
    found = stand.contents()
    assert len(stand.requests()) == len(set(stand.requests())) == len(found["ledger"])
    return found


def spoilt(stand, plan, expected):
    """One night that is hit by each of these faults in these stages; a row for each that was."""
    stand.put()
    most = max(fault.workers or 0 for fault, _ in plan)
    more = {"corpus": stand.given["corpus"] | {"workers": most}} if most else {}
    more |= {"review": {"url": stand.studio.url, "by": None}} if stand.studio else {}
    run, process = stand.running(**more)
    hits = []
    for fault, stage in plan:
        if stand.over(stage):
            continue
        begun = stand.reach(MARKS[stage][0], process)
        if not (begun and alive(process)):
            hits[-1] = hits[-1]._replace(state=stand.ended(run))
            run, process = stand.running(**more)
            stand.reach(MARKS[stage][0], process)
        hit = struck(stand, fault, run, process, stage)
        if not fault.ends and stand.reach(MARKS[stage][1], process):
            hit = hit._replace(state="goes on")
        else:
            hit = hit._replace(state=stand.ended(run))
            run, process = stand.running(**more)
            stand.reach(MARKS[stage][1], process)
        hits.append(hit._replace(seconds=time.monotonic() - hit.at))
        stand.say(f"{hit.fault} in {hit.stage}: {hit.state}")
    if stand.ended(run) not in GOOD:
        run = stand.begin(**more)
    state = stand.ended(run)
    assert state in GOOD, f"{plan}: {stand.state(run)}\n{stand.said()}"
    return rows(stand, hits, expected)


def struck(stand, fault, run, process, stage):
    """Do it to a run that stands still; if that ends the run, wait for the end; then mend."""
    with suppress(psutil.NoSuchProcess):
        process.suspend()
    hit = not stand.over(stage)
    asked, at = len(stand.requests()), time.monotonic()
    try:
        with suppress(psutil.NoSuchProcess):
            hit &= fault.strike(stand, process) is not False
    finally:
        with suppress(psutil.NoSuchProcess):
            process.resume()
    if fault.ends and fault.shown:
        stand.ended(run)
    stored = frozenset(stand.stored())
    fault.mend(stand)
    return Hit(fault.name, stage, run, hit, at, asked, stored)


def rows(stand, hits, expected):
    """What came of it all, when the night is over."""
    found, requests = stand.contents(), stand.requests()
    repeated = [n for n, item in enumerate(requests) if item in requests[:n]]
    same = found == expected
    if not same:
        names = sorted(found.keys() | expected.keys())
        print("differs:", [name for name in names if found.get(name) != expected.get(name)])
    lost = len(set(expected["items"]) ^ set(found["items"]))
    lost += abs(stand.tasks() - stand.samples()) if stand.studio else 0
    return [
        Row(
            fault=hit.fault,
            stage=hit.stage,
            hit=hit.hit,
            state=hit.state,
            again=sum(hit.asked <= n < until for n in repeated),
            paid=sum(requests[n] in hit.stored for n in repeated if n >= hit.asked),
            lost=lost,
            seconds=hit.seconds,
            same=same,
        )
        for hit, until in zip(hits, [*[h.asked for h in hits[1:]], len(requests)], strict=True)
    ]


def good(row):
    """True if nothing was lost or paid twice, and all is as in an undisturbed night."""
    return row.same and not row.paid and not row.lost and row.again <= CONCURRENCY
