"""A run on dask workers: the same bytes as in one process, with a worker killed on the way too."""

import signal
import subprocess
import sys

import pytest

from augment.errors import UsageError
from augment.pipeline.run import run
from augment.pipeline.spread import here
from tests.pipeline.test_run import contents
from tests.pipeline.test_spread import config, double

distributed = pytest.importorskip("distributed")
dask = pytest.importorskip("flows.cluster")


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    """Measured, so that the trials of the grid are spread too."""
    out = tmp_path_factory.mktemp("run") / "here"
    run(config(measure=True), out, spread=here)
    return contents(out)


@pytest.fixture(scope="module")
def scheduler():
    """A scheduler and two workers without nannies: nobody starts them again."""
    with distributed.LocalCluster(n_workers=0, dashboard_address="127.0.0.1:0") as found:
        command = [sys.executable, "-m", "distributed.cli.dask_worker", found.scheduler_address]
        command += ["--no-nanny", "--nthreads", "1", "--no-dashboard"]
        workers = [subprocess.Popen(command, stderr=subprocess.DEVNULL) for _ in range(2)]
        with distributed.Client(found) as client:
            client.wait_for_workers(2)
        yield found.scheduler_address, workers
        for worker in workers:
            worker.kill()
            worker.wait()


def test_a_local_cluster_of_two(tmp_path, expected):
    with dask.cluster(workers=2) as spread:
        assert list(spread(double, range(9))) == [2 * i for i in range(9)]
        run(config(measure=True), tmp_path / "run", spread=spread, part=5)
    assert contents(tmp_path / "run") == expected


def test_a_scheduler_by_its_address(tmp_path, expected, scheduler):
    with dask.cluster(scheduler=scheduler[0]) as spread:
        run(config(measure=True), tmp_path / "run", spread=spread, part=7)
    assert contents(tmp_path / "run") == expected


def test_a_worker_that_is_killed_in_the_midst_of_a_run(tmp_path, expected, scheduler, caplog):
    address, (worker, _) = scheduler

    def track(items, what, total):
        for number, item in enumerate(items):
            if what == "rewriting" and number == 5:
                worker.send_signal(signal.SIGKILL)
            yield item

    with dask.cluster(scheduler=address) as spread:
        run(config(measure=True), tmp_path / "run", spread=spread, part=2, track=track)
        assert worker.wait() == -signal.SIGKILL
    assert contents(tmp_path / "run") == expected
    assert "is gone" in caplog.text


def test_no_scheduler_there_is_one_clear_line(monkeypatch):
    monkeypatch.setattr(dask, "PATIENCE", 1)
    with (
        pytest.raises(UsageError, match="no dask scheduler answers"),
        dask.cluster(scheduler="tcp://127.0.0.1:9"),
    ):
        pass


def test_a_scheduler_without_workers_is_one_clear_line(monkeypatch):
    monkeypatch.setattr(dask, "PATIENCE", 2)
    with (
        distributed.LocalCluster(n_workers=0, dashboard_address="127.0.0.1:0") as idle,
        pytest.raises(UsageError, match="has no worker"),
        dask.cluster(scheduler=idle.scheduler_address),
    ):
        pass
