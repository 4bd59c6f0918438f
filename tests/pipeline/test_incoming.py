"""Watched places: every item taken once, also by a process that is killed again and again."""

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from augment.errors import PathError
from augment.files import fetch
from augment.pipeline.incoming import Incoming, finish, next_batch
from augment.pipeline.quarantine import quarantine
from augment.read import write
from augment.reasons import Reason
from augment.schema import Document, Drop, Meta
from augment.store import read_lines, write_lines
from tests.helpers import ROOT, doc
from tests.read.live import blog, le_monde, page, post, update
from tests.read.test_pdf import pdf

OLD = time.time() - 3600


def put(folder, name, *texts, age=3600.0):
    """A JSONL file of raw items that was written so many seconds ago."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    write_lines(path, [Document(id=f"{path.stem}-{n}", text=t) for n, t in enumerate(texts)])
    os.utime(path, (time.time() - age, time.time() - age))
    return path


@pytest.fixture
def incoming(tmp_path):
    (tmp_path / "live").mkdir()
    return Incoming(place=str(tmp_path / "live"), work=tmp_path / "work")


def texts(batch):
    return [d.text for d in read_lines(batch.items, Document)]


def test_what_is_new_is_one_batch_and_comes_again_until_it_is_finished(incoming):
    live = Path(incoming.place)
    put(live, "a.jsonl", "Kiev résiste.", "Lviv attend.")
    first = next_batch(incoming)
    assert texts(first.batch) == ["Kiev résiste.", "Lviv attend."]
    put(live, "b.jsonl", "Odessa tient.")
    assert next_batch(incoming).batch == first.batch
    finish(incoming, first.batch)
    second = next_batch(incoming)
    assert texts(second.batch) == ["Odessa tient."]
    assert second.batch.files == ("b.jsonl",)
    finish(incoming, second.batch)
    assert next_batch(incoming) == (None, (), (), 2)


def test_what_is_gold_by_now_is_left_out_of_an_unfinished_batch(incoming):
    put(Path(incoming.place), "a.jsonl", "Kiev résiste.", "Lviv attend.", "Odessa tient.")
    first = next_batch(incoming).batch
    gold = [doc("Kiev résiste.", id="x"), doc("Un autre texte.", id="a-1")]
    batch = next_batch(incoming, known=iter(gold)).batch
    kept = list(read_lines(batch.items, Document))
    assert (batch.name, batch.documents) == (first.name, 2)
    assert [d.text for d in kept] == ["Lviv attend.", "Odessa tient."]
    assert (kept[0].id[:4], kept[1].id) == ("a-1+", "a-2")
    assert next_batch(incoming).batch == first
    put(Path(incoming.place), "b.jsonl", "Lyon dort.")
    gold += [doc(text, id=text) for text in ("Lviv attend.", "Odessa tient.")]
    assert texts(next_batch(incoming, known=iter(gold)).batch) == ["Lyon dort."]


def test_an_unfinished_batch_that_is_gone_is_one_clear_error(incoming):
    put(Path(incoming.place), "a.jsonl", "Kiev résiste.")
    shutil.rmtree(next_batch(incoming).batch.items.parent)
    with pytest.raises(PathError, match="was not finished, and is gone") as found:
        next_batch(incoming)
    assert "seen.sqlite" in found.value.hint


def test_an_item_is_known_by_its_text_whatever_the_file(incoming):
    live = Path(incoming.place)
    put(live, "a.jsonl", "Kiev résiste.")
    finish(incoming, next_batch(incoming).batch)
    put(live, "copy.jsonl", "Kiev résiste.")
    put(live, "page.jsonl", "Kiev résiste.", "Lviv attend.")
    assert texts(next_batch(incoming).batch) == ["Lviv attend."]


def test_of_one_id_in_several_files_the_latest_is_taken(incoming):
    live = Path(incoming.place)
    put(live / "soir", "page.jsonl", "Trois blessés.", age=100)
    put(live / "matin", "page.jsonl", "Deux blessés.", age=5000)
    assert texts(next_batch(incoming).batch) == ["Trois blessés."]


def left_out(batch):
    """Reasons of the drops of a batch; they and its items are all that was read."""
    drops = list(read_lines(batch.items.parent / "dropped.jsonl", Drop))
    assert batch.dropped == len(drops)
    assert batch.documents == len(list(read_lines(batch.items, Document)))
    return [(drop.reason, drop.id) for drop in drops]


def saved(folder, name, *posts, modified, age):
    """A live page as it was saved once."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(le_monde(*posts, modified=modified), encoding="utf-8")
    os.utime(path, (time.time() - age, time.time() - age))


