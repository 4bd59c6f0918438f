"""Bad input gives one line that says what, where and what to do, the right code, no traceback."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from augment.cli import main
from augment.cli.common import out
from augment.read import read_all
from augment.store import write_lines
from tests.helpers import ROOT, doc, listen

SAMPLE = ROOT / "data/sample"
GUIDE = ("--guide", "ukraine_live")
RULES = ("--student", "rules")
TEXT = "[[1:PLACE|Kiev]] est loin de [[2:PLACE|Paris]]."
AUGMENT = [sys.executable, "-m", "augment"]


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """A folder with a corpus of each bad kind, a good one and a model."""
    monkeypatch.chdir(tmp_path)
    files = {
        "empty.txt": b"",
        "binary.csv": bytes(range(256)) * 20,
        "binary": bytes(range(256)) * 20,
        "broken.json": b'{"id": "a", "text": ',
        "broken.jsonl": b'{"id": "a", "text": ',
        "latin.csv": 'id,text,entities,relations\n1,"café",[],[]\n'.encode("latin-1"),
        "utf16.txt": "=== a\ntexte\n".encode("utf-16"),
        "no_text.jsonl": b'{"id": "a", "text": ""}\n',
    }
    for name, content in files.items():
        Path(name).write_bytes(content)
    Path("folder").mkdir()
    related = (1, "IS_LOCATED_IN", 2)
    write_lines(Path("one.jsonl"), [doc(TEXT, related)])
    write_lines(Path("bare.jsonl"), [doc(TEXT, id=f"d{i}") for i in range(3)])
    write_lines(Path("unknown.jsonl"), [doc(TEXT, (1, "FAR_FROM", 2))])
    return tmp_path


@pytest.fixture
def model():
    assert run("train", "--train", "one.jsonl", *RULES, *GUIDE, "--out", "model") == 0
    return "model"


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as caught:
        main([str(a) for a in arguments])
    return caught.value.code or 0


def refused(capsys, *arguments: object) -> tuple[int, str]:
    """Code and standard error of a command that must fail in one line and one hint."""
    code = run(*arguments)
    said = capsys.readouterr().err
    lines = said.splitlines()
    assert lines[0].startswith("error: ")
    assert [line[:4] for line in lines[1:]] in ([], ["  → "])
    return code, said


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["nope"], "No such command 'nope'"),
        (["stats"], "Missing argument 'corpus'"),
        (["stats", "a", "--nope"], "No such option: --nope"),
        (["plan", "one.jsonl", *GUIDE, "--samples", "0"], "greater than or equal to 1"),
        (["plan", "one.jsonl", *GUIDE, "--scores", "binary"], "binary: not JSON"),
        (["plan", "one.jsonl", *GUIDE, "--scores", "folder"], "folder: Is a directory"),
        (["show", "nope"], "No such command 'nope'"),
        (["guide", "show", "ukraine_live", "NOPE"], "no type 'NOPE'"),
        (["guide", "init", "--from", "one.jsonl", "--out", "g", "--text", "binary"], "binary"),
        (["measure", "--train", "one.jsonl", "--gold-sizes", "0"], "'0' is no size"),
        (["measure", "--train", "one.jsonl", "--gold-sizes", "10,x"], "'x' is no size"),
        (["measure", "--train", "one.jsonl", "--folds", "0"], "--folds"),
        (["measure", "--train", "bare.jsonl", "--folds", "3"], "3 folds of 1 documents"),
        (["run"], "no corpus given"),
        (["run", "--corpus", "one.jsonl"], "no guide given"),
        (["run", "one.jsonl"], "no corpus given in one.jsonl"),
        (["run", "binary"], "binary: not YAML"),
        (
            ["run", "--corpus", "one.jsonl", *GUIDE, "--set", "call.timeout=x"],
            "call.timeout: 'x'",
        ),
        (
            ["show", "prompt", "compose", "--orders", "one.jsonl"],
            "one.jsonl: not a file of orders\n  → one order a line",
        ),
    ],
)
def test_a_wrong_call(capsys, arguments, says):
    code, said = refused(capsys, *arguments)
    assert code == 2
    assert says in said


READERS = {
    "stats": ["stats", "{}"],
    "plan": ["plan", "{}", *GUIDE],
    "convert": ["convert", "{}", "out.jsonl", "--to", "jsonl"],
    "guide init": ["guide", "init", "--from", "{}", "--out", "out"],
    "guide diff": ["guide", "diff", "ukraine_live", "{}"],
    "train": ["train", "--train", "{}", *RULES, "--out", "out"],
    "predict": ["predict", "model", "{}", "--out", "out.jsonl"],
    "measure": ["measure", "--train", "{}", *RULES, "--json", "out.json"],
    "run": ["run", "--corpus", "{}", *GUIDE, *RULES, "--no-measure", "--out", "out"],
}
CORPORA = {
    "none.csv": 2,
    "empty.txt": 2,
    "folder": 2,
    "binary": 2,
    "binary.csv": 2,
    "utf16.txt": 2,
    "broken.json": 1,
    "broken.jsonl": 1,
    "latin.csv": 1,
    "no_text.jsonl": 1,
}


@pytest.mark.parametrize("corpus", CORPORA)
@pytest.mark.parametrize("command", READERS)
def test_a_corpus_that_cannot_be_read(capsys, model, command, corpus):
    Path("out.jsonl").write_text("earlier")
    capsys.readouterr()
    code = run(*(part.format(corpus) for part in READERS[command]))
    said = capsys.readouterr()
    errors = [line for line in said.err.splitlines() if line.startswith("error: ")]
    assert (code, len(errors), said.out) == (CORPORA[corpus], 1, "")
    assert corpus in said.err
    assert len(said.err.splitlines()) <= 3
    assert Path("out.jsonl").read_text() == "earlier"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["predict", "model", "one.jsonl", "--out", "one.jsonl"], "would overwrite the input"),
        (["predict", "model", "one.jsonl", "--out", "folder"], "folder: a folder"),
        (["train", "--train", "one.jsonl", "--out", "full"], "full: a folder with other files"),
        (["train", "--train", "one.jsonl", "--out", "one.jsonl/m"], "one.jsonl is a file"),
        (["measure", "--train", "one.jsonl", "--json", "folder"], "folder: a folder"),
        (["measure", "--train", "one.jsonl", "--json", "one.jsonl"], "would overwrite the input"),
        (["guide", "init", "--from", "one.jsonl", "--out", "one.jsonl"], "one.jsonl: a file"),
        (["guide", "html", "ukraine_live", "--out", "folder"], "folder: a folder"),
        (["run", "--corpus", "one.jsonl", *GUIDE, "--out", "full"], "full: not a run folder"),
        (["run", "--corpus", "one.jsonl", *GUIDE, "--out", "one.jsonl"], "one.jsonl: cannot be"),
    ],
)
def test_a_target_that_must_not_be_written(capsys, model, arguments, says):
    Path("full").mkdir()
    Path("full/notes.txt").write_text("mine")
    before = Path("one.jsonl").read_bytes()
    capsys.readouterr()
    code, said = refused(capsys, *arguments)
    assert code == 2
    assert says in said
    assert Path("one.jsonl").read_bytes() == before
    assert [p.name for p in Path("full").iterdir()] == ["notes.txt"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"a: [1", "not YAML: line"),
        (b"\xff\x00", "not YAML"),
        (b"", "valid dictionary"),
        (b"name: x\nentities: {P: {family: p, colr: red}}\nrelations: {}", "entities.P.colr"),
        (
            b"name: x\nentities: {P: {family: p}}\nrelations: {R: {signatures: [[P, NOPE]]}}",
            "relations.R.signatures: unknown type or family 'NOPE'",
        ),
    ],
)
@pytest.mark.parametrize("command", [["guide", "check"], ["validate", "one.jsonl", "--guide"]])
def test_a_guide_with_an_error(capsys, content, says, command):
    Path("folder/guide.yaml").write_bytes(content)
    code, said = refused(capsys, *command, "folder")
    assert code == 2
    assert "folder/guide.yaml" in said
    assert says in said


def test_a_gate_needs_figures(capsys):
    options = ["--corpus", "one.jsonl", *GUIDE, "--out", "r"]
    code, said = refused(capsys, "run", *options, "--no-measure", "--set", "gate=true")
    assert (code, "gate: needs measure" in said) == (2, True)
    assert not Path("r").exists()


def test_names_of_arms_are_reserved(capsys):
    options = ["--corpus", "one.jsonl", *GUIDE, "--out", "r"]
    for name in ("base", "placebo", "samples"):
        code, said = refused(capsys, "run", *options, "--add", f"{name}=bare.jsonl")
        assert (code, f"the name '{name}' is reserved" in said) == (2, True)
    assert not Path("r").exists()


def test_nothing_to_test_on(capsys):
    options = [*GUIDE, *RULES, "--no-measure", "--out", "r"]
    code, said = refused(capsys, "run", "--corpus", "bare.jsonl", *options)
    assert (code, "give a test set with --test" in said) == (1, True)
    options = ["--train", "unknown.jsonl", "--test", "bare.jsonl", *RULES]
    code, said = refused(capsys, "measure", *options)
    assert (code, "no relation in the test documents" in said) == (1, True)


def test_a_corpus_without_annotation(capsys):
    items = SAMPLE / "raw.jsonl"
    options = ["--corpus", items, *GUIDE, *RULES, "--no-measure", "--out", "r"]
    assert run("run", *options, "--strategy", "mentions") == 0
    assert "nothing to make samples of: is" in capsys.readouterr().err
    assert run("train", "--train", SAMPLE / "train.txt", *GUIDE, *RULES, "--out", "m") == 0
    assert run("predict", "m", items, "--out", "found.jsonl") == 0
    assert "raw.jsonl: no document has an entity" in capsys.readouterr().err


def test_nothing_accepted(capsys):
    options = ["--corpus", "one.jsonl", "--test", SAMPLE / "test.txt", *GUIDE, *RULES]
    assert run("run", *options, "--samples", 2, "--no-measure", "--out", "r") == 0
    assert "nothing was accepted: r/dropped.jsonl says why" in capsys.readouterr().err


def test_types_that_the_guide_does_not_know():
    assert run("train", "--train", "unknown.jsonl", *GUIDE, *RULES, "--out", "m") == 0
    assert run("predict", "m", "unknown.jsonl", "--out", "p.jsonl") == 0
    assert {r.type for r in read_all("p.jsonl")[0][0].relations} >= {"FAR_FROM"}


def test_a_guide_from_one_document(capsys):
    odd = doc("[[1:PLACE|Kiev]] [[ville]]".replace("[[ville]]", r"\[ville\]"), (1, "a: - b #c", 1))
    write_lines(Path("odd.jsonl"), [odd])
    assert run("guide", "init", "--from", "odd.jsonl", "--out", "odd") == 0
    assert run("validate", "odd.jsonl", "--guide", "odd", "--strict") == 0


def test_no_relations_is_no_share(capsys):
    assert run("validate", "bare.jsonl", *GUIDE) == 0
    assert "conform" not in capsys.readouterr().out


def start(*arguments: str, **options) -> subprocess.Popen:
    return subprocess.Popen(
        [*AUGMENT, *arguments],
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=listen,
        env={**os.environ, "PYTHONPATH": str(ROOT), **options.pop("env", {})},
        **options,
    )


@pytest.mark.parametrize("more", [[], ["--json"], ["--help"]])
def test_a_reader_that_leaves(more):
    reader, writer = os.pipe()
    os.close(reader)
    process = start("stats", "one.jsonl", *more, stdout=writer)
    os.close(writer)
    assert process.communicate()[1] == ""
    assert process.returncode == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="not run: no /dev/full")
@pytest.mark.parametrize("more", [[], ["--json"]])
def test_a_full_disk(more):
    with Path("/dev/full").open("w") as full:
        process = start("stats", "one.jsonl", *more, stdout=full)
    _, said = process.communicate()
    assert said.startswith("error: output: No space left")
    assert process.returncode == 1


def test_a_model_is_not_shown_as_a_pictogram(capsys):
    out.print("openai:m: dropped: refusal 1", markup=False)
    assert capsys.readouterr().out == "openai:m: dropped: refusal 1\n"


def test_an_interruption():
    os.mkfifo("pipe.jsonl")
    process = start("stats", "pipe.jsonl")
    with Path("pipe.jsonl").open("w"):  # opens when the command is reading
        process.send_signal(signal.SIGINT)
        _, said = process.communicate()
    assert said.startswith("error: interrupted\n")
    assert process.returncode == 130


def test_an_interruption_that_a_library_makes_an_error_of_its_own():
    code = (
        "import os, signal, augment.cli as c\n"
        "def app(**_):\n"
        "    try: os.kill(os.getpid(), signal.SIGINT); signal.pause()\n"
        "    except KeyboardInterrupt as e: raise ImportError('half loaded') from e\n"
        "c.app = app; c.main([])"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, preexec_fn=listen)
    assert (done.returncode, done.stderr.splitlines()[0]) == (130, "error: interrupted")


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_a_terminal_without_unicode(encoding):
    pipe = {"stdout": subprocess.PIPE, "encoding": encoding}
    options = {"env": {"PYTHONIOENCODING": encoding}, **pipe}
    shown, said = start("guide", "show", "ukraine_live", "--json", **options).communicate()
    assert (json.loads(shown)["name"], said) == ("ukraine_live", "")
    shown, said = start("stats", str(SAMPLE / "test.txt"), **options).communicate()
    assert ("20 documents" in shown, said) == (True, "")


def test_help_loads_nothing_heavy():
    code = (
        "import sys\nfrom augment.cli import main\ntry: main(['--help'])\n"
        "except SystemExit: print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    loaded = {name.partition(".")[0] for name in done.stdout.splitlines()[-1].split()}
    assert "typer" in loaded
    assert not loaded & {"numpy", "pandas", "scipy", "sklearn", "spacy", "pyarrow", "yaml"}
