"""The student `seq2seq` with real, tiny language models (run by tests/train/test_seq2seq.py)."""

import json
import shutil
import signal
import subprocess
import sys
import time

import pytest
import torch
from peft import AutoPeftModelForCausalLM
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from transformers import RobertaConfig, RobertaForMaskedLM

from augment.cli import main
from augment.errors import ConfigError, NoResult, PathError
from augment.guide import load as load_guide
from augment.protocols import Student
from augment.read import read_all, write
from augment.train import Resumable, load, save
from augment.train.seq2seq import language, loop
from augment.train.seq2seq.student import Seq2Seq
from augment.train.transformer.checkpoint import FILE
from tests.helpers import ROOT, doc
from tests.llm.fitted_seq2seq import FAMILIES, QUICK, fitted, same
from tests.llm.writers import make
from tests.train.small import NAMES, PLACES, bare, birth, found, gold, home, world


@pytest.fixture(scope="session")
def models(tmp_path_factory):
    return {family: make(family, tmp_path_factory.mktemp(family)) for family in FAMILIES}


@pytest.mark.parametrize("family", FAMILIES)
def test_learns_twenty_documents_and_is_the_same_when_loaded_elsewhere(models, family, tmp_path):
    student = fitted(models[family], world(20), epochs=25, rate=1.5e-3)
    assert isinstance(student, Student)
    assert found(student, *world(20)) == gold(*world(20))
    save(student, tmp_path / "m")
    (tmp_path / "m").rename(tmp_path / "elsewhere")
    again = load(tmp_path / "elsewhere")
    assert isinstance(again, Seq2Seq) and same(again, student)
    documents = [bare(d) for d in (*world(20), birth(25), home(26), doc("Rien."))]
    assert again.margins(documents) == student.margins(documents)
    save(again, tmp_path / "again")
    kept = {p.name: p.read_bytes() for p in (tmp_path / "elsewhere").rglob("*") if p.is_file()}
    assert kept == {p.name: p.read_bytes() for p in (tmp_path / "again").rglob("*") if p.is_file()}
    assert {name.rpartition(".")[2] for name in kept} == {"json", "npz", "safetensors"}


def test_every_candidate_of_a_guide_is_asked_about_and_scored(models):
    guide = load_guide("ukraine_live")
    documents = read_all(ROOT / "data" / "sample" / "train.txt")[0]
    (document,) = sorted(documents, key=lambda d: len(d.text))[:1]
    student = fitted(models["llama"], [document], guide=guide, epochs=1, negatives=0.2)
    (margins,) = student.margins([bare(document)])
    types = {entity.id: entity.type for entity in document.entities}
    one_head = {kind for kind, relation in guide.relations.items() if relation.one_head}
    seen = {r.type for r in document.relations}
    wanted = {
        (head, kind, tail)
        for head in types
        for tail in types
        for kind in guide.candidates(types[head], types[tail], same=head == tail)
        if kind in seen and (head != tail or guide.relations[kind].self_relation == "only")
    }
    lost = wanted - margins.keys()
    assert margins.keys() <= wanted and {kind for _, kind, _ in lost} <= one_head
    assert len(margins) > 100 and len(set(margins.values())) > 50
    assert student.predict([bare(document)]) == [{t for t, m in margins.items() if m >= 0}]


def test_several_relations_a_pair_and_of_an_entity_with_itself(models):
    def text(n, *relations):
        verbs = {"IS_BORN_IN": "est né", "RESIDES_IN": "habite", "GENDER_FEMALE": "dit-elle"}
        said = " et ".join(verb for kind, verb in verbs.items() if kind in relations)
        tagged = f"[[0:CIVILIAN|{NAMES[n]}]] {said} à [[1:PLACE|{PLACES[n % 10]}]] depuis."
        ends = {"GENDER_FEMALE": (0, 0)}
        found = [(h, kind, t) for kind in relations for h, t in [ends.get(kind, (0, 1))]]
        return doc(tagged, *found, id=f"d{n}")

    kinds = ["IS_BORN_IN", "RESIDES_IN", "GENDER_FEMALE"]
    chosen = [[k for i, k in enumerate(kinds) if n >> i & 1] for n in range(8)]
    documents = [text(n, *some) for n, some in enumerate(chosen)]
    student = fitted(models["llama"], documents, guide=None, epochs=20, batch=2)
    assert found(student, *documents) == gold(*documents)
    assert max(len(triples) for triples in gold(*documents)) == 3


