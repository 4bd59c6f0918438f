"""The student `transformer` with real, tiny encoders (run by tests/train/test_transformer.py)."""

import json
import resource
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import torch
from safetensors import safe_open

from augment.cli import main
from augment.errors import ConfigError, NoResult, PathError
from augment.guide import load as load_guide
from augment.pipeline.uncertainty import Unsure, uncertainty
from augment.read import read_all, write
from augment.schema import Meta
from augment.train import Resumable, load, save
from augment.train.transformer import encoder, loop
from augment.train.transformer.checkpoint import FILE
from augment.train.transformer.settings import Settings
from augment.train.transformer.student import DOUBTFUL, Transformer
from augment.train.transformer.tuned import held_out
from tests.helpers import ROOT, doc
from tests.llm import writers
from tests.llm.encoders import make
from tests.llm.fitted import FAMILIES, QUICK, fitted, same
from tests.train.small import GUIDE, NAMES, PLACES, bare, birth, found, gold, home, world


@pytest.mark.parametrize("family", FAMILIES)
def test_any_encoder_learns_and_is_the_same_when_loaded_elsewhere(family, tmp_path):
    made = make(family, tmp_path / "encoder")
    student = fitted(made, world(12), epochs=15)
    assert found(student, *world(12)) == gold(*world(12))
    save(student, tmp_path / "m")
    (tmp_path / "encoder").rename(tmp_path / "gone")
    (tmp_path / "m").rename(tmp_path / "elsewhere")
    again = load(tmp_path / "elsewhere")
    assert isinstance(again, Transformer) and same(again, student)
    documents = [*world(12), birth(25), home(26), doc("Rien.")]
    assert found(again, *documents) == found(student, *documents)
    save(again, tmp_path / "again")
    kept = {p.name: p.read_bytes() for p in (tmp_path / "elsewhere").rglob("*") if p.is_file()}
    assert kept == {p.name: p.read_bytes() for p in (tmp_path / "again").rglob("*") if p.is_file()}
    assert {name.rpartition(".")[2] for name in kept} == {"json", "npz", "safetensors"}


def test_learns_twenty_documents_of_the_sample_by_heart(tiny):
    documents = read_all(ROOT / "data" / "sample" / "train.txt")[0][:20]
    settings = {"epochs": 15, "batch": 1, "rate": 3e-3, "head_rate": 3e-3}
    student = fitted(tiny, documents, guide=load_guide("ukraine_live"), **settings)
    predicted, wanted = found(student, *documents), gold(*documents)
    right = sum(len(p & w) for p, w in zip(predicted, wanted, strict=True))
    assert 2 * right / sum(len(p) + len(w) for p, w in zip(predicted, wanted, strict=True)) > 0.95


def test_several_relations_a_pair_and_of_an_entity_with_itself(tiny):
    def text(n, *relations):
        verbs = {"IS_BORN_IN": "est né", "RESIDES_IN": "habite", "GENDER_FEMALE": "dit-elle"}
        said = " et ".join(verb for kind, verb in verbs.items() if kind in relations)
        tagged = f"[[0:CIVILIAN|{NAMES[n]}]] {said} à [[1:PLACE|{PLACES[n % 10]}]] depuis."
        ends = {"GENDER_FEMALE": (0, 0)}
        found = [(h, kind, t) for kind in relations for h, t in [ends.get(kind, (0, 1))]]
        return doc(tagged, *found, id=f"d{n}")

    kinds = ["IS_BORN_IN", "RESIDES_IN", "GENDER_FEMALE"]
    chosen = [[k for i, k in enumerate(kinds) if n >> i & 1] for n in range(16)]
    documents = [text(n, *some) for n, some in enumerate(chosen)]
    student = fitted(tiny, documents, guide=None, epochs=20)
    assert found(student, *documents) == gold(*documents)
    assert max(len(triples) for triples in gold(*documents)) == 3