EIGHT, NOON = "2022-02-24T08:00:00+01:00", "2022-02-24T12:00:00+01:00"
FIRST, SECOND = "lemonde.fr:3587412", "lemonde.fr:3587499"


def test_older_versions_and_repetitions_of_a_batch_are_counted(incoming):
    live = Path(incoming.place)
    put(live / "soir", "a.jsonl", "Trois blessés.", "Kiev résiste.", age=100)
    put(live / "matin", "a.jsonl", "Deux blessés.", "Kiev résiste.", age=5000)
    put(live, "b.jsonl", "Kiev résiste.", age=90)
    batch = next_batch(incoming).batch
    assert texts(batch) == ["Trois blessés.", "Kiev résiste."]
    assert sorted(left_out(batch)) == [
        (Reason.DUPLICATE_ID, "a-1"),
        (Reason.EXACT_DUPLICATE, "b-0"),
        (Reason.SUPERSEDED, "a-0"),
    ]


def test_pages_of_a_batch_are_read_together_however_their_files_are_dated(incoming):
    live = Path(incoming.place)
    long = "Le maire de Kiev appelle les habitants à rester chez eux et à préparer une valise"
    again = post(f"Rappel. {long}, a-t-il dit.", id="post-3587499", date="11:00")
    saved(live, "noon.html", post(f"{long}."), again, modified=NOON, age=9000)
    saved(live, "eight.html", post("Trois morts à Kiev."), modified=EIGHT, age=100)
    batch = next_batch(incoming).batch
    first, second = read_lines(batch.items, Document)
    assert (first.text, first.meta.modified) == (f"{long}.", NOON)
    assert first.meta.group == second.meta.group == FIRST
    assert left_out(batch) == [(Reason.SUPERSEDED, FIRST)]


def test_a_post_that_was_corrected_since_is_taken_again_and_marked(incoming):
    live = Path(incoming.place)
    other = post("Odessa tient.", id="post-3587499")
    saved(live, "8.html", post("Trois morts à Kiev."), other, modified=EIGHT, age=9000)
    finish(incoming, next_batch(incoming).batch)
    saved(live, "12.html", post("Deux morts à Kiev."), other, modified=NOON, age=5000)
    batch = next_batch(incoming).batch
    (item,) = read_lines(batch.items, Document)
    assert (item.id, item.text, item.meta.modified) == (FIRST, "Deux morts à Kiev.", NOON)
    assert left_out(batch) == [(Reason.EXACT_DUPLICATE, SECOND)]


def test_an_older_version_that_comes_late_is_superseded(incoming):
    live = Path(incoming.place)
    saved(live, "12.html", post("Deux morts à Kiev."), modified=NOON, age=9000)
    finish(incoming, next_batch(incoming).batch)
    saved(live, "8.html", post("Trois morts à Kiev."), modified=EIGHT, age=5000)
    look = next_batch(incoming)
    assert (look.batch, look.known, look.refused) == (None, 1, ())
    kept = (incoming.work / "batches").glob("*/dropped.jsonl")
    (drop,) = [drop for path in kept for drop in read_lines(path, Drop)]
    assert (drop.reason, drop.id) == (Reason.SUPERSEDED, FIRST)
    assert "Trois morts" in drop.raw
    assert next_batch(incoming) == (None, (), (), 2)


def test_a_version_that_was_superseded_is_not_new_later(incoming):
    live = Path(incoming.place)
    put(live / "soir", "a.jsonl", "Trois blessés.", age=100)
    put(live / "matin", "a.jsonl", "Deux blessés.", age=5000)
    finish(incoming, next_batch(incoming).batch)
    put(live, "a.jsonl", "Deux blessés.", "Kiev résiste.")
    assert texts(next_batch(incoming).batch) == ["Kiev résiste."]