@pytest.mark.parametrize("family", FAMILIES)
def test_the_same_seed_gives_the_same_weights(models, family):
    settings = {"held_out": 0.25, "dropout": 0.1, "epochs": 1}
    torch.manual_seed(1)
    one = fitted(models[family], world(8), **settings)
    state = torch.get_rng_state()
    torch.manual_seed(2)
    again = fitted(models[family], world(8), **settings)
    assert same(one, again) and one.thresholds == again.thresholds
    assert not same(one, fitted(models[family], world(8), **settings, seed=1))
    torch.manual_seed(1)
    assert torch.equal(torch.get_rng_state(), state)


def command(folder, out):
    settings = {**QUICK, "epochs": 6, "held_out": 0.25, "patience": 6, "dropout": 0.1}
    options = [part for name, value in settings.items() for part in ("--set", f"{name}={value}")]
    corpus = ["--train", str(folder / "a.jsonl"), "--out", str(folder / out)]
    return ["train", *corpus, "--student", f"seq2seq:{folder / 'base'}", *options]


def run(*arguments):
    with pytest.raises(SystemExit) as exited:
        main([str(argument) for argument in arguments])
    return int(exited.value.code or 0)


def test_a_killed_training_goes_on_and_ends_with_the_same_weights(tmp_path, capsys):
    make("t5", tmp_path / "base")
    write(world(12), tmp_path / "a.jsonl", format="jsonl")
    killed = command(tmp_path, "killed")
    kept = tmp_path / ".killed.fit" / FILE
    process = subprocess.Popen([sys.executable, "-m", "augment", *killed], cwd=ROOT)
    while not kept.exists():
        assert process.poll() is None
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL and not (tmp_path / "killed").exists()
    with safe_open(kept, framework="pt") as file:
        assert 1 <= len(json.loads(file.metadata()["history"])) < 6
    assert run(*killed) == 0 and run(*command(tmp_path, "whole")) == 0
    models = [json.loads((tmp_path / n / "model.json").read_text()) for n in ("killed", "whole")]
    assert models[0] == models[1] and len(models[0]["history"]) == 6
    assert not kept.parent.exists()
    given = [tmp_path / "killed", tmp_path / "a.jsonl"]
    assert run("predict", *given, "--out", tmp_path / "p.jsonl") == 0
    assert "12 documents" in capsys.readouterr().out
    (tmp_path / "base").rename(tmp_path / "gone")
    assert run("predict", *given, "--out", tmp_path / "q.jsonl") == 2
    said = capsys.readouterr().err
    assert "needs its language model" in said and "Traceback" not in said


def test_what_was_kept_of_another_training_is_not_gone_on_with(models, tmp_path):
    assert isinstance(Seq2Seq(), Resumable)
    base = models["llama"]
    fitted(base, world(4), checkpoints=tmp_path)
    again = fitted(base, world(4), checkpoints=tmp_path)
    other = fitted(base, world(6), checkpoints=tmp_path)
    assert same(again, fitted(base, world(4))) and same(other, fitted(base, world(6)))


def test_stops_when_it_gets_no_better_and_keeps_the_best(models):
    documents = [*world(8), *(birth(n, id=f"w{n}", relations=()) for n in range(8))]
    student = fitted(models["llama"], documents, epochs=20, held_out=0.25, patience=1)
    best = max(
        range(len(student.history)),
        key=lambda n: (student.history[n].f1, -student.history[n].held_loss),
    )
    assert best == len(student.history) - 2 < 18
    held = student._lesson(*student._split(documents, [1.0] * len(documents))[1])
    train = student._lesson(*student._split(documents, [1.0] * len(documents))[0])
    shifts = train.asked.shifts(student.settings.negatives)
    again = loop.evaluate(student._answerer, held, student.settings, shifts)
    assert again == pytest.approx(student.history[best][1:])