def test_the_same_seed_gives_the_same_weights(tmp_path):
    made = make("camembert", tmp_path)  # with dropout
    torch.manual_seed(1)
    one = fitted(made, world(8), held_out=0.25)
    state = torch.get_rng_state()
    torch.manual_seed(2)
    assert same(one, fitted(made, world(8), held_out=0.25))
    assert not same(one, fitted(made, world(8), held_out=0.25, seed=1))
    torch.manual_seed(1)
    assert torch.equal(torch.get_rng_state(), state)


def command(folder, out):
    settings = {**QUICK, "epochs": 16, "held_out": 0.25, "patience": 16}
    options = [part for name, value in settings.items() for part in ("--set", f"{name}={value}")]
    corpus = ["--train", str(folder / "a.jsonl"), "--out", str(folder / out)]
    return ["train", *corpus, "--student", f"transformer:{folder / 'encoder'}", *options]


def run(*arguments):
    with pytest.raises(SystemExit) as exited:
        main([str(argument) for argument in arguments])
    return int(exited.value.code or 0)


def test_a_killed_training_goes_on_and_ends_with_the_same_weights(tmp_path, capsys):
    make("camembert", tmp_path / "encoder")  # with dropout
    write(world(20), tmp_path / "a.jsonl", format="jsonl")
    killed = command(tmp_path, "killed")
    kept = tmp_path / ".killed.fit" / FILE
    process = subprocess.Popen([sys.executable, "-m", "augment", *killed], cwd=ROOT)
    while not kept.exists():
        assert process.poll() is None
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL and not (tmp_path / "killed").exists()
    with safe_open(kept, framework="pt") as file:
        assert 1 <= len(json.loads(file.metadata()["history"])) < 16
    assert run(*killed) == 0 and run(*command(tmp_path, "whole")) == 0
    models = [json.loads((tmp_path / n / "model.json").read_text()) for n in ("killed", "whole")]
    assert models[0] == models[1] and len(models[0]["history"]) == 16
    assert not kept.parent.exists()
    found = ["predict", tmp_path / "killed", tmp_path / "a.jsonl", "--out", tmp_path / "p.jsonl"]
    assert run(*found) == 0 and "20 documents" in capsys.readouterr().out


def test_what_was_kept_of_another_training_is_not_gone_on_with(tiny, tmp_path):
    assert isinstance(Transformer(), Resumable)
    fitted(tiny, world(8), checkpoints=tmp_path)
    again = fitted(tiny, world(8), np.ones(8), checkpoints=tmp_path)
    other = fitted(tiny, world(10), checkpoints=tmp_path)
    assert same(again, fitted(tiny, world(8))) and same(other, fitted(tiny, world(10)))


def test_stops_when_it_gets_no_better_and_keeps_the_best(tiny):
    documents = [*world(16), *(birth(n, id=f"w{n}", relations=()) for n in range(16))]
    student = fitted(tiny, documents, epochs=40, held_out=0.25, patience=2)
    best = max(range(len(student.history)), key=lambda n: student.history[n].f1)
    assert best < len(student.history) - 1 < 39
    _, held = student._split(documents, None)
    items = [item for item, _ in held]
    f1, held_loss = loop.evaluate(student._network, items, student.settings)
    assert f1 == student.history[best].f1
    assert held_loss in [epoch.held_loss for epoch in student.history]


def test_what_is_held_out_is_apart():
    documents = [*world(20), birth(1, id="s1", meta=Meta(parents=("birth1",)))]
    assert held_out(documents[:9], 0.1, 0) == frozenset()
    out = held_out(documents, 0.1, 0)
    assert len(out) == 2 and out <= {document.id for document in world(20)}
    assert held_out(documents, 0.1, 1) != out