def test_what_another_program_dates_is_settled_by_its_dates(incoming):
    live = Path(incoming.place)
    for name, text, when in (("a", "Deux.", "2022-02-24T09:00:00Z"), ("b", "Trois.", EIGHT)):
        items = [Document(id="1", text=text, meta=Meta(time=when, group="0"))]
        live.joinpath(f"{name}.jsonl").write_text(items[0].model_dump_json() + "\n")
        os.utime(live / f"{name}.jsonl", (OLD, OLD))
    (item,) = read_lines(next_batch(incoming).batch.items, Document)
    assert (item.text, item.meta.group) == ("Deux.", "0")


def test_what_is_gold_is_not_new_and_ids_of_gold_are_not_taken_twice(incoming):
    put(Path(incoming.place), "a.jsonl", "Kiev résiste.", "Lviv attend.")
    gold = [doc("Kiev résiste.", id="x"), doc("Un autre texte.", id="a-1")]
    batch = next_batch(incoming, known=gold).batch
    (item,) = read_lines(batch.items, Document)
    assert item.text == "Lviv attend."
    assert item.id.startswith("a-1+")


@pytest.mark.parametrize("suffix", [".part", ".tmp", ".crdownload"])
def test_a_file_with_a_name_for_now_waits(incoming, suffix):
    path = put(Path(incoming.place), "a.jsonl", "Kiev résiste.")
    half = path.rename(path.with_name(path.name + suffix))
    assert next_batch(incoming)[:2] == (None, (half.name,))
    half.rename(path)
    assert texts(next_batch(incoming).batch) == ["Kiev résiste."]


def test_a_file_that_is_being_written_waits_until_it_is_whole(incoming):
    path = put(Path(incoming.place), "a.jsonl", "Kiev résiste.", "Lviv attend.")
    whole = path.read_bytes()
    path.write_bytes(whole[:50])
    start = time.time()
    assert next_batch(incoming, now=lambda: start)[:2] == (None, ("a.jsonl",))
    path.write_bytes(whole)
    assert next_batch(incoming, now=lambda: start + 59)[:2] == (None, ("a.jsonl",))
    later = next_batch(incoming, now=lambda: start + 120)
    assert texts(later.batch) == ["Kiev résiste.", "Lviv attend."]


def test_a_file_from_the_future_is_taken_when_it_stays_as_it_is(incoming):
    put(Path(incoming.place), "a.jsonl", "Kiev résiste.", age=-1e6)
    start = time.time()
    assert next_batch(incoming, now=lambda: start).batch is None
    assert next_batch(incoming, now=lambda: start + 61).batch is not None


def test_broken_files_go_aside_with_their_reason_and_the_others_are_taken(incoming):
    live = Path(incoming.place)
    put(live, "a.jsonl", "Kiev résiste.")
    for name, content in [("b.jsonl", b"{broken\n"), ("c.xyz", b"\x00\x01"), ("d.jsonl", b"")]:
        (live / name).write_bytes(content)
        os.utime(live / name, (OLD, OLD))
    look = next_batch(incoming)
    assert [file.name for file in look.refused] == ["b.jsonl", "c.xyz", "d.jsonl"]
    assert texts(look.batch) == ["Kiev résiste."]
    kept = quarantine(incoming.work)
    assert sorted(file.moved.read_bytes() for file in kept) == [b"", b"\x00\x01", b"{broken\n"]
    assert all(file.reason for file in kept)
    assert [path.name for path in live.iterdir()] == ["a.jsonl"]


def test_a_file_that_its_reader_stumbles_over_stops_nothing(incoming):
    live = Path(incoming.place)
    put(live, "a.jsonl", "Kiev résiste.")
    write([doc("Kiev tient.", id="x")], live / "b.parquet", format="parquet")
    whole = (live / "b.parquet").read_bytes()
    (live / "b.parquet").write_bytes(whole[:-100] + bytes(60) + whole[-40:])
    (live / "c.json").write_text('{"a":' * 100_000)
    (live / "d").write_text("T1\tPLACE 0 4\tKiev\n")
    for path in live.iterdir():
        os.utime(path, (OLD, OLD))
    look = next_batch(incoming)
    assert texts(look.batch) == ["Kiev résiste."]
    assert [file.name for file in look.refused] == ["b.parquet", "c.json", "d"]
    assert all(file.reason for file in quarantine(incoming.work))


