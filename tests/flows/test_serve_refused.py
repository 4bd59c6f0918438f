"""`make flows` called wrongly: a line for each fault, before anything is started."""

import socket

import pytest
import yaml

from tests.flows.made import plan, refused
from tests.flows.stand import _as_others
from tests.processes import free_port


@pytest.fixture
def taken():
    """A port where somebody listens, with a free one before it."""
    while True:
        with socket.socket() as one, socket.socket() as two:
            one.bind(("127.0.0.1", 0))
            number = one.getsockname()[1]
            try:
                two.bind(("127.0.0.1", number + 1))
            except (OSError, OverflowError):
                continue
            one.close()
            two.listen()
            yield number + 1
            return


def with_fault(folder, **changes):
    """The deployments of prefect.yaml, some fields of the first one changed."""
    found = plan()
    found["deployments"][0] |= changes
    file = folder / "mine.yaml"
    file.write_text(yaml.safe_dump(found))
    return file


def test_a_port_that_is_taken(tmp_path, taken):
    line = refused(tmp_path, "--port", taken)
    assert line == f"port {taken} is taken; another one: make flows PORT=4300"


def test_the_port_of_the_reports_is_taken(tmp_path, taken):
    line = refused(tmp_path, "--port", taken - 1)
    assert line.startswith(f"port {taken} of the reports (PORT + 1, or --reports) is taken; ")
    assert f"--port {taken - 1}" in line
    assert "\n" not in line


@pytest.mark.parametrize("port", [80000, 65535, 0, -3])
def test_a_port_that_is_none(tmp_path, port):
    line = refused(tmp_path, f"--port={port}", status=2)
    assert line.endswith(" is no port: PORT and the next are from 1 to 65535")


@pytest.mark.parametrize("home", ["", "prefect"])
def test_a_folder_that_may_not_be_written(tmp_path, home):
    tmp_path.chmod(0o500)
    line = refused(tmp_path / home, "--port", free_port(), preexec_fn=_as_others)
    assert line == f"{tmp_path / home}: cannot be made or written: Permission denied"


def test_runs_that_may_not_be_written(tmp_path):
    (tmp_path / "shut").mkdir(0o500)
    found = plan()
    for deployment in found["deployments"][:3]:
        deployment["parameters"]["corpus"]["runs"] = str(tmp_path / "shut" / "runs")
    file = tmp_path / "mine.yaml"
    file.write_text(yaml.safe_dump(found))
    line = refused(tmp_path, "--port", free_port(), "--file", file, preexec_fn=_as_others)
    assert line == f"[Errno 13] Permission denied: '{tmp_path / 'shut' / 'runs'}'"


def test_each_fault_of_a_deployment_is_a_line(tmp_path):
    file = with_fault(
        tmp_path,
        parameters={
            "corpus": {"runs_url": "{{ $AUGMENT_RUNS_URL }}", "workers": "{{ $WORKERS }}"},
            "watched": {"plaze": "data/live"},
            "measuring": {"seeds": "two"},
        },
        schedules=[{"slug": "every-night", "cron": "0 44 * * *"}],
    )
    where = f"{file}: live of flows.nightly.nightly: "
    said = refused(tmp_path, "--port", free_port(), "--file", file).splitlines()
    assert {line.startswith(where) for line in said} == {True}, said
    assert [line.removeprefix(where) for line in said] == [
        "schedule every-night: cron: '0 44 * * *': Invalid cron string: \"0 44 * * *\"",
        "watched.place: is missing",
        "watched.plaze: there is no such field",
        "measuring.seeds: 'two': Input should be a valid integer, "
        "unable to parse string as an integer",
    ]


def test_deployments_that_cannot_be(tmp_path):
    live = plan()["deployments"][0]
    changes = [{"entrypoint": "flows.nigthly.a"}, {"entrypoint": "flows.nightly.b"}]
    changes += [{"work_pool": {}}, {"name": None}]
    file = tmp_path / "mine.yaml"
    file.write_text(yaml.safe_dump({"deployments": [live | change for change in changes]}))
    said = refused(tmp_path, "--port", free_port(), "--file", file).splitlines()
    assert [line.removeprefix(f"{file}: ") for line in said] == [
        "live of flows.nigthly.a: entrypoint: No module named 'flows.nigthly'",
        "live of flows.nightly.b: entrypoint: "
        "Flow function with name 'b' not found in 'flows.nightly'.",
        "live of flows.nightly.nightly: work_pool.name: is missing",
        "None of flows.nightly.nightly: name: None: Input should be a valid string",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("deployments: [", "not YAML: line 2: expected the node content"),
        ("", "None: Input should be a valid dictionary"),
        ("deployments: []", "deployments: []: List should have at least 1 item"),
    ],
)
def test_a_file_without_deployments(tmp_path, text, said):
    file = tmp_path / "mine.yaml"
    file.write_text(f"{text}\n")
    line = refused(tmp_path, "--port", free_port(), "--file", file)
    assert line.startswith(f"{file}: {said}")
    assert "\n" not in line


def test_no_file(tmp_path):
    line = refused(tmp_path, "--port", free_port(), "--file", tmp_path / "none.yaml")
    assert line == f"{tmp_path / 'none.yaml'}: No such file or directory"


def test_runs_in_several_folders(tmp_path):
    """Reports of one folder are shown."""
    parameters = plan()["deployments"][0]["parameters"]
    parameters["corpus"]["runs"] = "elsewhere"
    file = with_fault(tmp_path, parameters=parameters)
    line = refused(tmp_path, "--port", free_port(), "--file", file)
    assert line == (
        f"{file}: corpus.runs has to be one folder for all deployments: data/runs, elsewhere"
    )
