"""The student `transformer` with real, tiny encoders (run by tests/train/test_transformer.py)."""

import json
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
from augment.read import read_all, write
from augment.schema import Meta
from augment.train import Resumable, load, save
from augment.train.transformer import encoder, loop
from augment.train.transformer.checkpoint import FILE
from augment.train.transformer.data import items, mention_spans, read
from augment.train.transformer.model import _merged, loss
from augment.train.transformer.settings import Settings
from augment.train.transformer.student import Transformer, held_out
from tests.helpers import ROOT, doc
from tests.llm.encoders import CONTEXT, make
from tests.train.small import GUIDE, NAMES, PLACES, bare, birth, found, gold, home, world

QUICK = {"rate": 1e-3, "head_rate": 5e-3, "held_out": 0.0, "epochs": 2}
FAMILIES = ["camembert", "xlm-roberta", "modernbert", "deberta-v2"]
CALM = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    """The folder of an encoder without dropout."""
    return make("camembert", tmp_path_factory.mktemp("tiny"), **CALM)


def fitted(model, documents, weights=None, *, seed=0, guide=GUIDE, **settings):
    student = Transformer(guide, seed, model=model, **{**QUICK, **settings})
    student.fit(documents, weights)
    return student


def weights_of(student):
    return student._network.state_dict()


def same(one, other):
    a, b = weights_of(one), weights_of(other)
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


@pytest.mark.parametrize("family", FAMILIES)
def test_any_encoder_learns_and_is_the_same_when_loaded_elsewhere(family, tmp_path):
    made = make(family, tmp_path / "encoder")
    student = fitted(made, world(12), epochs=25)
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


def command(folder, tiny, out):
    settings = {**QUICK, "epochs": 16, "held_out": 0.25, "patience": 16}
    options = [part for name, value in settings.items() for part in ("--set", f"{name}={value}")]
    corpus = ["--train", str(folder / "a.jsonl"), "--out", str(folder / out)]
    return ["train", *corpus, "--student", f"transformer:{tiny}", *options]


def run(*arguments):
    with pytest.raises(SystemExit) as exited:
        main([str(argument) for argument in arguments])
    return int(exited.value.code or 0)


def test_a_killed_training_goes_on_and_ends_with_the_same_weights(tmp_path, tiny, capsys):
    write(world(20), tmp_path / "a.jsonl", format="jsonl")
    killed = command(tmp_path, tiny, "killed")
    kept = tmp_path / ".killed.fit" / FILE
    program = "import torch; torch.set_num_threads(1); from augment.cli import main; main()"
    process = subprocess.Popen([sys.executable, "-c", program, *killed], cwd=ROOT)
    while not kept.exists():
        assert process.poll() is None
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL and not (tmp_path / "killed").exists()
    with safe_open(kept, framework="pt") as file:
        assert 1 <= len(json.loads(file.metadata()["history"])) < 16
    assert run(*killed) == 0 and run(*command(tmp_path, tiny, "whole")) == 0
    models = [json.loads((tmp_path / n / "model.json").read_text()) for n in ("killed", "whole")]
    assert models[0] == models[1] and len(models[0]["history"]) == 16
    assert not kept.parent.exists()
    found = ["predict", tmp_path / "killed", tmp_path / "a.jsonl", "--out", tmp_path / "p.jsonl"]
    assert run(*found) == 0 and "20 documents" in capsys.readouterr().out


def test_what_was_kept_of_another_training_is_not_gone_on_with(tiny, tmp_path):
    assert isinstance(Transformer(), Resumable)
    fitted(tiny, world(8), checkpoints=tmp_path)
    again = fitted(tiny, world(8), checkpoints=tmp_path)
    other = fitted(tiny, world(10), checkpoints=tmp_path)
    assert same(again, fitted(tiny, world(8))) and same(other, fitted(tiny, world(10)))


def scored(*rows):
    return torch.tensor(rows, requires_grad=True)


def test_the_loss_is_that_of_the_paper():
    scores = scored([0.5, 2.0, -1.0, 0.3])
    positive = torch.tensor([[True, False, False]])
    value = loss(scores, positive, torch.ones_like(positive))
    e = np.exp([0.5, 2.0, -1.0, 0.3])
    assert value.item() == pytest.approx(
        -np.log(e[1] / (e[0] + e[1])) - np.log(e[0] / (e[0] + e[2] + e[3]))
    )


