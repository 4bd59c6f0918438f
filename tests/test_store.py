import resource
import subprocess
import sys

import pytest

from augment.reasons import Reason
from augment.schema import Document, Drop
from augment.store import digest, read_lines, write_lines, writing
from tests.helpers import doc

A, B = doc("[[1:PLACE|Kiev]] résiste.", id="a"), doc("Rien à signaler.", id="b")
DROP = Drop(id="c", stage="read", reason=Reason.BROKEN_JSON)


def test_a_full_disk_leaves_the_earlier_file(tmp_path):
    path = tmp_path / "x.jsonl"
    write_lines(path, [A])
    before = digest(path)
    code = (
        "import resource, signal, sys; from pathlib import Path\n"
        "from augment.store import writing\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "with writing(Path(sys.argv[1])) as file: file.write('x' * 100_000)"
    )
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != 1000
    full = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True)
    assert "DiskFull" in full.stderr
    assert "cannot write: File too large" in full.stderr
    assert digest(path) == before
    assert [p.name for p in tmp_path.iterdir()] == ["x.jsonl"]


def test_an_exception_while_writing_leaves_the_earlier_file(tmp_path):
    path = tmp_path / "x.jsonl"
    write_lines(path, [A])
    with pytest.raises(ZeroDivisionError), writing(path) as file:
        file.write(str(1 / 0))
    assert list(read_lines(path, Document)) == [A]


def test_the_digest_of_a_folder_sees_names_and_contents(tmp_path):
    (tmp_path / "a").write_text("1")
    first = digest(tmp_path)
    (tmp_path / "a").rename(tmp_path / "b")
    second = digest(tmp_path)
    (tmp_path / "b").write_text("2")
    assert len({first, second, digest(tmp_path)}) == 3
