"""An LLM's recorded annotation of real texts gives the figures that were published with it."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from augment.align import align_onto
from augment.cli import app
from augment.filter.agreement import Verified
from augment.guide import load
from augment.measure.agreement import agreement
from augment.measure.evaluate import evaluate
from augment.read import read_all, write
from augment.schema import Candidate, Document, Response
from tests.helpers import corpora

GUIDE = load("textmine")
pytestmark = pytest.mark.corpora


@pytest.fixture(scope="module")
def train() -> dict[str, Document]:
    return {d.id: d for d in read_all(corpora("textmine", "train.csv"))[0]}


def annotated(name: str, train: dict[str, Document], *, given: bool) -> tuple[list, list]:
    """Gold and what the LLM made of the same texts; every reply can be read."""
    path: Path = corpora().parent / "replies" / "annotate" / name
    gold, found = [], []
    for row in map(json.loads, path.read_text(encoding="utf-8").splitlines()):
        text = row.get("tagged", "").rstrip("\n")
        text += "\n" + json.dumps({"relations": row["relations"]})
        source = train[row["id"]]
        response = Response(id=source.id, key="", text=text)
        candidate = align_onto(response, source, order=None, guide=GUIDE, given=given)
        assert isinstance(candidate, Candidate), candidate
        gold.append(source)
        found.append(candidate.document)
    return gold, found


def percent(share: float) -> float:
    return round(100 * share, 1)


def test_relations_between_given_entities(train, tmp_path):
    gold, found = annotated("relations.jsonl", train, given=True)
    assert len(found) == 60
    assert round(sum(len(d.relations) for d in found) / 60, 1) == 40.5
    write(gold, tmp_path / "gold.jsonl", format="jsonl")
    write(found, tmp_path / "found.jsonl", format="jsonl")
    files = ["--gold", str(tmp_path / "gold.jsonl"), "--predicted", str(tmp_path / "found.jsonl")]
    done = CliRunner().invoke(app, ["measure", *files, "--json", str(tmp_path / "scores.json")])
    assert done.exit_code == 0
    scores = json.loads((tmp_path / "scores.json").read_text(encoding="utf-8"))
    names = ("macro_f1", "micro_f1", "precision", "recall")
    assert [percent(scores[name]) for name in names] == [73.4, 73.5, 69.0, 78.7]
    control = scores["per_type"]["HAS_CONTROL_OVER"]["f1"]
    assert (round(100 * control), scores["documents"]) == (52, 60)


def test_a_verifier_is_scored_alike(train):
    seen = Verified()
    for document, opinion in zip(*annotated("relations.jsonl", train, given=True), strict=True):
        seen.add(document, [opinion], asked=1)
    found = seen.summary()
    assert (found["requests"], found["replies"], percent(found["f1"])) == (60, 60, 73.5)
    known = {"HAS_CONTROL_OVER": 52, "IS_IN_CONTACT_WITH": 54, "IS_AT_ODDS_WITH": 58}
    known |= {"RESIDES_IN": 32, "INITIATED": 27, "IS_COOPERATING_WITH": 11}
    assert {kind: round(100 * found["types"][kind]["f1"]) for kind in known} == known


def test_raw_text(train, tmp_path):
    gold, found = annotated("raw.jsonl", train, given=False)
    assert len(found) == 36
    scores = agreement(gold, found)
    assert percent(scores["mentions"]["f1"]) == 79.7
    assert percent(scores["spans"]["f1"]) == 86.1
    clusters = scores["clusters"]
    assert (percent(clusters["precision"]), percent(clusters["recall"])) == (75.8, 74.5)
    assert percent(scores["relations"]["f1"]) == 61.5
    assert percent(scores["relations"]["macro_f1"]) == 64.2
    same = evaluate(gold, found)
    assert same.micro_f1 == pytest.approx(scores["relations"]["f1"])
    assert same.macro_f1 == pytest.approx(scores["relations"]["macro_f1"])
    write(gold, tmp_path / "gold.jsonl", format="jsonl")
    write(found, tmp_path / "found.jsonl", format="jsonl")
    files = [str(tmp_path / name) for name in ("gold.jsonl", "found.jsonl")]
    done = CliRunner().invoke(app, ["stats", *files, "--agreement", "--json"])
    assert json.loads(done.stdout) == {**json.loads(json.dumps(scores)), "dropped": 0}
    shown = CliRunner().invoke(app, ["stats", *files, "--agreement"]).stdout
    assert all(figure in shown for figure in ("79.7", "86.1", "75.8", "74.5", "61.5", "64.2"))