def test_types_that_are_not_known_get_no_gradient_and_give_none():
    scores = scored([0.5, 2.0, -1.0, 0.3], [0.1, 0.2, 0.3, 0.4])
    positive = torch.tensor([[True, True, False], [True, False, False]])
    known = torch.tensor([[True, False, True], [False, False, False]])
    loss(scores, positive, known).sum().backward()
    assert scores.grad[0].ne(0).tolist() == [True, True, False, True]
    assert scores.grad[1].tolist() == [0.0, 0.0, 0.0, 0.0]
    alone = scored([0.5, 2.0, 0.3])
    loss(alone, torch.tensor([[True, False]]), torch.tensor([[True, True]])).sum().backward()
    assert torch.equal(alone.grad[0], scores.grad[0][[0, 1, 3]])


@pytest.mark.parametrize(
    "update",
    [
        {"labelled": ("IS_BORN_IN", "IS_IN_CONTACT_WITH")},
        {"masked": ((0, "RESIDES_IN", 1),)},
    ],
)
def test_a_masked_pair_and_a_type_not_labelled_train_nothing(tiny, update):
    student = fitted(tiny, world(8), epochs=1)
    network = student._network
    row = list(student.schema.relations).index("RESIDES_IN") + 1
    for document, nothing in [(home(2), False), (home(2, **update), True)]:
        network.zero_grad()
        made = items([document], student._tokenizer, student.schema, Settings())
        loop.losses(network, made).backward()
        assert network.scores.weight.grad[row].eq(0).all() == nothing
        assert network.scores.weight.grad[3 - row].ne(0).any()
    made = items([home(2, labelled="none")], student._tokenizer, student.schema, Settings())
    assert loop.weighed(made) == 0


def test_weights_count_documents(tiny):
    wrong = [birth(n, id=f"w{n}", relations=()) for n in range(6)]
    without = fitted(tiny, world(8))
    assert same(without, fitted(tiny, [*world(8), *wrong], [1.0] * 8 + [0.0] * 6))
    one, two = (
        items([birth(1)], without._tokenizer, without.schema, Settings(), [w])[0] for w in (1, 2)
    )
    network = without._network.eval()
    twice = loop.losses(network, [one, one]).item()
    assert loop.losses(network, [two]).item() == pytest.approx(twice) != 0


def test_gradients_add_up_whatever_is_in_memory_at_once(tiny):
    one = fitted(tiny, world(8), batch=8, at_once=1, epochs=1)
    all = fitted(tiny, world(8), batch=8, at_once=8, epochs=1)
    for name, tensor in weights_of(one).items():
        assert torch.allclose(tensor, weights_of(all)[name], atol=1e-4), name


def long(words, *relations):
    tagged = (
        f"[[0:CIVILIAN|Paul]] {'et encore ' * (words // 2)} [[0:CIVILIAN|lui]] [[1:PLACE|Lyon]]"
    )
    return doc(tagged, *relations, id="long")


@pytest.mark.parametrize("family", FAMILIES)
def test_mentions_are_those_of_the_text_whatever_the_tokens(family, tmp_path):
    tokenizer = encoder.pretrained(make(family, tmp_path))[1]
    exact = total = 0
    for document in read_all(ROOT / "data" / "sample" / "test.txt")[0]:
        offsets = read(document.text, tokenizer, Settings())[1]
        spans = mention_spans(document, offsets)
        for (_, mention), (first, last) in zip(document.mentions(), spans, strict=True):
            covered = document.text[offsets[first][0] : offsets[last - 1][1]]
            assert mention.value in covered
            exact += covered.strip() == mention.value
            total += 1
    assert exact > 0.9 * total


@pytest.mark.parametrize("overlap", [0, 32, 60])
def test_windows_of_a_long_text_give_each_token_back(tiny, overlap):
    tokenizer = encoder.pretrained(tiny)[1]
    text = long(3000).text
    windows, offsets = read(text, tokenizer, Settings(overlap=overlap))
    whole = tokenizer(text, truncation=False, add_special_tokens=False, verbose=False)
    assert len(offsets) == len(whole["input_ids"]) > 3000
    assert read("Rien.", tokenizer, Settings())[0][0].ids == tokenizer("Rien.")["input_ids"]
    covered = np.zeros(len(offsets), int)
    for ids, lead, start, end in windows:
        assert len(ids) <= CONTEXT - 2
        assert ids[lead : lead + end - start] == whole["input_ids"][start:end]
        covered[start:end] += 1
    assert covered.min() == 1 and (covered.max() == 1) == (overlap == 0)