CLOSED = """
import os, sys
from augment.files import listing
if os.getuid() == 0:
    os.setuid(65534)
print(listing(sys.argv[1]))
"""


@pytest.mark.parametrize("closed", ["live", "live/sub"])
def test_a_folder_that_may_not_be_read_is_not_an_empty_one(closed):
    with tempfile.TemporaryDirectory() as home:
        put(Path(home, "live", "sub"), "a.jsonl", "Kiev résiste.")
        Path(home).chmod(0o755)
        Path(home, closed).chmod(0)
        command = [sys.executable, "-c", CLOSED, f"{home}/live"]
        seen = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        Path(home, closed).chmod(0o755)
    assert f"PathError: {home}/{closed}: Permission denied" in seen.stderr, seen.stdout


MOVED = """
import os, sys
from pathlib import Path
from augment.pipeline.incoming import Incoming, next_batch
path, opened = Path(sys.argv[1], "a.jsonl"), []

def move(event, args):
    if event == "open" and args[0] == str(path):
        opened.append(args)
        if len(opened) == 2:
            path.rename(path.with_name("b.jsonl"))

sys.addaudithook(move)
look = next_batch(Incoming(place=sys.argv[1], work=Path(sys.argv[2])))
print(look.batch, look.waiting, look.refused)
"""


def test_a_file_that_is_moved_while_it_is_read_is_not_lost(incoming):
    put(Path(incoming.place), "a.jsonl", "Kiev résiste.")
    command = [sys.executable, "-c", MOVED, incoming.place, str(incoming.work)]
    moved = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert moved.stdout == "None ('a.jsonl',) ()\n", moved.stderr
    assert texts(next_batch(incoming).batch) == ["Kiev résiste."]
    assert quarantine(incoming.work) == []


def test_bytes_in_no_encoding_in_a_file_or_its_name_stop_nothing(incoming):
    live = Path(incoming.place)
    put(live, "a.jsonl", "Kiev résiste.")
    put(live, "b.jsonl", "Lviv attend.").rename(live / os.fsdecode(b"\xe9.jsonl"))
    (live / os.fsdecode(b"\xe9.html")).write_text(
        page(json_ld=blog(update(body="Odessa tient."), url=None))
    )
    (live / os.fsdecode(b"\xe9.pdf")).write_bytes(pdf(["Communiqué."]))
    (live / os.fsdecode(b"\xe9.parquet")).write_bytes(b"PAR1")
    (live / "b.tsv").write_bytes(b"texte\xe9\t1\n2\n")
    for path in live.iterdir():
        os.utime(path, (OLD, OLD))
    look = next_batch(incoming)
    assert sorted(texts(look.batch)) == [
        "Communiqué.",
        "Kiev résiste.",
        "Lviv attend.",
        "Odessa tient.",
    ]
    assert [file.name for file in look.refused] == ["b.tsv", "\ufffd.parquet"]
    assert len(quarantine(incoming.work)) == 2


def test_the_notes_may_not_lie_in_the_watched_folder(incoming):
    put(Path(incoming.place), "a.jsonl", "Kiev résiste.")
    within = incoming.model_copy(update={"work": Path(incoming.place) / "work"})
    with pytest.raises(PathError, match="lies in the watched folder"):
        next_batch(within)
    assert len(list(Path(incoming.place).iterdir())) == 1


def test_an_object_without_a_name_for_a_file_here_stops_nothing(tmp_path):
    import fsspec

    url = f"memory://{tmp_path.name}/live"
    for name in ("a.jsonl", "x\0.jsonl"):
        fsspec.filesystem("memory").pipe(f"{url}/{name}", b'{"id": "1", "text": "Kiev tient."}\n')
    look = next_batch(Incoming(place=url, work=tmp_path / "work"))
    assert texts(look.batch) == ["Kiev tient."]
    assert "no name for a file here" in look.refused[0].reason


