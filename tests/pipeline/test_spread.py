"""Work spread over processes: the same bytes as in one, whoever is killed on the way."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from subprocess import PIPE

import pytest

from augment.config import load
from augment.errors import UnknownName, UsageError, WorkersLost
from augment.pipeline.run import run
from augment.pipeline.spread import AHEAD, call, each, here, pack, processes
from tests.helpers import ROOT, listen
from tests.pipeline.test_run import contents

SAMPLE = ROOT / "data" / "sample"


def config(**more):
    given = {"samples": 12, "student": "rules", "seeds": 1, "measure": False, "gold_sizes": (20,)}
    return load(SAMPLE / "run.yaml", given | more)


def double(number):
    return 2 * number


@pytest.mark.parametrize("spread", [here, processes(1), processes(2)])
@pytest.mark.parametrize("size", [1, 7, 100])
def test_results_come_in_order_whatever_the_spread_and_the_size_of_parts(spread, size):
    assert list(each(spread, double, range(20), size)) == [2 * i for i in range(20)]
    assert list(each(spread, double, [], size)) == []


def test_few_parts_are_under_way():
    pulled = []

    def parts():
        for i in range(100):
            pulled.append(i)
            yield i

    results = processes(2)(double, parts())
    assert pulled == []
    assert [next(results), next(results)] == [0, 2]
    assert len(pulled) <= 2 + 2 * AHEAD
    results.close()


def test_the_part_of_a_killed_process_is_done_again(tmp_path, caplog):
    def once(number):
        if number == 5 and not (tmp_path / "killed").exists():
            (tmp_path / "killed").touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return number

    assert list(processes(2)(once, range(10))) == list(range(10))
    assert "a process was killed" in caplog.text


def test_a_part_that_kills_every_process_ends_the_work():
    with pytest.raises(WorkersLost, match="again and again"):
        list(processes(2)(lambda number: os.kill(os.getpid(), signal.SIGKILL), range(2)))


def test_an_error_of_the_library_comes_back_as_it_is():
    def wrong(number):
        raise UnknownName("no such strategy", hint="take another")

    with pytest.raises(UnknownName, match="no such strategy") as error:
        list(processes(2)(wrong, range(3)))
    assert error.value.hint == "take another"


def runs(pid):
    """Whether a process is there, and no zombie."""
    try:
        return bool(Path(f"/proc/{pid}/cmdline").read_bytes())
    except OSError:
        return False


def test_processes_end_when_nobody_wants_their_work_any_more(tmp_path):
    """Also with a part that was given a moment ago: several times, as none of them started it."""

    def work(number):
        (tmp_path / str(os.getpid())).touch()
        time.sleep(300 if number > 1 else 0)

    for _ in range(8):
        results = processes(2)(work, range(40))
        next(results)
        while len(list(tmp_path.iterdir())) < 2:
            time.sleep(0.01)
        time.sleep(0.1)
        next(results)
        results.close()
    deadline = time.monotonic() + 30
    while any(runs(path.name) for path in tmp_path.iterdir()):
        assert time.monotonic() < deadline
        time.sleep(0.1)


class Odd(Exception):
    """As other packages have them: made from more than it keeps, so it cannot be unpickled."""

    def __init__(self, what, where):
        super().__init__(f"{what} in {where}")


def test_an_error_that_cannot_travel_is_said_and_is_no_killed_process(caplog):
    def wrong(number):
        raise Odd("no such thing", "part 3")

    with pytest.raises(WorkersLost, match="Odd: no such thing in part 3"):
        list(processes(2)(wrong, range(3)))
    assert "killed" not in caplog.text


SCRIPT = """
import os, time
from augment.pipeline.spread import processes
def work(number):
    print(os.getpid(), flush=True)
    time.sleep(300)
list(processes(2)(work, range(4)))
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_processes_end_with_the_one_they_work_for(number):
    command = [sys.executable, "-c", SCRIPT]
    owner = subprocess.Popen(command, stdout=PIPE, stderr=PIPE, text=True, preexec_fn=listen)
    workers = [int(owner.stdout.readline()) for _ in range(2)]
    owner.send_signal(number)
    owner.wait(timeout=60)
    deadline = time.monotonic() + 30
    while any(os.path.exists(f"/proc/{pid}/cmdline") for pid in workers):  # noqa: PTH110
        assert time.monotonic() < deadline
        time.sleep(0.1)
    owner.stdout.close()
    owner.stderr.close()


def test_a_run_is_the_same_to_the_byte(tmp_path):
    """Rewriting, aligning, validating and filtering in one part and in many, here and there."""
    run(config(train=False), tmp_path / "whole", spread=here)
    run(config(train=False), tmp_path / "spread", spread=processes(2), part=5)
    expected = contents(tmp_path / "whole")
    assert {"05_align/part-0000.jsonl", "07_filter/part-0000.jsonl"} <= expected.keys()
    assert contents(tmp_path / "spread") == expected
    assert not (tmp_path / "whole" / "model").exists()


def test_a_worker_of_another_version_is_refused():
    packed = pack(double)
    assert call(packed, 2) == 4
    with pytest.raises(UsageError, match=r"and the work is of 9\.9"):
        call(b"9.9" + packed[packed.index(b"\n") :], 2)