def test_it_says_how_unsure_it_is(tiny):
    student = fitted(tiny, world(12), epochs=15)
    assert isinstance(student, Unsure)
    known, odd = world(12), doc("[[0:CIVILIAN|Paul]] ou [[1:PLACE|Metz]] jamais né chat à.")
    (alone,) = student.doubts([odd])
    p = 1 / (1 + np.exp(-student._over([odd])[1][0]))
    entropy = -(p * np.log2(p) + (1 - p) * np.log2(1 - p))
    assert alone == pytest.approx(np.nanmax(entropy) / DOUBTFUL)  # of its one pair
    doubts = student.doubts([*known, odd, doc("Rien."), doc("[[0:PLACE|Lyon]] dort.")])
    assert doubts[12:] == [pytest.approx(alone, abs=1e-6), 0.0, 0.0]
    assert max(doubts[:12]) < alone <= 1 / DOUBTFUL
    raw = [doc("Paul vit à Lyon.", id="r1"), doc("Rien ici.", id="r2")]
    student = Transformer(GUIDE, model=tiny, **QUICK)
    found = uncertainty(raw, train=known, guide=GUIDE, student=student)
    assert found["r1"] > found["r2"] == 0.0


def test_without_a_network_nothing_is_found(tmp_path):
    save(Transformer(), tmp_path)
    assert load(tmp_path).predict([birth(1)]) == [frozenset()]
    assert load(tmp_path).predict([]) == []
    assert load(tmp_path).doubts([birth(1)]) == [0.0]


def test_what_cannot_be_is_said_in_one_line(tiny, tmp_path):
    with pytest.raises(ConfigError, match="no encoder"):
        Transformer().fit(world(2))
    with pytest.raises(PathError, match="no encoder of that name") as caught:
        fitted("no/such", world(2))
    assert "hf download" in caught.value.hint
    with pytest.raises(ConfigError, match="cannot be used") as caught:
        fitted(str(tmp_path), world(2))
    assert "\n" not in str(caught.value)
    with pytest.raises(ConfigError, match="for the student seq2seq"):
        fitted(writers.make("t5", tmp_path / "t5"), world(2))
    with pytest.raises(NoResult):
        fitted(tiny, [bare(birth(1))])
    with pytest.raises(ConfigError, match="epoch"):
        Transformer(epoch=3)
    with pytest.raises(ConfigError, match="window"):
        Transformer(window="long")


def test_too_little_memory_on_a_gpu_is_said_in_one_line():
    def full(number):
        raise torch.OutOfMemoryError("CUDA out of memory.")

    with pytest.raises(ConfigError, match="too little memory") as caught:
        loop.trained((None, None), Settings(), None, epoch=full, held=tuple)
    assert "at_once=2" in caught.value.hint


def test_a_training_that_comes_to_nothing_is_no_model(tiny):
    with pytest.raises(NoResult, match="the loss of epoch 1 is no number"):
        fitted(tiny, world(8), rate=1e30, head_rate=1e30)


def test_a_disk_that_is_full_is_said_in_one_line(tiny, tmp_path):
    student = fitted(tiny, world(4), epochs=1)
    most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, most[1]))
    try:
        with pytest.raises(PathError, match="cannot write"):
            encoder.write(tmp_path / "m", student._network, student._tokenizer)
        with pytest.raises(PathError, match="cannot write"):
            fitted(tiny, world(4), checkpoints=tmp_path / "c")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, most)
    assert not list(tmp_path.glob("[mc]/*"))


def test_a_damaged_model_is_refused(tiny, tmp_path):
    save(fitted(tiny, world(4), epochs=1), tmp_path)
    weights = tmp_path / "encoder" / encoder.WEIGHTS
    weights.write_bytes(weights.read_bytes()[:-1] + b"x")
    with pytest.raises(ConfigError, match="not what was written"):
        load(tmp_path)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="not run: no GPU")
def test_on_a_gpu(tiny, tmp_path):
    student = fitted(tiny, world(12), epochs=25, checkpoints=tmp_path / "c")
    assert next(student._network.parameters()).device.type == "cuda"
    assert found(student, *world(12)) == gold(*world(12))
    save(student, tmp_path / "m")
    assert found(load(tmp_path / "m"), *world(12)) == gold(*world(12))
    again = fitted(tiny, world(12), epochs=25, checkpoints=tmp_path / "c")
    assert same(again, student)