def test_a_broken_file_that_was_mended_is_new(incoming):
    live = Path(incoming.place)
    (live / "a.jsonl").write_text("{broken\n")
    os.utime(live / "a.jsonl", (OLD, OLD))
    assert next_batch(incoming).refused
    put(live, "a.jsonl", "Kiev résiste.")
    assert texts(next_batch(incoming).batch) == ["Kiev résiste."]


def test_elsewhere_a_broken_file_stays_and_is_listed_once(tmp_path):
    import fsspec

    memory = fsspec.filesystem("memory")
    url = f"memory://{tmp_path.name}/live"
    memory.pipe(f"{url}/a.jsonl", b'{"id": "1", "text": "Kiev tient."}\n')
    memory.pipe(f"{url}/b.jsonl", b"{broken\n")
    incoming = Incoming(place=url, work=tmp_path / "work")
    look = next_batch(incoming)
    assert texts(look.batch) == ["Kiev tient."]
    assert [(file.name, file.moved) for file in look.refused] == [("b.jsonl", None)]
    finish(incoming, look.batch)
    assert next_batch(incoming) == (None, (), (), 2)
    assert [file.name for file in quarantine(incoming.work)] == ["b.jsonl"]
    memory.pipe(f"{url}/copy.jsonl", b"{broken\n")
    assert next_batch(incoming).known == 3
    assert [file.name for file in quarantine(incoming.work)] == ["b.jsonl"]
    assert fetch(f"{url}/b.jsonl", tmp_path / "cache").read_bytes() == b"{broken\n"


def test_records_that_cannot_be_read_are_kept_with_the_batch(incoming):
    path = put(Path(incoming.place), "a.jsonl", "Kiev résiste.")
    with path.open("a") as file:
        file.write('{"id": "x"}\n')
    os.utime(path, (OLD, OLD))
    batch = next_batch(incoming).batch
    assert (batch.documents, batch.dropped) == (1, 1)
    assert '"x"' in (batch.items.parent / "dropped.jsonl").read_text()


def test_a_batch_takes_no_further_file_once_it_is_full(incoming):
    live = Path(incoming.place)
    for number in range(3):
        put(live, f"{number}.jsonl", f"Texte {number}.", age=9000 - number)
    small = incoming.model_copy(update={"most": 2})
    first = next_batch(small).batch
    finish(small, first)
    assert (texts(first), texts(next_batch(small).batch)) == (
        ["Texte 0.", "Texte 1."],
        ["Texte 2."],
    )


def test_what_browsers_save_beside_a_page_is_no_item(incoming):
    live = Path(incoming.place)
    put(live / "page_files", "a.jsonl", "Rien.")
    put(live, ".hidden.jsonl", "Rien.")
    assert next_batch(incoming) == (None, (), (), 0)


WORKER = """
import sys
from pathlib import Path
from augment.pipeline.incoming import Incoming, finish, next_batch
incoming = Incoming(place=sys.argv[1], work=Path(sys.argv[2]), quiet=0, most=3)
print("ready", flush=True)
while batch := next_batch(incoming).batch:
    with Path(sys.argv[3]).open("a") as log:
        log.write(batch.name + "\\n")
    finish(incoming, batch)
"""


def test_killed_at_any_time_it_neither_loses_nor_repeats_an_item(tmp_path):
    live, work, log = tmp_path / "live", tmp_path / "work", tmp_path / "log"
    for number in range(60):
        put(live, f"{number:02}.jsonl", f"Texte {number}.", f"Autre {number}.", "Le même.")
        if number % 7 == 0:
            (live / f"{number:02}.broken").write_text(f"{number}")
    command = [sys.executable, "-c", WORKER, *map(str, (live, work, log))]
    rng = random.Random(1)
    for kill in (True, True, True, True, False):
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)
        process.stdout.readline()
        if kill:
            time.sleep(rng.uniform(0, 0.3))
            process.send_signal(signal.SIGKILL)
        process.communicate()
    assert process.returncode == 0
    names = dict.fromkeys(log.read_text().split())
    taken = [t for name in names for t in texts_of(work / "batches" / name)]
    expected = [f"{word} {n}." for n in range(60) for word in ("Texte", "Autre")] + ["Le même."]
    assert sorted(taken) == sorted(expected)
    assert len(quarantine(work)) == 9


def texts_of(folder):
    return [d.text for d in read_lines(folder / "items.jsonl", Document)]