def test_entities_take_from_all_windows(tiny):
    student = fitted(tiny, world(4), epochs=1)
    text = long(3000, (0, "RESIDES_IN", 1))
    (item,) = items([text], student._tokenizer, student.schema, Settings(overlap=32))
    assert len(item.windows) > 20 and item.sizes == [2, 1]
    tokens = item.windows[-1].end
    value = torch.arange(tokens, dtype=torch.float32)
    hidden = torch.zeros(len(item.windows), CONTEXT, 1)
    looks = torch.full((len(item.windows), 2, CONTEXT, CONTEXT), 1 / CONTEXT)
    for n, (_, lead, start, end) in enumerate(item.windows):
        hidden[n, lead : lead + end - start, 0] = value[start:end]
    merged, entities, attention = _merged(item, hidden, looks)
    assert torch.equal(merged[:, 0], value)  # where windows overlap, both say the same
    means = [value[first:last].mean() for first, last in item.mentions.tolist()]
    assert float(entities[0]) == pytest.approx(float(torch.stack(means[:2]).logsumexp(0)))
    assert float(entities[1]) == pytest.approx(float(means[2]))
    first, last = item.windows[0].end - 32, item.windows[-1].start + 32
    assert attention[:, 0, :first].ne(0).all() and attention[:, 0, last:].ne(0).all()
    assert attention[:, 0, first + 32 : last - 64].eq(0).all()


def test_a_mention_cut_by_the_end_of_a_window_is_whole(tiny):
    tokenizer = encoder.pretrained(tiny)[1]
    text = doc(f"[[0:PLACE|{'Lyon Metz ' * 60}Brest]] et [[1:PLACE|Caen]].")
    student = fitted(tiny, world(4), epochs=1, guide=None)
    (item,) = items([text], tokenizer, student.schema, Settings(overlap=0))
    (first, last), _ = item.mentions.tolist()
    assert item.windows[0].end < last and len(item.windows) > 1
    offsets = read(text.text, tokenizer, Settings(overlap=0))[1]
    assert (
        text.text[offsets[first][0] : offsets[last - 1][1]].strip()
        == text.entities[0].mentions[0].value
    )


def test_relations_across_windows_can_be_learnt(tiny):
    texts = [long(400, (0, "RESIDES_IN", 1)), long(402)]
    texts[1] = texts[1].model_copy(
        update={"text": texts[1].text.replace("encore", "jamais"), "id": "l2"}
    )
    student = fitted(tiny, texts, epochs=15, batch=1)
    assert found(student, *texts) == gold(*texts)


def test_stops_when_it_gets_no_better_and_keeps_the_best(tiny):
    documents = [*world(16), *(birth(n, id=f"w{n}", relations=()) for n in range(16))]
    student = fitted(tiny, documents, epochs=40, held_out=0.25, patience=2)
    best = max(range(len(student.history)), key=lambda n: student.history[n].f1)
    assert best < len(student.history) - 1 < 39
    _, held = student._items(documents, None)
    f1, held_loss = loop.evaluate(student._network, held, student.settings)
    assert f1 == student.history[best].f1
    assert held_loss in [epoch.held_loss for epoch in student.history]


def test_what_is_held_out_is_apart():
    documents = [*world(20), birth(1, id="s1", meta=Meta(parents=("birth1",)))]
    assert held_out(documents[:9], 0.1, 0) == frozenset()
    out = held_out(documents, 0.1, 0)
    assert len(out) == 2 and out <= {document.id for document in world(20)}
    assert held_out(documents, 0.1, 1) != out


def test_without_a_network_nothing_is_found(tmp_path):
    save(Transformer(), tmp_path)
    assert load(tmp_path).predict([birth(1)]) == [frozenset()]
    assert load(tmp_path).predict([]) == []


def test_what_cannot_be_is_said_in_one_line(tiny, tmp_path):
    with pytest.raises(ConfigError, match="no encoder"):
        Transformer().fit(world(2))
    with pytest.raises(PathError, match="no encoder of that name") as caught:
        fitted("no/such", world(2))
    assert "hf download" in caught.value.hint
    with pytest.raises(ConfigError, match="cannot be used") as caught:
        fitted(str(tmp_path), world(2))
    assert "\n" not in str(caught.value)
    with pytest.raises(NoResult):
        fitted(tiny, [bare(birth(1))])
    with pytest.raises(ConfigError, match="epoch"):
        Transformer(epoch=3)
    with pytest.raises(ConfigError, match="window"):
        Transformer(window="long")


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
