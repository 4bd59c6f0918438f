"""Robustness: trained once for every version, paired losses, splits in time, the command."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from augment.cli import main
from augment.guide import load
from augment.measure.arms import Answer, nothing, outside, trained
from augment.measure.cells import Cells
from augment.measure.evaluate import evaluate
from augment.measure.later import in_time
from augment.measure.robust import apart, judge, noisy
from augment.measure.splits import folds, near_twins, view
from augment.measure.trial import Trial, trials
from augment.pipeline.experiment import Settings
from augment.pipeline.robustness import robustness, versions
from augment.pipeline.spread import here
from augment.protocols import View
from augment.read import read_all
from augment.rewrite.noise import capitals
from augment.schema import Document, Meta, Relation
from augment.store import write_lines
from augment.train.rules import Rules
from tests.helpers import ROOT, doc
from tests.measure.small import Memo, corpus

GUIDE = load("ukraine_live")
ALL = ("typos", "accents", "capitals", "lowercase", "names")


class Counting(Memo):
    """Says in a file that it was fitted, and on how many documents it answered."""

    log = Path()

    def fit(self, documents, weights=None):
        super().fit(documents, weights)
        with self.log.open("a") as file:
            file.write(f"fit {len(documents)}\n")

    def predict(self, documents):
        with self.log.open("a") as file:
            file.write(f"predict {len(documents)}\n")
        return super().predict(documents)


@pytest.fixture
def log(tmp_path, monkeypatch) -> Path:
    monkeypatch.setattr(Counting, "log", tmp_path / "log")
    return tmp_path / "log"


def upper(documents) -> dict[str, dict[str, Document]]:
    """A version in which every other document is in capitals, and one that changes a single one."""
    changed = {d.id: capitals(d) for d in documents[::2]}
    return {"upper": changed, "one": {documents[1].id: capitals(documents[1])}}


def test_one_training_answers_for_every_version(tmp_path, log):
    documents = corpus(30)
    made = upper(documents)
    splits = folds(documents, near_twins(documents), 3, seeds=1)
    cells = Cells(Counting, tmp_path, "counting")
    added = corpus(12, seed=5, name="a")
    systems = {
        "base": noisy(lambda cells: trained(nothing, cells), cells, made),
        "more": noisy(lambda cells: outside([added], cells, mask="auto"), cells, made),
    }
    told = apart(trials(splits, {"20": None}, systems, spread=here, track=lambda x, *_: x), made)
    assert log.read_text().count("fit") == 6
    assert sum(int(n) for n in log.read_text().split("predict ")[1:] for n in [n.split()[0]]) == 92
    assert list(told) == ["clean", "upper", "one"]
    for name, made_here in {"clean": {}, **made}.items():
        for trial in told[name]:
            student = Memo()
            student.fit(view(trial.split, None).train)
            test = [made_here.get(d.id, d) for d in trial.split.test]
            assert trial.answers["base"].triples == student.predict(test)
            assert trial.answers["more"].added > 0
    before = log.read_text()
    trials(splits, {"20": None}, systems, spread=here, track=lambda x, *_: x)
    assert log.read_text() == before  # finished cells are files


def test_a_validation_part_is_answered_for_once(tmp_path):
    documents = corpus(12)
    asked = []

    def make(cells):
        def answer(seen: View, test):
            asked.append(cells.predict(seen.train, documents[:2]))
            return Answer(cells.predict(seen.train, test))

        return answer

    system = noisy(make, Cells(Memo, tmp_path, "memo"), upper(documents))
    found = system(View(documents[4:], (), 0), documents[:4])
    assert len(asked[0]) == 2
    assert len(found.triples) == 4 + 2 + 1


def test_change_and_gain_are_paired_differences():
    documents = corpus(40)
    splits = folds(documents, near_twins(documents), 2, seeds=2)
    rng = random.Random(0)

    def lose(share: float, kinds=None) -> list[Trial]:
        return [
            Trial(s, "20", {a: Answer([_part(d, rng, share, a) for d in s.test]) for a in "bx"})
            for s in splits
        ]

    def _part(document, rng, share, arm):
        share = share / 2 if arm == "x" else share
        return frozenset(r.triple for r in document.relations if rng.random() >= share)

    told = {
        version: [
            t._replace(answers={"base": t.answers["b"], "x": t.answers["x"]}) for t in lose(share)
        ]
        for version, share in (("clean", 0.0), ("noisy", 0.8))
    }
    told["same"] = told["clean"]
    found = judge(told, "clean", documents, near_twins(documents))
    assert found["clean"]["base"].change is None
    assert found["clean"]["base"].gain is None
    for arm in ("base", "x"):
        clean, noisy, same = (found[v][arm] for v in ("clean", "noisy", "same"))
        assert noisy.change.macro_f1.mean == pytest.approx(noisy.macro_f1 - clean.macro_f1)
        assert noisy.change.micro_f1.high < 0
        assert (same.change.macro_f1.low, same.change.macro_f1.high) == (0, 0)
    gain = found["noisy"]["x"].gain
    assert gain.micro_f1.mean == pytest.approx(
        found["noisy"]["x"].micro_f1 - found["noisy"]["base"].micro_f1
    )
    assert gain.micro_f1.low > 0


def timed(documents, months: int = 12) -> list[Document]:
    times = [f"2022-{1 + i * months // len(documents):02}-05" for i in range(len(documents))]
    random.Random(1).shuffle(times)
    return [
        d.model_copy(update={"meta": Meta(time=time)})
        for d, time in zip(documents, times, strict=True)
    ]


def test_splits_in_time_test_the_later_half_on_equally_many():
    documents = timed(corpus(40))
    found = in_time(documents, 4, seeds=2)
    ordered = sorted(d.meta.time for d in documents)
    assert sorted(d.meta.time for d in found.test) == ordered[20:]
    assert found.size == min(len(s.train) for s in found.earlier) > 10
    for earlier, mixed in zip(found.earlier, found.mixed, strict=True):
        assert (earlier.seed, earlier.fold, earlier.test) == (mixed.seed, mixed.fold, mixed.test)
        assert {d.meta.time for d in earlier.train} <= set(ordered[:20])
        ids = {d.id for d in mixed.train}
        assert {d.id for d in earlier.train} <= ids
        assert ids.isdisjoint(d.id for d in mixed.test)
        assert any(d.meta.time in ordered[20:] for d in mixed.train[: found.size])
    for seed in (0, 1):
        tested = [d.id for s in found.mixed if s.seed == seed for d in s.test]
        assert sorted(tested) == sorted(d.id for d in found.test)


def test_no_near_twin_of_a_later_document_is_trained_on():
    documents = timed(corpus(40))
    first, last = (f(documents, key=lambda d: d.meta.time) for f in (min, max))
    twin = last.model_copy(update={"id": "twin", "meta": first.meta})
    found = in_time([*documents, twin], 4, seeds=1)
    for split in (*found.earlier, *found.mixed):
        tested = last.id in {d.id for d in split.test}
        assert ("twin" in {d.id for d in split.train}) is not tested


@pytest.mark.parametrize(
    ("documents", "why"),
    [
        (corpus(12), "0 of 12 documents say"),
        ([*timed(corpus(4)), *corpus(12, name="e")], "4 of 16 documents say"),
        (timed(corpus(6)), "3 later documents are too few"),
        ([], "0 of 0"),
    ],
)
def test_without_times_there_is_no_split(documents, why):
    assert why in in_time(documents, 4, seeds=1)


def test_times_of_any_zone_are_compared():
    texts = corpus(8)
    times = ["2022-03-01T01:00:00+02:00", "2022-02-28T23:30:00Z", "2022-03-01", "un jour de mars"]
    documents = [
        d.model_copy(update={"meta": Meta(time=times[i % 4])}) for i, d in enumerate(texts)
    ]
    found = in_time(documents, 2, seeds=1)
    assert {d.meta.time for d in found.test} == {times[1], times[2]}


def test_versions_say_what_changes_nothing():
    documents = [doc("[[1:PLACE|Metz]] attend.", id="a"), doc("[[1:PLACE|ville]] vide.", id="b")]
    made, left_out = versions(documents, documents, None)
    assert set(made) == {"typos", "capitals", "lowercase", "names"}
    assert set(made["names"]) == {"a"}
    assert set(left_out) == {"accents", "abbreviations", "spelling"}


def run(*args: object) -> int:
    with pytest.raises(SystemExit) as exit:
        main(["measure", *map(str, args)])
    return exit.value.code or 0


def test_the_command(tmp_path, capsys):
    write_lines(tmp_path / "gold.jsonl", timed(corpus(40)))
    write_lines(tmp_path / "more.jsonl", corpus(10, seed=3, name="a"))
    call = (
        "--train", tmp_path / "gold.jsonl", "--folds", 2, "--add", tmp_path / "more.jsonl",
        "--seeds", 1, "--gold-sizes", "10,all", "--robustness", "--jobs", 1,
        "--json", tmp_path / "out.json",
    )  # fmt: skip
    assert run(*call) == 0
    result = json.loads((tmp_path / "out.json").read_text("utf-8"))
    assert "more: in time its writer may have seen the later texts" in result["notes"]
    found = result["robustness"]
    assert list(found["versions"]) == ["clean", *ALL, "mixed", "time"]
    assert found["left_out"] == dict.fromkeys(
        ("abbreviations", "spelling"), "changes no test document"
    )
    for name, version in found["versions"].items():
        assert list(version["arms"]) == ["base", "typos", "more"]
        first = name in ("clean", "mixed")
        assert version["against"] == (None if first else "mixed" if name == "time" else "clean")
        assert (version["changed"] == 0) is first
        for arm, entry in version["arms"].items():
            assert (entry["change"] is None) is first
            assert (entry["gain"] is None) is (arm == "base")
            assert 0 <= entry["micro_f1"] <= 1
    assert found["versions"]["clean"]["gold"] == "20"
    assert found["versions"]["time"]["documents"] == 20
    shown = capsys.readouterr().out
    assert "capitals" in shown
    assert "spelling: not measured, changes no test document" in shown

    cells = {p: p.stat().st_mtime_ns for p in (tmp_path / "out.work").iterdir()}
    assert run(*call) == 0
    assert {p: p.stat().st_mtime_ns for p in (tmp_path / "out.work").iterdir()} == cells
    assert json.loads((tmp_path / "out.json").read_text("utf-8"))["robustness"] == found


def test_the_sample_changes_in_every_way(tmp_path):
    gold, held_out = (
        read_all(ROOT / "data" / "sample" / f"{name}.txt")[0] for name in ("train", "test")
    )
    settings = Settings(gold_sizes=("all",), seeds=1, students=("rules",))
    found = robustness(gold, held_out, additions={}, settings=settings, guide=GUIDE, work=tmp_path)
    assert found.left_out == {}
    assert set(found.versions) == {"clean", *ALL, "abbreviations", "spelling", "mixed", "time"}
    assert min(v.changed for v in found.versions.values() if v.against) > 10
    rules = Rules(GUIDE)
    rules.fit(gold)
    score = evaluate(held_out, answered(held_out, rules.predict(held_out)))
    base = found.versions["clean"].arms["base"]
    assert (base.macro_f1, base.micro_f1) == pytest.approx((score.macro_f1, score.micro_f1))


def answered(documents, found) -> list[Document]:
    return [
        d.model_copy(
            update={"relations": tuple(Relation(head=h, type=k, tail=t) for h, k, t in triples)}
        )
        for d, triples in zip(documents, found, strict=True)
    ]