def test_only_the_adapter_learns_and_other_tools_read_it(models, tmp_path):
    student = fitted(models["llama"], world(4))
    kept = load_file(f"{models['llama']}/model.safetensors")
    now = dict(student._answerer.language_model.get_base_model().named_parameters())
    layer = "model.layers.0.self_attn.q_proj"
    assert torch.equal(kept[f"{layer}.weight"], now[f"{layer}.base_layer.weight"])
    save(student, tmp_path)
    other = AutoPeftModelForCausalLM.from_pretrained(tmp_path / "adapter").eval()
    ids, there = student._answerer._padded([[5, 6, 7]])
    own = student._answerer.eval().language_model(input_ids=ids, attention_mask=there)
    assert torch.equal(own.logits, other(input_ids=ids, attention_mask=there).logits)


def test_without_a_network_nothing_is_found(tmp_path):
    save(Seq2Seq(), tmp_path)
    assert load(tmp_path).predict([birth(1)]) == [frozenset()]
    assert load(tmp_path).predict([]) == []


def test_what_cannot_be_is_said_in_one_line(models, tmp_path):
    with pytest.raises(ConfigError, match="no language model"):
        Seq2Seq().fit(world(2))
    with pytest.raises(PathError, match="no language model of that name") as caught:
        fitted("no/such", world(2))
    assert "hf download" in caught.value.hint
    with pytest.raises(ConfigError, match="cannot be used") as caught:
        fitted(str(tmp_path), world(2))
    assert "\n" not in str(caught.value)
    with pytest.raises(NoResult):
        fitted(models["t5"], [bare(birth(1))])
    with pytest.raises(ConfigError, match="seq2seq: epoch"):
        Seq2Seq(epoch=3)
    with pytest.raises(ConfigError, match="no room for text") as caught:
        fitted(models["t5"], world(2), window=64)
    least = int(caught.value.hint.split()[0])
    fitted(models["t5"], world(2), window=least, epochs=1)
    with pytest.raises(ConfigError, match="no room for text"):
        fitted(models["t5"], world(2), window=least - 1)


def test_an_encoder_is_refused(tmp_path):
    config = RobertaConfig(vocab_size=10, hidden_size=8, num_attention_heads=1, num_hidden_layers=1)
    RobertaForMaskedLM(config).save_pretrained(tmp_path)
    with pytest.raises(ConfigError, match="for the student transformer"):
        fitted(str(tmp_path), world(2))


def test_another_language_model_or_a_damaged_adapter_is_refused(tmp_path):
    base = make("llama", tmp_path / "base")
    save(fitted(base, world(4), epochs=1), tmp_path / "m")
    weights = tmp_path / "m" / "adapter" / language.WEIGHTS
    whole = weights.read_bytes()
    weights.write_bytes(whole[:-1] + b"x")
    with pytest.raises(ConfigError, match="not what was written"):
        load(tmp_path / "m")
    weights.write_bytes(whole)
    tensors = load_file(tmp_path / "base" / "model.safetensors")
    tensors["model.norm.weight"] += 1
    save_file(tensors, tmp_path / "base" / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ConfigError, match="is not the language model it was trained on"):
        load(tmp_path / "m")
    shutil.rmtree(tmp_path / "base")
    with pytest.raises(PathError, match="needs its language model") as caught:
        load(tmp_path / "m")
    assert "hf download" in caught.value.hint


@pytest.mark.skipif(not torch.cuda.is_available(), reason="not run: no GPU")
@pytest.mark.parametrize("family", FAMILIES)
def test_on_a_gpu(models, family, tmp_path):
    student = fitted(models[family], world(12), epochs=15, checkpoints=tmp_path / "c")
    assert student._answerer.device.type == "cuda"
    assert found(student, *world(12)) == gold(*world(12))
    save(student, tmp_path / "m")
    assert found(load(tmp_path / "m"), *world(12)) == gold(*world(12))
