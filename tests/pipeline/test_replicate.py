"""A bundle is the same bytes each time, and gives elsewhere the figures that it gives here."""

import getpass
import json
import os
import signal
import socket
import subprocess
import sys
import time

import pytest

from augment.errors import UsageError
from augment.measure.records import Result
from augment.pipeline.replicate import differences, merge, opened, run, section, settings_of
from augment.pipeline.replicate.machine import encoder, machine, packages, shown, sources
from augment.pipeline.replicate.records import (
    Machine,
    Ran,
    Replicated,
    Version,
    documents_hash,
    sealed,
)
from augment.pipeline.replicate.run import _placeless
from augment.read import read_all
from augment.store import write_lines
from tests.pipeline.replicated import (
    GOLD,
    GRID,
    SAMPLE,
    augment,
    bundle,
    head,
    rewritten,
    written,
)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with a bundle, and the gold in another format."""
    folder = tmp_path_factory.mktemp("replicate")
    bundle(folder)
    (folder / "corpora/deep").mkdir(parents=True)
    for name in ("train", "test"):
        write_lines(folder / f"corpora/deep/{name}.jsonl", read_all(SAMPLE / f"{name}.txt")[0])
    return folder


@pytest.fixture(scope="module")
def result(place):
    """What came back from running it, interrupted once for good."""
    command = ["replicate", "run", place / "bundle.zip", "--corpora", place / "corpora"]
    command += ["--out", place / "result.json", "--jobs", "1"]
    work = place / "result.json.work"
    started = subprocess.Popen([sys.executable, "-m", "augment", *map(str, command)])
    while started.poll() is None and len(list(work.glob("*.json"))) < 3:
        time.sleep(0.02)
    started.send_signal(signal.SIGKILL)
    started.wait()
    finished = {path.name: path.stat().st_mtime_ns for path in work.glob("*.json")}
    assert len(finished) >= 3 and not (place / "result.json").exists()
    assert augment(*command) == 0
    assert finished.items() <= {p.name: p.stat().st_mtime_ns for p in work.iterdir()}.items()
    return place / "result.json"


def test_the_same_input_gives_the_same_bytes(place):
    again = place / "again.zip"
    command = [*GOLD, *GRID, "--add", place / "more.jsonl", "--out", again]
    subprocess.run(
        [sys.executable, "-m", "augment", "replicate", "make", *map(str, command)],
        env={**os.environ, "PYTHONHASHSEED": "7"},
        check=True,
    )
    assert again.read_bytes() == (place / "bundle.zip").read_bytes()


def test_a_bundle_holds_no_gold_unless_asked_and_is_the_same_experiment_then(place, tmp_path):
    found = opened(place / "bundle.zip")
    gold = read_all(SAMPLE / "train.txt")[0] + read_all(SAMPLE / "test.txt")[0]
    written_down = found.files["bundle.json"] + found.files["README.md"]
    assert not any(d.text.encode() in written_down for d in gold)
    assert not any(str(p).encode() in written_down for p in (place, SAMPLE))
    assert {name for name in found.files if "/" in name} == {
        "additions/more-0.jsonl",
        "guide/guide.yaml",
    }
    whole = opened(bundle(tmp_path, "--with-corpora"))
    assert {"corpora/train.jsonl", "corpora/test.jsonl"} <= whole.files.keys()
    assert whole.bundle.id == found.bundle.id


def test_the_figures_are_those_of_measure_after_a_kill_too(place, result):
    direct = place / "direct.json"
    more = ("--add", place / "more.jsonl", "--jobs", "1", "--json", direct)
    assert augment("measure", *GOLD, *GRID, *more) == 0
    found = json.loads(result.read_text())
    assert Result.model_validate(found["result"]) == Result.model_validate_json(direct.read_text())
    assert found["resumed"] and found["bundle"] == head(place / "bundle.zip")["id"]
    assert found["students"] == [{"name": "rules", "asked": True, "encoder": None}]
    assert found["packages"]["numpy"] == packages()["numpy"]


def test_a_result_names_no_place_and_nobody(place, result):
    text = result.read_text()
    names = [str(place), str(SAMPLE), socket.gethostname(), f"/{getpass.getuser()}"]
    assert not [name for name in names if name in text]


def test_rows_go_between_the_marks_and_nothing_else_moves(place, result):
    page, out = place / "page.md", place / "merged.json"
    page.write_bytes("# Résultats\r\n\r\nsans fin de ligne".encode())
    command = ["replicate", "merge", place / "bundle.zip", "--out", out, "--table", page]
    assert augment(*command, result) == 0
    once = page.read_bytes(), out.read_bytes()
    assert augment(*command, result, result) == 0
    assert (page.read_bytes(), out.read_bytes()) == once
    text = once[0].decode()
    assert text.startswith("# Résultats\r\n\r\nsans fin de ligne\n\n<!-- replicate:begin ")
    page.write_bytes((text + "après\r\n").encode().replace(b"| rules |", b"| old |"))
    assert augment(*command, result) == 0
    assert page.read_bytes().decode() == text + "après\r\n"
    date = json.loads(result.read_text())["date"][:10]
    assert f"| {machine()} | {date} | rules | 10 | base | 0 |" in text


def test_a_student_that_the_bundle_does_not_name_is_marked(tmp_path):
    path, out = bundle(tmp_path, "--student", "linear"), tmp_path / "result.json"
    assert head(path)["settings"]["students"] == ["rules", "linear"]
    settings = {**head(path)["settings"], "students": ["linear"]}
    other = rewritten(path, tmp_path / "linear.zip", settings=settings)
    command = ("replicate", "run", other, "--corpora", SAMPLE, "--out", out, "--jobs", "1")
    assert augment(*command, "--student", "rules") == 0
    page = tmp_path / "page.md"
    merge_command = ("replicate", "merge", other, out, "--out", tmp_path / "m.json")
    assert augment(*merge_command, "--table", page) == 0
    students = [line.split(" | ")[2] for line in page.read_text().splitlines() if "| 10 |" in line]
    assert set(students) == {"rules (not in the bundle)"}


def test_a_recipe_goes_with_the_bundle(tmp_path):
    made = bundle(tmp_path, "--choose", "random:50%,weight=0.5")
    out = tmp_path / "result.json"
    told = ("replicate", "run", made, "--corpora", SAMPLE, "--out", out, "--jobs", 1)
    assert augment(*told) == 0
    arms = json.loads(out.read_text())["result"]["arms"]
    assert arms["more@random:50% weight=0.5"]["10"]["documents"] == 2


def test_an_addition_by_hash_is_found_among_the_files_given(tmp_path):
    path = bundle(tmp_path, "--by-hash", "more")
    assert "additions/more-0.jsonl" not in opened(path).files
    command = ["replicate", "run", path, "--out", tmp_path / "result.json", "--jobs", "1"]
    given = ("--corpora", SAMPLE / "train.txt", "--corpora", SAMPLE / "test.txt")
    assert augment(*command, *given) == 2
    assert augment(*command, *given, "--corpora", tmp_path / "more.jsonl") == 0


def test_the_hash_of_documents_is_of_their_content_and_order_not_of_rights(tmp_path):
    one, other = (
        read_all(written(tmp_path / f"{flag}.jsonl", release=flag))[0] for flag in (True, False)
    )
    assert one != other and documents_hash(one) == documents_hash(other)
    assert documents_hash(one) != documents_hash(one[::-1])
    assert documents_hash(one) != documents_hash(one[:-1])


def test_another_augment_is_said_and_marked(place, result):
    found = opened(place / "bundle.zip").bundle
    assert not list(differences(found))
    old = found.model_copy(
        update={
            "augment": Version(version="0.0.1", sha256="0" * 64),
            "python": "3.9.0",
            "requirements": ("numpy==1.0", "nope==2"),
        }
    )
    said = list(differences(old))
    assert "made with augment 0.0.1 (sources 00000000), this is" in said[0]
    assert "Python 3.9.0" in said[1]
    assert f"numpy {packages()['numpy']} for 1.0, nope None for 2" in said[2]
    row = Replicated.model_validate_json(result.read_text())
    assert f"rules ({sources()})" in section(merge(old, [row]))


def test_encoders_are_named_without_their_place(tmp_path):
    folder = tmp_path / "camembert"
    folder.mkdir()
    (folder / "model.safetensors").write_bytes(b"weights")
    (folder / "notes.md").write_text("one")
    student = f"transformer:{folder}"
    first = encoder(student)
    (folder / "notes.md").write_text("two")
    assert encoder(student) == first and first.name == "camembert"
    (folder / "model.safetensors").write_bytes(b"others")
    assert encoder(student).sha256 != first.sha256
    assert encoder("linear") is None
    assert (shown(student), shown("linear")) == ("transformer:camembert", "linear")
    assert shown("transformer:almanach/camembert-base") == "transformer:almanach/camembert-base"
    inner = Result(seeds=1, test_documents=1, student=student)
    found = _placeless(inner.model_copy(update={"others": {student: inner}}), [student])
    assert str(tmp_path) not in found.model_dump_json()
    assert found.others["transformer:camembert"].student == "transformer:camembert"


def test_a_folder_within_another_keeps_its_name(tmp_path):
    outer, inner = tmp_path / "camembert", tmp_path / "camembert/tuned"
    inner.mkdir(parents=True)
    students = [f"transformer:{folder}" for folder in (outer, inner)]
    others = {name: Result(seeds=1, test_documents=1, student=name) for name in students}
    found = _placeless(Result(seeds=1, test_documents=1, others=others), students)
    assert list(found.others) == ["transformer:camembert", "transformer:tuned"]


def test_students_that_the_result_could_not_tell_apart(place, tmp_path):
    for folder in ("a/camembert", "b/camembert"):
        (tmp_path / folder).mkdir(parents=True)
    found = opened(place / "bundle.zip")
    names = tuple(f"transformer:{tmp_path}/{x}/camembert" for x in "ab")
    settings = settings_of(found.bundle, students=names)
    with pytest.raises(UsageError, match="2 students are called transformer:camembert"):
        run(found, [], settings, work=tmp_path / "work")


def test_a_machine_is_told_by_its_gpu_or_cpu():
    given = {"cores": 16, "cpu": "Xeon", "memory_gb": None, "system": "Debian"}
    assert str(Machine(**given, gpus=("NVIDIA H200",) * 2)) == "2 × NVIDIA H200, 16 cores"
    assert str(Machine(**given, gpus=())) == "Xeon, 16 cores"
    assert machine().cores and machine().cpu and machine().system


def test_figures_of_the_second_student_are_its_own(place, result):
    row = Replicated.model_validate_json(result.read_text())
    other = row.result.model_copy(update={"student": "linear", "notes": ["its own"]})
    both = row.result.model_copy(update={"others": {"linear": other}})
    linear = Ran(name="linear", asked=False, encoder=None)
    row = sealed(row.model_copy(update={"result": both, "students": (*row.students, linear)}))
    assert [row.of(student).student for student in row.students] == ["rules", "linear"]
    assert row.sha256 == row.identity()
